"""Boards as cells for terminals and as pictures."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gramsolve.tasks import Cell, Grid, View, mix
from gramsolve_nqueens.encode import EMPTY, QUEEN, Queens

PAPER, INK = "#fbfaf7", "#6a6a6a"
SQUARES = ("#ece7db", "#cfc6b4")
GIVEN, GIVEN_GROUND = "#26241f", ("#eed58a", "#e3c46c")
UNSURE, SURE, OUTLINE = "#d3e2ef", "#1f78b8", "#11507f"
WRONG, WRONG_GROUND = "#c8431b", ("#f3cdb8", "#e6b49a")
CHANGED = "#f0c419"

FINE = 4
"""Shapes are drawn this many times larger and scaled down, for smooth edges."""
SMALLEST, LARGEST = 32, 8192


def cells(board: Queens, n: int, view: View) -> list[Cell]:
    """The squares, row by row. A given queen is drawn even where the tokens lack it, as a broken rule."""
    given = set(board.queens)
    result = []
    for square, (token, sure, violated, changed) in enumerate(view.facts(n * n)):
        shade = (square // n + square % n) % 2
        if square in given:
            lost = token is not None and token != QUEEN
            result.append(_cell("♛", "Q", "given", shade, None, violated or lost, changed))
        elif token == QUEEN:
            result.append(_cell("♛", "Q", "guess", shade, sure, violated, changed))
        elif token is None or token == EMPTY:
            result.append(_cell("·", ".", "empty", shade, sure, violated, changed))
        else:
            result.append(_cell("?", "?", "guess", shade, sure, violated, changed))
    return result


_cell = lru_cache(maxsize=4096)(Cell)
"""Few squares differ: sharing them makes many boards a second cheap to draw."""


def grid(board: Queens, n: int, view: View) -> Grid:
    """The board as n rows of n cells."""
    flat = cells(board, n, view)
    return Grid(tuple(tuple(flat[i : i + n]) for i in range(0, n * n, n)), board.name)


def image(board: Queens, n: int, view: View, size: int) -> Image.Image:
    """The board as an RGB picture of size x size pixels. Raises ValueError for sizes that make no picture.

    Given queens are dark on gold; guesses are blue, the deeper the surer. A square that breaks a rule has a
    ring, or a cross where it is empty; one that has just changed has a yellow corner.
    """
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"a picture has {SMALLEST} to {LARGEST} pixels, not {size}")
    margin = size // 18 if size >= 24 * n else 0
    edges = np.linspace(margin, size - margin, n + 1).round().astype(int).tolist()
    picture = Image.new("RGB", (size, size), PAPER)
    draw = ImageDraw.Draw(picture)
    for square, cell in enumerate(cells(board, n, view)):
        row, column = divmod(square, n)
        left, top, right, bottom = edges[column], edges[row], edges[column + 1], edges[row + 1]
        grounds = WRONG_GROUND if cell.violated else GIVEN_GROUND if cell.role == "given" else SQUARES
        draw.rectangle((left, top, right - 1, bottom - 1), grounds[cell.shade])
        side = min(right - left, bottom - top)
        if cell.changed:
            corner = max(2, side // 5)
            draw.polygon(((left, top), (left + corner, top), (left, top + corner)), CHANGED)
        for shape, colour in _shapes(cell):
            picture.paste(colour, (left, top), _mask(shape, side))
    if margin:
        _coordinates(draw, edges, margin, n)
        draw.rectangle((margin - 1, margin - 1, size - margin, size - margin), outline=INK)
    return picture


def _shapes(cell: Cell) -> list[tuple[str, str]]:
    """What is drawn on a square: names of shapes and their colours, the lowest first."""
    if cell.role == "empty":
        return [("cross", WRONG)] if cell.violated else []
    shapes = [("ring", WRONG)] if cell.violated else []
    if cell.text == "?":
        return [*shapes, ("bar", OUTLINE)]
    if cell.role == "given":
        return [*shapes, ("crown", GIVEN)]
    sure = 1.0 if cell.confidence is None else cell.confidence
    return [*shapes, ("crown", OUTLINE), ("filling", mix(UNSURE, SURE, sure))]


@lru_cache(maxsize=64)
def _mask(shape: str, side: int) -> Image.Image:
    """How much of each pixel of a square a shape covers: L, side x side."""
    full = side * FINE
    mask = Image.new("L", (full, full))
    draw = ImageDraw.Draw(mask)
    line = max(FINE, full // 24)
    if shape == "ring":
        draw.ellipse((line, line, full - line, full - line), outline=255, width=line + line // 2)
    elif shape == "cross":
        near, far = int(0.36 * full), int(0.64 * full)
        draw.line((near, near, far, far), 255, 2 * line)
        draw.line((near, far, far, near), 255, 2 * line)
    elif shape == "bar":
        draw.rounded_rectangle((0.3 * full, 0.44 * full, 0.7 * full, 0.56 * full), line, 255)
    else:
        _crown(draw, full, rim=full // 36 if shape == "filling" else 0)
    return mask.resize((side, side), Image.Resampling.LANCZOS)


def _crown(draw: ImageDraw.ImageDraw, full: int, rim: int) -> None:
    """A queen's crown: five points with pearls over a band. ``rim`` pixels are taken off around each part."""
    tips = ((0.19, 0.36), (0.345, 0.275), (0.5, 0.245), (0.655, 0.275), (0.81, 0.36))
    valleys = ((0.36, 0.5), (0.44, 0.48), (0.56, 0.48), (0.64, 0.5))
    body = [tips[0]]
    for valley, tip in zip(valleys, tips[1:], strict=True):
        body += [valley, tip]
    body = [(x * full, y * full) for x, y in (*body, (0.7, 0.68), (0.3, 0.68))]
    draw.polygon(body, 255)
    if rim:
        draw.line([*body, body[0], body[1]], 0, 2 * rim, joint="curve")
    for x, y in tips:
        draw.circle((x * full, y * full), 0.053 * full, 255, 0 if rim else 255, max(1, rim))
    band = (0.29 * full, 0.712 * full, 0.71 * full, 0.798 * full)
    draw.rounded_rectangle(band, 0.025 * full, 255, 0 if rim else 255, max(1, rim))


def _coordinates(draw: ImageDraw.ImageDraw, edges: list[int], margin: int, n: int) -> None:
    """Files below and ranks on the left, as on a chessboard; numbers where the alphabet is too short."""
    font = ImageFont.load_default(size=max(8, min(int(0.62 * margin), (edges[1] - edges[0]) // 2)))
    for i in range(n):
        middle = (edges[i] + edges[i + 1]) / 2
        file = chr(ord("a") + i) if n <= 26 else str(i + 1)
        rank = str(n - i) if n <= 26 else str(i + 1)
        draw.text((middle, edges[-1] + margin / 2), file, INK, font, anchor="mm")
        draw.text((margin / 2, middle), rank, INK, font, anchor="mm")
