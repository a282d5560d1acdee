"""From a neutral grid to styled terminal lines: one renderer for the command line and the TUI.

Two ways to draw: ``full`` gives every cell two or more columns, ``mini`` one column or half a line, and both
have an ASCII form. Whatever a colour says a shape says too: a cell that breaks a rule is marked, an unsure
guess has a question mark and a given is bold. All text of plugins becomes Text and never markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from gramsolve.display.palette import DARK, Palette, mix
from gramsolve.tasks.task import Cell, Grid

UNSURE = 0.6
"""Below this probability a guess carries a question mark."""


class CellSize(NamedTuple):
    """Columns and lines of one cell. Three columns to one line, or five to two, look nearly square."""

    width: int
    height: int


CELL_SIZES = tuple(CellSize(*size) for size in ((11, 5), (9, 4), (7, 3), (5, 2), (3, 1), (2, 1)))
"""Sizes that look good, largest first."""


def full(
    grid: Grid, size: CellSize | tuple[int, int] = (3, 1), *, palette: Palette = DARK, ascii: bool = False
) -> list[Text]:
    """The board with ``size`` columns and lines a cell; cells of two or more lines show their confidence."""
    width, height = size
    bare = palette.back[0] is None
    glyph_line = (height - 1) // 2
    lines = []
    for row in grid.rows:
        for line in range(height):
            text = Text(no_wrap=True, end="")
            for cell in row:
                if line == glyph_line:
                    part = _glyph_line(cell, width, ascii, bare)
                elif line == glyph_line + 1:
                    part = _confidence_line(cell, width, ascii)
                else:
                    part = " " * width
                text.append(part, _style_of(cell, palette))
            lines.append(text)
    return lines


def mini(grid: Grid, *, palette: Palette = DARK, ascii: bool = False, blocks: bool = False) -> list[Text]:
    """The board in one column a cell; with ``blocks`` two rows of cells share a line."""
    if blocks and not ascii:
        return _half_blocks(grid, palette)
    lines = []
    for row in grid.rows:
        text = Text(no_wrap=True, end="")
        for cell in row:
            text.append(_glyph_line(cell, 1, ascii, palette.back[0] is None), _style_of(cell, palette))
        lines.append(text)
    return lines


def ascii_lines(grid: Grid) -> list[str]:
    """The board as plain ASCII that needs no colour: ``=`` given, ``?`` unsure, ``!`` against a rule."""
    return [line.plain.rstrip() for line in full(grid, (3, 1), ascii=True)]


def join(lines: Sequence[Text]) -> Text:
    """Lines as one Text that is cut, not folded, where there is no room for it."""
    text = Text("\n").join(lines)
    text.no_wrap, text.overflow = True, "crop"
    return text


def beside(boards: Sequence[Sequence[Text]], gap: int = 2) -> list[Text]:
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
    return columns * size[0], rows * size[1]


def is_picture(grid: Grid) -> bool:
    """True where every filled cell shows the same sign, so that half blocks lose nothing."""
    return len({cell.text for row in grid.rows for cell in row if _filled(cell)}) <= 1


def _filled(cell: Cell) -> bool:
    """True where something is written, be it given or guessed."""
    return cell.role in ("given", "guess") and bool(cell.text.strip())


def clean(text: str) -> str:
    """Text of a plugin or a file, safe on one line: no control characters, no escape sequences."""
    return "".join(char if char.isprintable() else " " for char in text)


def _glyph(cell: Cell, room: int, ascii: bool, bare: bool) -> str:
    """The sign of a cell in at most ``room`` columns; terminals disagree on some, so they are measured.

    Where there are no backgrounds a dot shows that there is a cell at all. An empty cell that breaks a rule, because
    something is missing from it, is struck through.
    """
    if cell.violated and cell.role == "empty":
        return "-" if ascii else "╌"
    if bare and cell.role == "empty" and not cell.text.strip():
        return "." if ascii else "·"
    for sign in (cell.ascii,) if ascii else (cell.text, cell.ascii):
        if sign and sign.isprintable() and 0 < cell_len(sign) <= room and (sign.isascii() or not ascii):
            return sign
    return "?" if cell.ascii.strip() else " "


def _mark(cell: Cell, ascii: bool) -> str:
    """What stands beside a sign so that colour is never needed."""
    if cell.violated and cell.role != "empty":
        return "!" if ascii else "✗"
    if cell.role == "guess" and cell.confidence is not None and cell.confidence < UNSURE:
        return "?"
    if cell.role == "given" and ascii:
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
    """A bar as long as the model is sure."""
    if cell.role != "guess" or cell.confidence is None or width < 3:
        return " " * width
    room = width - 2
    filled = round(room * min(1.0, max(0.0, cell.confidence)))
    on, off = ("=", "-") if ascii else ("━", "╌")
    return f" {on * filled}{off * (room - filled)} "


def _style_of(cell: Cell, palette: Palette) -> Style:
    level = None if cell.confidence is None else round(min(1.0, max(0.0, float(cell.confidence))) * 20)
    return _style(cell.role, cell.shade, level, cell.violated, cell.changed, palette)


@lru_cache(maxsize=4096)
def _style(role: str, shade: int, level: int | None, violated: bool, changed: bool, palette: Palette) -> Style:
    """Style of a cell; confidence comes in twentieths so that a run shares a few hundred styles."""
    back = palette.back[shade % 2]
    sure = 1.0 if level is None else level / 20
    if role == "blank":
        return Style()
    if violated and role == "empty":
        return Style(color=palette.wrong, bgcolor=mix(back, palette.wrong, 0.25))
    if violated:
        return Style(color=palette.wrong_ink, bgcolor=palette.wrong, bold=True, reverse=palette.wrong is None)
    if role == "given":
        return Style(color=palette.given_ink, bgcolor=palette.given, bold=True)
    if role == "guess":
        color = palette.fresh if changed and palette.dark else palette.guess_ink
        return Style(color=color, bgcolor=palette.confidence(sure), bold=changed or None)
    ground = back if level is None or back is None else palette.doubt(shade, sure)
    return Style(color=palette.faint, bgcolor=ground)


class _Pixel(NamedTuple):
    """A cell seen as one point."""

    filled: bool
    color: str | None


def _pixel(cell: Cell, palette: Palette) -> _Pixel:
    """At this size a checkered ground would be noise: every empty cell has the first shade."""
    filled = _filled(cell)
    style = _style_of(cell if filled else replace(cell, shade=0), palette)
    color = style.bgcolor or (style.color if filled else None)
    return _Pixel(filled, color.name if color else None)


def _half_blocks(grid: Grid, palette: Palette) -> list[Text]:
    """Two rows of cells on a line. The sign shows what is filled, so the board reads without colour too."""
    outside = Cell(" ", " ", "blank")
    rows = list(grid.rows)
    if len(rows) % 2:
        rows.append((outside,) * len(rows[0]))
    lines = []
    for upper_row, lower_row in zip(rows[::2], rows[1::2], strict=True):
        text = Text(no_wrap=True, end="")
        for upper, lower in zip(upper_row, lower_row, strict=True):
            text.append(*_half_block(_pixel(upper, palette), _pixel(lower, palette)))
        lines.append(text)
    return lines


def _half_block(upper: _Pixel, lower: _Pixel) -> tuple[str, Style]:
    if upper.filled and lower.filled:
        if upper.color == lower.color:
            return "█", Style(color=upper.color)
        return "▀", Style(color=upper.color, bgcolor=lower.color)
    if upper.filled:
        return "▀", Style(color=upper.color, bgcolor=lower.color)
    if lower.filled:
        return "▄", Style(color=lower.color, bgcolor=upper.color)
    # Two empty cells are a blank even where their tints differ: without colours a half block looks filled.
    return " ", Style(bgcolor=mix(upper.color, lower.color, 0.5))
