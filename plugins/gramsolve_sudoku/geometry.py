"""Boards of boxes: which cells share a row, a column or a box."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import BadInput

BOXES = {4: (2, 2), 6: (2, 3), 8: (2, 4), 9: (3, 3), 10: (2, 5), 12: (3, 4), 15: (3, 5), 16: (4, 4), 25: (5, 5)}
"""Rows and columns of a box where the name of a variant does not say."""

Boards = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Geometry:
    """Boxes of ``rows`` x ``columns`` cells; the board has as many rows and columns as a box has cells."""

    rows: int
    columns: int

    @property
    def size(self) -> int:
        return self.rows * self.columns

    @property
    def cells(self) -> int:
        return self.size**2

    @property
    def square(self) -> bool:
        """Boxes are square, so that the board may be transposed."""
        return self.rows == self.columns

    @property
    def name(self) -> str:
        board = f"{self.size}x{self.size}"
        return board if BOXES.get(self.size) == (self.rows, self.columns) else f"{board}-{self.rows}x{self.columns}"


@lru_cache(maxsize=64)
def geometry_of(variant: str) -> Geometry:
    """The geometry of ``9x9`` or, with the box named, ``6x6-3x2``. Raises BadInput for anything else."""
    found = re.fullmatch(r"([1-9]\d?)x\1(?:-([1-9]\d?)x([1-9]\d?))?", variant)
    if found:
        size = int(found[1])
        rows, columns = (int(found[2]), int(found[3])) if found[2] else BOXES.get(size, (0, 0))
        geometry = Geometry(rows, columns)
        if rows * columns == size and min(rows, columns) >= 2 and size <= 25 and geometry.name == variant:
            return geometry
    raise BadInput(
        f"unknown variant {variant!r}: use {', '.join(f'{n}x{n}' for n in BOXES)}, or name the box as in 6x6-3x2"
    )


@lru_cache(maxsize=16)
def units(geometry: Geometry) -> tuple[Numbers, Numbers, Numbers]:
    """Row, column and box of every cell: int64 [cells] each."""
    row, column = np.divmod(np.arange(geometry.cells), geometry.size)
    box = row // geometry.rows * geometry.rows + column // geometry.columns
    return row, column, box


def cell_name(cell: int, size: int) -> str:
    """``r3c5`` for the fifth cell of the third row."""
    return f"r{cell // size + 1}c{cell % size + 1}"
