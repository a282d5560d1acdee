"""Exact search in place of a network: the solutions that a task's own solver lists, as a run that can be watched."""

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
    """All solutions of the puzzle of ``other``, the run whose place this takes, in one step.

    Screens know it by ``ViewState.searched`` and show nothing that only a network could tell. The search is two calls,
    each as long as the task lets it be; ``stop`` is heard between them.
    """

    task: Task
    other: EventSource

    @property
    def live(self) -> bool:
        return self.other.live

    def puzzle(self) -> Instance | None:
        return self.other.puzzle()

    def with_puzzle(self, make: Callable[[], Instance]) -> ExactSource:
        """The same of another puzzle."""
        assert isinstance(self.other, LiveSource)
        return replace(self, other=self.other.with_puzzle(make))

    def events(self, stop: Callable[[], bool]) -> Iterator[Event]:
        """Raises BadInput where the task cannot tell."""
        instance = self.puzzle()
        if instance is None:
            raise BadInput("there is no puzzle to solve")
        return exact_search(self.task, instance, EXACT, MAX_SHOWN, stop)
