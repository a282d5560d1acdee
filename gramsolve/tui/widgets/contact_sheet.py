"""The contact sheet: all samples of a step, as large as fits."""

from __future__ import annotations

from typing import NamedTuple

from rich.text import Text

from gramsolve.display import terminal
from gramsolve.tasks.drawing import Grid
from gramsolve.tui.view import board_fit
from gramsolve.tui.view.board_fit import DrawMode
from gramsolve.tui.view.staleness import LastKey
from gramsolve.tui.view.view_state import ViewState
from gramsolve.tui.widgets.boards import Boards
from gramsolve.tui.widgets.pixels import cover

GAP = 2
LABEL = 1


def across(columns: int, width: int) -> int:
    """Number of drawings of ``width`` columns that fit side by side."""
    return max(1, (columns + GAP) // (width + GAP))


def lines_for(count: int, columns: int, mode: DrawMode) -> int:
    """Lines that ``count`` drawings take with their labels, without space between the rows."""
    return -(-count // across(columns, mode.width)) * (mode.height + LABEL)


def choose(every: list[DrawMode], count: int, columns: int, lines: int) -> DrawMode:
    """The largest mode in which all are visible, or else the smallest."""
    fitting = (mode for mode in every if mode.width <= columns and lines_for(count, columns, mode) <= lines)
    return next(fitting, every[-1])


def share(count: int, columns: int, lines: int) -> tuple[int, int]:
    """(lines, columns) for each of ``count`` drawings, about as wide as high."""
    options = []
    for side in range(1, count + 1):
        room = lines // -(-count // side) - LABEL, (columns + GAP) // side - GAP
        # A character is about twice as high as it is wide.
        options.append((min(2 * room[0], room[1]), room))
    return max(4, max(options)[1][0]), max(8, max(options)[1][1])


class Place(NamedTuple):
    """Where drawings go: ``side`` in a row, ``gap`` and ``leading`` between, ``before`` and ``above`` all of them."""

    side: int
    gap: int = GAP
    leading: int = 0
    before: int = 0
    above: int = 0


def placed(count: int, columns: int, lines: int, mode: DrawMode) -> Place:
    """A centred block with about the proportions of the room, with space between rows where there is some."""
    most = min(count, across(columns, mode.width))
    options = []
    for side in range(1, most + 1):
        rows = -(-count // side)
        used = side * (mode.width + GAP) / columns, rows * (mode.height + LABEL) / max(1, lines)
        empty = (rows * side - count) / count
        options.append((used[1] > 1, abs(used[0] - used[1]) + empty, side))
    crowded, _, side = min(options)
    side = most if crowded else side
    rows = -(-count // side)
    gap = max(GAP, min(GAP + 4, (columns - side * mode.width) // max(1, side - 1)))
    spare = max(0, lines - rows * (mode.height + LABEL))
    leading = min(2, spare // max(1, rows - 1))
    before = max(0, columns - side * mode.width - (side - 1) * gap) // 2
    return Place(side, gap, leading, before, max(0, spare - leading * (rows - 1)) // 2)


class ContactSheet(Boards):
    """Every sample under a label with its status."""

    room: tuple[int, int] = (80, 20)
    """Columns and lines to fill."""
    _mode: DrawMode | None = None
    _place = Place(1)

    def __init__(self) -> None:
        super().__init__()
        self._arranged = LastKey()

    def show(self, state: ViewState) -> None:
        self._arrange(state)
        super().show(state)
        cover(self, state, range(state.count))

    def _arrange(self, state: ViewState) -> None:
        """Choose the mode and the height, which may be more than is visible."""
        grid = state.grid(0, self._tile_room(state))
        if grid is None or not grid.rows:
            return
        columns, lines = self.room
        mode = choose(board_fit.modes(grid, ascii=state.style.ascii), state.count, columns, lines)
        place = placed(state.count, columns, lines, mode)
        if not self._arranged.changed((mode, place)):
            return
        self._mode, self._place = mode, place
        rows = -(-state.count // place.side)
        self.styles.height = place.above + rows * (mode.height + LABEL + place.leading) - place.leading
        self.refresh(layout=True)

    def _tile_room(self, state: ViewState) -> tuple[int, int]:
        return share(state.count, *self.room)

    def render(self) -> Text:
        state, mode = self.state, self._mode
        if state is None or state.instance is None or mode is None:
            return Text()
        place = self._place
        tiles = [self._tile(state, row, mode) for row in range(state.count)]
        lines: list[Text] = [Text()] * place.above
        for start in range(0, len(tiles), place.side):
            row = terminal.side_by_side(tiles[start : start + place.side], gap=place.gap)
            lines += [Text(" " * place.before, end="").append_text(line) for line in row]
            lines += [Text()] * place.leading
        return terminal.join(lines[: len(lines) - place.leading])

    def _tile(self, state: ViewState, row: int, mode: DrawMode) -> list[Text]:
        style, status = state.style, state.status(row)
        label = Text(end="", no_wrap=True)
        label.append(status.icon(style.ascii), status.color(style.palette) or "")
        label.append(f" {row}", style.palette.faint or "")
        label.truncate(mode.width, pad=True)
        grid: Grid | None = state.grid(row, self._tile_room(state))
        board = board_fit.draw(grid, mode, style) if grid is not None else []
        for line in board:
            line.truncate(mode.width, pad=True, overflow="crop")
        return [label, *board]
