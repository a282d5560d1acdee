"""Grids on square canvases of tokens: drawing them, finding where they end, turning and recolouring them.

Tokens: 0 padding, 1 end of the grid, 2..11 colours. A grid stands at the top left; end markers fill the row below it
and the column right of it, where there is room, without the corner between. The rest is padding. In *canonical* form
every token outside the grid is as drawn, and one inside that is no colour is padding.

Inputs continue with a header of 11 tokens: 12..19 says how the puzzle was turned, and ten colours say what each
colour of the original has become. A model with one embedding for each task can then follow any symmetric copy of it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from gramsolve.tasks.kernel import Kernel
from gramsolve_arc.puzzle import COLOURS, FIRST_COLOUR, TURN, ArcGrid

PAD, END = 0, 1
TURNS = 8
OUTPUT_VOCAB = FIRST_COLOUR + COLOURS
INPUT_VOCAB = TURN + TURNS
HEADER = 1 + COLOURS

Tokens = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


def draw(cells: Tokens, starts: Numbers, heights: Numbers, widths: Numbers, side: int) -> Tokens:
    """Grids [n] as canvases uint8 [n, side * side].

    Grid ``i`` is ``cells[starts[i]:]``, colours 0..9 row by row, ``heights[i]`` x ``widths[i]``. Raises ValueError for
    one that does not fit the canvas or lies outside ``cells``, and for cells that are no colour.
    """
    sizes = [np.ascontiguousarray(numbers, np.int64) for numbers in (starts, heights, widths)]
    if len({numbers.shape for numbers in sizes}) != 1 or sizes[0].ndim != 1 or cells.ndim != 1:
        raise ValueError("starts, heights and widths must be [n]")
    starts, heights, widths = sizes
    if len(starts):
        if min(heights.min(), widths.min()) < 0 or max(heights.max(), widths.max()) > side:
            raise ValueError(f"a grid does not fit a canvas of {side}x{side}")
        if starts.min() < 0 or (starts + heights * widths).max() > len(cells):
            raise ValueError("a grid lies outside the cells")
        if len(cells) and cells.max() >= COLOURS:
            raise ValueError("a cell is no colour 0..9")
    return _draw(np.ascontiguousarray(cells, np.uint8), starts, heights, widths, side)


def canvas_of(grid: ArcGrid, side: int) -> Tokens:
    """One grid as tokens uint8 [side * side]."""
    height, width = len(grid), len(grid[0]) if grid else 0
    cells = np.frombuffer(b"".join(grid), np.uint8)
    return draw(cells, np.zeros(1, np.int64), np.array([height]), np.array([width]), side)[0]


def extents(tokens: Tokens, side: int) -> tuple[Numbers, Numbers]:
    """Heights and widths int64 [B] of the grids on canvases [B, side * side] that may hold anything.

    Each row votes for a width with its first end marker and each column for a height; the rectangle that the largest
    shares of its own rows and columns vote for is the grid. Where all markers are right nothing else matters, and one
    that is wrong is outvoted. A rectangle without any colour is no grid: 0 x 0.
    """
    return _extents(_checked(tokens, side), side)


def canonical(tokens: Tokens, side: int) -> Tokens:
    """Canvases [B, side * side] in canonical form."""
    return _canonical(_checked(tokens, side), side)


def transform(tokens: Tokens, turns: Tokens, colours: Tokens, side: int) -> Tokens:
    """Canvases [B, side * side], turned by ``turns`` [B] (see ``turn``) and with each colour c, 0..9, changed to
    ``colours`` [B, 10]; canonical, whatever they were."""
    tokens = _checked(tokens, side)
    if turns.shape != (len(tokens),) or colours.shape != (len(tokens), COLOURS):
        raise ValueError(f"turns and colours must be [{len(tokens)}] and [{len(tokens)}, {COLOURS}]")
    if len(tokens) and (turns.max() >= TURNS or colours.max() >= COLOURS):
        raise ValueError("turns are 0..7 and colours 0..9")
    return _transform(tokens, np.ascontiguousarray(turns), np.ascontiguousarray(colours), side)


def sources(tokens: Tokens, turns: Tokens, side: int) -> Numbers:
    """From which cell of canvases [B, side * side] each cell comes when they are turned by ``turns`` [B]: int64, alike.
    Cells outside the turned grid come from where they are."""
    heights, widths = (sizes[:, None, None] for sizes in extents(tokens, side))
    transposed, upside_down, mirrored = (turns[:, None, None] & bit > 0 for bit in (4, 1, 2))
    heights, widths = np.where(transposed, widths, heights), np.where(transposed, heights, widths)
    row, column = np.arange(side)[:, None], np.arange(side)
    r = np.where(upside_down, heights - 1 - row, row)
    c = np.where(mirrored, widths - 1 - column, column)
    found = np.where(transposed, c * side + r, r * side + c)
    inside = (row < heights) & (column < widths)
    return np.where(inside, found, row * side + column).reshape(len(tokens), side * side)


def grid_of(tokens: Tokens, side: int) -> ArcGrid:
    """The grid on one canvas [side * side]; cells that are no colour are 255."""
    tidy = _checked(tokens[None], side)
    (height,), (width,) = _extents(tidy, side)
    cells = _canonical(tidy, side).reshape(side, side)[:height, :width]
    colours = np.where(cells >= FIRST_COLOUR, cells - FIRST_COLOUR, 255).astype(np.uint8)
    return tuple(row.tobytes() for row in colours)


def turn(grid: npt.NDArray[np.generic], number: int) -> npt.NDArray[np.generic]:
    """One grid [rows, columns] under one of the eight symmetries of the square: 4 transposes it first, then 1 flips
    it upside down and 2 left to right."""
    if number & 4:
        grid = grid.T
    if number & 1:
        grid = grid[::-1]
    return grid[:, ::-1] if number & 2 else grid


def relabelled(tokens: Tokens) -> Tokens:
    """Rows [B, L] with colours renamed by first occurrence, black apart: equal for rows that differ in names alone."""
    return _relabelled(np.ascontiguousarray(tokens))


def _checked(tokens: Tokens, side: int) -> Tokens:
    if tokens.ndim != 2 or tokens.shape[1] != side * side or tokens.dtype != np.uint8:
        raise ValueError(f"canvases must be uint8 [B, {side * side}], not {tokens.dtype} {list(tokens.shape)}")
    return np.ascontiguousarray(tokens)


@njit
def _mark_end(canvas: Tokens, height: int, width: int, side: int) -> None:
    if height < side:
        canvas[height * side : height * side + width] = END
    if width < side:
        for row in range(height):
            canvas[row * side + width] = END


@Kernel
def _draw(cells: Tokens, starts: Numbers, heights: Numbers, widths: Numbers, side: int) -> Tokens:
    canvases = np.zeros((len(starts), side * side), np.uint8)
    for i in range(len(starts)):
        height, width = heights[i], widths[i]
        for row in range(height):
            for column in range(width):
                canvases[i, row * side + column] = cells[starts[i] + row * width + column] + FIRST_COLOUR
        _mark_end(canvases[i], height, width, side)
    return canvases


@njit
def _is_colour(token: int) -> bool:
    return FIRST_COLOUR <= token < OUTPUT_VOCAB


@njit
def _extent(canvas: Tokens, side: int) -> tuple[int, int]:
    right = np.full(side, side, np.int64)
    below = np.full(side, side, np.int64)
    for row in range(side):
        for column in range(side):
            if canvas[row * side + column] == END:
                right[row] = min(right[row], column)
                below[column] = min(below[column], row)
    # Shares are compared as fractions of whole numbers; of equals the largest rectangle wins, then the taller.
    best_votes, best_area, best_height, best_width = -1, 1, 0, 0
    columns = np.zeros(side + 1, np.int64)
    for width in range(1, side + 1):
        columns[below[width - 1]] += 1
        rows = 0
        for height in range(1, side + 1):
            rows += right[height - 1] == width
            votes, area = rows * width + columns[height] * height, height * width
            lead = votes * best_area - best_votes * area
            if lead > 0 or (lead == 0 and (area, height) > (best_area, best_height)):
                best_votes, best_area, best_height, best_width = votes, area, height, width
    for row in range(best_height):
        for column in range(best_width):
            if _is_colour(canvas[row * side + column]):
                return best_height, best_width
    return 0, 0


@Kernel
def _extents(tokens: Tokens, side: int) -> tuple[Numbers, Numbers]:
    heights = np.empty(len(tokens), np.int64)
    widths = np.empty(len(tokens), np.int64)
    for b in range(len(tokens)):
        heights[b], widths[b] = _extent(tokens[b], side)
    return heights, widths


@Kernel
def _canonical(tokens: Tokens, side: int) -> Tokens:
    tidy = np.zeros(tokens.shape, np.uint8)
    for b in range(len(tokens)):
        height, width = _extent(tokens[b], side)
        for row in range(height):
            for cell in range(row * side, row * side + width):
                if _is_colour(tokens[b, cell]):
                    tidy[b, cell] = tokens[b, cell]
        _mark_end(tidy[b], height, width, side)
    return tidy


@Kernel
def _transform(tokens: Tokens, turns: Tokens, colours: Tokens, side: int) -> Tokens:
    moved = np.zeros(tokens.shape, np.uint8)
    for b in range(len(tokens)):
        height, width = _extent(tokens[b], side)
        transposed, upside_down, mirrored = turns[b] & 4, turns[b] & 1, turns[b] & 2
        new_height, new_width = (width, height) if transposed else (height, width)
        for row in range(new_height):
            for column in range(new_width):
                r = new_height - 1 - row if upside_down else row
                c = new_width - 1 - column if mirrored else column
                token = tokens[b, c * side + r] if transposed else tokens[b, r * side + c]
                if _is_colour(token):
                    moved[b, row * side + column] = colours[b, token - FIRST_COLOUR] + FIRST_COLOUR
        _mark_end(moved[b], new_height, new_width, side)
    return moved


@Kernel
def _relabelled(tokens: Tokens) -> Tokens:
    result = tokens.copy()
    for b in range(len(tokens)):
        names = np.zeros(OUTPUT_VOCAB, np.uint8)
        names[FIRST_COLOUR] = FIRST_COLOUR
        following = FIRST_COLOUR + 1
        for i in range(tokens.shape[1]):
            token = tokens[b, i]
            if _is_colour(token):
                if names[token] == 0:
                    names[token] = following
                    following += 1
                result[b, i] = names[token]
    return result
