"""Trajectories over random symmetric copies of one puzzle, and the vote over their answers."""

from __future__ import annotations

import time

import numpy as np

from gramsolve.inference.events import Finished
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import halted
from gramsolve.inference.selection import Ballot
from gramsolve.inference.solver import Solver
from gramsolve.tasks.arrays import Tokens


def predict(solver: Solver, inputs: Tokens, rule: str, options: SolveOptions, *, index: int) -> Finished:
    """One round on the puzzle with tokens ``inputs`` [L_in] and number ``index``, each trajectory on a copy of its own.

    The first is given the puzzle itself; a task without symmetries gives it to all.
    """
    began, width = time.perf_counter(), options.width
    given = np.repeat(inputs[None], width, axis=0)
    last, running = np.zeros(width, np.int64), np.ones(width, np.bool_)
    for frame in solver.rollout(
        given,
        [rule] * width,
        np.full(width, index),
        np.arange(width),
        options,
        augment=width if solver.task.capabilities.symmetries else 1,
        should_halt=halted if options.halt == "head" else None,
    ):
        last[running] = frame.number
        running = frame.running
    boards = solver.canonical(given, frame.tokens)
    ballot = Ballot()
    for row, board in enumerate(boards):
        ballot.vote(board, float(frame.value[row]), None, row, int(last[row]))
    return Finished(
        candidates=ballot.ranked(options.rank_by),
        trajectories=width,
        valid=None,
        solutions=0,
        steps=int(last.sum()),
        seconds=time.perf_counter() - began,
        missing_mass=None,
        exact=None,
        reason="depth",
    )
