"""Boards as squares, columns and tokens.

Squares are numbered row by row from the top left. Tokens: 0 padding, 1 empty square, 2 queen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import BadInput, Instance

PAD, EMPTY, QUEEN = 0, 1, 2
SMALLEST, LARGEST = 4, 32

Boards = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Queens(Instance):
    """A board with some queens given: ``queens`` are their squares, in rising order."""

    queens: tuple[int, ...] = ()


def size_of(variant: str) -> int:
    """N of ``NxN``. Raises BadInput for anything else."""
    rows, _, columns = variant.partition("x")
    if variant.isascii() and rows.isdecimal() and rows == columns and len(rows) <= 2:
        n = int(rows)
        if rows == str(n) and SMALLEST <= n <= LARGEST:
            return n
    raise BadInput(f"unknown variant {variant!r}: use NxN with N from {SMALLEST} to {LARGEST}, for example 8x8")


def encode(queens: Sequence[int], n: int) -> Boards:
    """Squares of queens -> tokens uint8 [n * n]."""
    tokens = np.full(n * n, EMPTY, np.uint8)
    tokens[list(queens)] = QUEEN
    return tokens


def decode(tokens: Boards, n: int) -> tuple[int, ...]:
    """Tokens uint8 [n * n] -> squares of queens. Raises ValueError for another shape."""
    if tokens.shape != (n * n,):
        raise ValueError(f"a {n}x{n} board has tokens [{n * n}], not {list(tokens.shape)}")
    return tuple(int(square) for square in np.flatnonzero(tokens == QUEEN))


def boards_of(columns: npt.NDArray[np.integer]) -> Boards:
    """Columns of queens [S, n], -1 for none -> tokens uint8 [S, n * n]."""
    count, n = columns.shape
    boards = np.full((count, n, n), EMPTY, np.uint8)
    which, rows = np.nonzero(columns >= 0)
    boards[which, rows, columns[which, rows]] = QUEEN
    return boards.reshape(count, n * n)


def attack(queens: Sequence[int], n: int) -> tuple[int, int] | None:
    """The first two squares whose queens attack each other, or None."""
    for i, a in enumerate(queens):
        for b in queens[i + 1 :]:
            down, right = b // n - a // n, b % n - a % n
            if down == 0 or right == 0 or abs(down) == abs(right):
                return a, b
    return None


def dihedral(n: int) -> npt.NDArray[np.int64]:
    """The eight symmetries of the square as positions int64 [8, n * n]: new[i] = old[positions[i]]."""
    square = np.arange(n * n).reshape(n, n)
    turned = [np.rot90(square, k) for k in range(4)]
    return np.stack([board.ravel() for board in (*turned, *(board.T for board in turned))]).astype(np.int64)
