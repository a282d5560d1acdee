"""The validator, the canonical form and the count of conflicts: one compiled pass each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import Check
from gramsolve.tasks.kernel import Kernel
from gramsolve_coloring.graph import EDGE, FIRST_COLOUR, PAD, Bytes


@Kernel
def _check(inputs: Bytes, outputs: Bytes, room: int, colours: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(valid, violations, violated edges). A pair's token says whether its vertices exist; see ``graph``."""
    count = len(outputs)
    valid = np.empty(count, np.bool_)
    wrong = np.zeros((count, room), np.bool_)
    conflicts = np.zeros(count, np.int64)
    there = np.empty(room, np.bool_)
    for b in range(count):
        there[:] = False
        token = 0
        for i in range(room):
            for j in range(i + 1, room):
                pair = inputs[b, token]
                token += 1
                if pair != PAD:
                    there[i] = True
                    there[j] = True
                if pair == EDGE:
                    bare = outputs[b, i] < FIRST_COLOUR or outputs[b, j] < FIRST_COLOUR
                    if outputs[b, i] == outputs[b, j]:
                        wrong[b, i] = True
                        wrong[b, j] = True
                    if bare or outputs[b, i] == outputs[b, j]:
                        conflicts[b] += 1
        good, some = True, False
        for i in range(room):
            if there[i]:
                some = True
                if outputs[b, i] < FIRST_COLOUR or outputs[b, i] >= FIRST_COLOUR + colours:
                    wrong[b, i] = True
                good &= not wrong[b, i]
        if not some:  # A single vertex has no pair to be seen in: it is the first.
            wrong[b, 0] = outputs[b, 0] < FIRST_COLOUR or outputs[b, 0] >= FIRST_COLOUR + colours
            good = not wrong[b, 0]
        valid[b] = good
    return valid, wrong, conflicts


@Kernel
def _canonical(inputs: Bytes, outputs: Bytes, room: int, colours: int) -> np.ndarray:
    tidy = outputs.copy()
    names = np.empty(256, np.uint8)
    there = np.empty(room, np.bool_)
    for b in range(len(outputs)):
        there[:] = False
        token = 0
        for i in range(room):
            for j in range(i + 1, room):
                if inputs[b, token] != PAD:
                    there[i] = True
                    there[j] = True
                token += 1
        there[0] |= not there.any()
        names[:] = 0
        following = FIRST_COLOUR
        for i in range(room):
            token_now = outputs[b, i]
            if not there[i]:
                tidy[b, i] = PAD
            elif FIRST_COLOUR <= token_now < FIRST_COLOUR + colours:
                if names[token_now] == 0:
                    names[token_now] = following
                    following += 1
                tidy[b, i] = names[token_now]
    return tidy


def check(inputs: Bytes, outputs: Bytes, room: int, colours: int) -> Check:
    """Validate outputs uint8 [B, N] against graphs [B, N (N - 1) / 2].

    A vertex breaks a rule when a neighbour has its colour or when it has none of the K colours. Absent vertices cannot.
    Raises ValueError for arrays of another shape or type and for inputs that are no tokens.
    """
    valid, wrong, _ = _check(*_checked(inputs, outputs, room), room, colours)
    return Check(valid, wrong)


def conflicts(inputs: Bytes, outputs: Bytes, room: int, colours: int) -> npt.NDArray[np.int64]:
    """Violated edges of each output, int64 [B]: ends of one colour, or an end without any (the paper's measure)."""
    return np.asarray(_check(*_checked(inputs, outputs, room), room, colours)[2])


def canonical(inputs: Bytes, outputs: Bytes, room: int, colours: int) -> Bytes:
    """Outputs with colours renamed by first occurrence and nothing on absent vertices."""
    return np.asarray(_canonical(*_checked(inputs, outputs, room), room, colours))


def _checked(inputs: Bytes, outputs: Bytes, room: int) -> tuple[Bytes, Bytes]:
    for name, array, length in (("inputs", inputs, room * (room - 1) // 2), ("outputs", outputs, room)):
        if array.ndim != 2 or array.shape[1] != length or array.dtype != np.uint8:
            raise ValueError(f"{name} must be uint8 [B, {length}], not {array.dtype} {list(array.shape)}")
    if len(inputs) != len(outputs):
        raise ValueError(f"{len(inputs)} inputs for {len(outputs)} outputs")
    if inputs.size and inputs.max() > EDGE:
        raise ValueError(f"inputs hold token {inputs.max()}; the largest is {EDGE}")
    return np.ascontiguousarray(inputs), np.ascontiguousarray(outputs)
