"""One cell of a board in words, and the cell to fill in next: the one on which most valid trajectories agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gramsolve.inference.events import Step
from gramsolve.tasks.base import Instance
from gramsolve.tasks.codec import TaskCodec
from gramsolve.tasks.drawing import View
from gramsolve.tasks.task import Task


def cell_in_words(task: Task, instance: Instance, cell: int, token: int) -> str:
    """A cell with its token in the task's words, or by its place on the board: ``row 3, column 7: 5``."""
    spec = task.variant(instance.variant).spec
    tokens = np.full(spec.output_length, spec.blank, np.uint8)
    tokens[cell] = token
    if task.capabilities.descriptions:
        return task.describe(instance, tokens)[cell]
    row, column = divmod(cell, spec.grid[1])
    grid = task.render(instance, View(tokens))
    sign = grid.rows[row][column].ascii if grid.kind == "board" and grid.shape == spec.grid else str(token)
    return f"row {row + 1}, column {column + 1}: {sign}"


@dataclass(frozen=True)
class Hint:
    """``agreeing`` of ``asked`` trajectories have ``token`` in cell ``cell``. ``valid``: only trajectories with valid
    boards were asked."""

    cell: int
    token: int
    agreeing: int
    asked: int
    valid: bool


def hint(task: TaskCodec, instance: Instance, step: Step, known: npt.NDArray[np.bool_] | None = None) -> Hint | None:
    """The cell on which most trajectories agree; of several, the one with the highest confidence. None where all cells
    are given.

    Trajectories with valid boards are asked if there are any, else all. An empty cell is no hint: in a puzzle that asks
    where to put something, only cells with something in them count.

    Args:
        known: bool [L_out], cells that need no hint beside those given.
    """
    blank = task.variant(instance.variant).spec.blank
    open = np.ones(step.tokens.shape[1], np.bool_)
    if task.capabilities.given_cells:
        open = task.encode(instance) == blank
    if task.capabilities.descriptions:
        open &= np.array([bool(text) for text in task.describe(instance, step.tokens[0])])
    if known is not None:
        open &= ~known
    right = step.valid is not None and bool(step.valid.any())
    rows = np.flatnonzero(step.valid) if right and step.valid is not None else np.arange(len(step.tokens))
    best: tuple[tuple[int, float], int, int] | None = None
    for cell in np.flatnonzero(open).tolist():
        column = step.tokens[rows, cell]
        tokens, counts = np.unique(column[column != blank], return_counts=True)
        if not len(tokens):
            continue
        token = int(tokens[counts.argmax()])
        sure = float(step.confidence[rows, cell][column == token].mean())
        merit = int(counts.max()), sure
        if best is None or merit > best[0]:
            best = merit, cell, token
    if best is None:
        return None
    (agreeing, _), cell, token = best
    return Hint(cell, token, agreeing, len(rows), right)
