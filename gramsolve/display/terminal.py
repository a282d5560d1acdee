"""Grids as styled terminal lines, for the command line and the terminal application.

``full`` gives every cell two or more columns, ``mini`` one column or half a line, and ``picture`` packs the pixels of a
picture; each has an ASCII form. A drawing has one character for each cell in all of them. Colour alone carries no
meaning: a cell that breaks a rule has a mark, an unsure guess a question mark, and a given is bold. Pictures have no
room for marks, and drawings bring their own. Text of plugins becomes Text and never markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from gramsolve.display.palette import DARK, Palette, bar_style_of, is_bare, style_of
from gramsolve.display.pixels import TextRun, braille_runs, half_block_runs, is_filled, tone
from gramsolve.tasks.drawing import Cell, Grid

UNSURE = 0.6
"""Below this probability a guess carries a question mark."""


class CellSize(NamedTuple):
    """Columns and lines of one cell. Three columns by one line, or five by two, look nearly square."""

    width: int
    height: int


CELL_SIZES = tuple(CellSize(*size) for size in ((11, 5), (9, 4), (7, 3), (5, 2), (3, 1), (2, 1)))
"""Sizes of cells to choose from, largest first."""


def full(
    grid: Grid, size: CellSize | tuple[int, int] = (3, 1), *, palette: Palette = DARK, ascii: bool = False
) -> list[Text]:
    """The board with ``size`` columns and lines a cell; cells of two or more lines show their confidence."""
    return texts(full_runs(grid, size, palette=palette, ascii=ascii))


def full_runs(
    grid: Grid, size: CellSize | tuple[int, int] = (3, 1), *, palette: Palette = DARK, ascii: bool = False
) -> list[list[TextRun]]:
    """``full`` as runs of characters of one style. Equal lines of a cell are one object."""
    if grid.kind == "drawing":
        return _characters(grid, palette, ascii)
    width, height = size
    if grid.kind == "picture":
        return [line for line in _characters(grid, palette, ascii, width) for _ in range(height)]
    bare = is_bare(palette)
    glyph_line = (height - 1) // 2
    lines = []
    for row in grid.rows:
        styles = [style_of(cell, palette) for cell in row]
        drawn = [[(" " * width, style) for style in styles]] * height
        drawn[glyph_line] = [
            (_glyph_line(cell, width, ascii, bare), style) for cell, style in zip(row, styles, strict=True)
        ]
        if glyph_line + 1 < height:
            drawn[glyph_line + 1] = [
                (_confidence_line(cell, width, ascii), bar_style_of(cell, palette)) for cell in row
            ]
        lines += drawn
    return lines


def mini(grid: Grid, *, palette: Palette = DARK, ascii: bool = False, blocks: bool = False) -> list[Text]:
    """The board in one column a cell; with ``blocks`` two rows of cells share a line."""
    return texts(mini_runs(grid, palette=palette, ascii=ascii, blocks=blocks))


def mini_runs(grid: Grid, *, palette: Palette = DARK, ascii: bool = False, blocks: bool = False) -> list[list[TextRun]]:
    """``mini`` as runs of characters of one style."""
    if grid.kind != "drawing" and blocks and not ascii:
        return half_block_runs(grid, palette=palette)
    return _characters(grid, palette, ascii)


def picture(grid: Grid, *, columns: int, palette: Palette = DARK, ascii: bool = False) -> list[Text]:
    """A picture in ``columns`` columns: a pixel a column where they suffice, otherwise half as wide and as high."""
    draw = half_block_runs if grid.shape[1] <= columns else braille_runs
    return texts(draw(grid, palette=palette, ascii=ascii))


def texts(lines: Sequence[Sequence[TextRun]]) -> list[Text]:
    """Lines of runs as lines of text."""
    return [Text.assemble(*line, no_wrap=True, end="") for line in lines]


def ascii_lines(grid: Grid) -> list[str]:
    """The board as plain ASCII that needs no colour: ``=`` given, ``?`` unsure, ``!`` against a rule."""
    return [line.plain.rstrip() for line in full(grid, (3, 1), ascii=True)]


def join(lines: Sequence[Text]) -> Text:
    """Lines as one Text, which is cropped and not wrapped."""
    text = Text("\n").join(lines)
    text.no_wrap, text.overflow = True, "crop"
    return text


def side_by_side(boards: Sequence[Sequence[Text]], gap: int = 2) -> list[Text]:
    """Boards side by side, the shorter ones padded below."""
    widths = [max((line.cell_len for line in board), default=0) for board in boards]
    lines = []
    for index in range(max((len(board) for board in boards), default=0)):
        text = Text(no_wrap=True, end="")
        for column, (board, width) in enumerate(zip(boards, widths, strict=True)):
            line = board[index] if index < len(board) else Text()
            text.append_text(line)
            last = column == len(boards) - 1
            text.append(" " * (width - line.cell_len + (0 if last else gap)))
        lines.append(text)
    return lines


def size_of(grid: Grid, size: CellSize | tuple[int, int]) -> tuple[int, int]:
    """Columns and lines that ``full`` needs."""
    rows, columns = grid.shape
    if grid.kind == "drawing":
        return columns, rows
    return columns * size[0], rows * size[1]


def is_picture(grid: Grid) -> bool:
    """True for pictures, and for boards where every filled cell shows the same sign: half blocks lose nothing."""
    if grid.kind != "board":
        return grid.kind == "picture"
    return len({cell.text for row in grid.rows for cell in row if is_filled(cell)}) <= 1


def clean(text: str) -> str:
    """Text of a plugin or a file, safe on one line: no control characters, no escape sequences."""
    return "".join(char if char.isprintable() else " " for char in text)


def _characters(grid: Grid, palette: Palette, ascii: bool, width: int = 1) -> list[list[TextRun]]:
    """One line a row; only pixels may be wider than one column."""
    bare = is_bare(palette)

    def drawn(cell: Cell) -> TextRun:
        if grid.kind == "board":
            return _glyph_line(cell, 1, ascii, bare), style_of(cell, palette)
        if grid.kind == "drawing":
            return _sign(cell, 1, ascii), style_of(cell, palette)
        return _sign(cell, 1, ascii) * width, _solid(tone(cell, palette).color, bare)

    seen: dict[int, TextRun] = {}  # By id: most cells of a grid are a few objects.
    lines = []
    for row in grid.rows:
        line = []
        for cell in row:
            run = seen.get(id(cell))
            if run is None:
                run = seen[id(cell)] = drawn(cell)
            line.append(run)
        lines.append(_merged(line))
    return lines


def _merged(line: Sequence[TextRun]) -> list[TextRun]:
    """Neighbouring runs of one style as one run."""
    return [("".join([text for text, _ in alike]), style) for style, alike in groupby(line, key=itemgetter(1))]


@lru_cache(maxsize=256)
def _solid(color: str | None, bare: bool) -> Style:
    """The style of a pixel: character and background in one colour, for smooth shades."""
    return Style(color=color, bgcolor=None if bare else color)


def _glyph(cell: Cell, room: int, ascii: bool, bare: bool) -> str:
    """The sign of a cell of a board in at most ``room`` columns; terminals disagree on some, so they are measured.

    Where there are no backgrounds a dot shows that there is a cell at all. An empty cell that breaks a rule, because
    something is missing from it, is struck through.
    """
    if cell.violated and cell.role == "empty":
        return "-" if ascii else "╌"
    if bare and cell.role == "empty" and not cell.text.strip():
        return "." if ascii else "·"
    return _sign(cell, room, ascii)


def _sign(cell: Cell, room: int, ascii: bool) -> str:
    """The cell's symbol, or a replacement where it is too wide."""
    if cell.role == "blank":
        return " "
    for sign in (cell.ascii,) if ascii else (cell.text, cell.ascii):
        if sign and sign.isprintable() and 0 < cell_len(sign) <= room and (sign.isascii() or not ascii):
            return sign
    return "?" if cell.ascii.strip() else " "


