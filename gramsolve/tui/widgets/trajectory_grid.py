"""All trajectories side by side, as small boards or, where there is no room for those, as status icons."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.message import Message

from gramsolve.tui.view import board_fit
from gramsolve.tui.view.arena_layout import ICON_COLUMNS, BoardTile
from gramsolve.tui.view.board_fit import rich_style
from gramsolve.tui.view.staleness import Cached, Key, LastKey
from gramsolve.tui.view.view_state import ViewState
from gramsolve.tui.widgets.boards import NOTHING, Boards, Line, plain, side_by_side

AT_ONCE = 17
"""Boards that are drawn at once when a new step is not urgent: a key pressed meanwhile waits for no more."""


class TrajectoryScroll(VerticalScroll):
    """The frame around the boards, which scrolls when there are many."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__()
        self._titled = LastKey()

    def set_titles(self, title: Text, foot: Text) -> None:
        """Set the titles. Textual draws everything in the frame again for them, so equal ones are not set."""
        if self._titled.changed((title, foot)):
            self.border_title, self.border_subtitle = title, foot


class TrajectoryGrid(Boards):
    """Every trajectory as a tile: a label over a small board, or its status icon alone.

    Attributes:
        tile: how a board is drawn; None draws icons alone.
        across: tiles in a row.
        pitch: columns and lines from one tile to the next.
        gap, leading: columns between the tiles of a row, lines between rows.
    """

    tile: BoardTile | None = None

    class Chosen(Message):
        """A trajectory was clicked."""

        def __init__(self, trajectory: int) -> None:
            super().__init__()
            self.trajectory = trajectory

    across = 1
    pitch = (ICON_COLUMNS, 1)
    gap = 0
    leading = 0

    def __init__(self) -> None:
        super().__init__()
        self._tiles = Cached[list[Line]]()
        self._rows = Cached[list[Line]]()
        self._fresh: dict[int, list[Line]] = {}  # The rows of the present picture.
        self._held: dict[int, ViewState] = {}

    def fit(self, tile: BoardTile | None, count: int, columns: int, lines: int) -> None:
        """Lay out ``count`` trajectories in ``columns`` columns, and in ``lines`` lines if they can be."""
        self.tile = tile
        if tile is None:
            self.across, self.gap, self.leading = max(1, columns // ICON_COLUMNS), 0, 0
            self.pitch = (ICON_COLUMNS, 1)
        else:
            self.across = tile.across(columns)
            # Room that is left over goes between the boards, but never so much that rows fall apart.
            self.gap = min(4, max(1, (columns - self.across * (tile.width + 1)) // max(1, self.across - 1)))
            rows = -(-count // self.across)
            self.leading = int(rows * (tile.pitch[1] + 1) - 1 <= lines)
            self.pitch = (tile.width + 1 + self.gap, tile.pitch[1] + self.leading)
        self._held = {}
        self.styles.height = -(-count // self.across) * self.pitch[1] - self.leading
        self.refresh(layout=True)

    def render_key(self, state: ViewState) -> Key:
        """Everything but the chosen trajectory, which ``show`` draws by itself."""
        return (state.frame, state.previous, state.instance, state.last_of_round, state.style, state.count)

    def hold(self, state: ViewState) -> None:
        """Show the next state a few rows at a time, by ``catch_up``; the choice of a trajectory changes at once."""
        shown = self.state is not None and self.state.instance is not None
        if self.state is not None and shown and self._drawn.differs(self.render_key(state)):
            rows = -(-self.state.count // self.across)
            self._held = {row: self._held.get(row, self.state) for row in range(rows)}

    @property
    def held(self) -> bool:
        """Some of the boards are still those of an earlier state."""
        return bool(self._held)

    def catch_up(self) -> bool:
        """Draw the next few rows that were held; False if there were none."""
        rows = list(self._held)[: max(1, AT_ONCE // self.across)]
        for row in rows:
            del self._held[row]
        if rows:
            self.refresh(Region(0, rows[0] * self.pitch[1], self.size.width, len(rows) * self.pitch[1]))
        return bool(rows)

    def show(self, state: ViewState) -> None:
        """Draw another state. Another choice redraws two tiles alone, and another step none of those that are held."""
        before = self.state
        if self._held:
            self.state = state
            self._drawn.changed(self.render_key(state))
        else:
            super().show(state)
        if before is not None and before.selected != state.selected:
            self.refresh(self.place(before.selected), self.place(state.selected))

    def place(self, trajectory: int) -> Region:
        """Where a trajectory is drawn."""
        row, column = divmod(trajectory, self.across)
        return Region(column * self.pitch[0], row * self.pitch[1], *self.pitch)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or self.state is None:
            return
        column, row = offset.x // self.pitch[0], offset.y // self.pitch[1]
        trajectory = row * self.across + column
        if column < self.across and trajectory < self.state.count:
            self.post_message(self.Chosen(trajectory))

    def render(self) -> Text:
        return plain(self.lines())

    def lines(self) -> Sequence[Line]:
        if self.state is None or self.state.instance is None:
            return []
        rows = -(-self.state.count // self.across)
        return [self.line(y) for y in range(rows * self.pitch[1] - self.leading)]

    def line(self, y: int) -> Line:
        """Line ``y`` of the content. Rows are drawn when they are asked for: rows out of sight cost nothing."""
        state = self.state
        number, within = divmod(y, self.pitch[1])
        if state is None or state.instance is None or number * self.across >= state.count:
            return NOTHING
        row = self._fresh.get(number)
        if row is None:
            row = self._fresh[number] = self._row(self._held.get(number, state), number, state.selected)
        return row[within] if within < len(row) else NOTHING

    def _next_picture(self) -> None:
        super()._next_picture()
        self._fresh = {}

    def _row(self, state: ViewState, number: int, selected: int) -> list[Line]:
        """The lines of a row of tiles. Most trajectories are settled, so most tiles and rows are those of before."""
        first = number * self.across
        tiles = [self._tile_of(state, i, i == selected) for i in range(first, min(first + self.across, state.count))]
        width = ICON_COLUMNS if self.tile is None else self.tile.width + 1
        return self._rows.get(number, (tiles, width, self.gap), lambda: side_by_side(tiles, width, self.gap))

    def _tile_of(self, state: ViewState, trajectory: int, chosen: bool) -> list[Line]:
        key = (chosen, state.status(trajectory), self.tile, state.style, state.offset, state.content(trajectory))
        draw = self._icon if self.tile is None else self._tile
        return self._tiles.get(trajectory, key, lambda: draw(state, trajectory, chosen))

    def _icon(self, state: ViewState, trajectory: int, chosen: bool) -> list[Line]:
        status, style = state.status(trajectory), state.style
        sides = "[]" if chosen else "  "
        beam = rich_style(f"bold {style.palette.accent}")
        sign = Segment(status.icon(style.ascii), rich_style(status.color(style.palette)))
        return [[Segment(sides[0], beam), sign, Segment(sides[1], beam)]]

    def _tile(self, state: ViewState, trajectory: int, chosen: bool) -> list[Line]:
        """A label over a small board, and a bar beside both when it is the selected one."""
        assert self.tile is not None
        style, status = state.style, state.status(trajectory)
        number = f" {state.offset + trajectory}"
        width = self.tile.width
        label = [
            Segment(status.icon(style.ascii), rich_style(status.color(style.palette))),
            Segment(number, rich_style(style.palette.faint)),
        ]
        label = Segment.adjust_line_length(label, width)
        if chosen:
            beam = rich_style(f"bold reverse {style.palette.accent}")
            label = [Segment(segment.text, beam) for segment in label]
        mode = self.tile.mode
        grid = state.tile(trajectory, (mode.height, mode.width))
        board = [] if grid is None else board_fit.lines(grid, mode, style)
        sign = ("|" if style.ascii else "▌") if chosen else " "
        bar = Segment(sign, rich_style(f"bold {style.palette.accent}"))
        return [[bar, *line] for line in [label, *board]]
