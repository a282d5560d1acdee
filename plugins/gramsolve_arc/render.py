"""Grids as cells for terminals: the test grid at one moment, and the demonstrations that belong to it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from gramsolve.tasks import Cell, Grid, View
from gramsolve_arc.canvas import canonical, extents
from gramsolve_arc.puzzle import FIRST_COLOUR, ArcGrid, ArcPuzzle, side_of, size_of

PALETTE = (
    "#000000",
    "#0074d9",
    "#ff4136",
    "#2ecc40",
    "#ffdc00",
    "#aaaaaa",
    "#f012be",
    "#ff851b",
    "#7fdbff",
    "#870c25",
)
"""The colours of the official ARC pages, 0 to 9."""

BLANK = Cell(" ", " ", "blank")
EMPTY = Cell("·", ".", "empty")
ARROW = Cell("→", ">", "line")
UNKNOWN = Cell("?", "?", "line")
GAP = 2
"""Blank columns between pairs."""
WIDE = 49
"""Columns of cells at which pairs go on in the next row: just under a hundred characters."""

Block = list[list[Cell]]


def grid(puzzle: ArcPuzzle, view: View) -> Grid:
    """The test input, or with tokens the output, cropped to what is known to be there."""
    return Grid(tuple(tuple(row) for row in cells(puzzle, view)), _title(puzzle))


def cells(puzzle: ArcPuzzle, view: View) -> Block:
    """Rows of cells, as many as the largest of the test input, the output and the output of the frame before."""
    side = side_of(puzzle.variant)
    rows, columns = size_of(puzzle.question)
    if view.tokens is None:
        block = [[_cell(colour, "given") for colour in row] for row in puzzle.question]
        return block or [[EMPTY] * side for _ in range(side)]
    frames = [tokens for tokens in (view.tokens, view.previous) if tokens is not None]
    tidy = canonical(np.stack(frames), side)
    heights, widths = extents(tidy, side)
    rows, columns = max(rows, 1, *heights.tolist()), max(columns, 1, *widths.tolist())
    height, width = int(heights[0]), int(widths[0])
    known = replace(view, tokens=tidy[0], previous=tidy[1] if len(tidy) > 1 else None)
    facts = list(known.facts(side * side))
    return [
        [_guess(*facts[row * side + column]) if row < height and column < width else BLANK for column in range(columns)]
        for row in range(rows)
    ]


def context(puzzle: ArcPuzzle) -> Grid | None:
    """The demonstrations, each with an arrow from input to output, and the test input with a question mark."""
    if not puzzle.question:
        return None
    pairs = [(drawn(before), drawn(after)) for before, after in puzzle.task.demonstrations]
    pairs.append((drawn(puzzle.question), [[UNKNOWN]]))
    left, right = (max(len(pair[i][0]) for pair in pairs) for i in (0, 1))
    blocks = [_pair(before, after, left, right) for before, after in pairs]
    per_band = max(1, (WIDE + GAP) // (left + 3 + right + GAP))
    rows: Block = []
    for start in range(0, len(blocks), per_band):
        if rows:
            rows.append([BLANK])
        rows += _beside(blocks[start : start + per_band])
    width = max(map(len, rows))
    return Grid(tuple(tuple(row + [BLANK] * (width - len(row))) for row in rows), _title(puzzle))


def _title(puzzle: ArcPuzzle) -> str:
    several = len(puzzle.task.tests)
    return puzzle.name if several == 1 else f"{puzzle.name} test {puzzle.index + 1} of {several}".strip()


def _cell(colour: int, role: str) -> Cell:
    return Cell(str(colour), str(colour), role, fill=PALETTE[colour])


@lru_cache(maxsize=4096)
def _guess(token: int | None, sure: float | None, violated: bool, changed: bool) -> Cell:
    """A cell of the output. Few of them differ: sharing them makes many boards a second cheap to draw."""
    colour = -1 if token is None else token - FIRST_COLOUR
    text = str(colour) if colour >= 0 else "?"
    return Cell(text, text, "guess", 0, sure, violated, changed, PALETTE[colour] if colour >= 0 else None)


def drawn(grid: ArcGrid) -> Block:
    """A whole grid that is given."""
    return [[_cell(colour, "given") for colour in row] for row in grid]


def _pair(before: Block, after: Block, left: int, right: int) -> Block:
    """Two grids with an arrow between, each in a column of the width that all pairs share."""
    height = max(len(before), len(after))
    middle = (height - 1) // 2
    sides = [_framed(before, height, left), _framed(after, height, right)]
    return [[*sides[0][row], BLANK, ARROW if row == middle else BLANK, BLANK, *sides[1][row]] for row in range(height)]


def _framed(block: Block, height: int, width: int) -> Block:
    """A block in the middle of ``height`` rows, at the left of ``width`` columns."""
    above = (height - len(block)) // 2
    rows = [row + [BLANK] * (width - len(row)) for row in block]
    empty = [BLANK] * width
    return [empty] * above + rows + [empty] * (height - len(block) - above)


def _beside(blocks: list[Block]) -> Block:
    """Blocks side by side, the shorter ones blank below."""
    height = max(map(len, blocks))
    rows: Block = [[] for _ in range(height)]
    for number, block in enumerate(blocks):
        for row in range(height):
            rows[row] += [BLANK] * GAP if number else []
            rows[row] += block[row] if row < len(block) else [BLANK] * len(block[0])
    return rows
