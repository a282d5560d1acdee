"""The layout of the arena for a size of the terminal, as pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gramsolve.tui.view.board_fit import DrawMode

MINIMUM = (40, 14)
"""Columns and lines of the smallest terminal that screens are drawn in."""

CHROME = 4
"""Lines of header, transport, message and footer."""

FRAME = 2
"""Columns or lines that the border of a panel takes."""

ICON_COLUMNS = 3
"""Columns of a status icon: between two brackets when its trajectory is selected."""

TIMELINE_LINES = 3 + FRAME
SOLUTION_TEXT_LINES = 3 + FRAME

MAP_LINES = 8
"""Lines below which the latent map also takes the place of the solutions below it."""

MIN_TILES = 6
"""Boards that must be visible together; with fewer, trajectories are drawn as icons alone."""

ENOUGH_SOLUTIONS = 12
"""Solutions that must be visible together before they are drawn larger."""


@dataclass(frozen=True)
class BoardTile:
    """How one small board is drawn."""

    mode: DrawMode

    @property
    def width(self) -> int:
        return self.mode.width

    @property
    def height(self) -> int:
        return self.mode.height

    @property
    def pitch(self) -> tuple[int, int]:
        """Columns and lines from one tile to the next: a bar and a gap beside, a label above."""
        return self.width + 2, self.height + 1

    def across(self, columns: int) -> int:
        return max(1, (columns + 1) // self.pitch[0])


@dataclass(frozen=True)
class Layout:
    """The layout. ``tile`` None draws status icons only; ``left`` is the width of the left column."""

    board: DrawMode
    left: int
    tile: BoardTile | None
    timeline: bool
    solutions_left: bool
    solutions: int
    """Lines of the solutions panel with its border; 0 hides it."""


def inner(width: int, left: int) -> int:
    """Columns inside the frame of the trajectories, which has a margin, padding and a scroll bar."""
    return width - left - FRAME - 3


def solution_tile(tiles: Sequence[DrawMode], columns: int, lines: int, known: int | None) -> BoardTile:
    """The largest way to draw a solution that leaves room for all of them, or for ``ENOUGH_SOLUTIONS``."""
    wanted = ENOUGH_SOLUTIONS if known is None else max(1, min(ENOUGH_SOLUTIONS, known))

    def room(tile: BoardTile) -> int:
        return max(0, (columns + 2) // tile.pitch[0]) * max(0, (lines - FRAME) // tile.pitch[1])

    return next((tile for tile in map(BoardTile, tiles) if room(tile) >= wanted), BoardTile(tiles[-1]))


def fits(width: int, height: int) -> bool:
    return width >= MINIMUM[0] and height >= MINIMUM[1]


def plan_layout(
    width: int,
    height: int,
    boards: Sequence[DrawMode],
    tiles: Sequence[DrawMode],
    count: int,
    thumbnails: Sequence[DrawMode] = (),
) -> Layout:
    """The layout with the largest board that leaves room for every trajectory, or at least for some of each panel.

    ``boards`` and ``tiles`` are the ways to draw a board large and small, each from large to small, ``count`` is the
    number of trajectories, and ``thumbnails`` are used before trajectories are drawn as icons alone.
    """
    body = height - CHROME
    small = [BoardTile(mode) for mode in tiles]
    fallback = smallest = None
    for board in boards:
        left = max(board.width + FRAME, 26)
        below = body - board.height - FRAME
        right = inner(width, left)
        if below < 0 or board.width + 2 * FRAME > width * 0.62:
            continue
        timeline = below >= TIMELINE_LINES
        below -= TIMELINE_LINES if timeline else 0
        under = below >= SOLUTION_TEXT_LINES
        for tile in small:
            least = min(tile.height + 1, 7) + FRAME
            ranks = -(-count // tile.across(right))
            lines = ranks * tile.pitch[1]
            spare = body - FRAME - lines
            if not timeline or right < tile.pitch[0] or spare < (0 if under else least):
                continue
            if under and (spare < least or spare <= below):
                return Layout(board, left, tile, timeline, True, below)
            airy = spare - (ranks - 1)  # A free line between the rows of boards, where that leaves enough.
            return Layout(board, left, tile, timeline, False, airy if airy >= 2 * tile.pitch[1] + FRAME else spare)
        scrolled = [small[-1], *map(BoardTile, thumbnails)]
        if fallback is None and timeline:
            fallback = _without_all(board, left, timeline, under, below, body, right, scrolled, count)
        smallest = _without_all(board, left, timeline, under, below, body, right, scrolled, count)
    last = boards[-1]
    return fallback or smallest or Layout(last, last.width + 2 * FRAME, None, False, False, 0)


def _without_all(
    board: DrawMode,
    left: int,
    timeline: bool,
    under: bool,
    below: int,
    body: int,
    right: int,
    tiles: Sequence[BoardTile],
    count: int,
) -> Layout:
    """A layout whose trajectories scroll, or are icons alone where too few boards would be visible."""
    solutions = below if under else SOLUTION_TEXT_LINES if body >= 12 else 0
    for tile in tiles:
        across, spare = tile.across(right), body - FRAME - 2 * tile.pitch[1]
        # The solutions get fewer lines where that makes a second row of boards visible.
        least = 0 if under else min(solutions, FRAME + 1)
        if 2 * across >= min(MIN_TILES, count) and right + 1 >= tile.pitch[0] and spare >= least:
            return Layout(board, left, tile, timeline, under, solutions if under else min(solutions, spare))
    icons = -(-count // max(1, right // ICON_COLUMNS)) + FRAME
    if body - icons >= SOLUTION_TEXT_LINES:
        under, solutions = False, body - icons
    return Layout(board, left, None, timeline, under, solutions)
