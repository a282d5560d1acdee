"""What an ARC puzzle is made of: grids, a task with its demonstrations, and one test input of it.

A grid is a tuple of rows and a row is ``bytes``, one colour 0..9 a byte: it can be compared, hashed and joined, and
indexing gives whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from gramsolve.tasks import BadInput, Instance

COLOURS = 10
SIDES = (10, 20, 30)
"""Sides of the canvases; no grid of ARC is larger than the last."""
LARGEST = SIDES[-1]

ArcGrid = tuple[bytes, ...]

TURN, FIRST_COLOUR = 12, 2
ORIGINAL = bytes([TURN, *range(FIRST_COLOUR, FIRST_COLOUR + COLOURS)])
"""The header of a puzzle as published: turned by nothing, and every colour is itself."""


@dataclass(frozen=True)
class ArcTask:
    """``demonstrations`` are pairs (input, output), ``tests`` the inputs to answer. ``name`` is the id, or empty."""

    name: str
    demonstrations: tuple[tuple[ArcGrid, ArcGrid], ...]
    tests: tuple[ArcGrid, ...]

    @property
    def side(self) -> int:
        """The largest side of any grid."""
        grids = [*self.tests, *(grid for pair in self.demonstrations for grid in pair)]
        return max((max(size_of(grid)) for grid in grids), default=0)


@dataclass(frozen=True)
class ArcPuzzle(Instance):
    """Test input ``index`` of a task. ``header`` says how the puzzle differs from the published one; see ``canvas``."""

    task: ArcTask = ArcTask("", (), ((),))
    index: int = 0
    header: bytes = ORIGINAL

    @property
    def question(self) -> ArcGrid:
        return self.task.tests[self.index]


def size_of(grid: ArcGrid) -> tuple[int, int]:
    """(rows, columns)."""
    return len(grid), len(grid[0]) if grid else 0


def side_of(variant: str) -> int:
    """The side of a canvas such as ``20x20``. Raises BadInput for any other name."""
    for side in SIDES:
        if variant == f"{side}x{side}":
            return side
    raise BadInput(f"unknown variant {variant!r}: choose from {', '.join(f'{side}x{side}' for side in SIDES)}")


def smallest_canvas(side: int) -> str:
    """The variant that holds grids of this side."""
    fitting = next(canvas for canvas in SIDES if canvas >= side)
    return f"{fitting}x{fitting}"


def puzzles_of(task: ArcTask, variant: str | None = None) -> list[ArcPuzzle]:
    """One puzzle for each test input, on the smallest canvas that holds the whole task or on the one named."""
    variant = variant or smallest_canvas(task.side)
    return [ArcPuzzle(variant, task.name, task, index) for index in range(len(task.tests))]
