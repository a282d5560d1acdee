"""Grids of ARC tasks that are made up."""

from __future__ import annotations

import numpy as np

BLACK = [[0, 0], [0, 0]]
"""No symmetry changes it."""


def grid(seed: int, rows: int, columns: int) -> list[list[int]]:
    found: list[list[int]] = np.random.default_rng(seed).integers(10, size=(rows, columns)).tolist()
    return found
