"""The held-out protocol: every test input, W trajectories, several depths out of one rollout."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from gramsolve import __version__
from gramsolve.errors import BadInput
from gramsolve.evaluation import aggregate
from gramsolve.evaluation.held_out import held_out
from gramsolve.evaluation.report import NOT_STORED, HeldOutReport, origin
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import CHUNK, RolloutStep, halt_by_head
from gramsolve.inference.search import Batch
from gramsolve.inference.solver import Solver
from gramsolve.work_sharing import UNSHARED, SharedWork, WorkShare


@dataclass(frozen=True, kw_only=True)
class AccuracyReport(HeldOutReport):
    """What was measured on what.

    ``rows`` hold one dict per (depth, width): accuracy of one trajectory (over all trajectories, with a 95 % error
    clustered by puzzle), of vote, LPRM and any valid; coverage over all solutions, over the reachable min(W, S), the
    bound W sets and what a uniform sampler would cover; mean steps taken; for tasks that count conflicts, those
    of the first and of the most common answers, summed over the puzzles (the paper's measure, section 4); and
    ``buckets``, the same over puzzles with 1, 2-5, 6-20, 21-100 and more solutions.
    Where answers are judged by the one solution, or ``augment`` symmetric copies of every puzzle are attacked, there is
    ``two_guesses`` too: whether the most common answer or the next is right. ``transductive`` says that the weights
    have learned the rules tested here from their demonstrations.
    ``seconds`` are those of the work, summed over the ``processes`` that shared it. ``puzzles`` has for every row what
    its means are taken over, [M] each: ``accuracy``, ``vote``, ``lprm``, ``any_valid`` and ``coverage``. ``adapt`` says
    how the weights were fitted to each rule before, where they were.
    """

    kind: ClassVar[str] = "puzzles"

    trajectories: int
    halt: str
    augment: int
    transductive: bool
    processes: int
    puzzles: tuple[dict[str, np.ndarray], ...] = field(repr=False, compare=False, metadata=NOT_STORED)
    adapt: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        values = super().to_dict()
        return values if self.adapt else {name: value for name, value in values.items() if name != "adapt"}


class Evaluation:
    """The measurement of ``solver`` on the test split of ``protocol``, ready to be done in parts.

    Right is what the task's validator accepts or, where there is none, what equals the one solution. Raises BadInput
    for a task that is only sampled, and for numbers out of range.
    """

    def __init__(
        self,
        solver: Solver,
        *,
        protocol: str | None,
        widths: Sequence[int],
        depths: Sequence[int],
        limit: int | None,
        seed: int,
        halt: str,
        augment: int = 1,
    ) -> None:
        if halt not in ("never", "head"):
            raise BadInput(f"halt must be never or head here, not {halt!r}")
        if augment < 1:
            raise BadInput(f"augment must be at least 1, not {augment}")
        self.solver, self.halt, self.seed, self.augment = solver, halt, seed, augment
        self.widths, self.depths = sorted({int(w) for w in widths}), sorted({int(d) for d in depths})
        # The same bounds, and the same words, as solving.
        self.search = SolveOptions(width=self.widths[0], depth=self.depths[0], seed=seed)
        self.width = self.widths[-1]
        self.puzzles = held_out(solver, protocol, limit, seed)
        self.protocol, self.test, self.chosen = self.puzzles.protocol, self.puzzles.test, self.puzzles.chosen
        per_part = max(1, CHUNK // self.width)
        self.cuts = [self.chosen[start : start + per_part] for start in range(0, len(self.chosen), per_part)]
        if augment > 1 and not solver.task.capabilities.symmetries:
            raise BadInput(f"{solver.task.title} has no symmetries to vote over")

    def run(
        self, share: WorkShare = UNSHARED, on_progress: Callable[[int, int], None] | None = None
    ) -> AccuracyReport | None:
        """Do this process's share; the report of all, or None where another process leads.

        Raises OutOfTime when the share's ``stop`` says so; what was done by then stays in its folder.
        """
        parts = SharedWork(share, self._key() if share.folder else "", len(self.cuts))

        def tell(done: int, count: int) -> None:
            if on_progress is not None:
                on_progress(sum(map(len, self.cuts[:done])), len(self.chosen))

        parts.work(self._part, tell)
        return self._report(parts, share.size) if share.is_leader else None

    def _key(self) -> str:
        """Names this measurement and no other: these weights, puzzles and settings."""
        digest = hashlib.sha256(self.solver.digest().encode())
        digest.update(np.ascontiguousarray(self.test.inputs[self.chosen]).tobytes())
        settings = (__version__, self.protocol, self.width, self.depths, self.seed, self.halt, self.augment)
        digest.update(repr(settings).encode())
        return digest.hexdigest()[:16]

    def _part(self, number: int) -> dict[str, np.ndarray]:
        return self._attacked(self.solver, self.cuts[number])

    def _attacked(self, solver: Solver, part: npt.NDArray[np.int64]) -> dict[str, np.ndarray]:
        """Roll out a few puzzles. For every depth d and M puzzles: ``tokens.d`` [M, W, L], ``value.d`` [M, W] and
        ``steps.d`` [M * W]."""
        started = time.perf_counter()
        width = self.width
        rows = np.repeat(part, width)
        found: dict[str, np.ndarray] = {}
        # What writes an answer cell by cell has none before its last frame, so every depth is a rollout of its own.
        recursive = solver.model.config.method == "recursive"
        for depths in [self.depths] if recursive else [[depth] for depth in self.depths]:
            for depth, (boards, value, steps) in self._rolled(solver, rows, depths).items():
                found[f"tokens.{depth}"] = boards.reshape(len(part), width, -1)
                found[f"value.{depth}"] = value.reshape(len(part), width)
                found[f"steps.{depth}"] = steps
        return {**found, "seconds": np.array(time.perf_counter() - started)}

    def _rolled(
        self,
        solver: Solver,
        rows: npt.NDArray[np.int64],
        depths: Sequence[int],
    ) -> dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """One rollout of the puzzles ``rows`` [R], each a number of times in a row: after each depth their boards
        [R, L], values [R] and steps taken [R]."""
        inputs = self.test.inputs[rows]
        batch = Batch(inputs, inputs, self.puzzles.names(rows), rows, np.arange(len(rows)) % self.width)
        trajectories = solver.trajectories(batch, self.search, depth=depths[-1], augment=self.augment, validate=False)
        at: dict[int, RolloutStep] = {}
        for step in trajectories.steps(halt_by_head if self.halt == "head" else None):
            # After all have halted nothing changes any more.
            at |= {depth: step for depth in depths if depth >= step.number}
        return {depth: (step.tokens, step.value, step.taken) for depth, step in at.items()}

    def _report(self, parts: SharedWork, processes: int) -> AccuracyReport:
        solver, task, test, chosen, width = self.solver, self.solver.task, self.test, self.chosen, self.width
        every = [parts.read(number) for number in range(parts.count)]
        started = time.perf_counter()
        inputs = np.ascontiguousarray(np.repeat(test.inputs[chosen], width, axis=0))
        targets = np.repeat(test.outputs[test.members[test.offsets[chosen]]], width, axis=0)
        solutions = self.puzzles.solutions()
        guesses = self.augment > 1 or not task.capabilities.validator
        rows, puzzles = [], []
        for depth in self.depths:
            made, value, steps = (
                np.concatenate([part[f"{name}.{depth}"] for part in every]) for name in ("tokens", "value", "steps")
            )
            flat = solver.canonical(inputs, np.ascontiguousarray(made.reshape(-1, made.shape[-1])))
            tokens = flat.reshape(made.shape)
            valid = task.score(solver.variant, inputs, flat, targets)[0].reshape(len(chosen), width)
            conflicts = None
            if task.capabilities.conflicts:
                conflicts = task.conflicts(solver.variant, inputs, flat).reshape(valid.shape)
            mean_steps = float(steps.mean())
            for w in self.widths:
                each = aggregate.per_puzzle(w, tokens, value, valid, solutions, conflicts, guesses=guesses)
                puzzles.append(each)
                rows.append(
                    {
                        "depth": depth,
                        "width": w,
                        **aggregate.means(each, solutions, w),
                        "mean_steps": mean_steps,
                        "buckets": aggregate.buckets(each, solutions, w),
                    }
                )
        worked = sum(float(part["seconds"]) for part in every)
        return AccuracyReport(
            **origin(solver),
            protocol=self.protocol,
            instances=len(chosen),
            of=len(test),
            trajectories=len(chosen) * width,
            seed=self.seed,
            halt=self.halt,
            augment=self.augment,
            transductive=self.puzzles.transductive(solver),
            seconds=worked + time.perf_counter() - started,
            processes=processes,
            rows=tuple(rows),
            puzzles=tuple(puzzles),
        )
