"""A solution close to a wrong board: some of its cells are cleared, and the rest is completed exactly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gramsolve_sudoku.check import FIRST_DIGIT, check
from gramsolve_sudoku.geometry import Boards, Geometry
from gramsolve_sudoku.search import solve
from gramsolve_sudoku.symmetry import random_symmetries

ONE = np.uint8(FIRST_DIGIT - 1)
"""Added to a digit it gives its token."""
SHARES = (0.0, 0.08, 0.16, 0.25, 0.4, 0.6, 1.0)
"""Shares of the cells that are cleared besides those that break a rule."""
TRIES = 8
"""Completions with each share."""
GUESSES = 200
"""Guesses that a completion may take before the search gives up."""


def nearest_solutions(
    givens: Boards, boards: Boards, geometry: Geometry, rng: np.random.Generator
) -> tuple[Boards, npt.NDArray[np.bool_]]:
    """Of many completions of each board [B, cells], all with its givens [B, cells], the one with most of the board's
    digits, and whether there is any [B]. Digits count from 1, and boards may hold anything."""
    count, cells, tries = len(boards), geometry.cells, TRIES * len(SHARES)
    given = givens > 0
    boards = np.where(given, givens, np.where(boards > geometry.size, 0, boards)).astype(np.uint8)
    wrong = check(np.full_like(boards, ONE), boards + ONE, geometry).violations
    shares = np.repeat(np.array(SHARES, np.float32), TRIES)
    gone = wrong[:, None] | (rng.random((count, tries, cells), dtype=np.float32) < shares[:, None])
    left = np.where(gone & ~given[:, None], 0, boards[:, None]).reshape(-1, cells)
    # The search prefers some completions; random symmetric copies remove the preference.
    copies = random_symmetries(geometry, len(left), rng)
    found, numbers, _ = solve(copies.inputs(left + ONE) - ONE, geometry, limit=1, budget=GUESSES)
    found = (copies.inverse().outputs(found + ONE) - ONE).reshape(count, tries, cells)
    agreeing = np.where((numbers > 0).reshape(count, tries), (found == boards[:, None]).sum(axis=2), -1)
    best = agreeing.argmax(axis=1)
    rows = np.arange(count)
    return found[rows, best], agreeing[rows, best] >= 0
