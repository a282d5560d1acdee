"""All trajectories side by side, as small boards or, where there is no room for those, as marks."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.message import Message

from gramsolve.tui.view import board_fit
from gramsolve.tui.view.arena_layout import ICON_COLUMNS, BoardTile
from gramsolve.tui.view.board_fit import rich_style
from gramsolve.tui.view.view_state import ViewState
from gramsolve.tui.widgets.boards import NOTHING, Boards, Line, plain, side_by_side

AT_ONCE = 17
"""Boards that are drawn in one go when a new step is not urgent: a key that comes meanwhile waits for no more."""


class TrajectoryScroll(VerticalScroll):
    """The frame around the swarm, which scrolls when there are many."""

    can_focus = False
    _titles: tuple[Text, Text] | None = None

    def set_titles(self, title: Text, foot: Text) -> None:
        """Set the titles, if they are others: Textual draws everything in the frame again for them."""
        if (title, foot) != self._titles:
            self._titles = self.border_title, self.border_subtitle = title, foot


class TrajectoryGrid(Boards):
    """``tile`` says how a board is drawn; None draws marks alone."""

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
        self._tiles: dict[int, tuple[tuple[object, ...], list[Line]]] = {}
        self._rows: dict[int, tuple[list[list[Line]], list[Line]]] = {}
        self._fresh: dict[int, list[Line]] = {}
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
        self._rows, self._held = {}, {}
        self.styles.height = -(-count // self.across) * self.pitch[1] - self.leading
        self.refresh(layout=True)

    def render_key(self, state: ViewState) -> tuple[object, ...]:
        """Everything but the chosen trajectory."""
        return (state.frame, state.previous, state.instance, state.last_of_round, state.style, state.count)

    def hold(self, state: ViewState) -> None:
        """Another moment will be shown a few rows at a time, by ``catch_up``; the choice changes at once."""
        if self.state is not None and self.state.instance is not None and self.render_key(state) != self._render_key:
            rows = -(-self.state.count // self.across)
            self._held = {row: self._held.get(row, self.state) for row in range(rows)}

    @property
    def held(self) -> bool:
        """Whether some of the boards are still those of a moment before."""
        return bool(self._held)

    def catch_up(self) -> bool:
        """Draw the next few rows that were held. Says whether there were any."""
        rows = list(self._held)[: max(1, AT_ONCE // self.across)]
        for row in rows:
            del self._held[row]
        if rows:
            self.refresh(Region(0, rows[0] * self.pitch[1], self.size.width, len(rows) * self.pitch[1]))
        return bool(rows)

    def show(self, state: ViewState) -> None:
        """Another choice changes two tiles alone, and another step none of those that are held."""
        before = self.state
        if self._held:
            self.state, self._render_key = state, self.render_key(state)
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
        """Rows are drawn when they are looked at, so that those which are scrolled away cost nothing."""
        state = self.state
        number, within = divmod(y, self.pitch[1])
        if state is None or state.instance is None or number * self.across >= state.count:
            return NOTHING
        row = self._fresh.get(number)
        if row is None:
            row = self._fresh[number] = self._row(self._held.get(number, state), number, state.selected)
        return row[within] if within < len(row) else NOTHING

    def _forget(self) -> None:
        super()._forget()
        self._fresh = {}

    def _row(self, state: ViewState, number: int, selected: int) -> list[Line]:
        """Tiles and rows that look as they did before are the same ones: trajectories settle one after another."""
        first = number * self.across
        tiles = [self._tile_of(state, i, i == selected) for i in range(first, min(first + self.across, state.count))]
        before = self._rows.get(number)
        if before is None or len(before[0]) != len(tiles) or not all(map(is_, before[0], tiles)):
            width = ICON_COLUMNS if self.tile is None else self.tile.width + 1
            before = self._rows[number] = tiles, side_by_side(tiles, width, self.gap)
        return before[1]

    def _tile_of(self, state: ViewState, trajectory: int, chosen: bool) -> list[Line]:
        key = (chosen, state.status(trajectory), self.tile, state.style, state.offset, state.content(trajectory))
        before = self._tiles.get(trajectory)
        if before is None or before[0] != key:
            draw = self._icon if self.tile is None else self._tile
            before = self._tiles[trajectory] = key, draw(state, trajectory, chosen)
        return before[1]

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
