"""The contact sheet: all samples of a moment, as large as lets all of them be seen."""

from __future__ import annotations

from typing import NamedTuple

from rich.text import Text

from gramsolve.display import terminal
from gramsolve.tasks.task import Grid
from gramsolve.tui import drawing
from gramsolve.tui.drawing import Way
from gramsolve.tui.moment import Moment
from gramsolve.tui.widgets.boards import Boards
from gramsolve.tui.widgets.pixels import cover

GAP = 2
LABEL = 1


def across(columns: int, width: int) -> int:
    """Drawings of ``width`` columns that go side by side."""
    return max(1, (columns + GAP) // (width + GAP))


def lines_for(count: int, columns: int, way: Way) -> int:
    """Lines that ``count`` drawings take with their labels, without air between the rows."""
    return -(-count // across(columns, way.width)) * (way.height + LABEL)


def choose(every: list[Way], count: int, columns: int, lines: int) -> Way:
    """The largest way with which all are seen at once, or else the smallest."""
    fitting = (way for way in every if way.width <= columns and lines_for(count, columns, way) <= lines)
    return next(fitting, every[-1])


def share(count: int, columns: int, lines: int) -> tuple[int, int]:
    """(lines, columns) for each of ``count`` drawings that fit themselves into their room, in a sensible shape."""
    options = []
    for side in range(1, count + 1):
        room = lines // -(-count // side) - LABEL, (columns + GAP) // side - GAP
        # A character is about twice as high as it is wide.
        options.append((min(2 * room[0], room[1]), room))
    return max(4, max(options)[1][0]), max(8, max(options)[1][1])


class Place(NamedTuple):
    """Where drawings go: ``side`` in a row, ``gap`` and ``leading`` between them, ``before`` and ``above`` them all."""

    side: int
    gap: int = GAP
    leading: int = 0
    before: int = 0
    above: int = 0


def placed(count: int, columns: int, lines: int, way: Way) -> Place:
    """In a block about as wide for its height as the room is, in the middle of it, airy where there is air."""
    most = min(count, across(columns, way.width))
    options = []
    for side in range(1, most + 1):
        rows = -(-count // side)
        used = side * (way.width + GAP) / columns, rows * (way.height + LABEL) / max(1, lines)
        empty = (rows * side - count) / count
        options.append((used[1] > 1, abs(used[0] - used[1]) + empty, side))
    crowded, _, side = min(options)
    side = most if crowded else side
    rows = -(-count // side)
    gap = max(GAP, min(GAP + 4, (columns - side * way.width) // max(1, side - 1)))
    spare = max(0, lines - rows * (way.height + LABEL))
    leading = min(2, spare // max(1, rows - 1))
    before = max(0, columns - side * way.width - (side - 1) * gap) // 2
    return Place(side, gap, leading, before, max(0, spare - leading * (rows - 1)) // 2)


class Sheet(Boards):
    """Every sample under a label that says how it stands."""

    room: tuple[int, int] = (80, 20)
    """Columns and lines to fill."""
    _way: Way | None = None
    _place = Place(1)

    def show(self, moment: Moment) -> None:
        self._arrange(moment)
        super().show(moment)
        cover(self, moment, range(moment.count))

    def _arrange(self, moment: Moment) -> None:
        """The way to draw, and the height it takes, which may be more than there is to see."""
        grid = moment.grid(0, self._tile_room(moment))
        if grid is None or not grid.rows:
            return
        columns, lines = self.room
        way = choose(drawing.ways(grid, ascii=moment.look.ascii), moment.count, columns, lines)
        place = placed(moment.count, columns, lines, way)
        if (way, place) == (self._way, self._place):
            return
        self._way, self._place = way, place
        rows = -(-moment.count // place.side)
        self.styles.height = place.above + rows * (way.height + LABEL + place.leading) - place.leading
        self.refresh(layout=True)

    def _tile_room(self, moment: Moment) -> tuple[int, int]:
        return share(moment.count, *self.room)

    def render(self) -> Text:
        moment, way = self.moment, self._way
        if moment is None or moment.instance is None or way is None:
            return Text()
        place = self._place
        tiles = [self._tile(moment, row, way) for row in range(moment.count)]
        lines: list[Text] = [Text()] * place.above
        for start in range(0, len(tiles), place.side):
            row = terminal.side_by_side(tiles[start : start + place.side], gap=place.gap)
            lines += [Text(" " * place.before, end="").append_text(line) for line in row]
            lines += [Text()] * place.leading
        return terminal.join(lines[: len(lines) - place.leading])

    def _tile(self, moment: Moment, row: int, way: Way) -> list[Text]:
        look, mark = moment.look, moment.mark(row)
        label = Text(end="", no_wrap=True)
        label.append(mark.sign(look.ascii), mark.color(look.palette) or "")
        label.append(f" {row}", look.palette.faint or "")
        label.truncate(way.width, pad=True)
        grid: Grid | None = moment.grid(row, self._tile_room(moment))
        board = drawing.draw(grid, way, look) if grid is not None else []
        for line in board:
            line.truncate(way.width, pad=True, overflow="crop")
        return [label, *board]
