"""Cells as pixels, several to a character: half blocks for boards and pictures, braille for pictures.

Characters show which cells are filled, so that drawings read without colour; colours show the confidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from rich.style import Style

from gramsolve.display.palette import DARK, Palette, is_bare, level_of, mix, style_of
from gramsolve.tasks.drawing import Cell, Grid

TextRun = tuple[str, Style]
"""Characters of one style."""

OUTSIDE = Cell(" ", " ", "blank")

BLOCKS, ASCII_BLOCKS = " ▀▄█", ' "_#'
"""Characters with no pixel, the upper pixel, the lower pixel, both pixels."""

MOST = 16384
"""Pairs of cells whose blocks are cached."""

RAMP = 32
"""Steps of colour between a pixel without ink and one with all of it."""

BRAILLE = 0x2800
"""The braille character without dots."""

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a braille character: a row for each of its four lines, a column for each of its two dots."""

CORNERS = " `'\",|/P.\\|7_LJ#"
"""ASCII characters by the corners that have ink: upper left 1, upper right 2, lower left 4, lower right 8."""


class Pixel(NamedTuple):
    """A cell as one pixel."""

    filled: bool
    color: str | None


def is_filled(cell: Cell) -> bool:
    """Whether a cell holds a symbol, given or guessed."""
    return cell.role in ("given", "guess") and bool(cell.text.strip())


def pixel(cell: Cell, palette: Palette) -> Pixel:
    """A cell of a board. Every empty cell has the first shade, because a checkered background is noise at this size."""
    ink = bool(cell.text.strip())
    return _pixel(ink, cell.role, cell.shade, level_of(cell), cell.violated, cell.changed, cell.fill, palette)


@lru_cache(maxsize=8192)
def _pixel(
    ink: bool,
    role: str,
    shade: int,
    level: int | None,
    violated: bool,
    changed: bool,
    fill: str | None,
    palette: Palette,
) -> Pixel:
    """The pixel of a kind of cell: many boards have thousands of cells, and a few hundred kinds."""
    sure = None if level is None else level / 20
    cell = Cell("x" if ink else " ", " ", role, shade, sure, violated, changed, fill)
    filled = is_filled(cell) or (fill is not None and not is_bare(palette))
    style = style_of(cell if filled else replace(cell, shade=0), palette)
    color = style.bgcolor or (style.color if filled else None)
    return Pixel(filled, color.name if color else None)


def tone(cell: Cell, palette: Palette) -> Pixel:
    """A cell of a picture: its colour is the probability of ink, whether the pixel is on or off."""
    if cell.violated or cell.fill is not None or cell.role not in ("guess", "empty"):
        return pixel(cell, palette)
    filled = is_filled(cell)
    sure = 1.0 if cell.confidence is None else cell.confidence
    ink = min(1.0, max(0.0, sure if filled else 1.0 - sure))
    # The accent has the most contrast of a palette's blues, which single dots need.
    return Pixel(filled, _ramp(palette.back[0], palette.accent)[round(ink * RAMP)])


@lru_cache(maxsize=64)
def _ramp(low: str | None, high: str) -> tuple[str | None, ...]:
    """Colours from ``low`` to ``high`` in ``RAMP`` steps, shared by all pictures."""
    return tuple(mix(low, high, step / RAMP) for step in range(RAMP + 1))


def half_block_runs(grid: Grid, *, palette: Palette = DARK, ascii: bool = False) -> list[list[TextRun]]:
    """Two rows of cells on a line, as runs of signs of one style."""
    is_picture = grid.kind == "picture"
    seen = _seen(is_picture, palette, ascii)
    if len(seen) > MOST:
        seen.clear()
    lines = []
    for upper_row, lower_row in _bands(grid, 2):
        blocks = []
        for upper, lower in zip(upper_row, lower_row, strict=True):
            pair = id(upper), id(lower)
            known = seen.get(pair)
            if known is None:
                known = seen[pair] = _block(upper, lower, is_picture, palette, ascii), upper, lower
            blocks.append(known[0])
        lines.append([(sign * len(list(alike)), style) for (sign, style), alike in groupby(blocks)])
    return lines


