"""The validator: one compiled pass over a batch of boards, digits as bits.

Boards of 9x9 have a pass of their own. It has 27 bits for the places of a digit in three rows and makes no difference
between right and wrong boards, so that the compiler can take several at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from gramsolve.tasks import Verdict
from gramsolve.tasks.kernel import Kernel
from gramsolve.tasks.simd import equal, lowest, same
from gramsolve_sudoku.geometry import Boards, Geometry, Numbers
from gramsolve_sudoku.search import NINE, tables

FIRST_DIGIT = 2
"""Tokens: 0 padding, 1 empty, 2 the digit 1."""
BLOCK = 128
"""Boards of 9x9 that are looked at together: their bits fit into the fastest memory."""
REACH = 128
"""More bytes than are looked at from the start of a board on."""
ROW = 511
EACH_ROW = 1 | 1 << 9 | 1 << 18
LOW, TOP = 255 * EACH_ROW, 256 * EACH_ROW
BOXES = 0b001001001

Masks = npt.NDArray[np.int32]


@njit
def _gather(inputs: Boards, outputs: Boards, at: int, places: Masks, flaws: Masks, i: int) -> None:
    """The places of each digit [9, 3, block] on the board at ``at``, and its cells [3, block] without a digit or with
    another than is given."""
    band = np.uint64((1 << 27) - 1)
    for k in range(3):
        filled = np.uint64(0)
        for digit in range(9):
            mask = equal(outputs, at + 27 * k, FIRST_DIGIT + digit) & band
            places[digit, k, i] = mask
            filled |= mask
        start = at + 27 * k
        kept = equal(inputs, start, 0) | equal(inputs, start, 1) | same(inputs, outputs, start)
        flaws[k, i] = band & ~(filled & kept)


@njit
def _crowded_rows(places: Any) -> Any:
    """All cells of the rows that have two places or more: those with some left when the lowest is taken away."""
    some = ((places & LOW) + LOW | places) & TOP
    rest = places & (places - (some >> 8))
    several = ((rest & LOW) + LOW | rest) & TOP
    return several - (several >> 8) | several


@njit
def _crowded_boxes(once: Any, twice: Any) -> Any:
    """Columns of the boxes that have two places or more, by the columns that have one and those that have two."""
    second, third = once >> 1, once >> 2
    boxes = (once & second | (once | second) & third | twice | twice >> 1 | twice >> 2) & BOXES
    return boxes | boxes << 1 | boxes << 2


@Kernel
def _nine(inputs: Boards, outputs: Boards) -> tuple[np.ndarray, np.ndarray]:
    """Boards of 9x9, flat."""
    count = len(outputs) // 81
    valid = np.empty(count, np.bool_)
    wrong = np.zeros((count, 81), np.bool_)
    places, flaws = np.zeros((9, 3, BLOCK), np.int32), np.zeros((3, BLOCK), np.int32)
    last_inputs, last_outputs = np.zeros(REACH, np.uint8), np.zeros(REACH, np.uint8)
    for start in range(0, count, BLOCK):
        here = min(BLOCK, count - start)
        for i in range(here):
            at = 81 * (start + i)
            if at + REACH <= len(outputs):
                _gather(inputs, outputs, at, places, flaws, i)
            else:
                last_inputs[:81], last_outputs[:81] = inputs[at : at + 81], outputs[at : at + 81]
                _gather(last_inputs, last_outputs, 0, places, flaws, i)
        for digit in range(9):
            for i in range(BLOCK):
                a, b, c = np.int64(places[digit, 0, i]), np.int64(places[digit, 1, i]), np.int64(places[digit, 2, i])
                a1, a2, b1, b2, c1, c2 = a >> 9, a >> 18, b >> 9, b >> 18, c >> 9, c >> 18
                once_a, twice_a = (a | a1 | a2) & ROW, (a & a1 | (a | a1) & a2) & ROW
                once_b, twice_b = (b | b1 | b2) & ROW, (b & b1 | (b | b1) & b2) & ROW
                once_c, twice_c = (c | c1 | c2) & ROW, (c & c1 | (c | c1) & c2) & ROW
                columns = twice_a | twice_b | twice_c | once_a & once_b | (once_a | once_b) & once_c
                x = columns | _crowded_boxes(once_a, twice_a)
                y = columns | _crowded_boxes(once_b, twice_b)
                z = columns | _crowded_boxes(once_c, twice_c)
                flaws[0, i] |= a & (_crowded_rows(a) | x | x << 9 | x << 18)
                flaws[1, i] |= b & (_crowded_rows(b) | y | y << 9 | y << 18)
                flaws[2, i] |= c & (_crowded_rows(c) | z | z << 9 | z << 18)
        for i in range(here):
            valid[start + i] = flaws[0, i] | flaws[1, i] | flaws[2, i] == 0
            for k in range(3):
                left = np.int64(flaws[k, i])
                while left:
                    wrong[start + i, 27 * k + lowest(left)] = True
                    left &= left - 1
    return valid, wrong


@Kernel
def _check(inputs: Boards, outputs: Boards, unit: Numbers, size: int) -> tuple[np.ndarray, np.ndarray]:
    count, cells = outputs.shape
    valid = np.empty(count, np.bool_)
    wrong = np.zeros((count, cells), np.bool_)
    once = np.zeros(3 * size, np.uint32)
    twice = np.zeros(3 * size, np.uint32)
    for b in range(count):
        once[:] = 0
        twice[:] = 0
        bad = False
        for cell in range(cells):
            token = outputs[b, cell]
            given = inputs[b, cell]
            odd = token < FIRST_DIGIT or token >= FIRST_DIGIT + size
            if odd or (given >= FIRST_DIGIT and given != token):
                wrong[b, cell] = True
                bad = True
            if not odd:
                bit = np.uint32(1) << np.uint32(token - FIRST_DIGIT)
                for k in range(3):
                    u = unit[k, cell]
                    twice[u] |= once[u] & bit
                    once[u] |= bit
        clash = np.uint32(0)
        for u in range(3 * size):
            clash |= twice[u]
        if clash:
            bad = True
            for cell in range(cells):
                token = outputs[b, cell]
                if FIRST_DIGIT <= token < FIRST_DIGIT + size:
                    bit = np.uint32(1) << np.uint32(token - FIRST_DIGIT)
                    if (twice[unit[0, cell]] | twice[unit[1, cell]] | twice[unit[2, cell]]) & bit:
                        wrong[b, cell] = True
        valid[b] = not bad
    return valid, wrong


def check(inputs: Boards, outputs: Boards, geometry: Geometry) -> Verdict:
    """Validate outputs uint8 [B, cells] against inputs of the same shape.

    A cell breaks a rule when its digit is in its row, column or box again, when it differs from a given, and when it
    has no digit. Raises ValueError for arrays of another shape or type and for inputs that are no tokens.
    """
    for name, array in (("inputs", inputs), ("outputs", outputs)):
        if array.ndim != 2 or array.shape[1] != geometry.cells or array.dtype != np.uint8:
            raise ValueError(f"{name} must be uint8 [B, {geometry.cells}], not {array.dtype} {list(array.shape)}")
    if len(inputs) != len(outputs):
        raise ValueError(f"{len(inputs)} inputs for {len(outputs)} outputs")
    if inputs.size and inputs.max() > geometry.size + 1:
        raise ValueError(f"inputs hold token {inputs.max()}; the largest is {geometry.size + 1}")
    inputs, outputs = np.ascontiguousarray(inputs), np.ascontiguousarray(outputs)
    if geometry == NINE:
        return Verdict(*_nine(inputs.ravel(), outputs.ravel()))
    return Verdict(*_check(inputs, outputs, tables(geometry)[0], geometry.size))
