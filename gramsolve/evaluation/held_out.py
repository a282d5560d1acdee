"""The puzzles a checkpoint is measured on: the test split of a protocol, or a seeded sample of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from gramsolve.data import cache
from gramsolve.errors import BadInput
from gramsolve.inference.noise import generator
from gramsolve.inference.solver import Solver
from gramsolve.tasks.data import Split


@dataclass(frozen=True, eq=False)
class HeldOut:
    """``chosen`` int64 [M] are the numbers of the puzzles taken from ``test``; ``rules`` the names of rules in it."""

    protocol: str
    test: Split
    rules: npt.NDArray[np.str_]
    chosen: npt.NDArray[np.int64]

    def inputs(
        self,
        solver: Solver,
        part: npt.NDArray[np.int64],
        width: int = 1,
    ) -> torch.Tensor:
        """What the model reads of puzzles ``part`` [n], ``width`` times in a row: int64 [n * width, L_in (+ 1)]."""
        rows = np.repeat(part, width)
        return solver.inputs(self.test.inputs[rows], self.names(rows))

    def names(self, rows: npt.NDArray[np.int64]) -> list[str]:
        """The rule of each puzzle; nothing where there are none."""
        numbers = self.test.rule_ids
        return self.rules[np.zeros(len(rows), np.int32) if numbers is None else numbers[rows]].tolist()

    def transductive(self, solver: Solver) -> bool:
        """Whether the solver has learned, from demonstrations, rules that are tested here."""
        if self.test.rule_ids is None:
            return False
        return any(name in solver.rule_ids for name in self.rules[np.unique(self.test.rule_ids[self.chosen])])

    def solutions(self) -> npt.NDArray[np.int64]:
        """How many solutions each chosen puzzle has: int64 [M]."""
        return np.diff(self.test.offsets)[self.chosen]


def held_out(solver: Solver, protocol: str | None, limit: int | None, seed: int) -> HeldOut:
    """The test puzzles of ``protocol`` (default: the one the solver was trained on), all or ``limit`` of them.

    Raises BadInput for a task that has no puzzles, and for a limit or protocol that cannot be.
    """
    task = solver.task
    if not task.capabilities.conditional:
        raise BadInput(f"{task.title} has no puzzles to be right about: look at `gramsolve sample {task.name}`")
    if limit is not None and limit < 1:
        raise BadInput(f"limit must be at least 1, not {limit}")
    protocol = protocol or solver.trained_on or task.protocols[0]
    data = cache.dataset(task, solver.variant, protocol)
    chosen = np.arange(len(data.test))
    if limit is not None and limit < len(chosen):
        chosen = np.sort(generator(seed).choice(len(chosen), limit, replace=False))
    return HeldOut(protocol, data.test, np.array(["", *data.rule_ids]), chosen)


def coordinates(solver: Solver, part: npt.NDArray[np.int64], width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Instance and trajectory numbers, which name noise: int64 [n * width] each, on the solver's device."""
    instance = torch.from_numpy(np.repeat(part, width).astype(np.int64))
    trajectory = torch.arange(width).repeat(len(part))
    return instance.to(solver.device), trajectory.to(solver.device)
