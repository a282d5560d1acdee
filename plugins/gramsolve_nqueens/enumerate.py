"""Exact search for all ways to complete a board, on bitmasks: the row with fewest free squares is next."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from numba import njit

from gramsolve.tasks.kernel import Kernel
from gramsolve_nqueens.encode import attack

BUDGET = 50_000_000
"""Nodes after which a search gives up; a few seconds."""
LISTABLE = 12
"""Up to this size all solutions of the empty board are listed in milliseconds."""

Columns = npt.NDArray[np.int8]


@njit
def _ones(mask: int) -> int:
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


@Kernel
def _search(fixed: npt.NDArray[np.int8], limit: int, budget: int) -> tuple[Columns, bool]:
    """``fixed[r]`` is the given column of row r or -1. The flag says whether the budget was enough.

    A square (r, c) lies on the rising diagonal r + c and the falling one c - r + n - 1: bits 0 to 62 at most.
    """
    n = len(fixed)
    full = (1 << n) - 1
    placed = fixed.copy()
    columns, rising, falling, gaps = 0, 0, 0, 0
    for r in range(n):
        if placed[r] >= 0:
            columns |= 1 << placed[r]
            rising |= 1 << (r + placed[r])
            falling |= 1 << (placed[r] - r + n - 1)
        else:
            gaps += 1
    found = np.empty((64, n), np.int8)
    count, nodes, depth = 0, 0, 0
    rows = np.full(n + 1, -1, np.int64)
    choices = np.zeros(n + 1, np.int64)
    arriving = True
    while depth >= 0:
        if arriving and depth == gaps:
            if count == len(found):
                larger = np.empty((2 * count, n), np.int8)
                larger[:count] = found
                found = larger
            found[count] = placed
            count += 1
            if count == limit:
                break
            arriving = False
            depth -= 1
            continue
        if arriving:
            nodes += 1
            if nodes > budget:
                return found[:count], False
            fewest = n + 1
            for r in range(n):
                if placed[r] < 0:
                    free = full & ~(columns | (rising >> r) | (falling >> (n - 1 - r)))
                    options = _ones(free)
                    if options < fewest:
                        fewest, rows[depth], choices[depth] = options, r, free
                        if options < 2:
                            break
        else:
            r = rows[depth]
            columns ^= 1 << placed[r]
            rising ^= 1 << (r + placed[r])
            falling ^= 1 << (placed[r] - r + n - 1)
            placed[r] = -1
        if choices[depth] == 0:
            arriving = False
            depth -= 1
            continue
        bit = choices[depth] & -choices[depth]
        choices[depth] ^= bit
        column, r = _ones(bit - 1), rows[depth]
        placed[r] = column
        columns ^= 1 << column
        rising ^= 1 << (r + column)
        falling ^= 1 << (column - r + n - 1)
        arriving = True
        depth += 1
    return found[:count], True


def completions(queens: tuple[int, ...], n: int, limit: int, budget: int = BUDGET) -> Columns | None:
    """Solutions with queens on the given squares: columns int8 [S, n], S <= limit, always in the same order.

    None when the budget of search nodes ends before the limit is reached or everything is seen.
    """
    if limit <= 0 or attack(queens, n):
        return np.empty((0, n), np.int8)
    fixed = np.full(n, -1, np.int8)
    for square in queens:
        fixed[square // n] = square % n
    found, enough = _search(fixed, limit, budget)
    return found if enough else None


@lru_cache(maxsize=LISTABLE)
def all_solutions(n: int) -> Columns:
    """Every solution of the empty board, n <= LISTABLE, in lexicographic order: read-only int8 [S, n]."""
    found = completions((), n, limit=1_000_000)
    assert found is not None
    ordered = found[np.lexsort(found.T[::-1])]
    ordered.flags.writeable = False
    return ordered


def random_solution(n: int, rng: np.random.Generator) -> Columns:
    """A random solution int8 [n]: uniform where all can be listed, else completed from random queens."""
    if n <= LISTABLE:
        return rng.choice(all_solutions(n))
    while True:
        queens: tuple[int, ...] = ()
        for row in rng.permutation(n)[: n // 3]:
            queens = (*queens, int(row * n + rng.integers(n)))
            if attack(queens, n):
                queens = queens[:-1]
        found = completions(queens, n, limit=1, budget=10_000)
        if found is not None and len(found):
            return found[0]
