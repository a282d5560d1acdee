"""Answers of adapted weights: trajectories over random symmetric copies of one puzzle, and the vote over them."""

from __future__ import annotations

from dataclasses import replace

from gramsolve.inference.events import Finished
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.policy import Problem
from gramsolve.inference.search import search
from gramsolve.inference.solver import Solver


def predict(solver: Solver, problem: Problem, options: SolveOptions) -> Finished:
    """One round on a puzzle, each trajectory on a symmetric copy of its own.

    The first is given the puzzle itself; a task without symmetries gives it to all.
    """
    options = replace(options, augment=options.width if solver.task.capabilities.symmetries else 1, exact=False)
    ((_, result),) = search(solver, [problem], options, watch=False)
    assert isinstance(result, Finished)
    return result
