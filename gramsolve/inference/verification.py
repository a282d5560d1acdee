"""Answers compared with those of exact search. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gramsolve.inference.events import Finished
from gramsolve.tasks.base import Instance
from gramsolve.tasks.rules import TaskRules

LIMIT = 1000
"""Solutions listed at most to look an answer up."""


@dataclass(frozen=True)
class Verification:
    """``status`` is

    * ``same``: the answer is one of the exact solutions; ``wrong``: they are complete and it is none of them;
    * ``none``: there is no solution, and none was claimed; ``missed``: there is one, and none was found;
    * ``unknown``: no exact solver, a solver that gave up, or more than ``LIMIT`` solutions.

    ``solutions`` counts them, None where that is not known.
    """

    status: Literal["same", "wrong", "none", "missed", "unknown"]
    solutions: int | None = None


def verify(task: TaskRules, instance: Instance, final: Finished) -> Verification:
    """Look the best answer up among the exact solutions."""
    found = task.enumerate(instance, LIMIT + 1)
    if found is None:
        return Verification("unknown")
    count = len(found) if len(found) <= LIMIT else None
    best = final.best
    if best is None or best.valid is False:
        return Verification("none" if count == 0 else "missed", count)
    if (found == np.asarray(best.tokens)).all(axis=1).any():
        return Verification("same", count)
    return Verification("unknown" if count is None else "wrong", count)
