"""Accuracy where a copy of the weights is adapted to each rule before its held-out puzzles are solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gramsolve.adaptation.finetune import finetune, require
from gramsolve.adaptation.options import AdaptOptions, never_stop
from gramsolve.data import cache
from gramsolve.errors import BadInput
from gramsolve.evaluation.accuracy import Preparation, Prepared
from gramsolve.evaluation.held_out import HeldOut
from gramsolve.inference.rollout import Rows
from gramsolve.inference.solver import Solver
from gramsolve.tasks.data import Split


@dataclass(frozen=True)
class AdaptedToRules(Preparation):
    """A part is the test puzzles of one rule; its solver is a copy fitted to the demonstrations of that rule, always
    from the weights of the checkpoint.

    The demonstrations of a rule are its pairs in the train split, none of which is tested. A rule without any gets the
    checkpoint as it is. ``options.cross_validate`` has no effect here: the answers are known.
    """

    solver: Solver
    puzzles: HeldOut
    train: Split
    options: AdaptOptions
    seed: int

    @classmethod
    def of(cls, solver: Solver, puzzles: HeldOut, options: AdaptOptions, seed: int) -> AdaptedToRules:
        """Raises BadInput for a checkpoint that cannot be adapted and for a split without named rules."""
        require(solver)
        if puzzles.test.rule_ids is None:
            raise BadInput(f"{solver.task.title}: the split {puzzles.protocol} has no rules to adapt to")
        order = np.argsort(puzzles.test.rule_ids[puzzles.chosen], kind="stable")
        train = cache.dataset(solver.task, solver.variant, puzzles.protocol).train
        return cls(solver, replace(puzzles, chosen=puzzles.chosen[order]), train, options, seed)

    def cut(self, size: int) -> list[Rows]:
        assert self.puzzles.test.rule_ids is not None
        rules = self.puzzles.test.rule_ids[self.puzzles.chosen]
        return np.split(self.puzzles.chosen, np.flatnonzero(np.diff(rules)) + 1)

    def prepare(self, part: Rows) -> Prepared:
        assert self.puzzles.test.rule_ids is not None and self.train.rule_ids is not None
        rule = int(self.puzzles.test.rule_ids[part[0]])
        shown = np.flatnonzero(self.train.rule_ids == rule)
        if not len(shown):
            return Prepared(solver=self.solver, facts={"updates": 0})
        answers = [self.train.solutions(int(row)) for row in shown]
        fit = finetune(
            self.solver,
            np.repeat(self.train.inputs[shown], [len(some) for some in answers], axis=0),
            np.concatenate(answers),
            str(self.puzzles.rules[rule]),
            self.options.budget,
            weights=self.options.weights,
            seed=self.seed,
            stop=never_stop,
            on_update=lambda done, seconds, loss: None,
        )
        return Prepared(solver=fit.solver, seconds=fit.seconds, facts={"updates": fit.updates})

    def settings(self) -> tuple[object, ...]:
        return str(self.options.budget), self.options.weights

    def summary(self, facts: Sequence[Mapping[str, int]]) -> Mapping[str, Any]:
        updates = [part["updates"] for part in facts]
        return {
            "budget": str(self.options.budget),
            "weights": self.options.weights,
            "tasks": len(updates),
            "updates": float(np.mean(updates)),
        }