def braille_runs(grid: Grid, *, palette: Palette = DARK, ascii: bool = False) -> list[list[TextRun]]:
    """2 x 4 pixels a character, each a run of its own. In ASCII a sign shows in which corners there is ink."""
    lines = []
    for band in _bands(grid, 4):
        line = []
        for column in range(0, len(band[0]), 2):
            cells = [
                cell for row in band for cell in (row[column], row[column + 1] if column + 1 < len(row) else OUTSIDE)
            ]
            sign = _corners(cells) if ascii else _dots(cells)
            on = _blend([cell for cell in cells if is_filled(cell)], palette)
            off = _blend([cell for cell in cells if not is_filled(cell)], palette)
            line.append((sign, Style(color=on, bgcolor=None if is_bare(palette) else off or palette.back[0])))
        lines.append(line)
    return lines


def _bands(grid: Grid, height: int) -> Iterator[Sequence[Sequence[Cell]]]:
    """Rows of cells, ``height`` at a time; blank rows complete the last ones."""
    missing = -len(grid.rows) % height
    rows = [*grid.rows, *[(OUTSIDE,) * grid.shape[1]] * missing]
    for start in range(0, len(rows), height):
        yield rows[start : start + height]


@lru_cache(maxsize=16)
def _seen(is_picture: bool, palette: Palette, ascii: bool) -> dict[tuple[int, int], tuple[TextRun, Cell, Cell]]:
    """Blocks by the ids of their two cells: most pairs of cells are two objects that were drawn before. The cells are
    kept with the block, so that their ids stay valid."""
    return {}


def _block(upper: Cell, lower: Cell, is_picture: bool, palette: Palette, ascii: bool) -> TextRun:
    for cell in (upper, lower):
        if cell.role == "line":  # An arrow between two boards belongs to neither.
            return cell.ascii if ascii else cell.text, style_of(cell, palette)
    seen = tone if is_picture else pixel
    return _half_block(seen(upper, palette), seen(lower, palette), ascii)


@lru_cache(maxsize=8192)
def _half_block(upper: Pixel, lower: Pixel, ascii: bool) -> tuple[str, Style]:
    sign = (ASCII_BLOCKS if ascii else BLOCKS)[upper.filled + 2 * lower.filled]
    if upper.filled and lower.filled:
        if upper.color == lower.color or ascii:
            return sign, Style(color=upper.color)
        return "▀", Style(color=upper.color, bgcolor=lower.color)
    if upper.filled:
        return sign, Style(color=upper.color, bgcolor=lower.color)
    if lower.filled:
        return sign, Style(color=lower.color, bgcolor=upper.color)
    # Two empty cells are a blank even where their tints differ: without colours a half block looks filled.
    return sign, Style(bgcolor=mix(upper.color, lower.color, 0.5))


def _dots(cells: Sequence[Cell]) -> str:
    """2 x 4 cells, row by row, as a braille character."""
    dots = (dot for row in DOTS for dot in row)
    return braille_character(sum(dot for dot, cell in zip(dots, cells, strict=True) if is_filled(cell)))


def braille_character(bits: int) -> str:
    """The character with the dots of ``DOTS`` that ``bits`` has. Without dots it is a space, because some fonts draw
    rings in the empty braille character."""
    return chr(BRAILLE + bits) if bits else " "


def _corners(cells: Sequence[Cell]) -> str:
    """2 x 4 cells as ASCII: a corner has ink where one of its two pixels has."""
    filled = [is_filled(cell) for cell in cells]
    corners = (filled[0] or filled[2], filled[1] or filled[3], filled[4] or filled[6], filled[5] or filled[7])
    return CORNERS[sum(1 << i for i, on in enumerate(corners) if on)]


def _blend(cells: Sequence[Cell], palette: Palette) -> str | None:
    """The mean colour of pixels, None without pixels."""
    return _mean(tuple(tone(cell, palette).color for cell in cells if cell.role != "blank"))


@lru_cache(maxsize=8192)
def _mean(colors: tuple[str | None, ...]) -> str | None:
    if not colors:
        return None
    mean = colors[0]
    for count, color in enumerate(colors[1:], 2):
        mean = mix(mean, color, 1 / count)
    return mean
