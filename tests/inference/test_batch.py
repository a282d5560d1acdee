"""Many puzzles in one batch: each gets exactly what it would have got alone."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve import api
from gramsolve.errors import BadInput
from gramsolve.inference.batch import solve_many
from gramsolve.inference.events import Finished
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.policy import Problem
from gramsolve.inference.solver import Solver

WIDTHS = st.sampled_from([1, 3, 20, 150])


@pytest.fixture(scope="module")
def solver() -> Solver:
    return api.load("nqueens", checkpoint="nqueens-8x8", device="cpu", threads=1)


def problems(solver: Solver, count: int) -> list[Problem]:
    return [solver.problem(puzzle, index) for index, puzzle in enumerate(solver.task.generate("8x8", count, 3))]


def alone(solver: Solver, index: int, options: SolveOptions) -> Finished:
    puzzle = solver.task.generate("8x8", index + 1, 3)[index]
    *_, final = solver.run(puzzle, options, index=index)
    assert isinstance(final, Finished)
    return final


@settings(max_examples=8, deadline=None)
@given(
    width=WIDTHS,
    depth=st.integers(1, 5),
    max_depth=st.sampled_from([0, 4, 9]),
    halt=st.sampled_from(["auto", "head", "valid", "never"]),
    until=st.sampled_from(["depth", "valid"]),
    count=st.integers(1, 5),
    seed=st.integers(0, 9),
)
def test_a_puzzle_among_others_gets_what_it_would_get_alone(
    solver: Solver, width: int, depth: int, max_depth: int, halt: str, until: str, count: int, seed: int
) -> None:
    options = SolveOptions(
        width=width, depth=depth, max_depth=max_depth, halt=halt, until=until, seed=seed, max_rounds=3
    )
    puzzles = problems(solver, count)
    answers = dict(solve_many(solver, puzzles, options))
    assert sorted(answers) == list(range(count))
    for index, found in answers.items():
        expected = alone(solver, index, options)
        assert found.summary() | {"seconds": 0} == expected.summary() | {"seconds": 0}
        assert [c.votes for c in found.candidates] == [c.votes for c in expected.candidates]
        for one, other in zip(found.candidates, expected.candidates, strict=True):
            assert np.array_equal(one.tokens, other.tokens)
            assert (one.valid, one.value, one.trajectory, one.step) == (
                other.valid,
                other.value,
                other.trajectory,
                other.step,
            )


def test_answers_come_when_their_trajectories_stop(solver: Solver) -> None:
    puzzles = problems(solver, 12)
    options = SolveOptions(width=4, depth=16, halt="valid")
    steps = 0

    def stop() -> bool:
        nonlocal steps
        steps += 1
        return False

    came = {index: (steps, found) for index, found in solve_many(solver, puzzles, options, stop=stop)}
    assert len(came) == len(puzzles)
    taken = [steps for steps, _ in came.values()]
    assert taken == sorted(taken) and taken[0] < taken[-1], "not all at the end of the batch"
    for index, (steps, found) in came.items():
        stopped = max(candidate.step for candidate in alone(solver, index, options).candidates)
        assert stopped <= steps and found.steps <= 4 * steps


def test_it_can_be_stopped_and_refuses_what_it_does_not_keep(solver: Solver) -> None:
    puzzles = problems(solver, 30)
    options = SolveOptions(width=20, depth=4, halt="never")
    steps = itertools.count(1)
    some = solve_many(solver, puzzles, options, stop=lambda: next(steps) > 6)  # In the second batch of twelve.
    assert [index for index, _ in some] == list(range(12))
    for wrong in (replace(options, until="all"), replace(options, max_seconds=1.0)):
        with pytest.raises(BadInput):
            next(solve_many(solver, puzzles, wrong))
