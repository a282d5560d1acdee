"""Puzzles: random solutions with some of their queens removed."""

from __future__ import annotations

import numpy as np

from gramsolve.tasks import BadInput
from gramsolve_nqueens.encode import Queens
from gramsolve_nqueens.enumerate import random_solution

REMOVED = {"easy": (0.25, 0.5), "medium": (0.5, 0.75), "hard": (0.75, 1.0)}
"""Share of the queens that are taken away: more than the first number, at most the second, and never all."""


def generate(n: int, count: int, seed: int, difficulty: str | None) -> list[Queens]:
    """``count`` solvable boards; the first ones stay the same when more are asked for.

    Raises BadInput for an unknown difficulty or a negative number.
    """
    if difficulty is not None and difficulty not in REMOVED:
        raise BadInput(f"unknown difficulty {difficulty!r}: choose from {', '.join(REMOVED)}")
    for what, value in (("count", count), ("seed", seed)):
        if value < 0:
            raise BadInput(f"{what} cannot be negative, not {value}")
    words = [difficulty] if difficulty else list(REMOVED)
    low, high = REMOVED[words[0]][0], REMOVED[words[-1]][1]
    rng = np.random.default_rng([seed, n, int(100 * low), int(100 * high)])
    puzzles = []
    for number in range(1, count + 1):
        columns = random_solution(n, rng)
        most = min(int(high * n), n - 1)
        removed = rng.integers(min(int(low * n) + 1, most), most + 1)
        rows = np.sort(rng.permutation(n)[removed:])
        squares = tuple(int(row * n + columns[row]) for row in rows)
        puzzles.append(Queens(f"{n}x{n}", f"{difficulty or 'mixed'} {seed}-{number}", squares))
    return puzzles
