"""Test-time training on one task: fit to its demonstrations, answer its questions, and cross-validate.

The answers come first, so that an interrupted run has them. The rest of the budget goes into fits that each leave out
one demonstration and predict it; each starts from the checkpoint.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gramsolve.adaptation.finetune import Finetuned, finetune, require
from gramsolve.adaptation.options import (
    ANSWER_SHARE,
    MAX_FOLDS,
    AdaptationProgress,
    AdaptOptions,
    Budget,
    ProgressCallback,
    Stop,
    predict_options,
)
from gramsolve.adaptation.predict import predict
from gramsolve.errors import BadInput
from gramsolve.inference.events import Finished
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.policy import Problem
from gramsolve.inference.solver import Solver
from gramsolve.tasks.arrays import Bools
from gramsolve.tasks.base import Instance
from gramsolve.tasks.data import Demonstrations
from gramsolve.tasks.task import Task

GUESSES = 2
REPORT_SECONDS = 0.2


@dataclass(frozen=True)
class CrossValidation:
    """Cross-validation: demonstrations that were left out of a fit and predicted by it.

    Attributes:
        demonstrations: how many the task shows; ``tested`` of them were left out and ``solved`` with two guesses then.
        updates: of each fit; one lacks a demonstration and all its symmetric copies.
        why: why none could be left out, or nothing.
        known: the weights had been trained on this task before, demonstrations included, so that this says little.
    """

    demonstrations: int
    tested: int = 0
    solved: int = 0
    updates: tuple[int, ...] = ()
    why: str = ""
    known: bool = False

    def __str__(self) -> str:
        if not self.tested:
            return f"confidence: unknown: {self.why}"
        tried = f" of {self.demonstrations}" if self.tested < self.demonstrations else ""
        plural = "" if self.tested == 1 and not tried else "s"
        words = f"confidence: {self.solved} of {self.tested} demonstration{plural} solved when left out (two guesses)"
        if tried:
            words += f"; {self.tested}{tried} were left out"
        if self.known:
            words += "; the checkpoint has been trained on this task before, so this says little"
        return words


@dataclass(frozen=True, eq=False)
class AdaptationResult:
    """The result of adapting to one task.

    Attributes:
        answers: to the puzzles in their order; the first two candidates of each are the guesses.
        cross_validation: None where that was not asked for.
        updates, seconds, loss: of the fit that answers, whose weights are in ``solver``.
        total_seconds: of everything, predictions included.
        stopped: it was interrupted on the way.
    """

    answers: tuple[Finished, ...]
    cross_validation: CrossValidation | None
    updates: int
    seconds: float
    loss: float
    total_seconds: float
    stopped: bool
    solver: Solver

    def to_dict(self) -> dict[str, Any]:
        left = self.cross_validation
        return {
            "updates": self.updates,
            "seconds": round(self.seconds, 3),
            "loss": self.loss,
            "total_seconds": round(self.total_seconds, 3),
            "stopped": self.stopped,
            "leave_one_out": None if left is None else {**left.__dict__, "updates": list(left.updates)},
        }


def shown(task: Task, instance: Instance) -> Demonstrations:
    """The demonstrations of a puzzle. Raises BadInput where there are none."""
    if not task.capabilities.demonstrations:
        raise BadInput(f"{task.title}: puzzles show no demonstrations, so there is nothing to adapt to")
    found = task.demonstrations(instance)
    if not len(found):
        name = task.rule_id(instance)
        raise BadInput(f"{f'task {name}' if name else 'the task'} has no demonstrations to adapt to")
    return found


def together(task: Task, puzzles: Sequence[Instance]) -> list[list[int]]:
    """The numbers of puzzles, grouped by task: equal rules and equal demonstrations. Groups keep the puzzles' order."""
    groups: dict[tuple[str, str, bytes, bytes], list[int]] = {}
    for number, puzzle in enumerate(puzzles):
        found = shown(task, puzzle)
        key = (task.rule_id(puzzle), puzzle.variant, found.inputs.tobytes(), found.outputs.tobytes())
        groups.setdefault(key, []).append(number)
    return list(groups.values())


def folds_of(demonstrations: Demonstrations) -> list[Bools]:
    """The folds of cross-validation, each bool [n]: a demonstration with all its symmetric copies. Empty where one fold
    would hold all."""
    classes = list(dict.fromkeys(demonstrations.classes.tolist()))
    return [demonstrations.classes == one for one in classes[:MAX_FOLDS]] if len(classes) > 1 else []


