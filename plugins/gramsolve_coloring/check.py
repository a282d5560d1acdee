"""The validator, the canonical form and the count of conflicts: one compiled pass each."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from numba import njit

from gramsolve.tasks import Verdict
from gramsolve.tasks.kernel import Kernel
from gramsolve.tasks.simd import equal
from gramsolve_coloring.graph import EDGE, FIRST_COLOUR, PAD, Bytes, pairs

SMALL = 11
"""Up to so many vertices all pairs fit into one word."""
ROOM = np.uint64((1 << SMALL) - 1)
Masks = npt.NDArray[np.uint64]


@lru_cache(maxsize=SMALL)
def _tables(room: int) -> tuple[Masks, Masks]:
    """Pairs as bits in the order of tokens: those inside each set of vertices, and those of each vertex."""
    first, second = pairs(room)
    bits = np.uint64(1) << np.arange(len(first), dtype=np.uint64)
    sets = np.arange(1 << room)[:, None]
    inside = np.where(sets >> first & sets >> second & 1, bits, 0).sum(axis=1, dtype=np.uint64)
    star = np.array([bits[(first == v) | (second == v)].sum(dtype=np.uint64) for v in range(room)], np.uint64)
    return inside, star


@njit
def _look(
    inputs: Bytes, at: int, outputs: Bytes, place: int, colours: int, inside: Masks
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """(pairs without a vertex, edges with ends of one colour, vertices with a colour) of the graph at ``at``; garbage
    above the bits of the graph."""
    clashes, coloured = np.uint64(0), np.uint64(0)
    for k in range(colours):
        members = equal(outputs, place, FIRST_COLOUR + k) & ROOM & np.uint64(len(inside) - 1)
        clashes |= inside[members]
        coloured |= members
    return equal(inputs, at, PAD), clashes & equal(inputs, at, EDGE), coloured


@Kernel
def _words(
    inputs: Bytes, outputs: Bytes, room: int, colours: int, inside: Masks, star: Masks
) -> tuple[np.ndarray, np.ndarray]:
    """(valid, violations) of small graphs, flat: a graph is a word of pairs, a colour one of vertices."""
    count, tokens = len(outputs) // room, len(inputs) * room // len(outputs)
    valid = np.empty(count, np.bool_)
    wrong = np.zeros((count, room), np.bool_)
    # Each look takes 64 bytes: the last graphs are moved to where so many are.
    last_inputs, last_outputs = np.zeros(64, np.uint8), np.zeros(64, np.uint8)
    nothing, vertices = np.uint64(0), np.uint64(len(inside) - 1)
    for b in range(count):
        at, place = b * tokens, b * room
        if max(at + 64 - len(inputs), place + 64 - len(outputs)) > 0:
            last_inputs[:tokens] = inputs[at : at + tokens]
            last_outputs[:room] = outputs[place : place + room]
            absent, clashes, coloured = _look(last_inputs, 0, last_outputs, 0, colours, inside)
        else:
            absent, clashes, coloured = _look(inputs, at, outputs, place, colours, inside)
        valid[b] = clashes == nothing and coloured == vertices
        if valid[b]:
            continue
        there = vertices
        absent &= inside[vertices]
        if absent:
            there = nothing
            for v in range(room):
                there |= np.uint64(star[v] & ~absent != nothing) << np.uint64(v)
            if there == nothing:  # A single vertex has no pair to be seen in: it is the first.
                there = np.uint64(1)
        bare = there & ~coloured
        valid[b] = clashes | bare == nothing
        for v in range(room):
            wrong[b, v] = star[v] & clashes != nothing or bare >> np.uint64(v) & np.uint64(1) != nothing
    return valid, wrong


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


def check(inputs: Bytes, outputs: Bytes, room: int, colours: int) -> Verdict:
    """Validate outputs uint8 [B, N] against graphs [B, N (N - 1) / 2].

    A vertex breaks a rule when a neighbour has its colour or when it has none of the K colours. Absent vertices cannot.
    Raises ValueError for arrays of another shape or type and for inputs that are no tokens.
    """
    inputs, outputs = _checked(inputs, outputs, room)
    if room <= SMALL and len(outputs):
        return Verdict(*_words(inputs.ravel(), outputs.ravel(), room, colours, *_tables(room)))
    valid, wrong, _ = _check(inputs, outputs, room, colours)
    return Verdict(valid, wrong)


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
