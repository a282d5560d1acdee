"""Boards as tokens: 0 padding, 1 empty square, 2 queen, row by row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PAD, EMPTY, QUEEN = 0, 1, 2


def boards_of(columns: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Columns of queens int64 [S, n], -1 for none -> tokens uint8 [S, n * n]."""
    count, n = columns.shape
    boards = np.full((count, n, n), EMPTY, np.uint8)
    which, rows = np.nonzero(columns >= 0)
    boards[which, rows, columns[which, rows]] = QUEEN
    return boards.reshape(count, n * n)


def dihedral(n: int) -> npt.NDArray[np.int64]:
    """The eight symmetries of the square as positions int64 [8, n * n]: new[i] = old[positions[i]]."""
    square = np.arange(n * n).reshape(n, n)
    turned = [np.rot90(square, k) for k in range(4)]
    return np.stack([board.ravel() for board in (*turned, *(board.T for board in turned))]).astype(np.int64)
