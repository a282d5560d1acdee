"""The one search: what it asks of a task, and what a policy can decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from gramsolve import api
from gramsolve.inference.events import Finished, Started, Step
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.policy import PuzzleState, RestartPolicy, Round
from gramsolve.inference.search import search
from gramsolve.inference.solver import Solver

OPTIONS = SolveOptions(width=4, depth=3, max_depth=6)


@pytest.fixture(scope="module")
def solver() -> Solver:
    return api.load("nqueens", checkpoint="nqueens-8x8", device="cpu", threads=1)


def counted(monkeypatch: pytest.MonkeyPatch, solver: Solver) -> dict[str, int]:
    """How often methods of the task are called."""
    calls = {name: 0 for name in ("check", "encode", "to_variant", "enumerate")}

    def wrap(name: str) -> None:
        method = getattr(solver.task, name)

        def call(*arguments: Any) -> Any:
            calls[name] += 1
            return method(*arguments)

        monkeypatch.setattr(solver.task, name, call)

    for name in calls:
        wrap(name)
    return calls


@pytest.mark.parametrize("halt", ["valid", "head", "never"])
def test_boards_are_judged_once_a_step_and_a_puzzle_is_encoded_once(
    monkeypatch: pytest.MonkeyPatch, solver: Solver, halt: str
) -> None:
    puzzle = solver.task.generate("8x8", 1, 3)[0]
    calls = counted(monkeypatch, solver)
    events = list(solver.run(puzzle, replace(OPTIONS, halt=halt)))
    steps = sum(isinstance(event, Step) for event in events)
    assert calls == {"check": steps, "encode": 1, "to_variant": 1, "enumerate": 0}
    assert list(solver.run(puzzle, replace(OPTIONS, exact=True))) and calls["enumerate"] == 1


def test_candidates_keep_their_violations(solver: Solver) -> None:
    puzzle = solver.task.generate("8x8", 1, 3)[0]
    *_, final = solver.run(puzzle, SolveOptions(width=30, depth=1, temperature=3.0))
    assert isinstance(final, Finished) and {candidate.valid for candidate in final.candidates} == {True, False}
    inputs = solver.task.encode(puzzle)
    for candidate in final.candidates:
        verdict = solver.task.check("8x8", inputs[None], candidate.tokens[None])
        assert candidate.violations is not None
        np.testing.assert_array_equal(candidate.violations, verdict.violations[0])
        assert not candidate.violations.flags.writeable


def test_many_puzzles_can_be_watched_and_each_sees_what_it_sees_alone(solver: Solver) -> None:
    problems = [solver.problem(puzzle, index) for index, puzzle in enumerate(solver.task.generate("8x8", 3, 3))]
    options = replace(OPTIONS, until="all", max_rounds=2)
    together: dict[int, list[Any]] = {problem.index: [] for problem in problems}
    for index, event in search(solver, problems, options):
        together[index].append(event)
    for problem in problems:
        alone = list(solver.run(problem, options))
        assert [type(event) for event in alone] == [type(event) for event in together[problem.index]]
        for one, other in zip(alone, together[problem.index], strict=True):
            if isinstance(one, Step):
                for name in ("tokens", "confidence", "halt", "value", "running", "valid", "violations"):
                    np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
                assert (one.round, one.number) == (other.round, other.number)


@dataclass(frozen=True)
class GivenPolicy(RestartPolicy):
    """Every second round is told where the queen of the first row stands in a board of the previous round."""

    def start(self, state: PuzzleState) -> Round:
        started = super().start(state)
        if state.last is None or state.rounds % 2 == 0:
            return started
        inputs = started.inputs.copy()
        inputs[:, :8] = np.where(state.last.tokens[:, :8] == 2, 2, inputs[:, :8])
        return replace(started, inputs=inputs)


def test_a_policy_may_give_trajectories_other_inputs_and_the_validator_judges_the_puzzle(solver: Solver) -> None:
    problem = solver.problem(solver.task.blank("8x8"))
    policy = GivenPolicy(width=8, depth=4, max_depth=4, halt="never", until="all", missing_mass=1e-9, max_rounds=2)
    events = [event for _, event in search(solver, [problem], SolveOptions(), policy=policy)]
    assert isinstance(events[0], Started) and events[0].width == 8
    first, second = ([e for e in events if isinstance(e, Step) and e.round == number][-1] for number in (0, 1))
    assert second.valid is not None
    agree = (second.tokens[:, :8] == first.tokens[:, :8]).all(axis=1).mean()
    plain = [event for event in solver.run(problem, SolveOptions(width=16, depth=4, halt="never"))]
    other = [e for e in plain if isinstance(e, Step)][-1]
    assert agree > (other.tokens[8:, :8] == other.tokens[:8, :8]).all(axis=1).mean(), "the givens are followed"
    verdict = solver.task.check("8x8", np.repeat(problem.inputs[None], 8, axis=0), second.tokens)
    np.testing.assert_array_equal(second.valid, verdict.valid)
