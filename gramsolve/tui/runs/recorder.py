"""What a run has produced so far, as immutable frames that the picture can move through in any direction.

One thread writes and one reads: the writer only ever appends or replaces whole references, the reader takes
what is there. Nothing is locked and nothing waits.
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
    """A distinct valid answer, shown by ``votes`` trajectories; ``trajectory`` was the first, at ``step``."""

    tokens: Tokens
    votes: int
    trajectory: int
    step: int


@dataclass(frozen=True, eq=False)
class Frame:
    """One supervision step and every distinct answer known by then, first found first."""

    step: Step
    answers: tuple[DistinctAnswer, ...]

    @property
    def width(self) -> int:
        return len(self.step.tokens)

    @property
    def valid(self) -> int | None:
        """Trajectories whose board is right at this moment."""
        return None if self.step.valid is None else int(self.step.valid.sum())

    def best(self) -> int:
        """The most promising trajectory: a right board first, then the value head, then confidence."""
        step = self.step
        sure = step.confidence.mean(axis=1)
        wrong = np.zeros(self.width, dtype=bool) if step.valid is None else ~step.valid
        return int(np.lexsort((-sure, -step.value, wrong))[0])


def _distinct_boards(step: Step) -> tuple[DistinctAnswer, ...]:
    """The distinct boards of a step."""
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
                pass  # Steps say the same, for every moment.

    def _distinct_valid(self, step: Step) -> tuple[DistinctAnswer, ...]:
        """Count the distinct valid boards of this moment; earlier rounds keep their last vote. Where nobody can tell
        right from wrong the boards of the moment are all there is, those of most votes first."""
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

    def complain(self, error: str) -> None:
        """Something went wrong with the picture; the first complaint is the one to read."""
        self.error = self.error or error

    def close(self, error: str | None = None) -> None:
        """The run ended, well or not."""
        self.error = self.error or error
        self.stage = "failed" if error else "done"
        self.closed = True

    @property
    def exact(self) -> int | None:
        """Number of solutions there are, where somebody counted."""
        for event in (self.finished, self.started):
            if event is not None and event.exact is not None:
                return event.exact
        return None

    def depth(self) -> int:
        """Steps this run can have in a round."""
        if self.started is not None:
            return self.started.depth
        return max((frame.step.number for frame in self.frames), default=0)
