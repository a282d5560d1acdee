"""Trajectories over random symmetric copies of one puzzle, and the vote over their answers."""

from __future__ import annotations

import time

import numpy as np

from gramsolve.evaluation.copies import Copies
from gramsolve.evaluation.puzzles import coordinates, generator
from gramsolve.inference.events import Finished
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import halted, rollout
from gramsolve.inference.selection import Ballot
from gramsolve.inference.solver import Solver
from gramsolve.tasks.task import Tokens


def attack(solver: Solver, inputs: Tokens, rule: str, options: SolveOptions, *, index: int) -> Finished:
    """One round on the puzzle with tokens ``inputs`` [L_in] and number ``index``, each trajectory on a copy of its own.

    The first is given the puzzle itself; a task without symmetries gives it to all.
    """
    began, task, width = time.perf_counter(), solver.task, options.width
    symmetry = task.symmetries(solver.variant, width, generator(options.seed, index))
    copies = None if symmetry is None else Copies(symmetry, width)
    given = np.repeat(inputs[None], width, axis=0) if copies is None else copies.inputs(inputs, width)
    last, running = np.zeros(width, np.int64), np.ones(width, np.bool_)
    for frame in rollout(
        solver.model,
        solver.inputs(given, [rule] * width),
        *coordinates(solver, np.array([index]), width),
        depth=options.depth,
        seed=options.seed,
        temperature=options.temperature,
        leave=halted if options.halt == "head" else None,
    ):
        last[running] = frame.number
        running = frame.running
    boards = frame.tokens if copies is None else copies.undone(frame.tokens)
    boards = solver.canonical(np.repeat(inputs[None], width, axis=0), np.ascontiguousarray(boards))
    ballot = Ballot()
    for row, board in enumerate(boards):
        ballot.vote(board, float(frame.value[row]), None, row, int(last[row]))
    return Finished(
        candidates=ballot.ranked(options.select),
        trajectories=width,
        valid=None,
        solutions=0,
        steps=int(last.sum()),
        seconds=time.perf_counter() - began,
        unseen=None,
        exact=None,
        reason="depth",
    )
