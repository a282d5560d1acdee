"""The held-out protocol where each task is adapted to before its puzzles are attacked, always from the same weights."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np

from gramsolve.adaptation.finetune import finetune, require
from gramsolve.adaptation.options import AdaptOptions, never_stop
from gramsolve.data import cache
from gramsolve.errors import BadInput
from gramsolve.evaluation.accuracy import AccuracyReport, Evaluation
from gramsolve.inference.solver import Solver
from gramsolve.work_sharing import SharedWork


class AdaptedEvaluation(Evaluation):
    """What ``Evaluation`` measures, a part of the work being the test puzzles of one rule.

    The demonstrations of a rule are the pairs of it in the train split, none of which is tested. A rule without any is
    attacked with the checkpoint as it is. ``options.cross_validate`` means nothing here: the answers are known.
    """

    def __init__(self, solver: Solver, options: AdaptOptions, **asked: Any) -> None:
        require(solver)
        super().__init__(solver, **asked)
        if self.test.rule_ids is None:
            raise BadInput(f"{solver.task.title}: the split {self.protocol} has no rules to adapt to")
        self.options = options
        self.train = cache.dataset(solver.task, solver.variant, self.protocol).train
        rules = self.test.rule_ids[self.chosen]
        order = np.argsort(rules, kind="stable")
        self.chosen, rules = self.chosen[order], rules[order]
        self.puzzles = replace(self.puzzles, chosen=self.chosen)
        self.cuts = np.split(self.chosen, np.flatnonzero(np.diff(rules)) + 1)

    def _key(self) -> str:
        told = repr((super()._key(), str(self.options.budget), self.options.weights))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def _part(self, number: int) -> dict[str, np.ndarray]:
        part, train = self.cuts[number], self.train
        assert self.test.rule_ids is not None and train.rule_ids is not None
        rule = int(self.test.rule_ids[part[0]])
        shown = np.flatnonzero(train.rule_ids == rule)
        if not len(shown):
            return {**self._attacked(self.solver, part), "updates": np.array(0)}
        answers = [train.solutions(int(row)) for row in shown]
        fit = finetune(
            self.solver,
            np.repeat(train.inputs[shown], [len(some) for some in answers], axis=0),
            np.concatenate(answers),
            str(self.puzzles.rules[rule]),
            self.options.budget,
            weights=self.options.weights,
            seed=self.seed,
            stop=never_stop,
            on_update=lambda done, seconds, loss: None,
        )
        found = self._attacked(fit.solver, part)
        return {**found, "seconds": found["seconds"] + fit.seconds, "updates": np.array(fit.updates)}

    def _report(self, parts: SharedWork, processes: int) -> AccuracyReport:
        updates = [int(parts.read(number)["updates"]) for number in range(parts.count)]
        told = {
            "budget": str(self.options.budget),
            "weights": self.options.weights,
            "tasks": len(updates),
            "updates": float(np.mean(updates)),
        }
        return replace(super()._report(parts, processes), adapt=told)