def _mark(cell: Cell, ascii: bool) -> str:
    """The mark beside a symbol that says what its colour says."""
    if cell.violated and cell.role != "empty":
        return "!" if ascii else "✗"
    if cell.role == "guess" and cell.confidence is not None and cell.confidence < UNSURE:
        return "?"
    if cell.role == "given" and ascii and cell.fill is None:
        return "="
    return " "


def _glyph_line(cell: Cell, width: int, ascii: bool, bare: bool) -> str:
    if cell.role == "blank":
        return " " * width
    if width == 1:
        return _mark(cell, ascii) if cell.violated and cell.role != "empty" else _glyph(cell, 1, ascii, bare)
    before = (width - 1) // 2
    sign = _glyph(cell, width - before - 1, ascii, bare)
    text = " " * before + sign + _mark(cell, ascii)
    return text + " " * (width - cell_len(text))


def _confidence_line(cell: Cell, width: int, ascii: bool) -> str:
    """A bar whose length is the confidence."""
    if cell.role != "guess" or cell.confidence is None or width < 3:
        return " " * width
    room = width - 2
    filled = round(room * min(1.0, max(0.0, cell.confidence)))
    on, off = ("=", "-") if ascii else ("━", "╌")
    return f" {on * filled}{off * (room - filled)} "
