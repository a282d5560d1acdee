"""Each metric against a slow one that is written another way."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve.evaluation import metrics

Drawn = tuple[list[list[int]], list[int]]


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """Boards of one cell for some puzzles, those above zero valid, and numbers of solutions that allow for them."""
    width = draw(st.integers(1, 6))
    boards = draw(st.lists(st.lists(st.integers(0, 4), min_size=width, max_size=width), min_size=1, max_size=6))
    return boards, [draw(st.integers(max(1, len(set(row) - {0})), 30)) for row in boards]


@settings(deadline=None)
@given(drawn(), st.integers(1, 6))
def test_coverage_and_votes(made: Drawn, width: int) -> None:
    boards, solutions = made
    width = min(width, len(boards[0]))
    tokens, counts = np.array(boards, np.uint8)[..., None], np.array(solutions)
    found = metrics.distinct_valid(tokens, tokens[..., 0] > 0, width)
    slow = [sum(token in row[:width] for token in range(1, 5)) for row in boards]
    assert found.tolist() == slow
    shares = [f / s for f, s in zip(slow, solutions, strict=True)]
    assert metrics.coverage(found, counts) == pytest.approx(statistics.fmean(shares))
    reachable = [f / min(s, width) for f, s in zip(slow, solutions, strict=True)]
    assert metrics.coverage_reachable(found, counts, width) == pytest.approx(statistics.fmean(reachable))
    assert metrics.coverage_bound(counts, width) == pytest.approx(
        statistics.fmean(len(set(range(s)) & set(range(width))) / s for s in solutions)
    )
    assert statistics.fmean(shares) <= metrics.coverage_bound(counts, width) + 1e-12
    for row, winner in zip(boards, metrics.vote_winners(tokens, width), strict=True):
        # Counter lists equals in the order in which they came.
        assert row[winner] == Counter(row[:width]).most_common(1)[0][0] and row.index(row[winner]) == winner
    for row, ok in zip(boards, metrics.two_guesses(tokens, tokens[..., 0] > 0, width), strict=True):
        assert ok == any(token > 0 for token, _ in Counter(row[:width]).most_common(2))


@pytest.mark.parametrize(("solutions", "width"), [(1, 3), (2, 4), (3, 3), (4, 5)])
def test_a_uniform_sampler_by_all_its_draws(solutions: int, width: int) -> None:
    draws = [len(set(draw)) / solutions for draw in product(range(solutions), repeat=width)]
    assert metrics.coverage_uniform(np.array([solutions]), width) == pytest.approx(statistics.fmean(draws))


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_the_error_of_a_mean(values: list[float]) -> None:
    slow = 1.96 * statistics.stdev(values) / math.sqrt(len(values))
    assert metrics.clustered_error(values) == pytest.approx(slow, abs=1e-12)


@settings(deadline=None)
@given(st.integers(1, 400), st.data())
def test_the_error_of_a_share(count: int, data: st.DataObject) -> None:
    """Ends found by bisection of the test they come from: is the share p at most 1.96 of its deviations away?"""
    right = data.draw(st.integers(0, count))
    share = right / count

    def end(inside: float, outside: float) -> float:
        for _ in range(60):
            middle = (inside + outside) / 2
            if abs(share - middle) <= 1.96 * math.sqrt(middle * (1 - middle) / count):
                inside = middle
            else:
                outside = middle
        return inside

    low, high = end(share, 0.0), end(share, 1.0)
    assert metrics.wilson(right, count) == pytest.approx((low, high), abs=1e-9)
    assert metrics.binomial_error(share, count) == pytest.approx((high - low) / 2, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=30))
def test_paired_differences_of_yes_and_no(pairs: list[tuple[bool, bool]]) -> None:
    """Of shares the difference is that of gains and losses, and so is its variance."""
    one, other = (np.array(column) for column in zip(*pairs, strict=True))
    gains, losses, n = int((other & ~one).sum()), int((one & ~other).sum()), len(pairs)
    difference, error = metrics.paired_difference(one, other)
    assert difference == pytest.approx((gains - losses) / n)
    variance = (gains + losses - (gains - losses) ** 2 / n) / (n - 1)
    assert error == pytest.approx(1.96 * math.sqrt(variance / n), abs=1e-12)
    if 0 < gains + losses <= 13:
        # McNemar's exact test: of so many changes, as uneven a split or more.
        m, k = gains + losses, max(gains, losses)
        tail = sum(math.comb(m, i) for i in range(m + 1) if max(i, m - i) >= k) / 2**m
        assert metrics.paired_probability(one, other) == pytest.approx(tail)
