"""How a grid fits the room: the modes in which it can be drawn, and drawing it in one of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import NamedTuple

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from gramsolve.display import terminal
from gramsolve.display.pixels import TextRun, braille_runs
from gramsolve.display.terminal import CELL_SIZES, CellSize, is_picture, texts
from gramsolve.tasks.drawing import Cell, Grid
from gramsolve.tui.view.view_state import DrawStyle, ViewState


class DrawMode(NamedTuple):
    """One way to draw a grid: ``kind`` is ``cells``, ``blocks``, ``braille``, ``plain``, ``satisfied`` or
    ``thumbnail``; size in characters."""

    kind: str
    cell: CellSize
    width: int
    height: int


ROOMS = ((35, 80), (28, 64), (22, 50), (17, 38), (13, 28))
TILE_ROOMS = ((9, 24), (7, 16), (5, 14), (4, 10), (3, 7))
"""Lines and columns that drawings are asked to fit, from large to small."""


def board_modes(state: ViewState, trajectory: int, *, one_sign: bool) -> list[DrawMode]:
    """The modes for a large board. ``one_sign``: its cells have had one sign so far, so half blocks can show it."""
    return _modes_in(state, trajectory, ROOMS, one_sign)


def tile_modes(state: ViewState, trajectory: int, *, one_sign: bool) -> list[DrawMode]:
    """The modes for one board of many. If signs would be lost, half blocks show which cells satisfy the rules."""
    found = [mode for mode in _modes_in(state, trajectory, TILE_ROOMS, one_sign) if mode.cell.width <= 2]
    grid = state.grid(trajectory)
    if grid is None or state.style.ascii or grid.kind != "board" or any(mode.kind == "blocks" for mode in found):
        return found
    rows, columns = grid.shape
    return [*found, DrawMode("satisfied", CellSize(1, 1), columns, (rows + 1) // 2)]


def thumbnails(state: ViewState, trajectory: int) -> list[DrawMode]:
    """The modes for boards of colours at half or a quarter of their size, where nothing else fits."""
    grid = state.grid(trajectory)
    if grid is None or state.style.ascii or grid.kind != "board" or not any(c.fill for row in grid.rows for c in row):
        return []
    sizes = [[-(-side // part) for side in grid.shape] for part in (2, 4)]
    return [
        DrawMode("thumbnail", CellSize(1, 1), columns, (rows + 1) // 2)
        for rows, columns in sizes
        if min(rows, columns) > 4
    ]


def _modes_in(state: ViewState, trajectory: int, rooms: tuple[tuple[int, int], ...], one_sign: bool) -> list[DrawMode]:
    grid = state.grid(trajectory)
    if grid is None or not grid.rows:
        return []
    ascii = state.style.ascii
    if grid.kind == "board":
        # Coloured cells can be told apart without their signs.
        filled = any(cell.fill for row in grid.rows for cell in row)
        found = [mode for mode in modes(grid, ascii=ascii, small=True) if mode.kind != "blocks" or one_sign or filled]
        narrow = DrawMode("cells", CellSize(1, 1), grid.shape[1], grid.shape[0])
        return found if one_sign or narrow in found else [*found, narrow]
    if grid.kind == "picture":
        return modes(grid, ascii=ascii)
    fitted = [state.grid(trajectory, room) for room in rooms]
    return [mode for smaller in fitted if smaller is not None for mode in modes(smaller, ascii=ascii)]


def modes(grid: Grid, *, ascii: bool, small: bool = False) -> list[DrawMode]:
    """From large to small. ``small`` allows half blocks for boards whose signs get lost in them."""
    rows, columns = grid.shape
    one = CellSize(1, 1)
    if grid.kind == "drawing":
        return [DrawMode("plain", one, columns, rows)]
    half = DrawMode("blocks", one, columns, (rows + 1) // 2)
    if grid.kind == "picture":
        cells = [DrawMode("cells", CellSize(2, 1), columns * 2, rows)]
        found = cells + ([DrawMode("cells", one, columns, rows)] if ascii else [half])
        return [*found, DrawMode("braille", one, (columns + 1) // 2, (rows + 3) // 4)]
    found = [DrawMode("cells", size, columns * size.width, rows * size.height) for size in CELL_SIZES]
    narrow = DrawMode("cells", one, columns, rows)
    if ascii or not (small or is_picture(grid)):
        return [*found, narrow]
    # Half blocks are square where single characters are not, but only boards of one sign can be read in them.
    return [*found, half] if is_picture(grid) else [*found, narrow, half]


def best_mode(grid: Grid, columns: int, lines: int, *, ascii: bool, small: bool = False) -> DrawMode:
    """The largest mode that fits, or else the smallest."""
    options = modes(grid, ascii=ascii, small=small)
    return next((mode for mode in options if mode.width <= columns and mode.height <= lines), options[-1])


def preview(grid: Grid, columns: int, lines: int, style: DrawStyle) -> list[Text]:
    """A board drawn as large as fits, or its upper left corner where it does not fit."""
    options = modes(grid, ascii=style.ascii, small=True)
    filled = any(cell.fill for row in grid.rows for cell in row)
    if not is_picture(grid) and (not filled or any(cell.role == "line" for row in grid.rows for cell in row)):
        options = [mode for mode in options if mode.kind != "blocks"]  # Signs are what such a board is made of.
    fitting = [mode for mode in options if mode.width <= columns]
    whole = [mode for mode in fitting if mode.height <= lines]
    return cropped(draw(grid, (whole or fitting[-1:] or options[-1:])[0], style), columns, lines)


def first_block(grid: Grid, lines: int) -> Grid:
    """The part of a grid to the left of its first empty columns; if that is too high, the part above its first gap."""
    blank = [all(row[x].role == "blank" for row in grid.rows) for x in range(grid.shape[1])]
    gap = next((x for x in range(1, len(blank)) if blank[x - 1] and blank[x]), len(blank) + 1)
    rows = tuple(row[: gap - 1] for row in grid.rows)
    end = next((y for y, row in enumerate(rows) if all(cell.role == "blank" for cell in row)), len(rows))
    return replace(grid, rows=rows if len(rows) <= lines else rows[:end])


def draw(grid: Grid, mode: DrawMode, style: DrawStyle) -> list[Text]:
    """The lines of a grid."""
    return texts(_runs(grid, mode, style))


def _runs(grid: Grid, mode: DrawMode, style: DrawStyle) -> list[list[TextRun]]:
    palette, ascii = style.palette, style.ascii
    if mode.kind == "cells" and mode.cell.width > 1:
        return terminal.full_runs(grid, mode.cell, palette=palette, ascii=ascii)
    if mode.kind == "braille":
        return braille_runs(grid, palette=palette, ascii=ascii)
    if mode.kind == "thumbnail":
        return terminal.mini_runs(_reduced(grid, mode.width), palette=palette, blocks=True)
    if mode.kind == "satisfied":
        return terminal.mini_runs(_satisfied(grid), palette=palette, blocks=True)
    return terminal.mini_runs(grid, palette=palette, ascii=ascii, blocks=mode.kind == "blocks")


def _satisfied(grid: Grid) -> Grid:
    """A board without signs: cells that break a rule are empty."""
    rows = tuple(tuple(replace(cell, text=" ") if cell.violated else cell for cell in row) for row in grid.rows)
    return replace(grid, rows=rows)


def _reduced(grid: Grid, width: int) -> Grid:
    """One cell in place of several: the rarer colour of each block, so that thin lines stay visible."""
    ground = Counter(cell.fill for row in grid.rows for cell in row).most_common(1)[0][0]
    rows, columns = grid.shape
    side = -(-columns // width)

    def one(y: int, x: int) -> Cell:
        cells = (cell for row in grid.rows[y : y + side] for cell in row[x : x + side])
        return max(cells, key=lambda cell: (cell.fill is not None, cell.fill != ground))

    return replace(grid, rows=tuple(tuple(one(y, x) for x in range(0, columns, side)) for y in range(0, rows, side)))


def lines(grid: Grid, mode: DrawMode, style: DrawStyle) -> list[list[Segment]]:
    """The lines of a grid as segments, of exactly the mode's size. Equal lines are one object."""
    drawn: dict[int, list[Segment]] = {}
    runs = _runs(grid, mode, style)[: mode.height]
    for line in runs:
        if id(line) not in drawn:
            drawn[id(line)] = Segment.adjust_line_length([Segment(*run) for run in line], mode.width)
    return [drawn[id(line)] for line in runs]


def rich_style(words: str | None) -> Style:
    """The Rich style for a description such as ``bold #ffffff``. Equal descriptions give one object."""
    return Style.parse(words or "")


def segments(text: Text) -> list[Segment]:
    """A line of text as segments."""
    drawn = text.render(_CONSOLE)
    return list(Segment.apply_style(drawn, _CONSOLE.get_style(text.style)) if text.style else drawn)


_CONSOLE = Console(width=1000, color_system=None, legacy_windows=False)
"""Resolves the names of styles; it prints nothing."""


def cropped(lines: list[Text], columns: int, rows: int) -> list[Text]:
    """The upper left part of a drawing."""
    kept = [line.copy() for line in lines[:rows]]
    for line in kept:
        line.truncate(columns, overflow="crop")
    return kept
