"""Distances, distinct boards and planes against slow ones, trajectory by trajectory."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch

from gramsolve import api
from gramsolve.errors import BadInput
from gramsolve.evaluation import diversity
from gramsolve.inference.events import Step
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.solver import Solver
from gramsolve.model.network import build_gram


def test_by_hand() -> None:
    points = torch.tensor([[[0.0, 0.0], [3.0, 4.0], [0.0, 0.0]]])
    assert diversity.mean_distance(points).tolist() == pytest.approx([(5 + 0 + 5) / 3])
    assert diversity.plane_share(points).tolist() == pytest.approx([1.0])
    # Eight corners of a box: variances 9, 4 and 1 along its sides.
    corners = torch.tensor([[[a, b, c] for a in (-3.0, 3) for b in (-2.0, 2) for c in (-1.0, 1)]])
    assert diversity.plane_share(corners + 7).tolist() == pytest.approx([13 / 14])
    assert np.isnan(diversity.plane_share(torch.full((1, 4, 3), 0.1))).all()
    assert diversity.mean_distance(torch.full((1, 4, 3), 0.1)).tolist() == [0]


def test_against_a_singular_value_decomposition() -> None:
    points = torch.randn(3, 7, 40, generator=torch.Generator().manual_seed(0))
    for one, share, apart in zip(points, diversity.plane_share(points), diversity.mean_distance(points), strict=True):
        array = one.double().numpy()
        singular = np.linalg.svd(array - array.mean(axis=0), compute_uv=False) ** 2
        assert share == pytest.approx(singular[:2].sum() / singular.sum())
        assert apart == pytest.approx(np.mean([np.linalg.norm(a - b) for a, b in combinations(array, 2)]), rel=1e-5)


@pytest.fixture(scope="module")
def solver() -> Solver:
    return api.load("nqueens", checkpoint="nqueens-8x8", device="cpu", threads=1)


def test_the_trajectories_are_those_that_solve(solver: Solver) -> None:
    report = diversity.measure_diversity(solver, width=5, depth=3, limit=4, seed=2)
    assert [row["depth"] for row in report.rows] == [1, 2, 3]
    test = solver.task.dataset("8x8", report.protocol).test
    chosen = np.sort(np.random.default_rng(2).choice(len(test), 4, replace=False))
    boards = np.zeros((3, 4))
    for column, i in enumerate(chosen):
        options = SolveOptions(width=5, depth=3, halt="never", seed=2, exact=False)
        puzzle = solver.task.decode("8x8", test.inputs[i])
        for event in solver.run(puzzle, options, index=int(i)):
            if isinstance(event, Step):
                boards[event.number - 1, column] = len({row.tobytes() for row in event.tokens})
    assert [row["boards"] for row in report.rows] == pytest.approx(boards.mean(axis=1).tolist())
    assert all(0 < row["plane"] <= 1 and 0 < row["relative"] < 2 for row in report.rows)
    assert report.path_plane is not None and 0 < report.path_plane <= 1


def test_one_deterministic_trajectory_has_no_spread(solver: Solver) -> None:
    config = solver.model.config.replace(guidance="none")
    still = Solver(solver.task, build_gram(config), solver.checkpoint, device=torch.device("cpu"))
    report = diversity.measure_diversity(still, width=3, depth=2, limit=2)
    assert all(row["distance"] == 0 and row["boards"] == 1 and row["plane"] is None for row in report.rows)


def test_bad_requests(solver: Solver) -> None:
    with pytest.raises(BadInput, match="width"):
        diversity.measure_diversity(solver, width=1)
