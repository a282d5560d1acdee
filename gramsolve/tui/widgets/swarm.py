"""All trajectories side by side, as small boards or, where there is no room for those, as marks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.text import Text
from textual import events
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.message import Message

from gramsolve.tui import drawing
from gramsolve.tui.layout import MARK, Tile
from gramsolve.tui.moment import Moment
from gramsolve.tui.widgets.panel import Boards, Line, beside, plain

NOTHING: Line = []


def contents_of(moment: Moment) -> list[tuple[object, ...]]:
    """All that the board of each trajectory shows, in a form that can be compared."""
    frame, before = moment.frame, moment.previous
    if frame is None or moment.instance is None:
        return [(moment.instance,)] * moment.count
    step = frame.step
    # A two-hundredth of confidence more or less is not seen.
    sure = (step.confidence * 200).astype(np.uint8)
    wrong = step.violations
    arrays = [step.tokens, sure, *([] if wrong is None else [wrong]), *([] if before is None else [before.step.tokens])]
    return [(moment.instance, *(array[i].tobytes() for array in arrays if i < len(array))) for i in range(moment.count)]


class SwarmScroll(VerticalScroll):
    """The frame around the swarm, which scrolls when there are many."""

    can_focus = False


class Swarm(Boards):
    """``tile`` says how a board is drawn; None draws marks alone."""

    tile: Tile | None = None

    class Chosen(Message):
        """A trajectory was clicked."""

        def __init__(self, trajectory: int) -> None:
            super().__init__()
            self.trajectory = trajectory

    across = 1
    pitch = (MARK, 1)
    gap = 0
    leading = 0

    def __init__(self) -> None:
        super().__init__()
        self._tiles: dict[tuple[object, ...], list[Line]] = {}
        self._rows: dict[tuple[int, ...], tuple[list[list[Line]], list[Line]]] = {}

    def fit(self, tile: Tile | None, count: int, columns: int, lines: int) -> None:
        """Lay out ``count`` trajectories in ``columns`` columns, and in ``lines`` lines if they can be."""
        self.tile = tile
        if tile is None:
            self.across, self.gap, self.leading = max(1, columns // MARK), 0, 0
            self.pitch = (MARK, 1)
        else:
            self.across = tile.across(columns)
            # Room that is left over goes between the boards, but never so much that rows fall apart.
            self.gap = min(4, max(1, (columns - self.across * (tile.width + 1)) // max(1, self.across - 1)))
            rows = -(-count // self.across)
            self.leading = int(rows * (tile.pitch[1] + 1) - 1 <= lines)
            self.pitch = (tile.width + 1 + self.gap, tile.pitch[1] + self.leading)
        self.styles.height = -(-count // self.across) * self.pitch[1] - self.leading
        self.refresh(layout=True)

    def looks(self, moment: Moment) -> tuple[object, ...]:
        """Everything but the chosen trajectory."""
        return (moment.frame, moment.previous, moment.instance, moment.last_of_round, moment.look, moment.count)

    def show(self, moment: Moment) -> None:
        """Another choice changes two tiles alone."""
        before = self.moment
        super().show(moment)
        if before is not None and before.selected != moment.selected:
            self.refresh(self.place(before.selected), self.place(moment.selected))

    def place(self, trajectory: int) -> Region:
        """Where a trajectory is drawn."""
        row, column = divmod(trajectory, self.across)
        return Region(column * self.pitch[0], row * self.pitch[1], *self.pitch)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or self.moment is None:
            return
        column, row = offset.x // self.pitch[0], offset.y // self.pitch[1]
        trajectory = row * self.across + column
        if column < self.across and trajectory < self.moment.count:
            self.post_message(self.Chosen(trajectory))

    def render(self) -> Text:
        return plain(self.lines())

    def lines(self) -> Sequence[Line]:
        """Tiles and rows that look as they did before are the same ones: trajectories settle one after another."""
        moment = self.moment
        if moment is None or moment.instance is None:
            return []
        width = MARK if self.tile is None else self.tile.width + 1
        draw = self._mark if self.tile is None else self._tile
        contents = contents_of(moment)
        tiles: dict[tuple[object, ...], list[Line]] = {}
        for i in range(moment.count):
            key = (i, i == moment.selected, moment.mark(i), self.tile, moment.look, moment.offset, contents[i])
            tiles[key] = self._tiles.get(key) or draw(moment, i)
        rows: dict[tuple[int, ...], tuple[list[list[Line]], list[Line]]] = {}
        drawn, lines = list(tiles.values()), []
        for start in range(0, moment.count, self.across):
            row = drawn[start : start + self.across]
            place = (self.gap, *map(id, row))
            rows[place] = self._rows.get(place) or (row, beside(row, width, self.gap))
            lines += [*rows[place][1], *[NOTHING] * self.leading]
        self._tiles, self._rows = tiles, rows
        return lines[: len(lines) - self.leading]

    def _mark(self, moment: Moment, trajectory: int) -> list[Line]:
        mark, look = moment.mark(trajectory), moment.look
        chosen = trajectory == moment.selected
        text = Text(end="")
        text.append("[" if chosen else " ", f"bold {look.palette.accent}")
        text.append(mark.sign(look.ascii), mark.color(look.palette) or "")
        text.append("]" if chosen else " ", f"bold {look.palette.accent}")
        return [drawing.segments(text)]

    def _tile(self, moment: Moment, trajectory: int) -> list[Line]:
        """A label over a small board, and a bar beside both when it is the selected one."""
        assert self.tile is not None
        look, mark = moment.look, moment.mark(trajectory)
        chosen = trajectory == moment.selected
        number = str(moment.offset + trajectory)
        label = Text(end="", no_wrap=True)
        label.append(mark.sign(look.ascii), mark.color(look.palette) or "")
        label.append(f" {number}", look.palette.faint or "")
        label.truncate(self.tile.width, pad=True)
        beam = f"bold {look.palette.accent}"
        if chosen:
            label = Text(label.plain, f"bold reverse {look.palette.accent}", end="", no_wrap=True)
        way = self.tile.way
        grid = moment.grid(trajectory, (way.height, way.width))
        board = [] if grid is None else drawing.lines(grid, way, look)[: way.height]
        bar = drawing.segments(Text(("|" if look.ascii else "▌") if chosen else " ", beam, end=""))
        return [[*bar, *line] for line in [drawing.segments(label), *board]]
