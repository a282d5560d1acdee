"""Exact search in place of a network, as the events of a run. Imports no torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from gramsolve.errors import BadInput
from gramsolve.inference.events import Event, Started, Step
from gramsolve.inference.selection import Ballot, count_solutions, judge
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task


def exact_search(
    task: Task, instance: Instance, name: str, limit: int, stop: Callable[[], bool] = lambda: False
) -> Iterator[Event]:
    """The solutions that a task's own solver lists, in one step of one "trajectory" each.

    Two calls of the solver at most: one for ``limit`` solutions to show, one for the number of all where there are
    more. ``stop`` is asked between them. ``name`` stands in the place of a checkpoint's.

    Raises BadInput where the task gives up.
    """
    began = time.perf_counter()
    found = task.enumerate(instance, limit + 1)
    if stop():
        return
    if found is None:
        raise BadInput(f"{task.title}: the exact search gave up on this puzzle")
    shown = found[:limit]
    yield Started(instance, name, max(1, len(shown)), 1, 0)
    ballot = Ballot()
    if len(shown):
        step = _step(task, instance, shown, time.perf_counter() - began)
        yield step
        assert step.valid is not None
        for number, (tokens, valid) in enumerate(zip(shown, step.valid.tolist(), strict=True)):
            ballot.vote(tokens, 1.0, valid, number, 1)
    count = len(found) if len(found) <= limit else count_solutions(task, instance)
    result = ballot.finish(("valid",), seconds=time.perf_counter() - began, reason="exact", exact=count, steps=0)
    yield replace(result, missing_mass=None)  # Nothing was sampled.


def _step(task: Task, instance: Instance, boards: Tokens, seconds: float) -> Step:
    """The solutions [S, L_out] as a step; which are right is what the validator says, where there is one."""
    count, length = boards.shape
    certain = np.ones(count, np.float32)
    judged = judge(task, instance.variant, np.repeat(task.encode(instance)[None], count, axis=0), boards)
    return Step(
        round=0,
        number=1,
        tokens=boards,
        confidence=np.ones((count, length), np.float32),
        halt=certain,
        value=certain,
        running=np.zeros(count, np.bool_),
        valid=np.ones(count, np.bool_) if judged.valid is None else judged.valid,
        violations=judged.violations,
        latent=np.zeros((count, 2), np.float32),
        seconds=seconds,
    )
