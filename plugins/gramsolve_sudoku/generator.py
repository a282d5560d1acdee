"""Random complete grids, and puzzles made by clearing cells of them."""

from __future__ import annotations

import numpy as np

from gramsolve.tasks import BadInput
from gramsolve_sudoku.geometry import Boards, Geometry, Numbers, units
from gramsolve_sudoku.search import _random_grids, difficulty, dig, tables
from gramsolve_sudoku.symmetry import random_symmetries

BATCH = 64
TRIES = 60
"""Batches in a row without any luck after which a wish is given up."""

WISHES = {
    "easy": (0.46, 0.56, 0, 0),
    "medium": (0.36, 0.45, 0, 3),
    "hard": (0.0, 0.36, 1, 60),
    "expert": (0.0, 0.34, 20, 10**9),
}
"""Share of cells given (from, to) and guesses that the plain search needs (from, to)."""


def grids(geometry: Geometry, count: int, rng: np.random.Generator) -> Boards:
    """Random complete grids uint8 [count, cells]: boxes along the diagonal, which do not see each other, are filled at
    random, the rest is searched with digits in random order, and the grid goes through a random symmetry."""
    size = geometry.size
    shuffles = rng.permuted(np.tile(np.arange(size), (count, 1)), axis=1)
    firsts = np.zeros((count, geometry.cells), np.uint8)
    row, column, _ = units(geometry)
    for k in range(min(geometry.rows, geometry.columns)):
        box = np.flatnonzero((row // geometry.rows == k) & (column // geometry.columns == k))
        firsts[:, box] = 1 + rng.permuted(np.tile(np.arange(size), (count, 1)), axis=1)
    found = _random_grids(count, *tables(geometry), shuffles, firsts)
    # On small boards not every filling of the boxes along the diagonal can be completed; that of one box can.
    failed = found[:, 0] == 0
    firsts[failed] = np.where((row < geometry.rows) & (column < geometry.columns), firsts[failed], 0)
    found[failed] = _random_grids(int(failed.sum()), *tables(geometry), shuffles[failed], firsts[failed])
    return np.asarray(random_symmetries(geometry, count, rng).outputs(found + np.uint8(1)) - np.uint8(1))


def dug(grids: Boards, geometry: Geometry, clues: Numbers, rng: np.random.Generator) -> Boards:
    """Puzzles with one solution, ``grids`` uint8 [B, cells], and ``clues`` [B] givens, or more if fewer do not go."""
    cells = np.tile(np.arange(geometry.cells), (len(grids), 1))
    return dig(grids, geometry, rng.permuted(cells, axis=1), np.asarray(clues, np.int64))


def thinned(grids: Boards, clues: Numbers, rng: np.random.Generator) -> Boards:
    """Puzzles with ``clues`` [B] random givens, however many solutions they have."""
    rank = rng.random(grids.shape).argsort(axis=1).argsort(axis=1)
    return np.where(rank < clues[:, None], grids, 0).astype(np.uint8)


def puzzles(geometry: Geometry, count: int, rng: np.random.Generator, wish: str | None) -> Boards:
    """Puzzles with one solution, as hard as one of ``WISHES`` or with a number of givens.

    Raises BadInput for a wish that is not understood or cannot be met.
    """
    cells = geometry.cells
    if wish is None:
        low, high, least, most = 0.3, 0.5, 0, 10**9
    elif wish in WISHES:
        low, high, least, most = WISHES[wish]
    elif wish.isascii() and wish.isdecimal() and len(wish) <= 4 and 0 < int(wish) < cells:
        low, high, least, most = int(wish) / cells, int(wish) / cells, 0, 10**9
    else:
        raise BadInput(f"unknown difficulty {wish!r}: choose from {', '.join(WISHES)}, or give a number of clues")
    if geometry.size <= 6 and wish in WISHES:
        least, most = 0, 10**9  # Small boards hardly ever need a guess: clues alone tell them apart.
    made: list[Boards] = []
    total, fewest, idle = 0, cells, 0
    while total < count and idle < TRIES:
        wanted = rng.integers(round(low * cells), round(high * cells) + 1, size=BATCH)
        boards = dug(grids(geometry, BATCH, rng), geometry, wanted, rng)
        givens = (boards > 0).sum(axis=1)
        guesses = difficulty(boards, geometry)
        fewest = min(fewest, int(givens.min()))
        good = (givens <= max(round(high * cells), 1)) & (guesses >= least) & (guesses <= most)
        made.append(boards[good])
        total += int(good.sum())
        idle = 0 if good.any() else idle + 1
    if total < count:
        raise BadInput(
            f"no {geometry.name} puzzle with difficulty {wish!r} turned up often enough: the fewest clues were {fewest}"
        )
    return np.concatenate([*made, np.zeros((0, cells), np.uint8)])[:count]
