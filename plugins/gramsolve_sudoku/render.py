"""Boards as cells for terminals and as pictures."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gramsolve.tasks import Cell, Grid, View, mix
from gramsolve_sudoku.geometry import Geometry, units
from gramsolve_sudoku.notation import Puzzle, drawn_signs

PAPER, INK, THIN = "#fbfaf7", "#26241f", "#b9b3a6"
BOXES = ("#fbfaf7", "#f0ece2")
GIVEN, UNSURE, SURE = "#26241f", "#9cc3df", "#125f98"
WRONG, WRONG_GROUND, CHANGED = "#c8431b", "#f3cdb8", "#f0c419"
SMALLEST, LARGEST = 32, 8192


def cells(puzzle: Puzzle, geometry: Geometry, view: View) -> list[Cell]:
    """The cells, row by row. A given is drawn even where the tokens differ, as a broken rule."""
    result = []
    facts = view.facts(geometry.cells)
    signs = drawn_signs(puzzle.alphabet)
    for given, shade, (token, sure, violated, changed) in zip(puzzle.digits, _shades(geometry), facts, strict=True):
        if given:
            lost = token is not None and token != given + 1
            sign = signs[given - 1]
            result.append(_cell(sign, sign, "given", shade, None, violated or lost, changed))
        elif token is None or token == 1:
            result.append(_cell("·", ".", "empty", shade, sure, violated, changed))
        else:
            sign = signs[token - 2] if 2 <= token < 2 + geometry.size else "?"
            result.append(_cell(sign, sign, "guess", shade, sure, violated, changed))
    return result


_cell = lru_cache(maxsize=4096)(Cell)
"""Few cells differ: sharing them makes many boards a second cheap to draw."""


@lru_cache(maxsize=16)
def _shades(geometry: Geometry) -> list[int]:
    """Of each cell: neighbouring boxes differ."""
    row, column = np.divmod(units(geometry)[2], geometry.rows)
    return ((row + column) % 2).tolist()


def grid(puzzle: Puzzle, geometry: Geometry, view: View) -> Grid:
    """The board as rows of cells; neighbouring boxes differ in shade."""
    flat, size = cells(puzzle, geometry, view), geometry.size
    return Grid(tuple(tuple(flat[i : i + size]) for i in range(0, geometry.cells, size)), puzzle.name)


def image(puzzle: Puzzle, geometry: Geometry, view: View, size: int) -> Image.Image:
    """The board as an RGB picture of size x size pixels. Raises ValueError for sizes that make no picture.

    Givens are black, guesses blue, the deeper the surer. A cell that breaks a rule is struck through; one that has just
    changed has a yellow corner.
    """
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"a picture has {SMALLEST} to {LARGEST} pixels, not {size}")
    count = geometry.size
    margin = max(1, size // 40)
    edges = np.linspace(margin, size - margin - 1, count + 1).round().astype(int).tolist()
    picture = Image.new("RGB", (size, size), PAPER)
    draw = ImageDraw.Draw(picture)
    side = edges[1] - edges[0]
    font = ImageFont.load_default(size=max(6, round(0.62 * side)))
    for number, cell in enumerate(cells(puzzle, geometry, view)):
        row, column = divmod(number, count)
        left, top, right, bottom = edges[column], edges[row], edges[column + 1], edges[row + 1]
        draw.rectangle((left, top, right, bottom), WRONG_GROUND if cell.violated else BOXES[cell.shade])
        if cell.changed:
            corner = max(2, side // 5)
            draw.polygon(((left, top), (left + corner, top), (left, top + corner)), CHANGED)
        if cell.role != "empty":
            sure = 1.0 if cell.confidence is None else cell.confidence
            ink = GIVEN if cell.role == "given" else mix(UNSURE, SURE, sure)
            draw.text(((left + right) / 2, (top + bottom) / 2), cell.text, ink, font, anchor="mm")
        if cell.violated:
            inset = side // 6
            draw.line((left + inset, bottom - inset, right - inset, top + inset), WRONG, max(1, side // 14))
    for i, edge in enumerate(edges):
        for horizontal, step in ((True, geometry.rows), (False, geometry.columns)):
            thick = i % step == 0
            width = max(1, size // 120) if thick else 1
            ends = (edges[0], edge, edges[-1], edge) if horizontal else (edge, edges[0], edge, edges[-1])
            draw.line(ends, INK if thick else THIN, width)
    return picture
