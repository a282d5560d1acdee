"""All trajectories side by side, as small boards or, where there is no room for those, as marks."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.message import Message

from gramsolve.display import terminal
from gramsolve.tui import drawing
from gramsolve.tui.layout import MARK, Tile
from gramsolve.tui.moment import Moment
from gramsolve.tui.widgets.panel import Panel


class SwarmScroll(VerticalScroll):
    """The frame around the swarm, which scrolls when there are many."""

    can_focus = False


class Swarm(Panel):
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
        moment = self.moment
        if moment is None or moment.instance is None:
            return Text()
        drawn = [self._mark(moment, i) if self.tile is None else self._tile(moment, i) for i in range(moment.count)]
        lines: list[Text] = []
        for start in range(0, len(drawn), self.across):
            lines += terminal.beside(drawn[start : start + self.across], gap=self.gap)
            lines += [Text()] * self.leading
        return terminal.join(lines[: len(lines) - self.leading])

    def _mark(self, moment: Moment, trajectory: int) -> list[Text]:
        mark, look = moment.mark(trajectory), moment.look
        chosen = trajectory == moment.selected
        text = Text(end="")
        text.append("[" if chosen else " ", f"bold {look.palette.accent}")
        text.append(mark.sign(look.ascii), mark.color(look.palette) or "")
        text.append("]" if chosen else " ", f"bold {look.palette.accent}")
        return [text]

    def _tile(self, moment: Moment, trajectory: int) -> list[Text]:
        """A label over a small board, and a bar beside both when it is the selected one."""
        assert self.tile is not None
        look, mark = moment.look, moment.mark(trajectory)
        chosen = trajectory == moment.selected
        bar = ("|" if look.ascii else "▌") if chosen else " "
        number = str(moment.offset + trajectory)
        label = Text(end="", no_wrap=True)
        label.append(mark.sign(look.ascii), mark.color(look.palette) or "")
        label.append(f" {number}", look.palette.faint or "")
        label.truncate(self.tile.width, pad=True)
        if chosen:
            label = Text(label.plain, f"bold reverse {look.palette.accent}", end="", no_wrap=True)
        way = self.tile.way
        grid = moment.grid(trajectory, (way.height, way.width))
        board = [] if grid is None else drawing.cropped(drawing.draw(grid, way, look), way.width, way.height)
        beam = f"bold {look.palette.accent}"
        return [Text(end="").append(bar, beam).append_text(line) for line in [label, *board]]
