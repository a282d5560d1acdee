"""From many trajectories to a ranked list of distinct answers, and how much may still be unseen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gramsolve.inference.events import Candidate


class Ballot:
    """Collects the answers of finished trajectories, and valid boards that were only passed through."""

    def __init__(self) -> None:
        self._found: dict[bytes, Candidate] = {}
        self._values: dict[bytes, list[float]] = {}

    def see(self, tokens: npt.NDArray[np.uint8], trajectory: int, step: int) -> Candidate | None:
        """A valid board at some step; the new candidate if it was never seen before."""
        key = tokens.tobytes()
        if key in self._found:
            return None
        self._found[key] = Candidate(frozen(tokens), 0, 0.0, True, trajectory, step)
        return self._found[key]

    def vote(self, tokens: npt.NDArray[np.uint8], value: float, valid: bool | None, trajectory: int, step: int) -> None:
        """The final answer of one trajectory, with the value head's opinion of it."""
        key = tokens.tobytes()
        values = self._values.setdefault(key, [])
        values.append(value)
        first = self._found.get(key) or Candidate(frozen(tokens), 0, value, valid, trajectory, step)
        # The best opinion, not the mean: LPRM picks the single trajectory it believes in most.
        self._found[key] = Candidate(first.tokens, len(values), max(values), valid, first.trajectory, first.step)

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
        return sum(candidate.valid is True for candidate in self._found.values())

    def missing_mass(self) -> float | None:
        """``missing_mass`` of the valid answers voted for, or None before the first."""
        counts = [c.votes for c in self._found.values() if c.valid and c.votes]
        return missing_mass(counts) if counts else None


def missing_mass(counts: Sequence[int]) -> float:
    """Probability that the next valid sample shows a solution not seen yet, after Good and Turing.

    Their estimate is the share of samples whose solution was seen once. One is added above and below, so that a
    handful of samples without singletons does not claim certainty: ten repeats of one solution give 1/11.
    """
    total = sum(counts)
    singletons = sum(count == 1 for count in counts)
    return min(1.0, (singletons + 1) / (total + 1))


def frozen(tokens: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A read-only copy."""
    copy = tokens.copy()
    copy.setflags(write=False)
    return copy
