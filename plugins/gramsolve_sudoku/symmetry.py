"""Random symmetries of boards, drawn in batches: digits renamed, lines moved, boards transposed."""

from __future__ import annotations

import numpy as np

from gramsolve.tasks import Relabelling
from gramsolve_sudoku.geometry import Geometry, Numbers


def random_symmetries(geometry: Geometry, count: int, rng: np.random.Generator) -> Relabelling:
    """``count`` symmetries of the token layout."""
    size = geometry.size
    rows = _lines(geometry.columns, geometry.rows, count, rng)
    columns = _lines(geometry.rows, geometry.columns, count, rng)
    positions = rows[:, :, None] * size + columns[:, None, :]
    if geometry.square:
        turned = rng.random(count) < 0.5
        positions = np.where(turned[:, None, None], positions.transpose(0, 2, 1), positions)
    values = np.empty((count, size + 2), np.uint8)
    values[:, :2] = 0, 1
    values[:, 2:] = 2 + rng.permuted(np.tile(np.arange(size, dtype=np.uint8), (count, 1)), axis=1)
    return Relabelling(np.ascontiguousarray(positions.reshape(count, -1)), values)


def _lines(groups: int, each: int, count: int, rng: np.random.Generator) -> Numbers:
    """Random orders of ``groups`` groups of ``each`` lines that keep the groups together: int64 [count, lines]."""
    outside = rng.permuted(np.tile(np.arange(groups), (count, 1)), axis=1)
    inside = rng.permuted(np.tile(np.arange(each), (count, groups, 1)), axis=2)
    return (outside[:, :, None] * each + inside).reshape(count, -1)
