"""The validator: one compiled pass over a batch of boards."""

from __future__ import annotations

import numpy as np

from gramsolve.tasks import Check
from gramsolve.tasks.kernel import Kernel
from gramsolve_nqueens.encode import EMPTY, QUEEN, Boards


@Kernel
def _check(inputs: Boards, outputs: Boards, n: int) -> tuple[np.ndarray, np.ndarray]:
    count = len(outputs)
    valid = np.empty(count, np.bool_)
    wrong = np.zeros((count, n * n), np.bool_)
    rows = np.empty(n, np.int64)
    columns = np.empty(n, np.int64)
    falling = np.empty(2 * n, np.int64)
    rising = np.empty(2 * n, np.int64)
    for b in range(count):
        rows[:] = 0
        columns[:] = 0
        falling[:] = 0
        rising[:] = 0
        for cell in range(n * n):
            if outputs[b, cell] == QUEEN:
                r, c = cell // n, cell % n
                rows[r] += 1
                columns[c] += 1
                falling[r - c + n] += 1
                rising[r + c] += 1
        good = True
        for cell in range(n * n):
            r, c = cell // n, cell % n
            token = outputs[b, cell]
            bad = token != QUEEN and token != EMPTY
            if token == QUEEN:
                bad |= rows[r] > 1 or columns[c] > 1 or falling[r - c + n] > 1 or rising[r + c] > 1
            else:
                bad |= inputs[b, cell] == QUEEN or rows[r] == 0
            wrong[b, cell] = bad
            good &= not bad
        valid[b] = good
    return valid, wrong


def check(inputs: Boards, outputs: Boards, n: int) -> Check:
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
    return Check(*_check(np.ascontiguousarray(inputs), np.ascontiguousarray(outputs), n))