def adapt(
    solver: Solver,
    puzzles: Sequence[Instance],
    options: AdaptOptions,
    search: SolveOptions,
    *,
    indices: Sequence[int],
    on_progress: ProgressCallback,
    stop: Stop,
) -> AdaptationResult:
    """Adapt to the demonstrations of ``puzzles``, all of one task, and answer them. ``indices`` name their noise.

    Raises BadInput for puzzles without demonstrations or of several tasks, and for checkpoints that cannot be adapted.
    """
    began, task, search = time.monotonic(), solver.task, predict_options(search)
    problems = [solver.problem(puzzle, index) for index, puzzle in zip(indices, puzzles, strict=True)]
    puzzles = [problem.instance for problem in problems]
    if len(together(task, puzzles)) != 1:
        raise BadInput("puzzles of several tasks are adapted to one after the other")
    demonstrations, rule = shown(task, puzzles[0]), task.rule_id(puzzles[0])
    require(solver)
    run = AdaptationRun(solver, demonstrations, rule, options, search, on_progress, stop)
    folds = folds_of(demonstrations) if options.cross_validate else []
    fit = run.fit("all demonstrations", np.ones(len(demonstrations), np.bool_), ANSWER_SHARE if folds else 1.0)
    answers = tuple(predict(fit.solver, problem, search) for problem in problems)
    confidence = run.cross_validate(folds) if options.cross_validate else None
    seconds = time.monotonic() - began
    return AdaptationResult(answers, confidence, fit.updates, fit.seconds, fit.loss, seconds, stop(), fit.solver)


@dataclass
class AdaptationRun:
    """Fits with the budget of one task."""

    solver: Solver
    shown: Demonstrations
    rule: str
    options: AdaptOptions
    search: SolveOptions
    on_progress: ProgressCallback
    stop: Stop
    spent: float = 0.0

    def fit(self, stage: str, rows: Bools, share: float) -> Finetuned:
        """Fit a fresh copy to the demonstrations ``rows`` bool [n], with a share of the budget. An embedding that was
        trained on the rule has seen all of them, so it is not used where some are left out."""
        budget = self.options.budget.part(share)
        reported = 0.0

        def on_update(done: int, seconds: float, loss: float) -> None:
            nonlocal reported
            if done == 1 or seconds - reported >= REPORT_SECONDS:
                used, rate = self.spent + share * budget.used(seconds, done), done / max(seconds, 1e-9)
                self.on_progress(AdaptationProgress(stage, done, used, self._left(used, rate), rate, loss))
                reported = seconds

        found = finetune(
            self.solver,
            self.shown.inputs[rows],
            self.shown.outputs[rows],
            self.rule,
            budget,
            weights=self.options.weights,
            seed=self.search.seed,
            stop=self.stop,
            on_update=on_update,
            from_mean=not rows.all(),
        )
        self.spent += share
        return found

    def _left(self, used: float, rate: float) -> float:
        """Seconds of fitting that are left."""
        whole: Budget = self.options.budget
        if whole.seconds is not None:
            return (1 - used) * whole.seconds
        assert whole.updates is not None
        return (1 - used) * whole.updates / rate

    def _shown(self, number: int) -> Problem:
        """The question of a demonstration."""
        inputs, solver = self.shown.inputs[number], self.solver
        return Problem(solver.task.decode(solver.variant, inputs), inputs, number, self.rule)

    def cross_validate(self, folds: Sequence[Bools]) -> CrossValidation:
        """Fit without each fold, and predict it. A fold that is interrupted does not count."""
        shown, tested, solved, updates = self.shown, 0, 0, []
        for gone in folds:
            if self.stop():
                break
            numbers = np.flatnonzero(gone)
            fit = self.fit(f"without demonstration {numbers[0] + 1}", ~gone, (1 - ANSWER_SHARE) / len(folds))
            if self.stop():
                break
            updates.append(fit.updates)
            for number in numbers:
                found = predict(fit.solver, self._shown(int(number)), self.search)
                guesses = [candidate.tokens for candidate in found.candidates[:GUESSES]]
                solved += any(np.array_equal(guess, shown.outputs[number]) for guess in guesses)
                tested += 1
        if folds:
            why = "" if tested else "interrupted before a demonstration was left out"
        elif len(shown) == 1:
            why = "it cannot be measured with one demonstration"
        else:
            why = "it cannot be measured, since all demonstrations are symmetric copies of one"
        known = self.rule in self.solver.rule_ids
        return CrossValidation(len(shown), tested, solved, tuple(updates), why, known)
