"""The events of a run. Everything that the command line prints and the TUI draws comes from them.

A run samples one or more *rounds*. A round advances ``width`` trajectories of one puzzle together, one supervision
step at a time. Trajectories are numbered across rounds: trajectory ``i`` of round ``r`` has the index
``r * width + i``, and its noise depends on (seed, instance, that index, step) alone. Events are immutable; their
arrays are read-only numpy arrays. N is the number of trajectories in the round, L the output length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gramsolve.tasks.base import Instance


@dataclass(frozen=True)
class Started:
    """The run begins. ``exact`` is the number of solutions by exact search, where it was asked for and is known.

    A round takes at most ``depth`` steps or, while no board of the run is valid, ``max_depth`` where that is more.
    """

    instance: Instance
    checkpoint: str
    width: int
    depth: int
    seed: int
    exact: int | None = None
    max_depth: int = 0


@dataclass(frozen=True, eq=False)
class Step:
    """All trajectories of a round after one supervision step.

    A trajectory that has halted keeps its last values. ``number`` counts steps from 1 within the round.

    Attributes:
        tokens: uint8 [N, L] most likely token of every cell.
        confidence: float32 [N, L] its probability.
        halt: float32 [N] probability, by the halt head, that the board is right.
        value: float32 [N] accuracy the value head (LPRM) expects of the trajectory.
        running: bool [N] still in the batch after this step.
        valid: bool [N], or None for a task without constraints.
        violations: bool [N, L] cells that break a rule, or None for a task without constraints.
        latent: float32 [N, D] mean over positions of the high-level state h.
        assumed: uint8 [N, L] tokens that a trajectory takes as given in this round, though the puzzle does not give
            them; 0 elsewhere. None where no trajectory assumes anything.
    """

    round: int
    number: int
    tokens: npt.NDArray[np.uint8]
    confidence: npt.NDArray[np.float32]
    halt: npt.NDArray[np.float32]
    value: npt.NDArray[np.float32]
    running: npt.NDArray[np.bool_]
    valid: npt.NDArray[np.bool_] | None
    violations: npt.NDArray[np.bool_] | None
    latent: npt.NDArray[np.float32]
    seconds: float
    assumed: npt.NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class Candidate:
    """A distinct answer.

    Attributes:
        tokens: uint8 [L].
        votes: trajectories that ended there; ``trajectory`` was the first to show it, at ``step``.
        value: the highest value of them, by the value head.
        violations: bool [L], cells that break a rule; None for a task without a validator.
        assumed: uint8 [L] what that trajectory assumed, see ``Step``; None where it assumed nothing.
    """

    tokens: npt.NDArray[np.uint8]
    votes: int
    value: float
    valid: bool | None
    trajectory: int
    step: int
    violations: npt.NDArray[np.bool_] | None = None
    assumed: npt.NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class Solution:
    """A valid answer seen for the first time; ``count`` is how many distinct ones there are now."""

    candidate: Candidate
    count: int


@dataclass(frozen=True, eq=False)
class Finished:
    """The run is over.

    Attributes:
        candidates: distinct final answers, best first under the selection asked for.
        trajectories: how many ran; ``valid`` of them ended on a valid board (None without a validator).
        solutions: distinct valid answers.
        steps: supervision steps computed, summed over trajectories.
        missing_mass: estimated probability that one more valid trajectory would show a solution not yet seen.
        exact: number of solutions by the exact enumerator, if known.
        reason: why it ended: ``depth``, ``valid``, ``all``, ``rounds`` (goal not reached), ``time``, ``stopped`` or
            ``exact`` (an exact search stood in for the network).
    """

    candidates: tuple[Candidate, ...]
    trajectories: int
    valid: int | None
    solutions: int
    steps: int
    seconds: float
    missing_mass: float | None
    exact: int | None
    reason: str

    @property
    def best(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None

    def summary(self) -> dict[str, Any]:
        """The numbers alone, for JSON."""
        return {
            "trajectories": self.trajectories,
            "valid": self.valid,
            "solutions": self.solutions,
            "steps": self.steps,
            "seconds": round(self.seconds, 4),
            "missing_mass": self.missing_mass,
            "exact": self.exact,
            "reason": self.reason,
        }


Event: TypeAlias = Started | Step | Solution | Finished
