"""What a run has produced so far, as immutable frames in the order of its steps.

One thread writes and one reads. The writer only appends or replaces whole references, so no lock is needed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from gramsolve.inference.events import Event, Finished, Solution, Started, Step
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance


@dataclass(frozen=True, eq=False)
class DistinctAnswer:
    """A distinct valid board that ``votes`` trajectories have; ``trajectory`` reached it first, at ``step``."""

    tokens: Tokens
    votes: int
    trajectory: int
    step: int


@dataclass(frozen=True, eq=False)
class Frame:
    """One supervision step and every distinct answer known by then, in the order in which they were found."""

    step: Step
    answers: tuple[DistinctAnswer, ...]

    @property
    def width(self) -> int:
        return len(self.step.tokens)

    @property
    def valid(self) -> int | None:
        """Number of trajectories with a valid board at this step; None without a validator."""
        return None if self.step.valid is None else int(self.step.valid.sum())

    def best(self) -> int:
        """The best trajectory: a valid board first, then the highest value, then the highest confidence."""
        step = self.step
        sure = step.confidence.mean(axis=1)
        wrong = np.zeros(self.width, dtype=bool) if step.valid is None else ~step.valid
        return int(np.lexsort((-sure, -step.value, wrong))[0])


def _distinct_boards(step: Step) -> tuple[DistinctAnswer, ...]:
    """The distinct boards of a step, those of most votes first."""
    rows: dict[bytes, list[int]] = {}
    for row, tokens in enumerate(step.tokens):
        rows.setdefault(tokens.tobytes(), []).append(row)
    offset = step.round * len(step.tokens)
    found = [DistinctAnswer(step.tokens[at[0]], len(at), offset + at[0], step.number) for at in rows.values()]
    return tuple(sorted(found, key=lambda answer: -answer.votes))


class Recorder:
    """Collects the events of one run."""

    def __init__(self) -> None:
        self.stage = "loading"
        self.instance: Instance | None = None
        self.started: Started | None = None
        self.finished: Finished | None = None
        self.error: str | None = None
        self.closed = False
        self.events: list[Event] = []
        self.frames: list[Frame] = []
        self._first: dict[bytes, tuple[Tokens, int, int]] = {}
        self._earlier: Counter[bytes] = Counter()
        self._now: Counter[bytes] = Counter()

    def put(self, event: Event) -> None:
        """Take in the next event."""
        self.events.append(event)
        match event:
            case Started():
                self.instance, self.started = event.instance, event
                self.stage = "computing"
            case Step():
                self.frames.append(Frame(event, self._distinct_valid(event)))
            case Finished():
                self.finished = event
            case Solution():
                pass  # Steps hold all boards, so a solution is known already.

    def _distinct_valid(self, step: Step) -> tuple[DistinctAnswer, ...]:
        """The distinct valid boards known by this step with their votes: those of this step, and those of the last step
        of earlier rounds. Without a validator: the distinct boards of this step."""
        if step.valid is None:
            return _distinct_boards(step)
        if step.number == 1:
            self._earlier += self._now
        self._now = Counter()
        offset = step.round * len(step.tokens)
        for row in np.flatnonzero(step.valid):
            tokens = step.tokens[row]
            key = tokens.tobytes()
            self._now[key] += 1
            self._first.setdefault(key, (tokens, offset + int(row), step.number))
        return tuple(
            DistinctAnswer(tokens, self._earlier[key] + self._now[key], trajectory, number)
            for key, (tokens, trajectory, number) in self._first.items()
        )

    def report_error(self, error: str) -> None:
        """Report an error of drawing; the first error is kept."""
        self.error = self.error or error

    def close(self, error: str | None = None) -> None:
        """The run has ended, with an error or without."""
        self.error = self.error or error
        self.stage = "failed" if error else "done"
        self.closed = True

    @property
    def exact(self) -> int | None:
        """Number of solutions of the puzzle, where it has been counted."""
        for event in (self.finished, self.started):
            if event is not None and event.exact is not None:
                return event.exact
        return None

    def depth(self) -> int:
        """Steps this run can have in a round."""
        if self.started is not None:
            return self.started.depth
        return max((frame.step.number for frame in self.frames), default=0)
