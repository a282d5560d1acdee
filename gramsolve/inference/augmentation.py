"""Symmetric copies of a puzzle as inputs of trajectories, and the way back of their boards."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gramsolve.errors import BadInput
from gramsolve.inference.noise import generator
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.rules import TaskRules

Numbers = npt.NDArray[np.int64]


class Augmentation:
    """``count`` symmetric copies of each puzzle, the first of which is the puzzle itself.

    Trajectory t is given copy t modulo ``count``. The copies of a puzzle depend on ``count``, ``seed`` and its number.

    Args:
        instance, trajectory: int64 [R], numbers of the puzzle and of the trajectory of every row.

    Raises BadInput where the task has no symmetries.
    """

    def __init__(
        self, task: TaskRules, variant: str, count: int, seed: int, instance: Numbers, trajectory: Numbers
    ) -> None:
        if not task.capabilities.symmetries:
            raise BadInput(f"{task.title} has no symmetries to vote over")
        self._parts = []
        copy = trajectory % count
        for index in np.unique(instance).tolist():
            drawn = task.symmetries(variant, count, generator(seed, index))
            rows = np.flatnonzero((instance == index) & (copy > 0))
            symmetry = drawn.take(copy[rows])
            self._parts.append((rows, symmetry, symmetry.inverse()))

    def inputs(self, tokens: Tokens) -> Tokens:
        """The symmetric copies of the rows' puzzles: [R, L_in] -> [R, L_in]."""
        given = tokens.copy()
        for rows, symmetry, _ in self._parts:
            given[rows] = symmetry.inputs(np.ascontiguousarray(tokens[rows]))
        return given

    def undo(
        self, rows: Numbers, tokens: Tokens, confidence: npt.NDArray[np.float32]
    ) -> tuple[Tokens, npt.NDArray[np.float32]]:
        """Tokens and confidence [n, L_out] of some rows, in ascending order, as answers to the puzzles themselves."""
        boards, sure = tokens.copy(), confidence.copy()
        for mine, _, undo in self._parts:
            here = np.isin(mine, rows)
            if not here.any():
                continue
            places = np.searchsorted(rows, mine[here])
            some, back = np.ascontiguousarray(tokens[places]), undo.take(here)
            boards[places] = back.outputs(some)
            sources = back.source_cells(some)
            # Without the way of each cell, every cell gets the board's mean confidence.
            moved = confidence[places].mean(axis=1, keepdims=True)
            if sources is not None:
                moved = np.take_along_axis(confidence[places], sources, axis=1)
            sure[places] = moved
        return boards, sure
