"""What a task says of answers: its validator of boards, its exact search of results. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from gramsolve.inference.events import Finished
from gramsolve.inference.options import EXACT_LIMIT
from gramsolve.tasks.arrays import Bools, Tokens
from gramsolve.tasks.base import Instance
from gramsolve.tasks.rules import TaskRules

LIMIT = 1000
"""Solutions listed at most to look an answer up."""


class Judgement(NamedTuple):
    """Boards in canonical form uint8 [n, L_out], with the validator's verdict: bool [n] and bool [n, L_out], or None
    for a task without a validator."""

    tokens: Tokens
    valid: Bools | None
    violations: Bools | None


def judge(task: TaskRules, variant: str, inputs: Tokens, outputs: Tokens) -> Judgement:
    """Boards outputs [n, L_out] as answers to inputs [n, L_in]: their canonical form and the verdict on it."""
    inputs = np.ascontiguousarray(inputs)
    tokens = np.ascontiguousarray(task.canonical(variant, inputs, np.ascontiguousarray(outputs)))
    if not task.capabilities.validator:
        return Judgement(tokens, None, None)
    verdict = task.check(variant, inputs, tokens)
    return Judgement(tokens, verdict.valid, verdict.violations)


def count_solutions(task: TaskRules, instance: Instance) -> int | None:
    """The number of solutions by exact search; None where the task does not know it or there are more than
    ``EXACT_LIMIT``: a count at the limit is only a lower bound."""
    solutions = task.enumerate(instance, EXACT_LIMIT + 1)
    return len(solutions) if solutions is not None and len(solutions) <= EXACT_LIMIT else None


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
