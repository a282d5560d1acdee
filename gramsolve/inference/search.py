"""The one search: trajectories of one or many puzzles advance in a batch, are judged once a step, vote and finish.

A puzzle's result depends on (seed, instance, trajectory, step) and its own options alone, not on the puzzles beside it.
How trajectories are spent is the policy's decision (``policy.py``); which networks draw them, the solver's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gramsolve.inference.events import Event, Solution, Started, Step
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.policy import Policy, Problem, PuzzleState, Round
from gramsolve.inference.rollout import CHUNK, RolloutStep, Rows
from gramsolve.inference.selection import count_solutions
from gramsolve.tasks.arrays import Tokens

if TYPE_CHECKING:
    from gramsolve.inference.solver import Solver

Stop = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Batch:
    """R trajectories that start together.

    Attributes:
        puzzles: uint8 [R, L_in], what boards are judged against.
        inputs: uint8 [R, L_in], what the model is given.
        rules: R names of rules.
        instance, trajectory: int64 [R], which name the noise of a row and its symmetric copy.
    """

    puzzles: Tokens
    inputs: Tokens
    rules: Sequence[str]
    instance: Rows
    trajectory: Rows

    @classmethod
    def of(cls, rounds: Sequence[tuple[Problem, Round]]) -> Batch:
        """Rounds of several puzzles, one after the other."""
        widths = [len(started.trajectory) for _, started in rounds]
        return cls(
            np.repeat(np.stack([problem.inputs for problem, _ in rounds]), widths, axis=0),
            np.concatenate([started.inputs for _, started in rounds]),
            [problem.rule for (problem, _), width in zip(rounds, widths, strict=True) for _ in range(width)],
            np.repeat([problem.index for problem, _ in rounds], widths),
            np.concatenate([started.trajectory for _, started in rounds]),
        )


def search(
    solver: Solver,
    problems: Iterable[Problem],
    options: SolveOptions,
    *,
    policy: Policy | None = None,
    stop: Stop = lambda: False,
    watch: bool = True,
    steps: Generator[RolloutStep, None, None] | None = None,
) -> Iterator[tuple[int, Event]]:
    """Search for the solutions of puzzles of the solver's variant, as many together as fill a batch.

    Args:
        options: seed, temperature, augmentation, ranking; and the policy, where no other ``policy`` is given.
        stop: asked after every step; True ends the search: the puzzles in the batch finish with what they have and the
            reason ``stopped``, the rest is not begun.
        watch: yield all events, not ``Finished`` alone.
        steps: those of the only round of the only puzzle, where other processes have made them; see ``sharding.py``.

    Yields:
        (index of the puzzle, event): for each puzzle ``Started``, every ``Step`` with the ``Solution``s new in it, and
        ``Finished`` as soon as its last trajectory stops.

    Raises BadInput for options that need a validator which the task lacks.
    """
    policy = policy or solver.policy(options)
    return _search(solver, problems, options, policy, stop, watch, steps)


def _search(
    solver: Solver,
    problems: Iterable[Problem],
    options: SolveOptions,
    policy: Policy,
    stop: Stop,
    watch: bool,
    steps: Generator[RolloutStep, None, None] | None,
) -> Iterator[tuple[int, Event]]:
    waiting = deque(PuzzleState(problem) for problem in problems)
    size = max(1, CHUNK // policy.width)
    while waiting:
        batch = [waiting.popleft() for _ in range(min(size, len(waiting)))]
        for state in batch:
            if not state.rounds:
                yield from _begin(solver, state, options, policy, watch)
        again: list[PuzzleState] = []
        stopped = False
        for state, event in _round(solver, batch, options, policy, stop, watch, steps):
            if isinstance(event, str):
                stopped = stopped or event == "stopped"
                if reason := event or policy.finishes(state):
                    result = state.ballot.finish(
                        options.rank_by, seconds=state.seconds, reason=reason, exact=state.exact
                    )
                    yield state.problem.index, result
                else:
                    again.append(state)
            else:
                yield state.problem.index, event
        if stopped:
            return
        # First in line, so that answers come in order; new puzzles fill the places of those that are finished.
        waiting.extendleft(sorted(again, key=lambda state: state.problem.index, reverse=True))


def _begin(
    solver: Solver, state: PuzzleState, options: SolveOptions, policy: Policy, watch: bool
) -> Iterator[tuple[int, Event]]:
    """Count the solutions where that is asked for, and start the stream of events."""
    problem = state.problem
    if options.exact:
        state.exact = count_solutions(solver.task, problem.instance)
    if watch:
        max_depth = policy.max_depth if policy.deepens(state) else 0
        plan = policy.width, policy.depth, options.seed, state.exact, max_depth
        yield problem.index, Started(problem.instance, solver.name, *plan)


def _round(
    solver: Solver,
    batch: Sequence[PuzzleState],
    options: SolveOptions,
    policy: Policy,
    stop: Stop,
    watch: bool,
    given: Generator[RolloutStep, None, None] | None,
) -> Iterator[tuple[PuzzleState, Step | Solution | str]]:
    """One round of every puzzle: its events and, when its last trajectory has voted, why its search must end, or
    nothing."""
    for state in batch:
        state.start_clock()
    started = [policy.start(state) for state in batch]
    for state, one in zip(batch, started, strict=True):
        state.assumed.append(one.assumed)
    ends = np.cumsum([len(one.trajectory) for one in started])
    spans = [slice(int(end) - len(one.trajectory), int(end)) for end, one in zip(ends, started, strict=True)]
    rows = Batch.of([(state.problem, one) for state, one in zip(batch, started, strict=True)])
    trajectories = None if given is not None else solver.trajectories(rows, options, depth=policy.max_depth)
    steps = trajectories.steps(policy.halts) if trajectories is not None else given
    assert steps is not None
    open = list(zip(batch, spans, strict=True))
    for step in steps:
        for state, span in open:
            yield from _look(state, step, span, rows.trajectory, watch)
        stopped, left = stop(), []
        for state, span in open:
            reason = "stopped" if stopped else policy.interrupts(state)
            halted = not step.running[span].any() or step.number >= policy.max_depth
            if reason or halted or (step.number >= policy.depth and not policy.deepens(state)):
                _vote(state, step.rows(span), rows.trajectory[span])
                if trajectories is not None:
                    trajectories.drop(np.arange(span.start, span.stop))
                yield state, reason
            else:
                left.append((state, span))
        open = left
        if not open:
            break
    steps.close()
    # A sampler may take fewer steps than it is asked for.
    for state, span in open:
        _vote(state, step.rows(span), rows.trajectory[span])
        yield state, ""


def _look(
    state: PuzzleState, step: RolloutStep, span: slice, trajectory: Rows, watch: bool
) -> Iterator[tuple[PuzzleState, Step | Solution]]:
    """The events of one step of a puzzle, whose rows are ``span``; the ballot takes in its valid boards."""
    if watch:
        yield state, _event(state, step.rows(span))
    if step.valid is None or step.violations is None:
        return
    for row in span.start + np.flatnonzero(step.valid[span]):
        assumed = state.assumed_by(int(row) - span.start)
        candidate = state.ballot.see(step.tokens[row], int(trajectory[row]), step.number, step.violations[row], assumed)
        if candidate is not None and watch:
            yield state, Solution(candidate, state.ballot.solutions())


def _event(state: PuzzleState, step: RolloutStep) -> Step:
    for array in vars(step).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return Step(
        round=state.rounds,
        number=step.number,
        tokens=step.tokens,
        confidence=step.confidence,
        halt=step.halt,
        value=step.value,
        running=step.running,
        valid=step.valid,
        violations=step.violations,
        latent=step.latent,
        seconds=state.seconds,
        assumed=state.assumed[-1],
    )


def _vote(state: PuzzleState, step: RolloutStep, trajectory: Rows) -> None:
    """The round is over: every trajectory votes for its last board."""
    for row, tokens in enumerate(step.tokens):
        state.ballot.vote(
            tokens,
            float(step.value[row]),
            None if step.valid is None else bool(step.valid[row]),
            int(trajectory[row]),
            int(step.taken[row]),
            None if step.violations is None else step.violations[row],
            state.assumed_by(row),
        )
    state.ended.append(step)
    state.rounds += 1
    state.stop_clock()
