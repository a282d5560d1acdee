"""From boards to answers: verdicts, votes, ranking, and how many solutions are missing. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from gramsolve.inference.events import Candidate, Finished
from gramsolve.inference.options import EXACT_LIMIT
from gramsolve.tasks.arrays import Bools, Tokens
from gramsolve.tasks.base import Instance
from gramsolve.tasks.rules import TaskRules

T = TypeVar("T", bound=np.generic)


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


class Ballot:
    """Collects the answers of finished trajectories, and valid boards that trajectories passed through.

    Attributes:
        trajectories: that have voted; ``steps`` that they took, in all.
        valid: how many of them ended on a valid board, None where the task has no validator.
    """

    def __init__(self) -> None:
        self.trajectories = self.steps = 0
        self.valid: int | None = 0
        self._found: dict[bytes, Candidate] = {}
        self._values: dict[bytes, list[float]] = {}

    def see(
        self,
        tokens: Tokens,
        trajectory: int,
        step: int,
        violations: Bools | None = None,
        assumed: Tokens | None = None,
    ) -> Candidate | None:
        """Take in a valid board uint8 [L] of some step; returns its candidate when it is new."""
        key = tokens.tobytes()
        if key in self._found:
            return None
        arrays = _frozen_or_none(violations), _frozen_or_none(assumed)
        self._found[key] = Candidate(frozen(tokens), 0, 0.0, True, trajectory, step, *arrays)
        return self._found[key]

    def vote(
        self,
        tokens: Tokens,
        value: float,
        valid: bool | None,
        trajectory: int,
        step: int,
        violations: Bools | None = None,
        assumed: Tokens | None = None,
    ) -> None:
        """Count the final answer of one trajectory after ``step`` steps; ``value`` is that of the value head."""
        key = tokens.tobytes()
        values = self._values.setdefault(key, [])
        values.append(value)
        first = self._found.get(key)
        if first is None:
            arrays = _frozen_or_none(violations), _frozen_or_none(assumed)
            first = Candidate(frozen(tokens), 0, value, valid, trajectory, step, *arrays)
        # The highest value, not the mean: LPRM picks the single trajectory with the highest value.
        self._found[key] = Candidate(
            first.tokens,
            len(values),
            max(values),
            valid,
            first.trajectory,
            first.step,
            first.violations,
            first.assumed,
        )
        self.trajectories += 1
        self.steps += step
        self.valid = None if valid is None or self.valid is None else self.valid + valid

    def ranked(self, rules: Sequence[str]) -> tuple[Candidate, ...]:
        """All candidates, best first: each rule (``valid``, ``vote``, ``lprm``) breaks the ties of those before it."""

        def key(candidate: Candidate) -> tuple[float, ...]:
            merits = {
                "valid": float(bool(candidate.valid)),
                "vote": float(candidate.votes),
                "lprm": candidate.value,
            }
            return (*(-merits[rule] for rule in rules), candidate.trajectory)

        return tuple(sorted(self._found.values(), key=key))

    def solutions(self) -> int:
        """How many distinct valid answers there are."""
        return sum(candidate.valid is True for candidate in self._found.values())

    def missing_mass(self) -> float | None:
        """``missing_mass`` of the valid answers voted for, or None before the first."""
        counts = [c.votes for c in self._found.values() if c.valid and c.votes]
        return missing_mass(counts) if counts else None

    def finish(
        self,
        rank_by: Sequence[str],
        *,
        seconds: float,
        reason: str,
        exact: int | None = None,
        steps: int | None = None,
    ) -> Finished:
        """The result of a search with these votes. ``steps`` where it is not the sum of those of the votes."""
        return Finished(
            candidates=self.ranked(rank_by),
            trajectories=self.trajectories,
            valid=self.valid,
            solutions=self.solutions(),
            steps=self.steps if steps is None else steps,
            seconds=seconds,
            missing_mass=self.missing_mass(),
            exact=exact,
            reason=reason,
        )


def missing_mass(counts: Sequence[int]) -> float:
    """Probability that the next valid sample shows a solution not seen yet, after Good and Turing.

    Their estimate is the share of samples whose solution was seen once. One is added above and below, so that a
    handful of samples without singletons does not claim certainty: ten repeats of one solution give 1/11.
    """
    total = sum(counts)
    singletons = sum(count == 1 for count in counts)
    return min(1.0, (singletons + 1) / (total + 1))


def frozen(array: npt.NDArray[T]) -> npt.NDArray[T]:
    """A read-only copy."""
    copy = array.copy()
    copy.setflags(write=False)
    return copy


def _frozen_or_none(array: npt.NDArray[T] | None) -> npt.NDArray[T] | None:
    return None if array is None else frozen(array)
