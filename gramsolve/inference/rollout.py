"""Many trajectories in one batch, one frame per step; finished trajectories leave the batch."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gramsolve.inference.noise import stream_keys
from gramsolve.inference.sampler import RecursiveSampler, StepOutput, TrajectorySampler
from gramsolve.inference.token_samplers import AutoregressiveSampler, MaskedDiffusionSampler
from gramsolve.model.build import Model
from gramsolve.model.network import GRAM

TILE = 8
"""Small batches are padded to a multiple of this, or of twice that where a step goes through a single position of each
board, so that products take the same path, and give the same last bits, whether a trajectory runs alone or not."""

CHUNK = 256
"""Rows that are looked after together, and that go through the network together at most."""

CACHED = 1 << 18
"""Numbers of a state, rows x positions x channels, that go through the network together on each core of a processor:
about what its cache holds (benchmarks/steps.py)."""


@dataclass(frozen=True, eq=False)
class RolloutStep:
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


ShouldHalt = Callable[[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.float32]], npt.NDArray[np.bool_]]
"""(rows [n], their tokens [n, L_out], their halt probabilities [n]) -> which of them leave the batch, bool [n]."""

Board = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]
UndoAugmentation = Callable[[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.float32]], Board]
"""(rows [n], their tokens, their confidence [n, L_out]) -> both as answers to the puzzles, see ``augmentation.py``."""


def halted(
    rows: npt.NDArray[np.int64], tokens: npt.NDArray[np.uint8], halt: npt.NDArray[np.float32]
) -> npt.NDArray[np.bool_]:
    """The paper's rule: a trajectory stops when the halt head gives more than one half (2.3)."""
    return halt > 0.5


def tile(model: Model) -> int:
    """What batches of this network are padded to a multiple of."""
    return TILE if isinstance(model, GRAM) or not model.causal else 2 * TILE


def chunk(model: Model) -> int:
    """Rows that go through this network together: a batch that outgrows a processor's cache takes up to three times as
    long for each row."""
    device = next(model.parameters()).device
    if device.type != "cpu":
        return CHUNK
    rows = CACHED * torch.get_num_threads() // (model.config.length * model.config.width)
    return max(tile(model), min(CHUNK, rows // tile(model) * tile(model)))


def _padded(x: Tensor, rows: int) -> Tensor:
    missing = rows - len(x)
    return x if not missing else torch.cat((x, x[:1].expand(missing, *x.shape[1:])))


def _sampler(model: Model, inputs: Tensor, keys: Tensor, depth: int, temperature: float) -> TrajectorySampler:
    """The trajectories of ``keys``, at their beginning."""
    rows = chunk(model)
    if isinstance(model, GRAM):
        return RecursiveSampler(model, inputs, keys, depth=depth, temperature=temperature, chunk=rows)
    kind = AutoregressiveSampler if model.causal else MaskedDiffusionSampler
    return kind(model, inputs, keys, depth=depth, temperature=temperature, chunk=rows)


@torch.inference_mode()
def rollout(
    model: Model,
    inputs: Tensor,
    instance: Tensor,
    trajectory: Tensor,
    *,
    depth: int,
    seed: int = 0,
    temperature: float = 1.0,
    should_halt: ShouldHalt | None = None,
    undo_augmentation: UndoAugmentation | None = None,
) -> Generator[RolloutStep, None, None]:
    """Run R trajectories that know the puzzle alone, yielding one frame per step until all have left or are done.

    Args:
        model: in evaluation weights, on the device of ``inputs``.
        inputs: int64 [R, L_in]; the same row repeated gives several trajectories of one puzzle.
        instance, trajectory: int64 [R], which with ``seed`` and the step alone decide each row's noise.
        depth: steps at most: supervision steps of the engine; for baselines see ``token_samplers.py``.
        temperature: scale of the prior's standard deviation, and of the logits' inverse where tokens are drawn.
        should_halt: decides after each step which trajectories stop; None runs all to ``depth``.
        undo_augmentation: turns boards back where ``inputs`` are symmetric copies; steps and ``should_halt`` see boards
            turned back.
    """
    total, config, device = len(inputs), model.config, inputs.device
    frame = RolloutStep(
        number=0,
        tokens=np.zeros((total, config.output_length), np.uint8),
        confidence=np.zeros((total, config.output_length), np.float32),
        halt=np.zeros(total, np.float32),
        value=np.zeros(total, np.float32),
        running=np.ones(total, np.bool_),
        latent=np.zeros((total, config.width), np.float32),
    )
    rows = np.arange(total)
    size = -(-total // tile(model)) * tile(model)
    keys = _padded(stream_keys(seed, instance, trajectory), size)
    sampler = _sampler(model, _padded(inputs, size), keys, depth, temperature)
    for number in range(1, sampler.depth + 1):
        frame = _updated(frame, rows, number, sampler.advance(number), undo_augmentation)
        gone = np.zeros(len(rows), np.bool_)
        if should_halt is not None:
            gone = should_halt(rows, frame.tokens[rows], frame.halt[rows])
            frame.running[rows[gone]] = False
        yield frame
        if gone.all():
            return
        if gone.any():
            rows = rows[~gone]
            size = -(-len(rows) // tile(model)) * tile(model)
            sampler.select(_padded(torch.from_numpy(np.flatnonzero(~gone)).to(device), size))


def _updated(
    frame: RolloutStep,
    rows: npt.NDArray[np.int64],
    number: int,
    output: StepOutput,
    undo_augmentation: UndoAugmentation | None,
) -> RolloutStep:
    """A new frame in which the live rows have new values; earlier frames stay as they were."""
    seen = {name: value[: len(rows)].cpu().numpy() for name, value in output._asdict().items()}
    if undo_augmentation is not None:
        seen["tokens"], seen["confidence"] = undo_augmentation(
            rows, seen["tokens"].astype(np.uint8), seen["confidence"]
        )

    def update(name: str) -> npt.NDArray[Any]:
        array: npt.NDArray[Any] = getattr(frame, name).copy()
        array[rows] = seen[name]
        return array

    return RolloutStep(number, running=frame.running.copy(), **{name: update(name) for name in seen})
