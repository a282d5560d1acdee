"""Exact enumeration of all ways to complete a board: a depth-first search over rows on bitmasks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Columns = npt.NDArray[np.int64]


@njit(cache=True)
def _search(fixed: np.ndarray, limit: int) -> np.ndarray:
    """``fixed[r]`` is the given column of row r or -1. Rows are visited in order, columns from the left."""
    n = len(fixed)
    full = (1 << n) - 1
    room = 64
    found = np.empty((room, n), np.int64)
    count = 0
    placed = np.zeros(n, np.int64)
    free = np.zeros(n + 1, np.int64)
    columns = np.zeros(n + 1, np.int64)
    left = np.zeros(n + 1, np.int64)
    right = np.zeros(n + 1, np.int64)
    free[0] = full if fixed[0] < 0 else 1 << fixed[0]
    row = 0
    while row >= 0:
        if free[row] == 0:
            row -= 1
            continue
        bit = free[row] & -free[row]
        free[row] ^= bit
        column = 0
        while (bit >> column) != 1:
            column += 1
        placed[row] = column
        if row == n - 1:
            if count == room:
                room *= 2
                larger = np.empty((room, n), np.int64)
                larger[:count] = found
                found = larger
            found[count] = placed
            count += 1
            if count == limit:
                break
            continue
        columns[row + 1] = columns[row] | bit
        left[row + 1] = ((left[row] | bit) << 1) & full
        right[row + 1] = (right[row] | bit) >> 1
        row += 1
        free[row] = full & ~(columns[row] | left[row] | right[row])
        if fixed[row] >= 0:
            free[row] &= 1 << fixed[row]
    return found[:count]


def completions(fixed: Columns, limit: int) -> Columns:
    """Solutions that keep the given queens, as columns int64 [S, n], at most ``limit``, in lexicographic order.

    ``fixed`` int64 [n]: the column of the queen given in each row, or -1.
    """
    return _search(np.ascontiguousarray(fixed, dtype=np.int64), max(1, limit)) if limit > 0 else fixed[None][:0]
