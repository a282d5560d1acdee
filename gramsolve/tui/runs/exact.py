"""Exact search as a run: the solutions that a task's own solver lists, in one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from gramsolve.errors import BadInput
from gramsolve.inference.events import Event
from gramsolve.inference.exact import exact_search
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task
from gramsolve.tui.runs.source import EventSource, LiveSource

EXACT = "exact search"
"""Stands where a run of a network names its checkpoint."""

MAX_SHOWN = 100
"""Solutions that are shown; of more only the number is given."""

ABOUT = "No network here: every board is a solution that the task's own search has found, trying every possibility."


def possible(task: Task) -> bool:
    """Whether a task brings an exact solver."""
    return task.capabilities.conditional and task.capabilities.exact_solver


@dataclass(frozen=True)
class ExactSource:
    """All solutions of the puzzle of ``other``, the source that this one replaces, in one step.

    ``ViewState.searched`` is True for its runs, and screens then show no confidences and values.
    """

    task: Task
    other: EventSource

    @property
    def live(self) -> bool:
        return self.other.live

    def puzzle(self) -> Instance | None:
        return self.other.puzzle()

    def with_puzzle(self, make: Callable[[], Instance]) -> ExactSource:
        """Exact search of the puzzle that ``make`` returns."""
        assert isinstance(self.other, LiveSource)
        return replace(self, other=self.other.with_puzzle(make))

    def events(self, stop: Callable[[], bool]) -> Iterator[Event]:
        """Raises BadInput if the task's solver gives up."""
        instance = self.puzzle()
        if instance is None:
            raise BadInput("there is no puzzle to solve")
        return exact_search(self.task, instance, EXACT, MAX_SHOWN, stop)
