"""Exact search on bit masks: naked and hidden singles until nothing moves, then the cell with fewest candidates.

Boards are uint8 [B, cells], 0 for an empty cell and digits from 1. One compiled call serves a whole batch.
Boards of 9x9 go to a faster search with the same results, see ``bands``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from gramsolve.tasks.kernel import Kernel
from gramsolve_sudoku import bands
from gramsolve_sudoku.geometry import Boards, Geometry, Numbers, geometry_of, units

NINE = geometry_of("9x9")
"""Served by ``bands``; the search below serves all sizes."""
BUDGET = 5_000_000
"""Guesses after which the search of one board gives up; seconds."""

Masks = npt.NDArray[np.uint32]


@njit
def _ones(mask: Any) -> Any:
    mask = mask - ((mask >> 1) & 0x55555555)
    mask = (mask & 0x33333333) + ((mask >> 2) & 0x33333333)
    return (((mask + (mask >> 4)) & 0x0F0F0F0F) * 0x01010101 & 0xFFFFFFFF) >> 24


@njit
def _digit(mask: Any) -> int:
    digit = 0
    while mask > 1:
        mask >>= 1
        digit += 1
    return digit


@njit
def _search(
    board: Boards,
    unit: Numbers,
    cells_of: Numbers,
    limit: int,
    budget: int,
    shuffle: Numbers,
    found: Boards,
    trail: Numbers,
    used: Masks,
    solved: Boards,
) -> tuple[int, int]:
    """(solutions, guesses) of one board; -1 solutions where the budget ends. ``found`` receives the first of them.

    ``unit`` [3, cells] numbers the rows, columns and boxes of each cell, 0 to 3 size - 1, and ``cells_of`` [3 size,
    size] the cells of each. ``shuffle`` [size] is the order in which digits are tried.
    """
    size = cells_of.shape[1]
    cells = size * size
    full = np.uint32((1 << size) - 1)
    used[:] = 0
    placed = 0
    for cell in range(cells):
        solved[cell] = board[cell]
        if board[cell]:
            bit = np.uint32(1) << np.uint32(board[cell] - 1)
            for k in range(3):
                if used[unit[k, cell]] & bit:
                    return 0, 0
                used[unit[k, cell]] |= bit
            placed += 1
    # The trail holds placed cells; a guess is marked by its cell plus ``cells`` and keeps its untried digits below.
    count, guesses, top = 0, 0, 0
    left = np.zeros(cells + 1, np.uint32)
    marks = np.zeros(cells + 1, np.int64)
    depth = 0
    while True:
        # Propagate.
        dead, best, fewest, best_mask = False, -1, size + 1, np.uint32(0)
        moved = True
        while moved and not dead:
            moved, fewest, best = False, size + 1, -1
            for cell in range(cells):
                if solved[cell]:
                    continue
                mask = full & ~(used[unit[0, cell]] | used[unit[1, cell]] | used[unit[2, cell]])
                options = _ones(mask)
                if options == 0:
                    dead = True
                    break
                if options == 1:
                    solved[cell] = _digit(mask) + 1
                    for k in range(3):
                        used[unit[k, cell]] |= mask
                    trail[top] = cell
                    top += 1
                    placed += 1
                    moved = True
                elif options < fewest:
                    fewest, best, best_mask = options, cell, mask
            if moved or dead:
                continue
            for u in range(len(cells_of)):
                once, twice = np.uint32(0), used[u]
                for i in range(size):
                    cell = cells_of[u, i]
                    if not solved[cell]:
                        mask = full & ~(used[unit[0, cell]] | used[unit[1, cell]] | used[unit[2, cell]])
                        twice |= once & mask
                        once |= mask
                if (once | used[u]) != full:
                    dead = True
                    break
                single = once & ~twice
                if single:
                    for i in range(size):
                        cell = cells_of[u, i]
                        if not solved[cell]:
                            mask = full & ~(used[unit[0, cell]] | used[unit[1, cell]] | used[unit[2, cell]])
                            here = mask & single
                            if here:
                                if here & (here - np.uint32(1)):
                                    dead = True
                                    break
                                solved[cell] = _digit(here) + 1
                                for k in range(3):
                                    used[unit[k, cell]] |= here
                                trail[top] = cell
                                top += 1
                                placed += 1
                                moved = True
                    if dead:
                        break
        if not dead and placed == cells:
            if count < len(found):
                found[count] = solved
            count += 1
            if count >= limit:
                return count, guesses
            dead = True
        if not dead:
            marks[depth] = top
            left[depth] = best_mask
            trail[top] = best
            top += 1
            depth += 1
        # Take the next digit of the last guess that has one left.
        while True:
            if dead:
                if depth == 0:
                    return count, guesses
                while top > marks[depth - 1] + 1:
                    top -= 1
                    cell = trail[top]
                    bit = np.uint32(1) << np.uint32(solved[cell] - 1)
                    for k in range(3):
                        used[unit[k, cell]] &= ~bit
                    solved[cell] = 0
                    placed -= 1
                cell = trail[marks[depth - 1]]
                if solved[cell]:
                    bit = np.uint32(1) << np.uint32(solved[cell] - 1)
                    for k in range(3):
                        used[unit[k, cell]] &= ~bit
                    solved[cell] = 0
                    placed -= 1
            cell = trail[marks[depth - 1]]
            mask = left[depth - 1]
            if mask == 0:
                depth -= 1
                top = marks[depth]
                dead = True
                continue
            bit = np.uint32(0)
            for i in range(size):
                bit = np.uint32(1) << np.uint32(shuffle[i])
                if mask & bit:
                    break
            left[depth - 1] = mask & ~bit
            guesses += 1
            if guesses > budget:
                return -1, guesses
            solved[cell] = _digit(bit) + 1
            for k in range(3):
                used[unit[k, cell]] |= bit
            placed += 1
            break


@Kernel
def _batch(
    boards: Boards, unit: Numbers, cells_of: Numbers, limit: int, budget: int, offsets: Numbers
) -> tuple[Boards, Numbers, Numbers]:
    """Solutions, their number and guesses of every board. ``offsets`` [B + 1] says where the first ones are kept."""
    count, cells = boards.shape
    size = cells_of.shape[1]
    solutions = np.zeros((offsets[count], cells), np.uint8)
    numbers = np.zeros(count, np.int64)
    guesses = np.zeros(count, np.int64)
    trail = np.zeros(2 * cells + 2, np.int64)
    used = np.zeros(3 * size, np.uint32)
    solved = np.zeros(cells, np.uint8)
    order = np.arange(size)
    for b in range(count):
        found = solutions[offsets[b] : offsets[b + 1]]
        numbers[b], guesses[b] = _search(boards[b], unit, cells_of, limit, budget, order, found, trail, used, solved)
    return solutions, numbers, guesses


@Kernel
def _random_grids(count: int, unit: Numbers, cells_of: Numbers, shuffles: Numbers, firsts: Boards) -> Boards:
    """Complete grids [count, cells] from boards with a few random cells, digits tried in random order."""
    cells, size = unit.shape[1], cells_of.shape[1]
    grids = np.zeros((count, cells), np.uint8)
    trail = np.zeros(2 * cells + 2, np.int64)
    used = np.zeros(3 * size, np.uint32)
    solved = np.zeros(cells, np.uint8)
    for b in range(count):
        _search(firsts[b], unit, cells_of, 1, 100_000, shuffles[b], grids[b : b + 1], trail, used, solved)
    return grids


@Kernel
def _dig(grids: Boards, unit: Numbers, cells_of: Numbers, orders: Numbers, wanted: Numbers) -> Boards:
    """Take givens away in the orders [B, cells] while the solution stays unique and more than ``wanted`` are left."""
    count, cells = grids.shape
    size = cells_of.shape[1]
    boards = grids.copy()
    trail = np.zeros(2 * cells + 2, np.int64)
    used = np.zeros(3 * size, np.uint32)
    solved = np.zeros(cells, np.uint8)
    order = np.arange(size)
    nothing = np.zeros((0, cells), np.uint8)
    for b in range(count):
        left = cells
        for i in range(cells):
            if left <= wanted[b]:
                break
            cell = orders[b, i]
            digit = boards[b, cell]
            boards[b, cell] = 0
            number, _ = _search(boards[b], unit, cells_of, 2, 100_000, order, nothing, trail, used, solved)
            if number == 1:
                left -= 1
            else:
                boards[b, cell] = digit
    return boards


def tables(geometry: Geometry) -> tuple[Numbers, Numbers]:
    """``unit`` [3, cells] and ``cells_of`` [3 size, size] as the kernels read them."""
    row, column, box = units(geometry)
    unit = np.stack([row, geometry.size + column, 2 * geometry.size + box])
    cells_of = np.stack([np.flatnonzero((unit == u).any(axis=0)) for u in range(3 * geometry.size)])
    return np.ascontiguousarray(unit), cells_of


def solve(
    boards: Boards, geometry: Geometry, *, limit: int = 2, budget: int = BUDGET
) -> tuple[Boards, Numbers, Numbers]:
    """First solution uint8 [B, cells], number of solutions up to ``limit`` (-1 where the budget ends) and guesses
    int64 [B]; with the usual limit of two this proves that a puzzle has one solution."""
    return _run(boards, geometry, limit, budget, np.arange(len(boards) + 1))


def count(boards: Boards, geometry: Geometry, limit: int, budget: int = BUDGET) -> Numbers:
    """Number of solutions of each board, at most ``limit``; -1 where the budget ends."""
    return _run(boards, geometry, limit, budget, np.zeros(len(boards) + 1, np.int64))[1]


def listed(boards: Boards, geometry: Geometry, limit: int, budget: int = BUDGET) -> tuple[Boards, Numbers]:
    """Up to ``limit`` solutions of each board: uint8 [S, cells], one board after another, and their numbers [B]. A
    board whose budget ends has none."""
    first, numbers, _ = solve(boards, geometry, limit=min(limit, 2), budget=budget)
    several = numbers > 1
    numbers[several] = count(boards[several], geometry, limit, budget)
    numbers = np.maximum(numbers, 0)
    several = numbers > 1
    found = np.repeat(first[numbers > 0], numbers[numbers > 0], axis=0)
    offsets = np.concatenate([[0], np.cumsum(numbers[several])])
    found[np.repeat(several, numbers)] = _run(boards[several], geometry, limit, budget, offsets)[0]
    return found, numbers


def solutions(board: Boards, geometry: Geometry, limit: int, budget: int = BUDGET) -> Boards | None:
    """Up to ``limit`` solutions uint8 [S, cells] of one board, in a fixed order; None where the budget ends first."""
    room = 64
    while True:
        kept = min(limit, room)
        if kept <= 0:
            return np.empty((0, geometry.cells), np.uint8)
        found, numbers, _ = _run(board[None], geometry, kept, budget, np.array([0, kept]))
        if numbers[0] < 0:
            return None
        if numbers[0] < kept or kept == limit:
            return found[: numbers[0]]
        room *= 16


def difficulty(boards: Boards, geometry: Geometry) -> Numbers:
    """Guesses int64 [B] of the plain search, which knows singles and nothing else, on every board size alike."""
    offsets = np.zeros(len(boards) + 1, np.int64)
    return np.asarray(_batch(_checked(boards, geometry), *tables(geometry), 2, BUDGET, offsets)[2])


def dig(grids: Boards, geometry: Geometry, orders: Numbers, wanted: Numbers) -> Boards:
    """Take givens away in the orders [B, cells] while the solution stays unique and more than ``wanted`` are left."""
    if geometry == NINE:
        return np.asarray(bands.dig(_checked(grids, geometry), orders, wanted, 100_000))
    return np.asarray(_dig(_checked(grids, geometry), *tables(geometry), orders, wanted))


def _run(
    boards: Boards, geometry: Geometry, limit: int, budget: int, offsets: Numbers
) -> tuple[Boards, Numbers, Numbers]:
    """``_batch``, or its faster like for 9x9."""
    boards = _checked(boards, geometry)
    if geometry == NINE:
        found, numbers, guesses = bands.batch(boards, limit, budget, offsets)
    else:
        found, numbers, guesses = _batch(boards, *tables(geometry), limit, budget, offsets)
    return found, numbers, guesses


def _checked(boards: Boards, geometry: Geometry) -> Boards:
    if boards.ndim != 2 or boards.shape[1] != geometry.cells or boards.dtype != np.uint8:
        raise ValueError(f"boards must be uint8 [B, {geometry.cells}], not {boards.dtype} {list(boards.shape)}")
    if boards.size and boards.max() > geometry.size:
        raise ValueError(f"boards hold digit {boards.max()}; the largest is {geometry.size}")
    return np.ascontiguousarray(boards)
