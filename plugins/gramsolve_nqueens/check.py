"""The validator: boards as bits, one compiled pass over a batch. An 8x8 board is one word, others a word a row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from gramsolve.tasks import Verdict
from gramsolve.tasks.kernel import Kernel
from gramsolve.tasks.simd import equal, lowest
from gramsolve_nqueens.encode import EMPTY, QUEEN, Boards

BLOCK = 256
"""Boards whose lines are looked at together, so that the compiler can take several at a time."""
ZERO, ONE, SEVEN, EIGHT, NINE = (np.uint64(k) for k in (0, 1, 7, 8, 9))
ALL = ~ZERO
FIRST_COLUMN = np.uint64(0x0101010101010101)
LAST_COLUMN = FIRST_COLUMN << SEVEN
NOT_FIRST, NOT_LAST = ALL ^ FIRST_COLUMN, ALL ^ LAST_COLUMN


@njit
def _after(queens: Any, step: Any, open_: Any) -> Any:
    """Squares that a queen sees when it walks to higher squares by ``step``; it may only enter those in ``open_``."""
    seen = (queens << step) & open_
    seen |= (seen << step) & open_
    two = open_ & (open_ << step)
    seen |= (seen << (step + step)) & two
    four = two & (two << (step + step))
    return seen | (seen << (step + step + step + step)) & four


@njit
def _before(queens: Any, step: Any, open_: Any) -> Any:
    """The same towards lower squares."""
    seen = (queens >> step) & open_
    seen |= (seen >> step) & open_
    two = open_ & (open_ >> step)
    seen |= (seen >> (step + step)) & two
    four = two & (two >> (step + step))
    return seen | (seen >> (step + step + step + step)) & four


@Kernel
def _eight(inputs: Boards, outputs: Boards) -> tuple[np.ndarray, np.ndarray]:
    """Boards of 8x8, flat."""
    count = len(outputs) // 64
    valid = np.empty(count, np.bool_)
    wrong = np.zeros((count, 64), np.bool_)
    queens = np.zeros(BLOCK, np.uint64)
    flaws = np.zeros(BLOCK, np.uint64)
    for start in range(0, count, BLOCK):
        here = min(BLOCK, count - start)
        for i in range(here):
            at = 64 * (start + i)
            queens[i] = equal(outputs, at, QUEEN)
            flaws[i] = ~(queens[i] | equal(outputs, at, EMPTY)) | (equal(inputs, at, QUEEN) & ~queens[i])
        for i in range(BLOCK):
            board = queens[i]
            seen = _after(board, ONE, NOT_FIRST) | _before(board, ONE, NOT_LAST)
            seen |= _after(board, EIGHT, ALL) | _before(board, EIGHT, ALL)
            seen |= _after(board, NINE, NOT_FIRST) | _before(board, NINE, NOT_LAST)
            seen |= _after(board, SEVEN, NOT_LAST) | _before(board, SEVEN, NOT_FIRST)
            # A carry into its last column marks a row that has a queen.
            marks = ((board & NOT_LAST) + NOT_LAST | board) & LAST_COLUMN
            flaws[i] |= (board & seen) | ~((marks - (marks >> SEVEN)) | marks)
        for i in range(here):
            left = flaws[i]
            valid[start + i] = left == ZERO
            while left:
                wrong[start + i, lowest(left)] = True
                left &= left - ONE
    return valid, wrong


@Kernel
def _any(inputs: Boards, outputs: Boards, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Boards [B, n * n]. A square (r, c) is on the rising diagonal r + c and the falling one c - r + n - 1."""
    count = len(outputs)
    valid = np.empty(count, np.bool_)
    wrong = np.zeros((count, n * n), np.bool_)
    rows = np.zeros(n, np.int64)
    full = (1 << n) - 1
    for b in range(count):
        flaw, empty = False, False
        columns, rising, falling, several = 0, 0, 0, 0
        columns2, rising2, falling2 = 0, 0, 0
        for r in range(n):
            row = 0
            for c in range(n):
                token = outputs[b, r * n + c]
                row |= int(token == QUEEN) << c
                flaw |= (token != QUEEN) & ((token != EMPTY) | (inputs[b, r * n + c] == QUEEN))
            rows[r] = row
            empty |= row == 0
            several |= row & (row - 1)
            columns2 |= columns & row
            columns |= row
            rising2 |= rising & row << r
            rising |= row << r
            falling2 |= falling & row << n - 1 - r
            falling |= row << n - 1 - r
        valid[b] = not (flaw or empty or several | columns2 | rising2 | falling2)
        if valid[b]:
            continue
        for r in range(n):
            row = rows[r]
            attacked = columns2 | rising2 >> r | falling2 >> n - 1 - r
            if row & (row - 1):
                attacked = full
            for c in range(n):
                if row >> c & 1:
                    wrong[b, r * n + c] = attacked >> c & 1
                else:
                    odd = outputs[b, r * n + c] != EMPTY
                    wrong[b, r * n + c] = odd or row == 0 or inputs[b, r * n + c] == QUEEN
    return valid, wrong


def check(inputs: Boards, outputs: Boards, n: int) -> Verdict:
    """Validate outputs uint8 [B, n * n] against inputs of the same shape.

    A cell breaks a rule when its queen attacks another, when a given queen is missing from it, when its token
    is neither a queen nor an empty square, and when it lies in a row without a queen. A board without such a
    cell has one queen in every row, so ``valid`` is true exactly where ``violations`` has no cell.

    Raises ValueError for arrays of another shape or type and for inputs that are no tokens. Outputs may hold
    anything.
    """
    for name, array in (("inputs", inputs), ("outputs", outputs)):
        if array.ndim != 2 or array.shape[1] != n * n or array.dtype != np.uint8:
            raise ValueError(f"{name} must be uint8 [B, {n * n}], not {array.dtype} {list(array.shape)}")
    if len(inputs) != len(outputs):
        raise ValueError(f"{len(inputs)} inputs for {len(outputs)} outputs")
    if inputs.size and inputs.max() > QUEEN:
        raise ValueError(f"inputs hold token {inputs.max()}; the largest is {QUEEN}")
    inputs, outputs = np.ascontiguousarray(inputs), np.ascontiguousarray(outputs)
    return Verdict(*(_eight(inputs.ravel(), outputs.ravel()) if n == 8 else _any(inputs, outputs, n)))
