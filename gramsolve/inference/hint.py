"""One cell to fill in: the one on which most valid trajectories agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gramsolve.inference.events import Step
from gramsolve.tasks.base import Instance
from gramsolve.tasks.codec import TaskCodec


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
