"""A file of puzzles: their trajectories share batches, and each puzzle gets the answer that it gets alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from gramsolve.errors import BadInput
from gramsolve.inference.events import Finished
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.policy import Problem
from gramsolve.inference.search import search
from gramsolve.inference.solver import Solver


def solve_many(
    solver: Solver,
    problems: Iterable[Problem],
    options: SolveOptions,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[int, Finished]]:
    """Solve puzzles of the solver's variant, as many together as fill a batch.

    Args:
        problems: from ``Solver.problem``; answers come with their indices, in about the same order.
        options: ``until`` may be ``depth`` or ``valid``; time budgets and counts of all solutions are for one puzzle at
            a time. ``exact`` is ignored.
        stop: asked after every step; when it says True, puzzles without an answer get none.

    Yields:
        (index, result) as soon as the last trajectory of a puzzle stops. Answers, votes and steps are those of
        ``Solver.run`` with the same index; ``seconds`` is the time that the puzzle spent in batches, which it shared.

    Raises BadInput for options that need one puzzle at a time, or a validator that the task lacks.
    """
    if options.until == "all" or options.max_seconds is not None:
        raise BadInput("all solutions, and time budgets, are for one puzzle at a time")
    for index, event in search(solver, problems, replace(options, exact=False), stop=stop, watch=False):
        assert isinstance(event, Finished)
        if event.reason != "stopped":
            yield index, event
