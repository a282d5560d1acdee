"""Each metric against a case worked by hand."""

import numpy as np
import pytest

from gramsolve.evaluation import metrics


def test_coverage_by_hand() -> None:
    # Puzzle 0 has 2 solutions, both found; puzzle 1 has 4, one found (twice); puzzle 2 has 1, not found.
    boards = np.array([[[1], [2], [1]], [[5], [5], [9]], [[7], [7], [7]]], np.uint8)
    valid = np.array([[True, True, True], [True, True, False], [False, False, False]])
    solutions = np.array([2, 4, 1])
    found = metrics.distinct_valid(boards, valid, 3)
    assert found.tolist() == [2, 1, 0]
    assert metrics.coverage(found, solutions) == pytest.approx((1 + 0.25 + 0) / 3)
    assert metrics.coverage_reachable(found, solutions, 3) == pytest.approx((1 + 1 / 3 + 0) / 3)
    assert metrics.coverage_bound(solutions, 3) == pytest.approx((1 + 0.75 + 1) / 3)
    assert metrics.distinct_valid(boards, valid, 1).tolist() == [1, 1, 0]


def test_uniform_coverage_is_the_coupon_collectors() -> None:
    rng = np.random.default_rng(0)
    simulated = np.mean([len(set(rng.integers(6, size=5).tolist())) / 6 for _ in range(20_000)])
    assert metrics.coverage_uniform(np.array([6]), 5) == pytest.approx(simulated, abs=0.005)


def test_vote_takes_the_majority_and_the_earlier_on_a_tie() -> None:
    boards = np.array([[[3], [1], [1]], [[3], [1], [2]]], np.uint8)
    assert metrics.vote_winners(boards, 3).tolist() == [1, 0]
    assert metrics.vote_winners(boards, 1).tolist() == [0, 0]


def test_errors_by_hand() -> None:
    # Wilson at 0 of 10: upper end 0.2775, centred at half of it.
    assert metrics.binomial_error(0.0, 10) == pytest.approx(0.2775 / 2, abs=1e-3)
    assert metrics.clustered_error([0.0, 1.0, 0.0, 1.0]) == pytest.approx(1.96 * 0.57735 / 2, abs=1e-4)
    assert np.isnan(metrics.clustered_error([1.0]))
