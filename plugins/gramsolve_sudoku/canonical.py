"""Classes of boards under Sudoku's symmetries: renaming digits, moving bands, stacks, rows and columns, transposing.

The canonical form of a board is the least of its symmetric copies, read row by row: two boards are copies of each other
exactly when their canonical forms are equal. It takes half a millisecond for a 9x9 grid, so that classes of many grids
are first compared by a mark, which copies share and other boards hardly ever do.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import permutations, product
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from gramsolve.tasks import BadInput, ProgressCallback, no_progress
from gramsolve.tasks.kernel import Kernel
from gramsolve_sudoku.geometry import Boards, Geometry, Numbers

LARGEST_GRID, LARGEST_PUZZLE = 9, 6
PART = 2000
"""Grids between two signs of progress."""


def grid_classes(grids: Boards, geometry: Geometry, progress: ProgressCallback = no_progress) -> Numbers:
    """A number from 0 for each complete grid [B, cells], equal for copies of one another."""
    _, classes, members = np.unique(grid_marks(grids, geometry), return_inverse=True, return_counts=True)
    alike = np.flatnonzero(members[classes] > 1)
    forms = canonical_in_parts(grids[alike], geometry, progress)
    classes[alike] = len(members) + groups(forms)
    return np.unique(classes, return_inverse=True)[1].astype(np.int64)


def copies_of(
    grids: Boards, others: Boards, geometry: Geometry, progress: ProgressCallback = no_progress
) -> npt.NDArray[np.bool_]:
    """Which complete grids [B, cells] are copies of some of ``others``."""
    marks, other_marks = grid_marks(grids, geometry), grid_marks(others, geometry)
    found = np.isin(marks, other_marks)
    alike = np.flatnonzero(found)
    others = np.unique(others[np.isin(other_marks, marks)], axis=0)
    forms = groups(canonical_in_parts(np.concatenate([grids[alike], others]), geometry, progress))
    found[alike] = np.isin(forms[: len(alike)], forms[len(alike) :])
    return found


def groups(rows: Boards) -> Numbers:
    """A number for each row, equal for equal rows."""
    keys = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1]))).ravel()
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def grid_marks(grids: Boards, geometry: Geometry) -> npt.NDArray[np.uint64]:
    """A mark for each complete grid [B, cells] that its copies share."""
    board = grids.reshape(-1, geometry.size, geometry.size)
    rows = _marks(np.ascontiguousarray(board), geometry.rows)
    columns = _marks(np.ascontiguousarray(board.transpose(0, 2, 1)), geometry.columns)
    return np.asarray(rows + columns if geometry.square else rows + np.uint64(3) * columns)


def canonical_in_parts(grids: Boards, geometry: Geometry, progress: ProgressCallback) -> Boards:
    parts = [np.zeros((0, geometry.cells), np.uint8)]
    for start in range(0, len(grids), PART):
        progress(start, len(grids))
        parts.append(canonical_grids(grids[start : start + PART], geometry))
    progress(len(grids), len(grids))
    return np.concatenate(parts)


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


@njit
def _mixed(value: Any) -> Any:
    value = value * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1)
    value ^= value >> np.uint64(29)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    return value ^ (value >> np.uint64(32))


@Kernel
def _marks(boards: Boards, band: int) -> npt.NDArray[np.uint64]:
    """Two rows of a grid make a permutation of the digits. The lengths of its cycles stay the same when digits are
    renamed and columns moved, and so does what each row has with all others, whatever the order of rows and bands."""
    count, size, _ = boards.shape
    marks = np.zeros(count, np.uint64)
    kinds = np.zeros((size, size), np.uint64)
    labels, messages = np.zeros(size, np.uint64), np.zeros(size, np.uint64)
    follows = np.zeros(size + 1, np.int64)
    for b in range(count):
        for i in range(size):
            for j in range(size):
                if i == j:
                    continue
                for c in range(size):
                    follows[boards[b, i, c]] = boards[b, j, c]
                kind = np.uint64(i // band == j // band)
                for digit in range(1, size + 1):
                    length, at = 0, digit
                    while follows[at]:
                        following = follows[at]
                        follows[at] = 0
                        at = following
                        length += 1
                    kind += _mixed(np.uint64(length + 1))
                kinds[i, j] = _mixed(kind)
        labels[:] = np.uint64(0)
        for _ in range(2):
            for i in range(size):
                messages[i] = labels[i]
                for j in range(size):
                    if i != j:
                        messages[i] += _mixed(kinds[i, j] ^ labels[j])
            for i in range(size):
                labels[i] = _mixed(messages[i])
        for start in range(0, size, band):
            together = np.uint64(0)
            for i in range(start, start + band):
                together += labels[i]
            marks[b] += _mixed(together)
        marks[b] = _mixed(marks[b])
    return marks


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
