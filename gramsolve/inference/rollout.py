"""Many trajectories in one batch, one frame per supervision step; finished trajectories leave the batch."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gramsolve.inference.noise import normal, stream_keys
from gramsolve.model.core import Condition, State
from gramsolve.model.network import GRAM

TILE = 8
"""Small batches are padded to a multiple of this, so that a matrix product takes the same path, and gives the same
last bit, whether a trajectory runs alone or with others."""

CHUNK = 256
"""Rows that go through the network together."""


@dataclass(frozen=True, eq=False)
class Frame:
    """All R trajectories after one step. Rows that have left the batch keep their last values.

    Attributes:
        number: the step, from 1.
        tokens: uint8 [R, L_out]; confidence: float32 [R, L_out].
        halt, value: float32 [R] from the two heads.
        running: bool [R]; latent: float32 [R, D] mean of h over positions.
    """

    number: int
    tokens: npt.NDArray[np.uint8]
    confidence: npt.NDArray[np.float32]
    halt: npt.NDArray[np.float32]
    value: npt.NDArray[np.float32]
    running: npt.NDArray[np.bool_]
    latent: npt.NDArray[np.float32]


Leave = Callable[[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.float32]], npt.NDArray[np.bool_]]
"""(rows [n], their tokens [n, L_out], their halt probabilities [n]) -> which of them leave the batch, bool [n]."""


def halted(
    rows: npt.NDArray[np.int64], tokens: npt.NDArray[np.uint8], halt: npt.NDArray[np.float32]
) -> npt.NDArray[np.bool_]:
    """The paper's rule: a trajectory stops when the halt head gives more than one half (2.3)."""
    return halt > 0.5


def _padded(x: Tensor, rows: int) -> Tensor:
    missing = rows - len(x)
    return x if not missing else torch.cat((x, x[:1].expand(missing, *x.shape[1:])))


@torch.inference_mode()
def rollout(
    model: GRAM,
    inputs: Tensor,
    instance: Tensor,
    trajectory: Tensor,
    *,
    depth: int,
    seed: int = 0,
    temperature: float = 1.0,
    leave: Leave | None = None,
) -> Generator[Frame, None, None]:
    """Run R prior trajectories from z_0, yielding one frame per supervision step until all have left.

    Args:
        model: in evaluation weights, on the device of ``inputs``.
        inputs: int64 [R, L_in]; the same row repeated gives several trajectories of one puzzle.
        instance, trajectory: int64 [R], which with ``seed`` and the step alone decide each row's noise.
        depth: supervision steps at most.
        temperature: scale of the prior's standard deviation.
        leave: decides after each step which trajectories stop; None runs all to ``depth``.
    """
    total, config, device = len(inputs), model.config, inputs.device
    frame = Frame(
        number=0,
        tokens=np.zeros((total, config.output_length), np.uint8),
        confidence=np.zeros((total, config.output_length), np.float32),
        halt=np.zeros(total, np.float32),
        value=np.zeros(total, np.float32),
        running=np.ones(total, np.bool_),
        latent=np.zeros((total, config.width), np.float32),
    )
    rows = np.arange(total)
    size = -(-total // TILE) * TILE
    given = model.embed(_padded(inputs, size))
    keys = _padded(stream_keys(seed, instance, trajectory), size)
    state = model.initial(size)
    for number in range(1, depth + 1):
        state = _advance(model, state, given, keys, number, temperature)
        probability, tokens = model.decode(state).softmax(-1).max(-1)
        halt, value = model.judge(state.h)
        latent = state.h[:, config.prefix :].mean(1)

        frame = _updated(frame, rows, number, (tokens, probability, halt.sigmoid(), value.clamp(0, 1), latent))
        gone = np.zeros(len(rows), np.bool_)
        if leave is not None:
            gone = leave(rows, frame.tokens[rows], frame.halt[rows])
            frame.running[rows[gone]] = False
        yield frame
        if gone.all():
            return
        if gone.any():
            rows = rows[~gone]
            size = -(-len(rows) // TILE) * TILE
            index = _padded(torch.from_numpy(np.flatnonzero(~gone)).to(device), size)
            given, keys, state = given.rows(index), keys[index], state.rows(index)


def _advance(model: GRAM, state: State, given: Condition, keys: Tensor, number: int, temperature: float) -> State:
    """One supervision step of all rows, ``CHUNK`` at a time so that memory does not grow with the width."""
    config, parts = model.config, []
    for start in range(0, len(keys), CHUNK):
        part = slice(start, start + CHUNK)
        noise = None
        if config.stochastic:
            # [rows, T, L, D] -> [T, rows, L, D]
            shape = (config.transitions, config.length, config.width)
            noise = normal(keys[part], number, shape).transpose(0, 1)
        parts.append(model.core.step(state.rows(part), given.rows(part), noise, temperature=temperature)[0])
    if len(parts) == 1:
        return parts[0]
    return State(torch.cat([p.h for p in parts]), torch.cat([p.l for p in parts]))


def _updated(frame: Frame, rows: npt.NDArray[np.int64], number: int, values: tuple[Tensor, ...]) -> Frame:
    """A new frame in which the live rows have new values; earlier frames stay as they were."""

    def update(old: npt.NDArray[Any], value: Tensor) -> npt.NDArray[Any]:
        array = old.copy()
        array[rows] = value[: len(rows)].cpu().numpy()
        return array

    tokens, confidence, halt, value, latent = values
    return Frame(
        number,
        update(frame.tokens, tokens),
        update(frame.confidence, confidence),
        update(frame.halt, halt),
        update(frame.value, value),
        frame.running.copy(),
        update(frame.latent, latent),
    )
