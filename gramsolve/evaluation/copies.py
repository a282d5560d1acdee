"""A puzzle in several guises: symmetric copies of it, whose answers are turned back before they are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gramsolve.errors import BadInput
from gramsolve.evaluation.puzzles import generator
from gramsolve.tasks.task import Symmetry, Task

Tokens = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Copies:
    """``count`` copies of one puzzle. Trajectory w attacks copy w modulo ``count``; copy 0 is the puzzle itself."""

    symmetry: Symmetry
    count: int

    def inputs(self, tokens: Tokens, width: int) -> Tokens:
        """What ``width`` trajectories are given: [L_in] -> [width, L_in]."""
        copies = self.symmetry.inputs(np.repeat(tokens[None], self.count, axis=0))
        copies[0] = tokens
        return np.ascontiguousarray(copies[np.arange(width) % self.count])

    def undone(self, boards: Tokens) -> Tokens:
        """Answers to the copies as answers to the puzzle: [width, L_out] -> the same."""
        found, back = boards.copy(), self.symmetry.inverse()
        for first in range(0, len(boards), self.count):
            # A batch of symmetries is undone whole; the last round may have too few answers for it.
            round_of = np.ascontiguousarray(boards[np.arange(first, first + self.count) % len(boards)])
            some = back.outputs(round_of)[: len(boards) - first]
            found[first + 1 : first + len(some)] = some[1:]
        return found


def copies(task: Task, variant: str, count: int, seed: int, index: int) -> Copies:
    """Those of puzzle number ``index``. Raises BadInput where a task has no symmetries."""
    symmetry = task.symmetries(variant, count, generator(seed, index))
    if symmetry is None:
        raise BadInput(f"{task.title} has no symmetries to vote over")
    return Copies(symmetry, count)
