"""Exact search in place of a network: the solutions that a task's own solver lists, as a run that can be watched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from gramsolve.errors import BadInput
from gramsolve.inference.events import Candidate, Event, Finished, Started, Step
from gramsolve.inference.options import EXACT_LIMIT
from gramsolve.tasks.arrays import Tokens
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
        task, instance = self.task, self.puzzle()
        if instance is None:
            raise BadInput("there is no puzzle to solve")
        begin = time.perf_counter()
        found = task.enumerate(instance, MAX_SHOWN + 1)
        if stop():
            return
        if found is None:
            raise BadInput(f"{task.title}: the exact search gave up on this puzzle")
        shown = found[:MAX_SHOWN]
        yield Started(instance, EXACT, max(1, len(shown)), 1, 0)
        right: list[bool] = []
        if len(shown):
            step = self._step(instance, shown, time.perf_counter() - begin)
            right = [] if step.valid is None else step.valid.tolist()
            yield step
        count: int | None = len(found)
        if len(found) > MAX_SHOWN:
            counted = task.enumerate(instance, EXACT_LIMIT + 1)
            count = None if counted is None or len(counted) > EXACT_LIMIT else len(counted)
        listed = tuple(
            Candidate(tokens, 1, 1.0, valid, number, 1)
            for number, (tokens, valid) in enumerate(zip(shown, right, strict=True))
        )
        seconds = time.perf_counter() - begin
        yield Finished(listed, len(shown), sum(right), len(shown), 0, seconds, None, count, "exact")

    def _step(self, instance: Instance, boards: Tokens, seconds: float) -> Step:
        """The solutions as a step; which are right is what the validator says, where there is one."""
        count, length = boards.shape
        certain = np.ones(count, np.float32)
        inputs = np.repeat(self.task.encode(instance)[None], count, axis=0)
        verdict = self.task.check(instance.variant, inputs, boards) if self.task.capabilities.validator else None
        return Step(
            round=0,
            number=1,
            tokens=boards,
            confidence=np.ones((count, length), np.float32),
            halt=certain,
            value=certain,
            running=np.zeros(count, np.bool_),
            valid=np.ones(count, np.bool_) if verdict is None else verdict.valid,
            violations=None if verdict is None else verdict.violations,
            latent=np.zeros((count, 2), np.float32),
            seconds=seconds,
        )
