"""Many trajectories in one batch, one record a step; trajectories that halt leave the batch.

Shapes: R rows (one trajectory each), n rows still in the batch, L_in and L_out tokens, D channels.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gramsolve.inference.noise import stream_keys
from gramsolve.inference.sampler import RecursiveSampler, TrajectorySampler
from gramsolve.inference.selection import Judgement
from gramsolve.inference.token_samplers import AutoregressiveSampler, MaskedDiffusionSampler
from gramsolve.model.build import Model
from gramsolve.model.network import GRAM

TILE = 8
"""Small batches are padded to a multiple of this, or of twice that where a step goes through a single position of each
board, so that products take one path, and give the same last bits, whatever the number of rows."""

CHUNK = 256
"""Rows of a batch that search fills, and that go through the network together at most."""

CACHED = 1 << 18
"""Numbers of a state, rows x positions x channels, that go through the network together on each core of a processor:
about what its cache holds (benchmarks/inference_steps.py)."""

Rows = npt.NDArray[np.int64]
Boards = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RolloutStep:
    """All R trajectories after one step. Rows that have left the batch keep their last values.

    Attributes:
        number: the step, from 1.
        tokens: uint8 [R, L_out]; in the task's canonical form where a judge looks at them.
        confidence: float32 [R, L_out] probability of each token.
        halt, value: float32 [R] from the two heads.
        running: bool [R] not halted after this step.
        latent: float32 [R, D] mean of h over positions.
        taken: int64 [R] supervision steps that each row has computed.
        valid: bool [R], violations: bool [R, L_out]; None without a judge and for tasks without a validator.
    """

    number: int
    tokens: Boards
    confidence: Floats
    halt: Floats
    value: Floats
    running: Bools
    latent: Floats
    taken: Rows
    valid: Bools | None = None
    violations: Bools | None = None

    def rows(self, part: slice) -> RolloutStep:
        """The rows ``part``, as views."""
        arrays: dict[str, Any] = {n: x[part] for n, x in vars(self).items() if isinstance(x, np.ndarray)}
        return replace(self, **arrays)


Judge = Callable[[Rows, Boards], Judgement]
"""(rows [n], their boards [n, L_out]) -> what the task says of them."""

ShouldHalt = Callable[[RolloutStep, Rows], Bools]
"""(the step, rows [n] still in the batch) -> which of them halt, bool [n]."""

UndoAugmentation = Callable[[Rows, Boards, Floats], tuple[Boards, Floats]]
"""(rows [n], boards [n, L_out], confidence [n, L_out]) -> both as answers to the puzzles; see ``augmentation.py``."""


def halt_by_head(step: RolloutStep, rows: Rows) -> Bools:
    """The paper's rule: a trajectory halts when the halt head gives more than one half (section 2.3)."""
    return step.halt[rows] > 0.5


def halt_when_valid(step: RolloutStep, rows: Rows) -> Bools:
    """A trajectory halts when the validator accepts its board."""
    assert step.valid is not None
    return step.valid[rows]


