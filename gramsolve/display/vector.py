"""Boards as SVG: rectangles, circles and letters, sharp at any size.

The colours are those of the light palette. The length of the bar below a guess is its confidence. A cell that breaks a
rule has a ring, or a cross where it is empty. A cell that has just changed has a yellow corner.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from PIL import Image

from gramsolve.display.image import INK, PAPER
from gramsolve.display.palette import LIGHT, style_of
from gramsolve.display.pixels import is_filled, tone
from gramsolve.tasks.drawing import Cell, Grid

SIDE = 40
"""Units of a cell. Coordinates are whole numbers, which keeps files small and edges sharp."""
CAPTION = 24
CHANGED = "#f0c419"
FONT = "'DejaVu Sans', 'Segoe UI Symbol', 'Apple Symbols', 'Noto Sans Symbols 2', sans-serif"

Drawn = Grid | Image.Image
"""A board to be drawn in vectors, or a picture to be embedded."""


def sheet(
    boards: Sequence[Drawn], captions: Sequence[str], *, columns: int | None = None, size: int = 150, gap: int = 12
) -> str:
    """An SVG document of boards in rows of ``columns`` (nearly square when None), each over its caption.

    ``size`` is the longer side of a board, in pixels as browsers count them.
    """
    if not boards:
        raise ValueError("a sheet needs at least one board")
    columns = min(len(boards), columns or math.ceil(math.sqrt(len(boards))))
    rows = math.ceil(len(boards) / columns)
    shapes = [_shape(board) for board in boards]
    scale = max(max(shape) for shape in shapes)
    places = [(round(size * width / scale), round(size * height / scale)) for width, height in shapes]
    wide, high = max(width for width, _ in places), max(height for _, height in places)
    pitch = wide + gap, high + CAPTION + gap
    total = gap + columns * pitch[0], gap + rows * pitch[1]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total[0]} {total[1]}" width="{total[0]}" '
        f'height="{total[1]}" font-family="{FONT}" text-anchor="middle">',
        f'<rect width="{total[0]}" height="{total[1]}" fill="{PAPER}"/>',
    ]
    for index, (board, shape, place, caption) in enumerate(zip(boards, shapes, places, captions, strict=True)):
        row, column = divmod(index, columns)
        left, top = gap + column * pitch[0], gap + row * pitch[1]
        x, y = left + (wide - place[0]) // 2, top + (high - place[1]) // 2
        parts.append(
            f'<svg x="{x}" y="{y}" width="{place[0]}" height="{place[1]}" viewBox="0 0 {shape[0]} {shape[1]}">'
        )
        parts += _picture(board) if isinstance(board, Image.Image) else _board(board)
        parts.append("</svg>")
        middle = left + wide / 2, top + high + CAPTION * 0.68
        parts.append(f'<text x="{middle[0]:g}" y="{middle[1]:g}" font-size="13" fill="{INK}">{_text(caption)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _shape(board: Drawn) -> tuple[int, int]:
    """Width and height in units."""
    if isinstance(board, Image.Image):
        return board.size
    rows, columns = board.shape
    return max(1, columns) * SIDE, max(1, rows) * SIDE


def _picture(picture: Image.Image) -> Iterator[str]:
    data = io.BytesIO()
    picture.save(data, "PNG", optimize=True)
    coded = base64.b64encode(data.getvalue()).decode()
    yield f'<image width="{picture.width}" height="{picture.height}" href="data:image/png;base64,{coded}"/>'


def _board(grid: Grid) -> Iterator[str]:
    """Backgrounds first, neighbours of one colour as one rectangle; then symbols and marks."""
    grounds = [[_ground(cell, grid.kind) for cell in row] for row in grid.rows]
    yield '<g shape-rendering="crispEdges">'
    for y, row in enumerate(grounds):
        x = 0
        for colour, run in groupby(row):
            count = len(list(run))
            if colour is not None:
                yield _rectangle(x * SIDE, y * SIDE, count * SIDE, SIDE, colour)
            x += count
    yield "</g>"
    if grid.kind != "picture":
        for y, cells in enumerate(grid.rows):
            for x, cell in enumerate(cells):
                yield from _cell(cell, x * SIDE, y * SIDE)


def _ground(cell: Cell, kind: str) -> str | None:
    if kind == "picture":
        return tone(cell, LIGHT).color
    ground = style_of(cell, LIGHT).bgcolor
    return None if ground is None else ground.get_truecolor().hex


def _cell(cell: Cell, left: int, top: int) -> Iterator[str]:
    if cell.role == "blank":
        return
    style, middle = style_of(cell, LIGHT), (left + SIDE // 2, top + SIDE // 2)
    ink = style.color.get_truecolor().hex if style.color else INK
    if cell.changed:
        yield f'<path d="M{left} {top}h{SIDE // 5}l-{SIDE // 5} {SIDE // 5}z" fill="{CHANGED}"/>'
    if cell.violated and not is_filled(cell):
        near, far = SIDE * 3 // 8, SIDE // 4
        yield (
            f'<path d="M{left + near} {top + near}l{far} {far}m0-{far}l-{far} {far}" stroke="{LIGHT.bad}" '
            'stroke-width="3"/>'
        )
    elif cell.violated:
        yield (
            f'<circle cx="{middle[0]}" cy="{middle[1]}" r="{SIDE * 9 // 20}" fill="none" stroke="{ink}" '
            'stroke-width="2"/>'
        )
    sign = cell.text.strip()
    if sign and cell.role != "empty":  # Symbols of empty cells stand for backgrounds, which are drawn.
        weight = ' font-weight="bold"' if cell.role == "given" else ""
        size = SIDE * 7 // 10
        base = top + SIDE // 2 + size * 9 // 25
        yield f'<text x="{middle[0]}" y="{base}" font-size="{size}" fill="{ink}"{weight}>{_text(sign)}</text>'
    if cell.role == "guess" and cell.confidence is not None and not cell.violated:
        width = round((SIDE - 12) * min(1.0, max(0.0, cell.confidence)))
        yield _rectangle(left + 6, top + SIDE - 5, width, 2, ink)


def _rectangle(x: int, y: int, width: int, height: int, colour: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{colour}"/>'


def _text(text: str) -> str:
    """Text of a plugin or a file, safe in a document."""
    return escape("".join(char for char in text if char.isprintable()))
