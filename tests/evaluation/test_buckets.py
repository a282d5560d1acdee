"""Figures of puzzles with few and many solutions: by hand, and against a recount puzzle by puzzle."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest

from gramsolve.evaluation import aggregate, metrics, tables
from gramsolve.evaluation.report import plain


def test_buckets_by_hand() -> None:
    # One solution: right twice of two. Three: two found of two trajectories. Six: one valid, the other not.
    boards = np.array([[[1], [1]], [[2], [3]], [[4], [5]]], np.uint8)
    valid = np.array([[True, True], [True, True], [True, False]])
    value = np.array([[0.1, 0.9], [0.2, 0.1], [0.1, 0.9]])
    solutions = np.array([1, 3, 6])
    conflicts = np.array([[0, 0], [0, 0], [0, 4]])
    each = aggregate.per_puzzle(2, boards, value, valid, solutions, conflicts)
    found = aggregate.buckets(each, solutions, 2)
    assert [(b["solutions"], b["puzzles"]) for b in found] == [("1", 1), ("2-5", 1), ("6-20", 1)]
    assert [b["accuracy"] for b in found] == [1, 1, 0.5]
    assert [b["coverage"] for b in found] == pytest.approx([1, 2 / 3, 1 / 6])
    assert [b["coverage_reachable"] for b in found] == pytest.approx([1, 1, 0.5])
    assert [b["lprm"] for b in found] == [1, 1, 0] and [b["vote"] for b in found] == [1, 1, 1]
    assert found[2]["conflicts_first"] == 0 and each["conflicts_first"].tolist() == [0, 0, 0]
    assert all(math.isnan(b["accuracy_error"]) for b in found)
    assert plain(found)[0]["accuracy_error"] is None


def test_every_puzzle_is_in_one_bucket_and_their_means_are_those_of_all() -> None:
    rng = np.random.default_rng(1)
    solutions = rng.integers(1, 300, 90)
    boards = rng.integers(0, 4, (90, 5, 1)).astype(np.uint8)
    valid = boards[..., 0] > 0
    each = aggregate.per_puzzle(4, boards, rng.random((90, 5)), valid, solutions, None)
    found, whole = aggregate.buckets(each, solutions, 4), aggregate.means(each, solutions, 4)
    assert sum(b["puzzles"] for b in found) == 90
    limits = {"1": (1, 1), "2-5": (2, 5), "6-20": (6, 20), "21-100": (21, 100), "more": (101, 10**9)}
    for b in found:
        low, high = limits[b["solutions"]]
        mine = [i for i in range(90) if low <= solutions[i] <= high]
        assert b["puzzles"] == len(mine)
        assert b["accuracy"] == pytest.approx(np.mean([valid[i, :4].mean() for i in mine]))
        distinct = [len({int(b) for b in boards[i, :4, 0] if b}) for i in mine]
        assert b["coverage"] == pytest.approx(np.mean([n / solutions[i] for n, i in zip(distinct, mine, strict=True)]))
        assert b["coverage_reachable"] == pytest.approx(
            np.mean([n / min(4, solutions[i]) for n, i in zip(distinct, mine, strict=True)])
        )
    for name in ("accuracy", "vote", "lprm", "any_valid", "coverage", "coverage_bound", "coverage_uniform"):
        assert whole[name] == pytest.approx(sum(b[name] * b["puzzles"] for b in found) / 90)


def test_the_edges_of_buckets() -> None:
    solutions = np.array([1, 2, 5, 6, 20, 21, 100, 101, 10**6])
    found = {name: solutions[inside].tolist() for name, inside in metrics.by_solutions(solutions)}
    assert found == {"1": [1], "2-5": [2, 5], "6-20": [6, 20], "21-100": [21, 100], "more": [101, 10**6]}
    assert [name for name, _ in metrics.by_solutions(np.array([7]))] == ["6-20"]


@pytest.mark.parametrize(("successes", "count"), [(0, 10), (3, 10), (10, 10), (990, 1000)])
def test_wilson_solves_its_equation(successes: int, count: int) -> None:
    """The ends are the shares p at which the observed one lies 1.96 standard deviations of a binomial away."""
    low, high = metrics.wilson(successes, count)
    for p in (low, high):
        if 0 < p < 1:
            assert abs(successes / count - p) == pytest.approx(1.96 * math.sqrt(p * (1 - p) / count), rel=1e-6)
    assert 0 <= low <= successes / count <= high <= 1
    assert metrics.wilson(0, 0) == (0, 1)


def test_csv_has_a_line_for_every_row_and_bucket() -> None:
    report = {
        "instances": 3,
        "rows": [
            {"depth": 1, "width": 2, "accuracy": 0.5, "buckets": [{"solutions": "1", "puzzles": 3, "vote": None}]}
        ],
    }
    rows = list(csv.DictReader(io.StringIO(tables.as_csv(report))))
    assert [row["solutions"] for row in rows] == ["all", "1"]
    assert rows[0]["accuracy"] == "0.5" and rows[0]["puzzles"] == "3" and rows[1]["vote"] == ""
