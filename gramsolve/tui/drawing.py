"""Boards, pictures and drawings in the room there is: the ways to draw a grid, and the best of them."""

from __future__ import annotations

from typing import NamedTuple

from rich.text import Text

from gramsolve.display import terminal
from gramsolve.display.terminal import CELL_SIZES, CellSize, is_picture
from gramsolve.tasks.task import Grid
from gramsolve.tui.moment import Look


class Way(NamedTuple):
    """One way to draw a grid: ``kind`` is ``cells``, ``blocks``, ``braille`` or ``plain``; size in characters."""

    kind: str
    cell: CellSize
    width: int
    height: int


def ways(grid: Grid, *, ascii: bool, small: bool = False) -> list[Way]:
    """From large to small. ``small`` allows half blocks for boards whose signs get lost in them."""
    rows, columns = grid.shape
    one = CellSize(1, 1)
    if grid.kind == "drawing":
        return [Way("plain", one, columns, rows)]
    half = Way("blocks", one, columns, (rows + 1) // 2)
    if grid.kind == "picture":
        cells = [Way("cells", CellSize(2, 1), columns * 2, rows)]
        packed = _braille(grid, Look(ascii=ascii))
        found = cells + ([Way("cells", one, columns, rows)] if ascii else [half])
        return [*found, Way("braille", one, max(line.cell_len for line in packed), len(packed))] if packed else found
    sizes = [*CELL_SIZES, one]
    found = [Way("cells", size, columns * size.width, rows * size.height) for size in sizes]
    return [*found, half] if not ascii and (small or is_picture(grid)) else found


def best(grid: Grid, columns: int, lines: int, *, ascii: bool, small: bool = False) -> Way:
    """The largest way that fits, or else the smallest there is."""
    every = ways(grid, ascii=ascii, small=small)
    return next((way for way in every if way.width <= columns and way.height <= lines), every[-1])


def draw(grid: Grid, way: Way, look: Look) -> list[Text]:
    """The lines of a grid."""
    palette, ascii = look.palette, look.ascii
    if way.kind == "cells" and way.cell.width > 1:
        return terminal.full(grid, way.cell, palette=palette, ascii=ascii)
    if way.kind == "braille":
        return _braille(grid, look)
    return terminal.mini(grid, palette=palette, ascii=ascii, blocks=way.kind == "blocks")


def _braille(grid: Grid, look: Look) -> list[Text]:
    packed = getattr(terminal, "braille", None)
    return list(packed(grid, palette=look.palette, ascii=look.ascii)) if packed else []


def cropped(lines: list[Text], columns: int, rows: int) -> list[Text]:
    """What of a drawing is seen through a window of that size."""
    kept = [line.copy() for line in lines[:rows]]
    for line in kept:
        line.truncate(columns, overflow="crop")
    return kept
