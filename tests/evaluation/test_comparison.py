"""Side by side: the paired statistics against slow and exact ones, and reports that do not belong together."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve import api
from gramsolve.errors import BadInput
from gramsolve.evaluation import metrics
from gramsolve.evaluation.accuracy import AccuracyReport
from gramsolve.evaluation.comparison import MEASURES, compare, to_dict

VALUES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=9)


@settings(deadline=None)
@given(VALUES)
def test_probability_is_that_of_all_exchanges(pairs: list[tuple[int, int]]) -> None:
    one, other = (np.array(column) for column in zip(*pairs, strict=True))
    seen = abs(sum(other - one))
    sums = [
        abs(sum(s * d for s, d in zip(signs, other - one, strict=True))) for signs in product((1, -1), repeat=len(one))
    ]
    assert metrics.paired_probability(one, other) == pytest.approx(np.mean([s >= seen for s in sums]))
    assert metrics.paired_probability(other, one) == pytest.approx(metrics.paired_probability(one, other))


def test_hand_computed_cases() -> None:
    assert metrics.paired_probability(np.ones(5), np.ones(5)) == 1.0
    assert metrics.paired_probability(np.zeros(6), np.ones(6)) == 2 / 2**6
    # Twenty puzzles that all differ in one direction: drawn, and as rare as it can be told.
    assert metrics.paired_probability(np.zeros(20), np.ones(20), flips=999) == 1 / 1000
    rng = np.random.default_rng(3)
    chance = [metrics.paired_probability(rng.random(40), rng.random(40), flips=200) for _ in range(60)]
    assert 0.3 < np.mean(chance) < 0.7, "between equals every probability is as likely"
    difference, error = metrics.paired_difference(np.array([0, 1, 1, 0]), np.array([1, 1, 1, 1]))
    assert difference == 0.5 and error == pytest.approx(1.96 * np.std([1, 0, 0, 1], ddof=1) / 2)


def test_two_checkpoints_on_the_same_puzzles() -> None:
    def report(name: str, seed: int = 0, depths: tuple[int, ...] = (1, 3)) -> AccuracyReport:
        solver = api.load("nqueens", checkpoint=name, device="cpu", threads=1)
        return api.evaluate(solver, api.EvalOptions(protocol="paper", widths=(4,), depths=depths, limit=12, seed=seed))

    one, other = report("nqueens-8x8"), report("nqueens-8x8-symmetry")
    found = compare(one, other)
    assert [(c.depth, c.measure) for c in found] == [(d, m) for d in (1, 3) for m in MEASURES]
    for c in found:
        rows = [next(r for r in kind.rows if r["depth"] == c.depth) for kind in (one, other)]
        assert (c.first, c.other) == pytest.approx((rows[0][c.measure], rows[1][c.measure]))
        assert c.difference == pytest.approx(c.other - c.first)
    assert all(c.difference == 0 and c.probability == 1 for c in compare(one, one))
    assert to_dict([one, other])["against"]["nqueens-8x8-symmetry"][0]["measure"] == "accuracy"
    for unlike in (report("nqueens-8x8", seed=1), report("nqueens-8x8", depths=(1, 2)), replace(one, halt="head")):
        with pytest.raises(BadInput, match="not measured on the same"):
            compare(one, unlike)
