"""Grids as pictures: the test grid alone, or beside the demonstrations where there is room for them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from gramsolve.tasks import Cell, View, mix
from gramsolve_arc.puzzle import ArcPuzzle
from gramsolve_arc.render import Block, cells, drawn

PAPER, INK, LINE, FAINT = "#f6f5f1", "#5d5d58", "#555555", "#d9d7cf"
SMALLEST, LARGEST = 32, 8192
ROOM_FOR_ALL = 400
"""Pixels from which the demonstrations are drawn too."""
ASPECT = 0.6
"""Height of a picture with demonstrations to its width, the same for all moments of all puzzles."""
SURE = 0.98
"""Above this a cell is drawn as certain."""

Box = tuple[float, float, float, float]


def image(puzzle: ArcPuzzle, view: View, size: int) -> Image.Image:
    """One moment as an RGB picture whose longer side has ``size`` pixels. Raises ValueError for other than 32 to 8192.

    A cell is the smaller in its pale square the less sure the model is of it, and a corner marks one that has just
    changed; what is no colour is crossed out.
    """
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"a picture has {SMALLEST} to {LARGEST} pixels, not {size}")
    if size >= ROOM_FOR_ALL and puzzle.task.demonstrations:
        return _sheet(puzzle, view, size)
    picture = Image.new("RGB", (size, size), PAPER)
    draw = ImageDraw.Draw(picture)
    block, margin = cells(puzzle, view), size // 24
    scale = _scale(size - 2 * margin, size - 2 * margin, len(block[0]), len(block))
    _grid(draw, block, (margin, margin, size - margin, size - margin), scale)
    return picture


def _sheet(puzzle: ArcPuzzle, view: View, size: int) -> Image.Image:
    """Demonstrations on the left; on the right the test input and what is answered to it."""
    width, height = size, round(size * ASPECT)
    picture = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(picture)
    margin, font = size // 40, ImageFont.load_default(size=max(10, size // 50))
    top, middle = margin + size // 24, width * 0.52
    of = f" of {puzzle.name}" if puzzle.name else ""
    number = f" {puzzle.index + 1} of {len(puzzle.task.tests)}" if len(puzzle.task.tests) > 1 else ""
    draw.text((margin, margin), f"demonstrations{of}", INK, font)
    draw.text((middle + margin, margin), f"test{number}", INK, font)
    draw.line((middle, margin, middle, height - margin), FAINT, max(1, size // 400))
    pairs = [(drawn(before), drawn(after)) for before, after in puzzle.task.demonstrations]
    _demonstrations(draw, pairs, (margin, top, middle - margin, height - margin))
    answer = None if view.tokens is None else cells(puzzle, view)
    _test(draw, drawn(puzzle.question), answer, (middle + margin, top, width - margin, height - margin))
    return picture


def _demonstrations(draw: ImageDraw.ImageDraw, pairs: Sequence[tuple[Block, Block]], box: Box) -> None:
    """Pairs in as many columns as make them largest, all of one scale."""
    left, top, right, bottom = box
    gap = (right - left) / 30
    wide = max(len(before[0]) + len(after[0]) for before, after in pairs)
    high = max(len(grid) for pair in pairs for grid in pair)

    def layout(columns: int) -> tuple[float, int, float, float]:
        rows = math.ceil(len(pairs) / columns)
        w, h = (right - left + gap) / columns - gap, (bottom - top + gap) / rows - gap
        return _scale(w - 2 * gap, h, wide, high), columns, w, h

    scale, columns, w, h = max(layout(columns) for columns in range(1, len(pairs) + 1))
    for number, (before, after) in enumerate(pairs):
        x, y = left + number % columns * (w + gap), top + number // columns * (h + gap)
        needed = scale * (len(before[0]) + len(after[0])) + 2 * gap
        start = x + (w - needed) / 2
        arrow = start + scale * len(before[0]), start + scale * len(before[0]) + 2 * gap
        _grid(draw, before, (start, y, arrow[0], y + h), scale)
        _arrow(draw, (arrow[0], y + h / 2), (arrow[1], y + h / 2), gap)
        _grid(draw, after, (arrow[1], y, start + needed, y + h), scale)


def _test(draw: ImageDraw.ImageDraw, question: Block, answer: Block | None, box: Box) -> None:
    """Input and output side by side or one above the other, whichever makes them larger."""
    left, top, right, bottom = box
    width, height, gap = right - left, bottom - top, (right - left) / 14
    shown = answer or question
    wide, high = len(question[0]) + len(shown[0]), len(question) + len(shown)
    across = _scale(width - gap, height, wide, max(len(question), len(shown)))
    down = _scale(width, height - gap, max(len(question[0]), len(shown[0])), high)
    x, y = (left + right) / 2, (top + bottom) / 2
    if across >= down:
        x = left + (width - gap) * len(question[0]) / wide
        first, second = (left, top, x, bottom), (x + gap, top, right, bottom)
        arrow = (x, y), (x + gap, y)
    else:
        y = top + (height - gap) * len(question) / high
        first, second = (left, top, right, y), (left, y + gap, right, bottom)
        arrow = (x, y), (x, y + gap)
    scale = max(across, down)
    _grid(draw, question, first, scale)
    _arrow(draw, *arrow, gap / 2)
    if answer is not None:
        _grid(draw, answer, second, scale)
        return
    x, y = (second[0] + second[2]) / 2, (second[1] + second[3]) / 2
    half = scale * len(question[0]) / 2, scale * len(question) / 2
    draw.rectangle((x - half[0], y - half[1], x + half[0], y + half[1]), outline=FAINT, width=max(1, int(gap / 12)))
    draw.text((x, y), "?", INK, ImageFont.load_default(size=max(10.0, min(half))), anchor="mm")


def _scale(width: float, height: float, columns: int, rows: int) -> float:
    """Pixels a cell; whole ones where they are not so few that much room would be lost."""
    scale = max(0.5, min(width / columns, height / rows))
    return float(int(scale)) if scale >= 6 else scale


def _grid(draw: ImageDraw.ImageDraw, block: Block, box: Box, scale: float) -> None:
    """Cells with thin lines between them, in the middle of ``box``."""
    left = round((box[0] + box[2] - scale * len(block[0])) / 2)
    top = round((box[1] + box[3] - scale * len(block)) / 2)
    line = 1 if scale >= 7 else 0
    for r, row in enumerate(block):
        for c, cell in enumerate(row):
            if cell.role != "blank":
                x, y = left + round(c * scale), top + round(r * scale)
                end = left + round((c + 1) * scale), top + round((r + 1) * scale)
                if line:
                    draw.rectangle((x, y, *end), LINE)
                _cell(draw, cell, (x + line, y + line, max(x + line, end[0] - 1), max(y + line, end[1] - 1)))


def _cell(draw: ImageDraw.ImageDraw, cell: Cell, box: tuple[int, int, int, int]) -> None:
    x, y, right, bottom = box
    side = right - x + 1
    if cell.fill is None:
        draw.rectangle(box, PAPER)
        if cell.role == "guess":
            draw.line((x, y, right, bottom), INK)
            draw.line((x, bottom, right, y), INK)
    elif cell.confidence is None or cell.confidence > SURE:
        draw.rectangle(box, cell.fill)
    else:
        # Paler all over would turn black into the grey of another colour, so the middle keeps its own.
        sure = max(0.0, cell.confidence)
        draw.rectangle(box, mix(PAPER, cell.fill, 0.3 + 0.3 * sure))
        inset = round(side * (1 - math.sqrt(0.1 + 0.75 * sure)) / 2)
        draw.rectangle((x + inset, y + inset, max(x + inset, right - inset), max(y + inset, bottom - inset)), cell.fill)
    if cell.changed and side >= 5:
        corner = max(2, side // 4)
        draw.polygon(((x, y), (x + corner, y), (x, y + corner)), "#ffffff")
        draw.line((x + corner, y, x, y + corner), "#000000")


def _arrow(draw: ImageDraw.ImageDraw, start: tuple[float, float], end: tuple[float, float], size: float) -> None:
    """An arrow in the middle of the way from start to end, ``size`` long, to the right or downwards."""
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    along = (1.0, 0.0) if start[1] == end[1] else (0.0, 1.0)

    def at(forwards: float, sideways: float) -> tuple[float, float]:
        return (
            x + size * (forwards * along[0] + sideways * along[1]),
            y + size * (forwards * along[1] + sideways * along[0]),
        )

    draw.line((at(-0.5, 0), at(0.2, 0)), INK, max(1, round(size / 8)))
    draw.polygon((at(0.5, 0), at(0.05, 0.3), at(0.05, -0.3)), INK)
