"""Many puzzles at once: their trajectories share batches, and a puzzle gets exactly what it would have got alone."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import numpy.typing as npt

from gramsolve.errors import BadInput
from gramsolve.inference.events import Finished
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import CHUNK, ShouldHalt, halted
from gramsolve.inference.selection import Ballot
from gramsolve.inference.solver import Solver
from gramsolve.tasks.base import Instance


@dataclass
class _Attempt:
    """A puzzle that waits for its next round; ``index`` is its place in the file and part of its noise."""

    index: int
    instance: Instance
    inputs: npt.NDArray[np.uint8]
    ballot: Ballot = field(default_factory=Ballot)
    rounds: int = 0
    valid: int = 0
    steps: int = 0
    seconds: float = 0.0


def solve_many(
    solver: Solver,
    puzzles: Sequence[tuple[int, Instance]],
    options: SolveOptions,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[int, Finished]]:
    """Attack puzzles of the solver's variant, as many together as fill a batch.

    Args:
        puzzles: (index, puzzle) pairs; the answers come with the same index, in about the same order.
        options: ``until`` may be ``depth`` or ``valid``; time budgets and counts of all solutions are not kept here.
        stop: asked after every step; when it says True, puzzles without an answer get none.

    Yields:
        (index, what came of it), as soon as the last of its trajectories stops. Answers, votes and steps are those of
        ``Solver.run`` with the same index and ``exact=False``; ``seconds`` is the time it spent in batches, which it
        shared with others.

    Raises BadInput for options that need one puzzle at a time, or a validator that the task lacks.
    """
    if options.until == "all" or options.max_seconds is not None:
        raise BadInput("all solutions, and time budgets, are for one puzzle at a time")
    waiting = deque(_Attempt(index, instance, solver.task.encode(instance)) for index, instance in puzzles)
    has_validator = solver.has_validator
    if not has_validator and (options.halt == "valid" or options.until == "valid"):
        raise BadInput(f"{solver.task.name} has no validator: use --halt head and --until depth")
    size = max(1, CHUNK // options.width)
    while waiting:
        batch = [waiting.popleft() for _ in range(min(size, len(waiting)))]
        began = time.perf_counter()
        again, over = [], 0
        for attempt in _round(solver, batch, options, has_validator, stop):
            over += 1
            attempt.rounds += 1
            attempt.seconds += time.perf_counter() - began
            reason = _reason(attempt, options)
            if reason:
                yield attempt.index, _finished(attempt, options, reason, has_validator)
            else:
                again.append(attempt)
        if over < len(batch):
            return  # Stopped.
        # First in line, so that answers come in order; new puzzles fill the places of those that are solved.
        waiting.extendleft(sorted(again, key=lambda attempt: attempt.index, reverse=True))


def _reason(attempt: _Attempt, options: SolveOptions) -> str:
    """Why no further round is needed, or nothing."""
    if options.until == "depth":
        return "depth"
    if attempt.ballot.solutions():
        return "valid"
    return "rounds" if attempt.rounds >= options.max_rounds else ""


def _round(
    solver: Solver, batch: list[_Attempt], options: SolveOptions, has_validator: bool, stop: Callable[[], bool]
) -> Iterator[_Attempt]:
    """One round of every puzzle, each given back when it is over. ``has_validator``: the task has a validator."""
    task, width = solver.task, options.width
    puzzle = np.repeat(np.arange(len(batch)), width)
    first = np.array([attempt.rounds * width for attempt in batch])
    trajectory = first[puzzle] + np.tile(np.arange(width), len(batch))
    inputs = np.ascontiguousarray(np.stack([attempt.inputs for attempt in batch])[puzzle])
    rule_ids = [task.rule_id(attempt.instance) for attempt in batch]

    def check(rows: npt.NDArray[np.int64], tokens: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        found = task.check(solver.variant, np.ascontiguousarray(inputs[rows]), np.ascontiguousarray(tokens))
        return found.valid

    frames = solver.rollout(
        inputs,
        [rule_ids[i] for i in puzzle],
        np.array([batch[i].index for i in puzzle]),
        trajectory,
        options,
        depth=solver.max_steps(options, has_validator),
        augment=solver.augmentations(options, has_validator),
        should_halt=_should_halt(options, has_validator, batch, puzzle, check),
    )
    running = np.ones(len(puzzle), np.bool_)
    last = np.zeros(len(puzzle), np.int64)
    left = np.arange(len(batch))
    for frame in chain(frames, [None]):
        if frame is not None:
            last[running] = frame.number
            tokens, value = solver.canonical(inputs, frame.tokens), frame.value
            valid = check(np.arange(len(puzzle)), tokens) if has_validator else None
            for row in [] if valid is None else np.flatnonzero(running & valid):
                batch[puzzle[row]].ballot.see(tokens[row], int(trajectory[row]), frame.number)
            running = frame.running.copy()
            if stop():
                frames.close()
                return
        over = left if frame is None else left[~running.reshape(-1, width)[left].any(axis=1)]
        left = np.setdiff1d(left, over)
        for number in over:
            attempt = batch[number]
            for row in np.flatnonzero(puzzle == number):
                right = None if valid is None else bool(valid[row])
                attempt.valid += bool(right)
                attempt.steps += int(last[row])
                attempt.ballot.vote(tokens[row], float(value[row]), right, int(trajectory[row]), int(last[row]))
            yield attempt


def _should_halt(
    options: SolveOptions,
    has_validator: bool,
    batch: list[_Attempt],
    puzzle: npt.NDArray[np.int64],
    check: Callable[[npt.NDArray[np.int64], npt.NDArray[np.uint8]], npt.NDArray[np.bool_] | None],
) -> ShouldHalt | None:
    """Which trajectories leave the batch; where one valid board is enough, or is there at ``depth``, all of its puzzle
    do."""
    halt = options.halt if options.halt != "auto" else "valid" if has_validator else "head"
    max_depth = has_validator and options.max_depth > options.depth
    if halt == "never" and options.until != "valid" and not max_depth:
        return None
    steps = 0

    def should_halt(
        rows: npt.NDArray[np.int64], tokens: npt.NDArray[np.uint8], halting: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.bool_]:
        nonlocal steps
        steps += 1
        one_is_enough = options.until == "valid" or (max_depth and steps >= options.depth)
        gone = halted(rows, tokens, halting) if halt == "head" else np.zeros(len(rows), np.bool_)
        valid = check(rows, tokens) if halt == "valid" or one_is_enough else None
        if valid is not None and halt == "valid":
            gone = gone | valid
        if valid is not None and one_is_enough:
            solved = [number for number, attempt in enumerate(batch) if attempt.ballot.solutions()]
            gone = gone | np.isin(puzzle[rows], np.union1d(puzzle[rows[valid]], solved))
        return gone

    return should_halt


def _finished(attempt: _Attempt, options: SolveOptions, reason: str, has_validator: bool) -> Finished:
    return Finished(
        candidates=attempt.ballot.ranked(options.rank_by),
        trajectories=attempt.rounds * options.width,
        valid=attempt.valid if has_validator else None,
        solutions=attempt.ballot.solutions(),
        steps=attempt.steps,
        seconds=attempt.seconds,
        missing_mass=attempt.ballot.missing_mass() if has_validator else None,
        exact=None,
        reason=reason,
    )
