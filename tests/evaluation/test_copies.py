"""Symmetric copies: what goes in and comes back, the votes over them, and two guesses."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from gramsolve import api
from gramsolve.errors import BadInput
from gramsolve.evaluation import metrics
from gramsolve.evaluation.copies import copies
from gramsolve.inference.noise import stream_keys
from gramsolve.inference.rollout import rollout
from gramsolve.inference.solver import Solver
from gramsolve.tasks import registry


@pytest.mark.parametrize(("task", "variant"), [("nqueens", "6x6"), ("sudoku", "4x4"), ("coloring", "5v3c")])
@pytest.mark.parametrize("width", [1, 3, 4, 11])
def test_answers_to_copies_become_answers_to_the_puzzle(task: str, variant: str, width: int) -> None:
    plugin = registry.load(task)
    test = plugin.dataset(variant, plugin.protocols[0]).test
    for index in (0, len(test) // 2):
        puzzle, found = test.inputs[index], copies(plugin, variant, 4, -7, index)
        given = found.inputs(puzzle, width)
        assert given.shape == (width, len(puzzle))
        assert all((given[w] == puzzle).all() for w in range(0, width, 4)), "every fourth is the puzzle itself"
        answers = []
        for w, row in enumerate(given):
            solutions = plugin.enumerate(plugin.decode(variant, row), 100)
            assert solutions is not None
            answers.append(solutions[w % len(solutions)])
        undone = np.ascontiguousarray(found.undone(np.stack(answers)))
        inputs = np.repeat(puzzle[None], width, axis=0)
        checked = plugin.check(variant, inputs, plugin.canonical(variant, inputs, undone))
        assert checked is not None and checked.valid.all()


def test_copies_differ_and_are_the_same_for_the_same_seed() -> None:
    plugin = registry.load("sudoku")
    puzzle = plugin.dataset("4x4", "generated").test.inputs[40]
    first = copies(plugin, "4x4", 8, 1, 3).inputs(puzzle, 8)
    assert len(np.unique(first, axis=0)) > 4
    assert (first == copies(plugin, "4x4", 8, 1, 3).inputs(puzzle, 8)).all()
    assert (first != copies(plugin, "4x4", 8, 1, 4).inputs(puzzle, 8)).any()
    with pytest.raises(BadInput, match="no symmetries"):
        copies(registry.load("mnist"), "28x28", 2, 0, 0)


@pytest.fixture(scope="module")
def solver() -> Solver:
    return api.load("nqueens", checkpoint="nqueens-8x8", device="cpu", threads=1)


def test_votes_over_copies_agree_with_a_recount(solver: Solver) -> None:
    report = api.evaluate(solver, widths=(2, 5), depths=(2,), limit=4, seed=6, augment=3)
    test, plugin = solver.task.dataset("8x8", report.protocol).test, solver.task
    chosen = np.sort(np.random.default_rng(6).choice(len(test), 4, replace=False))
    for row, width in zip(report.rows, (2, 5), strict=True):
        right, two, vote = [], [], []
        for index in chosen.tolist():
            guise = copies(plugin, "8x8", 3, 6, index)
            truth = {board.tobytes() for board in test.solutions(index)}
            answers = []
            for w, given in enumerate(guise.inputs(test.inputs[index], 5)):
                # Alone in its batch, and turned back on its own.
                model, one = solver.model, torch.tensor([index])
                inputs = torch.from_numpy(given[None].astype(np.int64))
                board = list(rollout(model, inputs, one, torch.tensor([w]), depth=2, seed=6))[-1].tokens
                if w % 3:
                    board = guise.symmetry.inverse().outputs(np.repeat(board, 3, axis=0))[w % 3][None]
                answers.append(board[0].tobytes())
            answers = answers[:width]
            counts = Counter(answers)
            order = sorted(set(answers), key=lambda a: (-counts[a], answers.index(a)))
            right.append(np.mean([a in truth for a in answers]))
            vote.append(order[0] in truth)
            two.append(any(a in truth for a in order[:2]))
        assert row["accuracy"] == pytest.approx(np.mean(right))
        assert row["vote"] == pytest.approx(np.mean(vote))
        assert row["two_guesses"] == pytest.approx(np.mean(two))
        assert row["two_guesses_error"] == metrics.binomial_error(row["two_guesses"], 4)
    assert report.augment == 3 and not report.transductive
    assert stream_keys(6, torch.tensor([1]), torch.tensor([0])) != stream_keys(6, torch.tensor([1]), torch.tensor([1]))


def test_two_guesses_by_hand() -> None:
    boards = np.array([[[3], [1], [1], [2], [2], [2]], [[5], [4], [4], [3], [3], [3]]], np.uint8)
    assert metrics.ranked(boards[0]) == [3, 1, 0]
    valid = boards[..., 0] == np.array([[1], [5]])
    assert metrics.two_guesses(boards, valid, 6).tolist() == [True, False]
    assert metrics.two_guesses(boards, valid, 1).tolist() == [False, True]
    assert metrics.ranked(np.array([[9], [8], [8], [9]], np.uint8)) == [0, 1], "of equals the earlier"


def test_bad_requests(solver: Solver) -> None:
    with pytest.raises(BadInput, match="augment"):
        api.evaluate(solver, augment=0)
