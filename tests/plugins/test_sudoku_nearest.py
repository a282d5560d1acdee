"""Solutions near to wrong boards: they keep the givens, and nearly none is nearer."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve_sudoku import generator, nearest, search
from gramsolve_sudoku.check import check
from gramsolve_sudoku.geometry import geometry_of


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["4x4", "6x6", "9x9"]), st.integers(0, 30), st.integers(0, 20))
def test_the_nearest_solution_keeps_the_givens_and_most_of_the_board(
    seed: int, variant: str, clues: int, spoiled: int
) -> None:
    geometry, rng = geometry_of(variant), np.random.default_rng(seed)
    grids = generator.grids(geometry, 5, rng)
    givens = generator.thinned(grids, np.full(5, clues), rng)
    cells = rng.random(grids.shape).argsort(axis=1)[:, :spoiled]
    boards = grids.copy()
    np.put_along_axis(boards, cells, rng.integers(0, geometry.size + 1, cells.shape, dtype=np.uint8), axis=1)
    found, known = nearest.nearest_solutions(givens, boards, geometry, rng)
    assert known.all() and (found == np.where(givens > 0, givens, found)).all()
    assert check(givens + np.uint8(1), found + np.uint8(1), geometry).valid.all()
    # The grid that was spoiled is not always found again, but nothing much farther from the board.
    assert ((found != boards).sum(axis=1) <= 2 * spoiled + 4).all()


def test_the_search_finds_nearly_the_nearest_and_prefers_none() -> None:
    geometry, rng = geometry_of("4x4"), np.random.default_rng(0)
    every = search.solutions(np.zeros(16, np.uint8), geometry, 300)
    assert every is not None and len(every) == 288
    boards = rng.integers(1, 5, size=(3000, 16), dtype=np.uint8)
    found, known = nearest.nearest_solutions(np.zeros_like(boards), boards, geometry, rng)
    best = (boards[:, None] == every).sum(axis=2).max(axis=1)
    assert known.all() and (best - (boards == found).sum(axis=1)).mean() < 0.5
    times = np.unique(found, axis=0, return_counts=True)[1]
    assert len(times) == 288 and times.max() < 3 * times.mean()
