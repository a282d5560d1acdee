"""Which solutions wrong boards are led to."""

from __future__ import annotations

import numpy as np
import pytest

from gramsolve.tasks import registry
from gramsolve.training.sampler import Sampler
from gramsolve.training.targets import balanced_assignment, most_similar


def test_the_most_similar_of_many_solutions_is_that_of_plain_correlation() -> None:
    rng = np.random.default_rng(0)
    solutions = (rng.random((300, 40)) < rng.random(40)).astype(np.uint8) + 1
    boards = (rng.random((25, 40)) < rng.random(40)).astype(np.uint8) + 1

    def one_hot(tokens: np.ndarray) -> np.ndarray:
        return np.eye(3)[tokens].reshape(len(tokens), -1)

    usual = one_hot(solutions).mean(axis=0)
    theirs, ours = one_hot(solutions) - usual, one_hot(boards) - usual
    cosine = ours @ theirs.T / np.linalg.norm(theirs, axis=1)
    chosen = np.take_along_axis(cosine, most_similar(solutions, boards)[:, None], axis=1)[:, 0]
    assert chosen == pytest.approx(cosine.max(axis=1), rel=1e-5)
    assert np.array_equal(solutions[most_similar(solutions, solutions)], solutions)


def test_boards_share_solutions_out() -> None:
    rng = np.random.default_rng(0)
    solutions = (rng.random((60, 100)) < rng.random(100)).astype(np.uint8) + 1
    # Each its own, where every solution has a board.
    assert np.array_equal(balanced_assignment(solutions, solutions, rng), np.arange(60))
    # All in turn, where the boards cannot be told apart, though one is the most_similar of all.
    alike = np.repeat(solutions[:1], 3000, axis=0)
    assert set(most_similar(solutions, alike)) == {0}
    counts = np.bincount(balanced_assignment(solutions, alike, rng), minlength=60)
    assert counts.min() > 20
    assert counts.max() < 90
    # Half of the boards are like the first solution and half like the second: neither half gets the other's.
    halves = np.concatenate([alike[:300], np.repeat(solutions[1:2], 300, axis=0)])
    found = balanced_assignment(solutions, halves, rng)
    assert not (found[:300] == 1).any()
    assert not (found[300:] == 0).any()
    assert len(set(found[:300])) > 20
    assert np.array_equal(
        balanced_assignment(solutions, halves, np.random.default_rng(1)),
        balanced_assignment(solutions, halves, np.random.default_rng(1)),
    )


def test_of_very_many_solutions_rare_ones_are_learned_as_often_where_that_is_asked_for() -> None:
    """Drawings of MNIST that are all alike: the most_similar image is one, shared out they get a different one each."""
    task = registry.load("mnist")
    train = task.dataset("28x28", "binarized").train
    boards = np.repeat(train.outputs[:1], 24, axis=0)
    inputs = np.repeat(train.inputs, 24, axis=0)

    def distinct(evenly: float, alone: int = 24) -> int:
        sampler = Sampler(task, "28x28", train, seed=0, unconditional_share=0.0, augment=False, balanced_targets=evenly)
        mine, others = slice(0, alone), slice(alone, None)
        beside = inputs[others], boards[others]
        found, known = sampler.nearest(3, inputs[mine], boards[mine], boards[mine], beside)
        assert known.all()
        return len(np.unique(found, axis=0))

    assert distinct(0.0) == 1
    assert distinct(1.0) > 20
    assert 2 < distinct(0.5) < distinct(1.0)
    assert distinct(1.0, alone=6) > 4
