"""Classes of boards under Sudoku's symmetries: renaming digits, moving bands, stacks, rows and columns, transposing.

The canonical form of a board is the least of its symmetric copies, read row by row: two boards are copies of each other
exactly when their canonical forms are equal.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import permutations, product

import numpy as np

from gramsolve.tasks import BadInput
from gramsolve.tasks.kernel import Kernel
from gramsolve_sudoku.geometry import Boards, Geometry, Numbers

LARGEST_GRID, LARGEST_PUZZLE = 9, 6


def canonical_grids(grids: Boards, geometry: Geometry) -> Boards:
    """Canonical forms uint8 [B, cells] of complete grids of up to 9x9. The first row becomes 1, 2, 3..., which leaves
    the other rows no choice but their order. Raises BadInput for larger boards."""
    if geometry.size > LARGEST_GRID:
        raise BadInput(f"boards larger than {LARGEST_GRID}x{LARGEST_GRID} cannot be put into classes")
    return np.asarray(_grids(_copies(grids, geometry), orders(geometry.rows, geometry.columns), geometry.rows))


def canonical_puzzles(boards: Boards, geometry: Geometry) -> Boards:
    """Canonical forms of puzzles with empty cells, up to 6x6, by going through all copies. Raises BadInput for larger
    boards."""
    if geometry.size > LARGEST_PUZZLE:
        raise BadInput(f"puzzles larger than {LARGEST_PUZZLE}x{LARGEST_PUZZLE} cannot be put into classes")
    rows = orders(geometry.columns, geometry.rows)
    return np.asarray(_puzzles(_copies(boards, geometry), rows, orders(geometry.rows, geometry.columns)))


def _copies(boards: Boards, geometry: Geometry) -> Boards:
    """Boards uint8 [B, copies, size, size]: as they are and, where boxes are square, transposed."""
    board = boards.reshape(-1, 1, geometry.size, geometry.size)
    both = np.concatenate([board, board.transpose(0, 1, 3, 2)], axis=1) if geometry.square else board
    return np.ascontiguousarray(both)


@lru_cache(maxsize=16)
def orders(groups: int, each: int) -> Numbers:
    """All orders of ``groups`` groups of ``each`` lines that keep the groups together: int64 [orders, lines]."""
    inside = list(permutations(range(each)))
    found = [
        [group * each + line for group, lines in zip(outside, chosen, strict=True) for line in lines]
        for outside in permutations(range(groups))
        for chosen in product(inside, repeat=groups)
    ]
    return np.array(found)


@Kernel
def _grids(boards: Boards, columns: Numbers, band: int) -> Boards:
    """``band`` is the number of rows in a band, ``columns`` [orders, size] are all orders of columns."""
    count, copies, size, _ = boards.shape
    best = np.zeros((count, size * size), np.uint8)
    names = np.zeros(size + 1, np.uint8)
    rows = np.zeros(size, np.int64)
    heads = np.zeros(size // band, np.int64)
    for b in range(count):
        known = False
        for copy in range(copies):
            board = boards[b, copy]
            for first in range(size):
                for o in range(len(columns)):
                    order = columns[o]
                    for c in range(size):
                        names[board[first, order[c]]] = c + 1
                    # Rows follow from the digits in the first column: sorted inside bands, bands by their least.
                    start = first // band * band
                    rows[0] = first
                    at = 1
                    for r in range(start, start + band):
                        if r != first:
                            place = at
                            while place > 1 and names[board[rows[place - 1], order[0]]] > names[board[r, order[0]]]:
                                rows[place] = rows[place - 1]
                                place -= 1
                            rows[place] = r
                            at += 1
                    better = False
                    worse = False
                    if known:
                        for i in range(1, band):
                            for c in range(size):
                                value = names[board[rows[i], order[c]]]
                                other = best[b, i * size + c]
                                if value != other:
                                    better = value < other
                                    worse = not better
                                    break
                            if better or worse:
                                break
                    if worse:
                        continue
                    groups = 0
                    for s in range(0, size, band):
                        if s == start:
                            continue
                        least = size + 1
                        for r in range(s, s + band):
                            least = min(least, names[board[r, order[0]]])
                        place = groups
                        while place > 0 and heads[place - 1] // (size + 1) > least:
                            heads[place] = heads[place - 1]
                            place -= 1
                        heads[place] = least * (size + 1) + s
                        groups += 1
                    for g in range(groups):
                        s = heads[g] % (size + 1)
                        begin = band * (g + 1)
                        for i in range(band):
                            place = begin + i
                            r = s + i
                            while place > begin and names[board[rows[place - 1], order[0]]] > names[board[r, order[0]]]:
                                rows[place] = rows[place - 1]
                                place -= 1
                            rows[place] = r
                    if known and not better:
                        for i in range(band, size):
                            for c in range(size):
                                value = names[board[rows[i], order[c]]]
                                other = best[b, i * size + c]
                                if value != other:
                                    better = value < other
                                    worse = not better
                                    break
                            if better or worse:
                                break
                    if better or not known:
                        known = True
                        for i in range(size):
                            for c in range(size):
                                best[b, i * size + c] = names[board[rows[i], order[c]]]
    return best


@Kernel
def _puzzles(boards: Boards, rows: Numbers, columns: Numbers) -> Boards:
    count, copies, size, _ = boards.shape
    best = np.zeros((count, size * size), np.uint8)
    names = np.zeros(size + 1, np.uint8)
    for b in range(count):
        known = False
        for copy in range(copies):
            for i in range(len(rows)):
                for j in range(len(columns)):
                    names[:] = 0
                    following = 1
                    better = not known
                    for cell in range(size * size):
                        value = boards[b, copy, rows[i, cell // size], columns[j, cell % size]]
                        if value:
                            if names[value] == 0:
                                names[value] = following
                                following += 1
                            value = names[value]
                        if not better:
                            if value > best[b, cell]:
                                break
                            if value < best[b, cell]:
                                better = True
                        if better:
                            best[b, cell] = value
                    known = True
    return best
