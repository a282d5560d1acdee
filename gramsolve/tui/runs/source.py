"""Where the events of a run come from: a solver, or a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

from gramsolve.inference.events import Event, Started
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task

WIDTHS = (1, 2, 4, 6, 8, 12, 16, 20, 30, 50, 100)
"""Numbers of trajectories that the width keys choose from."""


class Runner(Protocol):
    """The part of ``Solver`` that is used here; importing ``Solver`` would import torch."""

    def run(
        self,
        puzzle: Instance,
        /,
        options: SolveOptions | None = None,
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[Event]: ...


def puzzle_to_watch(task: Task, variant: str, seed: int) -> Instance:
    """A generated puzzle of the task's hardest level."""
    return task.generate(variant, 1, seed, task.difficulties[-1] if task.difficulties else None)[0]


class EventSource(Protocol):
    """A run that can be watched."""

    @property
    def live(self) -> bool:
        """True where another puzzle can be asked for."""
        ...

    def puzzle(self) -> Instance | None:
        """The puzzle, known before the first event. It may have to be generated, so the run's thread calls this."""
        ...

    def events(self, stop: Callable[[], bool]) -> Iterator[Event]:
        """The events of the run; it ends early once ``stop`` returns True."""
        ...


@dataclass(frozen=True)
class LiveSource:
    """A run of a solver on ``instance``, which may be a function that makes the puzzle when it is needed.

    ``load`` and ``instance`` are called more than once and should cache their results.
    """

    load: Callable[[], Runner]
    instance: Instance | Callable[[], Instance]
    options: SolveOptions

    @property
    def live(self) -> bool:
        return True

    def puzzle(self) -> Instance:
        return self.instance if isinstance(self.instance, Instance) else self.instance()

    def events(self, stop: Callable[[], bool]) -> Iterator[Event]:
        puzzle = self.puzzle()
        return self.load().run(puzzle, self.options, stop=stop)

    def reseeded(self) -> LiveSource:
        """The run with the next seed."""
        return replace(self, options=replace(self.options, seed=self.options.seed + 1))

    def with_puzzle(self, make: Callable[[], Instance]) -> LiveSource:
        """The run with the puzzle that ``make`` returns."""
        return replace(self, instance=cache(make))

    def resized(self, direction: int) -> LiveSource:
        """The run with the next larger (``direction`` 1) or smaller (-1) number of trajectories."""
        width = self.options.width
        larger = [size for size in WIDTHS if size > width]
        smaller = [size for size in WIDTHS if size < width]
        chosen = (larger or [width])[0] if direction > 0 else (smaller or [width])[-1]
        return replace(self, options=replace(self.options, width=chosen))


@dataclass(frozen=True)
class ReplaySource:
    """A recorded run."""

    recorded: Sequence[Event]

    @property
    def live(self) -> bool:
        return False

    def puzzle(self) -> Instance | None:
        return next((event.instance for event in self.recorded if isinstance(event, Started)), None)

    def events(self, stop: Callable[[], bool]) -> Iterator[Event]:
        for event in self.recorded:
            if stop():
                return
            yield event
