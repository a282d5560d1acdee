"""What exact search says of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gramsolve.inference.events import Finished
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task

LIMIT = 1000
"""Solutions that are listed to look an answer up among them."""


@dataclass(frozen=True)
class Verification:
    """``status`` is

    * ``same``: the answer is one of the exact solutions; ``wrong``: they are complete and it is none of them;
    * ``none``: there is no solution, and none was claimed; ``missed``: there is one, and none was found;
    * ``unknown``: nobody can tell: no exact solver, one that gave up, or more than ``LIMIT`` solutions.

    ``solutions`` counts them, None where that is not known.
    """

    status: Literal["same", "wrong", "none", "missed", "unknown"]
    solutions: int | None = None


def verify(task: Task, instance: Instance, final: Finished) -> Verification:
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
