"""Accuracy and coverage on held-out puzzles: W trajectories of every test input, several depths from one rollout."""

from __future__ import annotations

import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from gramsolve import __version__
from gramsolve.errors import BadInput
from gramsolve.evaluation import aggregate
from gramsolve.evaluation.held_out import HeldOut
from gramsolve.evaluation.options import EvalOptions
from gramsolve.evaluation.report import NOT_STORED, HeldOutReport, origin
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import CHUNK, RolloutStep, Rows, halt_by_head
from gramsolve.inference.search import Batch
from gramsolve.inference.solver import Solver
from gramsolve.work_sharing import UNSHARED, Arrays, SharedWork, WorkShare


@dataclass(frozen=True, kw_only=True)
class AccuracyReport(HeldOutReport):
    """What was measured on what.

    ``rows`` hold one dict per (depth, width): accuracy of one trajectory (over all trajectories, with a 95 % error
    clustered by puzzle), of vote, LPRM and any valid; coverage over all solutions, over the reachable min(W, S), the
    bound W sets and what a uniform sampler would cover; mean steps taken; for tasks that count conflicts, those
    of the first and of the most common answers, summed over the puzzles (the paper's measure, section 4); and
    ``buckets``, the same over puzzles with 1, 2-5, 6-20, 21-100 and more solutions.
    Without a validator, and where ``augment`` symmetric copies of every puzzle are solved, rows have ``two_guesses``:
    whether the most common answer or the next is right. ``transductive`` says that the weights have learned the rules
    tested here from their demonstrations.
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


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The solver of one part of the puzzles, and what its making cost.

    ``facts`` are scalars that are stored with the part and given back to ``Preparation.summary``.
    """

    solver: Solver
    seconds: float = 0.0
    facts: Mapping[str, int] = field(default_factory=dict)


class Preparation(ABC):
    """How the held-out puzzles are cut into parts, and which solver each part gets."""

    puzzles: HeldOut
    """The puzzles in the order of the parts."""

    @abstractmethod
    def cut(self, size: int) -> list[Rows]:
        """The numbers of the puzzles of each part; ``size`` puzzles fill a batch."""

    @abstractmethod
    def prepare(self, part: Rows) -> Prepared:
        """The solver of a part."""

    def settings(self) -> tuple[object, ...]:
        """Everything the figures depend on beside the solver and the puzzles; part of the name of stored parts."""
        return ()

    def summary(self, facts: Sequence[Mapping[str, int]]) -> Mapping[str, Any] | None:
        """What a report says of the preparation, from the facts of all parts; None for nothing."""
        return None


@dataclass(frozen=True)
class AsTrained(Preparation):
    """Every part gets the solver as it is."""

    solver: Solver
    puzzles: HeldOut

    def cut(self, size: int) -> list[Rows]:
        chosen = self.puzzles.chosen
        return [chosen[start : start + size] for start in range(0, len(chosen), size)]

    def prepare(self, part: Rows) -> Prepared:
        return Prepared(solver=self.solver)


class AccuracyEvaluation:
    """Measures a solver on the puzzles of a preparation, part by part.

    An answer is right when the task's validator accepts it or, without a validator, when it equals the one solution.
    Raises BadInput for numbers out of range and for a task without symmetries to vote over.
    """

    def __init__(self, solver: Solver, preparation: Preparation, options: EvalOptions) -> None:
        self.solver, self.halt, self.seed, self.augment = solver, str(options.halt), options.seed, options.augment
        self.widths, self.depths = sorted({int(w) for w in options.widths}), sorted({int(d) for d in options.depths})
        # SolveOptions checks the bounds, in the words of `solve`.
        self.search = SolveOptions(width=self.widths[0], depth=self.depths[0], seed=self.seed)
        self.width = self.widths[-1]
        self.preparation, self.puzzles = preparation, preparation.puzzles
        self.protocol, self.test, self.chosen = self.puzzles.protocol, self.puzzles.test, self.puzzles.chosen
        self.parts = preparation.cut(max(1, CHUNK // self.width))
        if self.augment > 1 and not solver.task.capabilities.symmetries:
            raise BadInput(f"{solver.task.title} has no symmetries to vote over")

    def run(
        self, share: WorkShare = UNSHARED, on_progress: Callable[[int, int], None] | None = None
    ) -> AccuracyReport | None:
        """Do this process's share; the report of all parts, or None where another process leads.

        Raises OutOfTime when the share's ``stop`` asks for it; finished parts stay in the share's folder.
        """
        work = SharedWork(share, self._key() if share.folder else "", len(self.parts))

        def tell(done: int, count: int) -> None:
            if on_progress is not None:
                on_progress(sum(map(len, self.parts[:done])), len(self.chosen))

        work.work(self._part, tell)
        return self._report(work, share.size) if share.is_leader else None

    def _key(self) -> str:
        """Names this measurement and no other: these weights, puzzles and settings."""
        digest = hashlib.sha256(self.solver.digest().encode())
        digest.update(np.ascontiguousarray(self.test.inputs[self.chosen]).tobytes())
        settings = (__version__, self.protocol, self.width, self.depths, self.seed, self.halt, self.augment)
        digest.update(repr((*settings, *self.preparation.settings())).encode())
        return digest.hexdigest()[:16]

    def _part(self, number: int) -> dict[str, np.ndarray]:
        """Trajectories of a few puzzles. For every depth d and M puzzles: ``tokens.d`` [M, W, L], ``value.d`` [M, W]
        and ``steps.d`` [M * W]; ``seconds`` and, each as ``fact.NAME``, the facts of the preparation."""
        part, width = self.parts[number], self.width
        prepared = self.preparation.prepare(part)
        solver, started = prepared.solver, time.perf_counter()
        rows = np.repeat(part, width)
        found: dict[str, np.ndarray] = {}
        # A model that writes an answer cell by cell has none before its last step: every depth is a rollout of its own.
        recursive = solver.model.config.method.name == "recursive"
        for depths in [self.depths] if recursive else [[depth] for depth in self.depths]:
            for depth, (boards, value, steps) in self._rolled(solver, rows, depths).items():
                found[f"tokens.{depth}"] = boards.reshape(len(part), width, -1)
                found[f"value.{depth}"] = value.reshape(len(part), width)
                found[f"steps.{depth}"] = steps
        facts = {f"fact.{name}": np.array(value) for name, value in prepared.facts.items()}
        return {**found, **facts, "seconds": np.array(prepared.seconds + time.perf_counter() - started)}

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

    def _report(self, work: SharedWork, processes: int) -> AccuracyReport:
        solver, task, test, chosen, width = self.solver, self.solver.task, self.test, self.chosen, self.width
        every = [work.read(number) for number in range(work.count)]
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
            adapt=self.preparation.summary([_facts(part) for part in every]),
        )


def _facts(part: Arrays) -> dict[str, int]:
    return {name.removeprefix("fact."): int(value) for name, value in part.items() if name.startswith("fact.")}
