"""Exact search on 9x9 boards: where each digit may still go, as three bands of 27 cells.

A digit is settled by tables. Within a band, every row and every box need it once, so of the nine rows of three cells
it may only use those that lie on a way to place it three times; the same holds for columns within a stack. That covers
hidden singles and locked candidates. Between digits, cells with one candidate are filled. Then the search guesses.

All masks are signed 64-bit numbers below 2 ** 27, so that no operation changes type. Kernels and what they call share
this file because numba's cache watches the file of the kernel alone.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
import numpy.typing as npt
from numba import njit

from gramsolve.tasks.kernel import Kernel
from gramsolve.tasks.simd import lowest, ones
from gramsolve_sudoku.geometry import Boards, Numbers, geometry_of, units

SearchState = npt.NDArray[np.int64]
"""Candidates [3 digit + band], then by band: cells that are filled, cells with two or more candidates, with three."""

FILLED, TWO, THREE, PARTS = 27, 30, 33, 36
KEPT = 31
"""What the stack keeps of a state: candidates, filled cells, and the digits to look at again."""
DEPTH = 82
BAND = (1 << 27) - 1
EACH_ROW = 1 | 1 << 9 | 1 << 18
LOW, HIGH = 255 * EACH_ROW, 256 * EACH_ROW
STACK = 7 * EACH_ROW

_WAYS = [sum(1 << 3 * i + place for i, place in enumerate(way)) for way in permutations(range(3))]
_USABLE = [sum({1 << i for way in _WAYS if s & way == way for i in range(9) if way >> i & 1}) for s in range(512)]
THIRDS = np.array([sum(1 << k for k in range(3) if s >> 3 * k & 7) for s in range(512)], np.int32)
"""The thirds of a row of nine cells that hold any of these cells."""
ROWS = np.array([sum(7 << 3 * i for i in range(9) if s >> i & 1) for s in _USABLE], np.int32)
"""The cells of a band that a digit may use if it has places in these thirds of its three rows."""
COLUMNS = np.array([s & 7 | (s >> 3 & 7) << 9 | (s >> 6 & 7) << 18 for s in _USABLE], np.int32)
"""The columns of a stack that a digit may use if it has places in these columns of its three boxes."""


def _unseen() -> npt.NDArray[np.int32]:
    """By cell and band, the cells that do not see it; itself is one of them."""
    row, column, box = units(geometry_of("9x9"))
    sees = (row[:, None] == row) | (column[:, None] == column) | (box[:, None] == box)
    kept = ~sees | np.eye(81, dtype=np.bool_)
    return np.asarray((kept.reshape(81, 3, 27) << np.arange(27)).sum(axis=2), np.int32)


UNSEEN = _unseen()


@njit
def _begin(board: Boards, state: SearchState) -> None:
    for band in range(3):
        filled = 0
        for i in range(27):
            if board[27 * band + i]:
                filled |= 1 << i
        state[FILLED + band] = filled
        for digit in range(9):
            state[3 * digit + band] = BAND ^ filled
    for cell in range(81):
        if board[cell]:
            state[3 * (np.int64(board[cell]) - 1) + cell // 27] |= 1 << cell % 27
    for cell in range(81):
        if board[cell]:
            for band in range(3):
                state[3 * (np.int64(board[cell]) - 1) + band] &= UNSEEN[cell, band]


@njit
def _settle(state: SearchState, dirty: int) -> bool:
    """Follow what is forced, from the digits in ``dirty`` on. False where the board has no solution."""
    while True:
        while dirty:
            digit = lowest(dirty) & 15
            dirty &= dirty - 1
            a, b, c = state[3 * digit], state[3 * digit + 1], state[3 * digit + 2]
            while True:
                a &= ROWS[THIRDS[a & 511] | THIRDS[a >> 9 & 511] << 3 | THIRDS[a >> 18 & 511] << 6]
                b &= ROWS[THIRDS[b & 511] | THIRDS[b >> 9 & 511] << 3 | THIRDS[b >> 18 & 511] << 6]
                c &= ROWS[THIRDS[c & 511] | THIRDS[c >> 9 & 511] << 3 | THIRDS[c >> 18 & 511] << 6]
                # The columns in use, nine bits a band; then the three columns of one stack in all bands.
                columns = (a | a >> 9 | a >> 18) & 511
                columns |= ((b | b >> 9 | b >> 18) & 511) << 9
                columns |= ((c | c >> 9 | c >> 18) & 511) << 18
                x, y, z = columns & STACK, columns >> 3 & STACK, columns >> 6 & STACK
                usable = COLUMNS[(x | x >> 6 | x >> 12) & 511]
                usable |= COLUMNS[(y | y >> 6 | y >> 12) & 511] << 3
                usable |= COLUMNS[(z | z >> 6 | z >> 12) & 511] << 6
                if usable == columns:
                    break
                a &= (usable & 511) * EACH_ROW
                b &= (usable >> 9 & 511) * EACH_ROW
                c &= (usable >> 18 & 511) * EACH_ROW
            if a == 0 or b == 0 or c == 0:
                return False
            state[3 * digit], state[3 * digit + 1], state[3 * digit + 2] = a, b, c
            for band in range(3):
                # A row with one place left becomes empty when its lowest bit is taken away.
                places = state[3 * digit + band]
                rest = places & (places - EACH_ROW)
                several = ((rest & LOW) + LOW | rest) & HIGH
                new = places & ~(several - (several >> 8) | several) & ~state[FILLED + band]
                if new:
                    state[FILLED + band] |= new
                    for other in range(9):
                        if other != digit and state[3 * other + band] & new:
                            state[3 * other + band] &= ~new
                            dirty |= 1 << other
        for band in range(3):
            one, two, three = 0, 0, 0
            for digit in range(9):
                places = state[3 * digit + band]
                three |= two & places
                two |= one & places
                one |= places
            if one != BAND:
                return False
            state[TWO + band], state[THREE + band] = two, three
            new = BAND & ~(two | state[FILLED + band])
            if new:
                state[FILLED + band] |= new
                for digit in range(9):
                    places = state[3 * digit + band] & new
                    if places:
                        dirty |= 1 << digit
                    while places:
                        _place(state, digit, 27 * band + lowest(places))
                        places &= places - 1
        if dirty == 0:
            return True


@njit
def _place(state: SearchState, digit: int, cell: int) -> None:
    for band in range(3):
        state[3 * digit + band] &= UNSEEN[cell, band]


@njit
def _choose(state: SearchState) -> int:
    """A cell to guess in: one with two candidates that sees most others like it, or else any that is open."""
    a, b, c = state[TWO] & ~state[THREE], state[TWO + 1] & ~state[THREE + 1], state[TWO + 2] & ~state[THREE + 2]
    best, most = -1, -1
    for band in range(3):
        pairs = state[TWO + band] & ~state[THREE + band]
        while pairs:
            cell = 27 * band + lowest(pairs)
            pairs &= pairs - 1
            near = ones(a & ~UNSEEN[cell, 0]) + ones(b & ~UNSEEN[cell, 1]) + ones(c & ~UNSEEN[cell, 2])
            if near > most:
                best, most = cell, near
    for band in range(3):
        if best < 0 and state[TWO + band]:
            best = 27 * band + lowest(state[TWO + band])
    return best


@njit
def _search(
    board: Boards, banned: int, limit: int, budget: int, found: Boards, state: SearchState, stack: SearchState
) -> tuple[int, int]:
    """(solutions, guesses) of one board; -1 solutions where the budget ends. ``found`` receives the first of them.

    ``banned`` is 9 cell + digit, from 0, of a candidate that is taken away, or -1.
    """
    _begin(board, state)
    if banned >= 0:
        cell = banned // 9
        state[3 * (banned % 9) + cell // 27] &= ~(1 << cell % 27)
    dirty, count, guesses, depth = 511, 0, 0, 0
    while True:
        alive = _settle(state, dirty)
        if alive and state[TWO] | state[TWO + 1] | state[TWO + 2] == 0:
            if count < len(found):
                for digit in range(9):
                    for band in range(3):
                        places = state[3 * digit + band]
                        while places:
                            found[count, 27 * band + lowest(places)] = digit + 1
                            places &= places - 1
            count += 1
            if count >= limit:
                return count, guesses
            alive = False
        if alive:
            # Keep the board without the guessed candidate on the stack, and continue with the guess in place.
            cell = _choose(state)
            band, bit = cell // 27, 1 << cell % 27
            digit = 0
            while not state[3 * digit + band] & bit:
                digit += 1
            for i in range(KEPT - 1):
                stack[depth, i] = state[i]
            stack[depth, 3 * digit + band] ^= bit
            stack[depth, KEPT - 1] = 1 << digit
            depth += 1
            _place(state, digit, cell)
            state[FILLED + band] |= bit
            dirty = 1 << digit
            for other in range(digit + 1, 9):
                if state[3 * other + band] & bit:
                    state[3 * other + band] ^= bit
                    dirty |= 1 << other
        else:
            if depth == 0:
                return count, guesses
            depth -= 1
            for i in range(KEPT - 1):
                state[i] = stack[depth, i]
            dirty = stack[depth, KEPT - 1]
        guesses += 1
        if guesses > budget:
            return -1, guesses


@Kernel
def batch(boards: Boards, limit: int, budget: int, offsets: Numbers) -> tuple[Boards, Numbers, Numbers]:
    """Solutions, their number and guesses of every board. ``offsets`` [B + 1] says where the first ones are kept."""
    count = len(boards)
    solutions = np.zeros((offsets[count], 81), np.uint8)
    numbers = np.zeros(count, np.int64)
    guesses = np.zeros(count, np.int64)
    state = np.zeros(PARTS, np.int64)
    stack = np.zeros((DEPTH, KEPT), np.int64)
    for b in range(count):
        found = solutions[offsets[b] : offsets[b + 1]]
        numbers[b], guesses[b] = _search(boards[b], -1, limit, budget, found, state, stack)
    return solutions, numbers, guesses


@Kernel
def dig(grids: Boards, orders: Numbers, wanted: Numbers, budget: int) -> Boards:
    """Take givens away in the orders [B, 81] while the solution stays unique and more than ``wanted`` are left: a given
    can go if the board has no solution with anything else in its place."""
    boards = grids.copy()
    state = np.zeros(PARTS, np.int64)
    stack = np.zeros((DEPTH, KEPT), np.int64)
    nothing = np.zeros((0, 81), np.uint8)
    for b in range(len(grids)):
        left = 81
        for cell in orders[b]:
            if left <= wanted[b]:
                break
            digit = boards[b, cell]
            boards[b, cell] = 0
            others, _ = _search(boards[b], 9 * cell + digit - 1, 1, budget, nothing, state, stack)
            if others == 0:
                left -= 1
            else:
                boards[b, cell] = digit
    return boards
