"""The validator: one compiled pass over a batch of boards, digits as bits."""

from __future__ import annotations

import numpy as np

from gramsolve.tasks import Check
from gramsolve.tasks.kernel import Kernel
from gramsolve_sudoku.geometry import Boards, Geometry, Numbers
from gramsolve_sudoku.search import tables

FIRST_DIGIT = 2
"""Tokens: 0 padding, 1 empty, 2 the digit 1."""


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


def check(inputs: Boards, outputs: Boards, geometry: Geometry) -> Check:
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
    unit = tables(geometry)[0]
    return Check(*_check(np.ascontiguousarray(inputs), np.ascontiguousarray(outputs), unit, geometry.size))
