"""How trajectories are spent on a puzzle: how many, how deep, when each halts, when a round and a search end.

A search runs rounds. In each round a policy starts W trajectories of a puzzle, says after every step which of them
halt and whether the round is over, and after the round whether another follows. A policy decides from what it is given
(the puzzle's ``PuzzleState`` and the step), so that a search stays a pure function of (seed, instance, trajectory,
step), and a puzzle gets one answer, whichever puzzles share its batch.

To add a policy, implement ``Policy``. What the present search offers it:

* ``start`` numbers the trajectories, which names their noise, and says what each is given in place of the puzzle, for
  example the puzzle with further cells fixed. The validator always judges against the puzzle itself.
* ``PuzzleState.last`` holds the boards, confidences, heads and verdicts in which the previous round ended.
* ``halts`` sees the step with the validator's verdict and both heads.

What a policy may need beyond that has one place each: a trajectory that takes over the state of another is a
``TrajectorySampler.select`` with repeated rows, in ``Trajectories``; a batch that is refilled while it runs is an
``extend`` beside it; both are called by the loop of ``search.py``.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gramsolve.errors import BadInput
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import Bools, RolloutStep, Rows, halt_by_head, halt_when_valid
from gramsolve.inference.selection import Ballot
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance


@dataclass(frozen=True, eq=False)
class Problem:
    """A puzzle made to fit a solver's variant, and encoded.

    Attributes:
        instance: the puzzle.
        inputs: uint8 [L_in] its tokens.
        index: its number, part of the noise's coordinates.
        rule: name of the rule it belongs to, or nothing.
    """

    instance: Instance
    inputs: npt.NDArray[np.uint8]
    index: int = 0
    rule: str = ""


@dataclass(eq=False)
class PuzzleState:
    """What a search knows of a puzzle.

    Attributes:
        ballot: answers found, with their votes.
        rounds: that are over.
        exact: number of solutions by exact search, where that was asked for and is known.
        ended: how each round ended, rows in the order of its trajectories.
        assumed: for each of these rounds, and the one under way, what its trajectories assume; see ``Round``.
    """

    problem: Problem
    ballot: Ballot = field(default_factory=Ballot)
    rounds: int = 0
    exact: int | None = None
    ended: list[RolloutStep] = field(default_factory=list)
    assumed: list[Tokens | None] = field(default_factory=list)
    _spent: float = 0.0
    _since: float | None = None

    @property
    def last(self) -> RolloutStep | None:
        """The end of the previous round; None before the first."""
        return self.ended[-1] if self.ended else None

    @property
    def seconds(self) -> float:
        """Seconds in rounds so far, the present one included."""
        return self._spent + (0.0 if self._since is None else time.perf_counter() - self._since)

    def assumed_by(self, row: int) -> Tokens | None:
        """What a trajectory of the round under way assumes, uint8 [L_out], or None."""
        assumed = self.assumed[-1]
        return assumed[row] if assumed is not None and assumed[row].any() else None

    def start_clock(self) -> None:
        self._since = time.perf_counter()

    def stop_clock(self) -> None:
        self._spent, self._since = self.seconds, None


@dataclass(frozen=True, eq=False)
class Round:
    """Trajectories that start together.

    Attributes:
        trajectory: int64 [W] their numbers.
        inputs: uint8 [W, L_in] the tokens that each is given.
        assumed: uint8 [W, L_out] the tokens among these that are assumptions of the search and no givens of the puzzle,
            0 elsewhere; None where nothing is assumed.
    """

    trajectory: Rows
    inputs: Tokens
    assumed: Tokens | None = None


class Policy(Protocol):
    """Decides how a search goes on. ``width`` is the number W of trajectories in a round, ``depth`` and ``max_depth``
    the steps of a round, without a valid board at ``depth`` and at all."""

    @property
    def width(self) -> int: ...

    @property
    def depth(self) -> int: ...

    @property
    def max_depth(self) -> int: ...

    def start(self, state: PuzzleState) -> Round:
        """The next round of a puzzle."""

    def halts(self, step: RolloutStep, rows: Rows) -> Bools:
        """Which of the rows [n] of a batch halt after a step, bool [n]."""

    def interrupts(self, state: PuzzleState) -> str:
        """Asked after every step: why the search of a puzzle ends at once (``valid``, ``time``), or nothing."""

    def deepens(self, state: PuzzleState) -> bool:
        """Whether a round continues after ``depth`` steps."""

    def finishes(self, state: PuzzleState) -> str:
        """Asked after every round: why no other follows (``depth``, ``valid``, ``all``, ``rounds``), or nothing."""


@dataclass(frozen=True)
class RestartPolicy:
    """Every round starts W new trajectories of the puzzle itself, with fresh noise.

    Attributes:
        max_depth: at least ``depth``; more only with a validator, which knows that a puzzle is still unsolved.
        halt: ``head``, ``valid`` or ``never``; see ``SolveOptions`` for this and the goals.
    """

    width: int
    depth: int
    max_depth: int
    halt: str
    until: str = "depth"
    missing_mass: float = 0.02
    max_rounds: int = 1
    max_seconds: float | None = None

    @classmethod
    def from_options(cls, options: SolveOptions, *, has_validator: bool, max_depth: int, task: str) -> RestartPolicy:
        """The policy that options describe. Raises BadInput where they need a validator that the task lacks."""
        if not has_validator and (options.halt == "valid" or options.until != "depth"):
            raise BadInput(f"{task} has no validator: use --halt head and --until depth")
        halt = options.halt
        if halt == "auto":
            halt = "valid" if has_validator else "head"
        return cls(
            options.width,
            options.depth,
            max_depth,
            halt,
            options.until,
            options.missing_mass,
            options.max_rounds,
            options.max_seconds,
        )

    def start(self, state: PuzzleState) -> Round:
        first, inputs = state.rounds * self.width, state.problem.inputs
        return Round(np.arange(first, first + self.width), np.broadcast_to(inputs, (self.width, len(inputs))))

    def halts(self, step: RolloutStep, rows: Rows) -> Bools:
        if self.halt == "never":
            return np.zeros(len(rows), np.bool_)
        return halt_by_head(step, rows) if self.halt == "head" else halt_when_valid(step, rows)

    def interrupts(self, state: PuzzleState) -> str:
        if self.until == "valid" and state.ballot.solutions():
            return "valid"
        return "time" if self.max_seconds is not None and state.seconds >= self.max_seconds else ""

    def deepens(self, state: PuzzleState) -> bool:
        """While no board is valid, unless the puzzle is known to have no solution."""
        return self.max_depth > self.depth and state.exact != 0 and not state.ballot.solutions()

    def finishes(self, state: PuzzleState) -> str:
        if self.until == "depth":
            return "depth"
        if self.until == "valid":
            reached = bool(state.ballot.solutions())
        else:
            missing = state.ballot.missing_mass()
            reached = missing is not None and missing <= self.missing_mass
        return self.until if reached else "rounds" if state.rounds >= self.max_rounds else ""