class Trajectories:
    """R trajectories that start together and advance together, without knowledge of any solution.

    A row's values depend on (seed, instance, trajectory, step) and its inputs alone, not on the rest of the batch.

    Args:
        model: in evaluation weights, on the device of ``inputs``.
        inputs: int64 [R, L_in]; one puzzle repeated gives several trajectories of it.
        instance, trajectory: int64 [R], which with ``seed`` and the step decide each row's noise.
        depth: steps at most: supervision steps of GRAM; for token baselines see ``token_samplers.py``.
        temperature: scale of the prior's standard deviation, and of the logits' inverse where tokens are drawn.
        undo_augmentation: makes boards answers to the puzzles where ``inputs`` are symmetric copies of them.
        judge: looks at the boards of the rows in the batch, once a step.

    Attributes:
        rows: int64 [n], the rows still in the batch.
        depth: the step after which nothing changes any more.
    """

    @torch.inference_mode()
    def __init__(
        self,
        model: Model,
        inputs: Tensor,
        instance: Tensor,
        trajectory: Tensor,
        *,
        depth: int,
        seed: int = 0,
        temperature: float = 1.0,
        undo_augmentation: UndoAugmentation | None = None,
        judge: Judge | None = None,
    ) -> None:
        total, config = len(inputs), model.config
        self.undo_augmentation, self.judge, self.device = undo_augmentation, judge, inputs.device
        self.rows = np.arange(total)
        self._left = np.zeros(total, np.bool_)
        self._tile = tile(model)
        self._step = RolloutStep(
            number=0,
            tokens=np.zeros((total, config.output_length), np.uint8),
            confidence=np.zeros((total, config.output_length), np.float32),
            halt=np.zeros(total, np.float32),
            value=np.zeros(total, np.float32),
            running=np.ones(total, np.bool_),
            latent=np.zeros((total, config.width), np.float32),
            taken=np.zeros(total, np.int64),
        )
        size = self._padded_size()
        keys = _padded(stream_keys(seed, instance, trajectory), size)
        self._sampler = _sampler(model, _padded(inputs, size), keys, depth, temperature)
        self.depth = self._sampler.depth

    @property
    def done(self) -> bool:
        """Whether no row is left, or no step."""
        return self._step.number >= self.depth or bool(self._left[self.rows].all())

    def drop(self, rows: Rows) -> None:
        """Take rows out of the batch before the next step; they keep their values."""
        self._left[rows] = True

    @torch.inference_mode()
    def advance(self, should_halt: ShouldHalt | None = None) -> RolloutStep:
        """The next step of the rows in the batch; those that halt then leave it. Earlier steps stay as they were."""
        self._compact()
        rows, before = self.rows, self._step
        output = self._sampler.advance(before.number + 1)
        seen = {name: x[: len(rows)].cpu().numpy() for name, x in output._asdict().items()}
        if self.undo_augmentation is not None:
            undone = self.undo_augmentation(rows, seen["tokens"].astype(np.uint8), seen["confidence"])
            seen["tokens"], seen["confidence"] = undone
        seen["taken"] = before.taken[rows] + 1
        if self.judge is not None:
            judged = self.judge(rows, seen["tokens"].astype(np.uint8))
            seen |= {name: x for name, x in judged._asdict().items() if x is not None}

        def updated(name: str) -> npt.NDArray[Any]:
            old = getattr(before, name)
            # The first verdict is on all rows.
            array: npt.NDArray[Any] = seen[name].copy() if old is None else old.copy()
            array[rows] = seen[name]
            return array

        step = replace(
            before, number=before.number + 1, running=before.running.copy(), **{name: updated(name) for name in seen}
        )
        if should_halt is not None:
            halted = rows[should_halt(step, rows)]
            step.running[halted] = False
            self.drop(halted)
        self._step = step
        return step

    def steps(self, should_halt: ShouldHalt | None = None) -> Generator[RolloutStep, None, None]:
        """Advance until all rows have left or the depth is reached."""
        while not self.done:
            yield self.advance(should_halt)

    def _compact(self) -> None:
        """Remove the rows that have left."""
        gone = self._left[self.rows]
        if not gone.any():
            return
        self.rows = self.rows[~gone]
        self._sampler.select(_padded(torch.from_numpy(np.flatnonzero(~gone)).to(self.device), self._padded_size()))

    def _padded_size(self) -> int:
        return -(-len(self.rows) // self._tile) * self._tile


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
) -> Generator[RolloutStep, None, None]:
    """The steps of ``Trajectories``, until all have halted or ``depth`` is reached."""
    batch = Trajectories(model, inputs, instance, trajectory, depth=depth, seed=seed, temperature=temperature)
    yield from batch.steps(should_halt)


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
    """A sampler of the trajectories of ``keys``, at their beginning."""
    rows = chunk(model)
    if isinstance(model, GRAM):
        return RecursiveSampler(model, inputs, keys, depth=depth, temperature=temperature, chunk=rows)
    kind = AutoregressiveSampler if model.causal else MaskedDiffusionSampler
    return kind(model, inputs, keys, depth=depth, temperature=temperature, chunk=rows)
