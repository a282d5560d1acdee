"""Symmetric copies: what goes in and comes back, the votes over them, and two guesses."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from gramsolve import api
from gramsolve.errors import BadInput
from gramsolve.evaluation import metrics
from gramsolve.inference.augmentation import Augmentation
from gramsolve.inference.batch import solve_many
from gramsolve.inference.events import Finished, Step
from gramsolve.inference.noise import stream_keys
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import rollout
from gramsolve.inference.solver import Solver
from gramsolve.tasks import Relabelling, Task, registry
from gramsolve.tasks.arrays import Tokens


def copied(plugin: Task, variant: str, count: int, seed: int, index: int, width: int) -> Augmentation:
    """Those of ``width`` trajectories of one puzzle."""
    return Augmentation(plugin, variant, count, seed, np.full(width, index), np.arange(width))


@pytest.mark.parametrize(("task", "variant"), [("nqueens", "6x6"), ("sudoku", "4x4"), ("coloring", "5v3c")])
@pytest.mark.parametrize("width", [1, 3, 4, 11])
def test_answers_to_copies_become_answers_to_the_puzzle(task: str, variant: str, width: int) -> None:
    plugin = registry.load(task)
    test = plugin.dataset(variant, plugin.protocols[0]).test
    for index in (0, len(test) // 2):
        puzzle, found = test.inputs[index], copied(plugin, variant, 4, -7, index, width)
        inputs = np.repeat(puzzle[None], width, axis=0)
        given = found.inputs(inputs)
        assert given.shape == inputs.shape
        assert all((given[w] == puzzle).all() for w in range(0, width, 4)), "every fourth is the puzzle itself"
        answers = []
        for w, row in enumerate(given):
            solutions = plugin.enumerate(plugin.decode(variant, row), 100)
            assert solutions is not None
            answers.append(solutions[w % len(solutions)])
        boards, sure = np.stack(answers), np.random.default_rng(0).random((width, len(answers[0])), np.float32)
        undone, moved = found.undo(np.arange(width), boards, sure)
        undone = np.ascontiguousarray(undone)
        checked = plugin.check(variant, inputs, plugin.canonical(variant, inputs, undone))
        assert checked is not None and checked.valid.all()
        assert (np.sort(moved) == np.sort(sure)).all(), "cells move and none is lost"
        # Rows that are left when others have gone are treated as they were among all.
        some = np.flatnonzero(np.random.default_rng(1).random(width) < 0.6)
        fewer, less = found.undo(some, boards[some], sure[some])
        assert (fewer == undone[some]).all() and (less == moved[some]).all()


@pytest.mark.parametrize(("task", "variant"), [("nqueens", "6x6"), ("sudoku", "4x4"), ("arc", "10x10")])
def test_confidence_goes_where_its_cell_goes(task: str, variant: str) -> None:
    """One cell at a time has another token; where the board turned back differs is where it went."""
    plugin = registry.load(task)
    test = plugin.dataset(variant, plugin.protocols[0]).test
    spec = plugin.variant(variant).spec
    board = test.solutions(0)[0]
    found = copied(plugin, variant, 6, 3, 0, 6)
    size = len(board)
    told = np.tile(np.arange(size, dtype=np.float32), (6, 1))
    boards, moved = found.undo(np.arange(6), np.repeat(board[None], 6, axis=0), told)
    assert (moved[0] == told[0]).all()
    compared = 0
    for cell in range(size):
        if task == "arc" and board[cell] < 2:
            continue  # Outside of the grid.
        changed = board.copy()
        changed[cell] = spec.output_vocab - 1 if board[cell] != spec.output_vocab - 1 else spec.output_vocab - 2
        others = found.undo(np.arange(6), np.repeat(changed[None], 6, axis=0), told)[0]
        for row in range(6):
            (places,) = np.nonzero(others[row] != boards[row])
            if len(places) == 1:  # Colours that are named anew by the change differ in more.
                assert moved[row, places[0]] == cell
                compared += 1
    assert compared > 6


def test_rows_that_have_all_left() -> None:
    """Of two puzzles one is done, or only the trajectories that see it as it is are left."""
    plugin = registry.load("arc")
    test = plugin.dataset("10x10", "arc1").test
    found = Augmentation(plugin, "10x10", 3, 0, np.repeat([0, 1], 3), np.tile(np.arange(3), 2))
    boards = np.repeat(test.outputs[:2], 3, axis=0)
    sure = np.random.default_rng(0).random(boards.shape, np.float32)
    every = found.undo(np.arange(6), boards, sure)
    for rows in ([3, 4, 5], [0, 3], [4], []):
        some = np.array(rows, np.int64)
        for part, whole in zip(found.undo(some, boards[some], sure[some]), every, strict=True):
            assert np.array_equal(part, whole[some])  # type: ignore[arg-type, index]
    nothing = plugin.symmetries("10x10", 0, np.random.default_rng(0))
    assert nothing is not None and nothing.source_cells(boards[:0]).shape == (0, 100)


def test_copies_differ_and_are_the_same_for_the_same_seed() -> None:
    plugin = registry.load("sudoku")
    puzzle = np.repeat(plugin.dataset("4x4", "generated").test.inputs[40][None], 8, axis=0)
    first = copied(plugin, "4x4", 8, 1, 3, 8).inputs(puzzle)
    assert len(np.unique(first, axis=0)) > 4
    assert (first == copied(plugin, "4x4", 8, 1, 3, 8).inputs(puzzle)).all()
    assert (first != copied(plugin, "4x4", 8, 1, 4, 8).inputs(puzzle)).any()
    with pytest.raises(BadInput, match="no symmetries"):
        copied(registry.load("mnist"), "28x28", 2, 0, 0, 2)


def test_unknown_places_leave_the_mean() -> None:
    """A symmetry that cannot say which cell went where: boards come back all the same."""

    class Mute(Relabelling):
        def source_cells(self, tokens: Tokens) -> None:  # type: ignore[override]
            return None

        def inverse(self) -> Relabelling:
            told = super().inverse()
            return Mute(told.positions, told.values)

    class Muted(type(registry.load("nqueens"))):  # type: ignore[misc]
        def symmetries(self, variant: str, count: int, rng: np.random.Generator) -> Relabelling:
            told = super().symmetries(variant, count, rng)
            return Mute(told.positions, told.values)

    found = copied(Muted(), "6x6", 4, 0, 0, 4)
    sure = np.random.default_rng(0).random((4, 36), np.float32)
    moved = found.undo(np.arange(4), np.zeros((4, 36), np.uint8), sure)[1]
    assert (moved[0] == sure[0]).all() and moved[1:] == pytest.approx(np.tile(sure[1:].mean(1)[:, None], 36))


@pytest.fixture(scope="module")
def solver() -> Solver:
    return api.load("nqueens", checkpoint="nqueens-8x8", device="cpu", threads=1)


def test_votes_over_copies_agree_with_a_recount(solver: Solver) -> None:
    report = api.evaluate(solver, api.EvalOptions(widths=(2, 5), depths=(2,), limit=4, seed=6, augment=3))
    test, plugin = solver.task.dataset("8x8", report.protocol).test, solver.task
    chosen = np.sort(np.random.default_rng(6).choice(len(test), 4, replace=False))
    for row, width in zip(report.rows, (2, 5), strict=True):
        right, two, vote = [], [], []
        for index in chosen.tolist():
            drawn = plugin.symmetries("8x8", 3, np.random.default_rng([6, index]))
            puzzle = test.inputs[index]
            guises = [puzzle, *drawn.inputs(np.repeat(puzzle[None], 3, axis=0))[1:]]
            truth = {board.tobytes() for board in test.solutions(index)}
            answers = []
            for w in range(5):
                # Alone in its batch, and turned back on its own.
                model, one = solver.model, torch.tensor([index])
                inputs = torch.from_numpy(guises[w % 3][None].astype(np.int64))
                board = list(rollout(model, inputs, one, torch.tensor([w]), depth=2, seed=6))[-1].tokens
                if w % 3:
                    board = drawn.inverse().outputs(np.repeat(board, 3, axis=0))[w % 3][None]
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
        api.evaluate(solver, api.EvalOptions(augment=0))


@pytest.mark.parametrize("halt", ["valid", "never"])
def test_solving_with_copies(solver: Solver, halt: str) -> None:
    """A puzzle alone, in a file, in parts, and by the protocol: the same boards, turned back; and right ones."""
    options = SolveOptions(width=11, depth=6, halt=halt, seed=6, augment=3, exact=False)
    puzzles = solver.task.generate("8x8", 3, 0, "hard")
    together = {
        index: final
        for index, final in solve_many(solver, [solver.problem(p, i) for i, p in enumerate(puzzles)], options)
    }
    for index, puzzle in enumerate(puzzles):
        *steps, final = solver.run(puzzle, options, index=index)
        assert isinstance(final, Finished) and final.valid and final.valid > 8
        assert [(c.tokens.tobytes(), c.votes, c.step) for c in final.candidates] == [
            (c.tokens.tobytes(), c.votes, c.step) for c in together[index].candidates
        ]
        last = [step for step in steps if isinstance(step, Step)][-1]
        assert last.valid is not None and last.valid.sum() == final.valid
        # Rows 4 to 9 alone.
        part = list(solver.steps(puzzle, options, 4, 6, index=index))[-1]
        assert (part.tokens == last.tokens[4:10]).all()
        assert part.confidence == pytest.approx(last.confidence[4:10], abs=1e-5)
    inputs = solver.task.encode(puzzles[0])
    plain = next(iter(solver.steps(puzzles[0], replace(options, augment=1), 0, 11)))
    copied = next(iter(solver.steps(puzzles[0], options, 0, 11)))
    assert (plain.tokens[::3] == copied.tokens[::3]).all() and (plain.tokens != copied.tokens).any()
    assert (copied.tokens[:, inputs > 1] == inputs[inputs > 1]).mean() > 0.9


@pytest.mark.parametrize(
    ("task", "until", "augment", "copies"),
    [
        ("nqueens", "depth", 0, 1),
        ("nqueens", "all", 0, 7),
        ("nqueens", "all", 1, 1),
        ("nqueens", "depth", 3, 3),
        ("arc", "depth", 0, 7),
        ("arc", "depth", 1, 1),
        ("coloring", "all", 0, 1),
        ("mnist", "depth", 0, 1),
    ],
)
def test_how_many_copies_there_are_unless_that_is_said(task: str, until: str, augment: int, copies: int) -> None:
    solver = api.load(task, device="cpu", threads=1)
    options = SolveOptions(width=7, depth=1, until=until, augment=augment, exact=False, max_rounds=1)
    judged = task in ("nqueens", "coloring")
    assert solver.has_validator == judged and solver.augmentations(options) == copies
    instance = solver.task.blank(solver.variant) if task == "mnist" else solver.task.parse(solver.task.example)[0]
    found = next(iter(solver.steps(instance, options, 0, 7)))
    said = replace(options, augment=copies)
    assert (found.tokens == next(iter(solver.steps(instance, said, 0, 7))).tokens).all()


def test_without_symmetries(solver: Solver) -> None:
    blank = api.load("mnist", device="cpu", threads=1)
    with pytest.raises(BadInput, match="no symmetries"):
        list(blank.run(blank.task.blank(blank.variant), SolveOptions(width=2, depth=1, augment=2)))
