"""Applies the layout of the arena to its panels."""

from __future__ import annotations

from dataclasses import replace

from rich.text import Text
from textual.screen import Screen

from gramsolve.display.terminal import is_picture
from gramsolve.tasks.drawing import Grid
from gramsolve.tui.view import arena_layout, board_fit
from gramsolve.tui.view.staleness import LastKey
from gramsolve.tui.view.view_state import ViewState
from gramsolve.tui.widgets.board import BoardPanel
from gramsolve.tui.widgets.notice import Notice
from gramsolve.tui.widgets.panel import caption
from gramsolve.tui.widgets.solutions import Solutions
from gramsolve.tui.widgets.status_lines import legend
from gramsolve.tui.widgets.timeline import Timeline
from gramsolve.tui.widgets.trajectory_grid import TrajectoryGrid, TrajectoryScroll


class ArenaPanels:
    """Places and sizes of the panels of one arena, which depend on the screen and on the shape of the puzzle."""

    def __init__(self, screen: Screen[None]) -> None:
        self.screen = screen
        self._one_sign = True
        self._arranged = LastKey()

    def forget(self) -> None:
        """Another run begins: its cells may have other signs."""
        self._one_sign = True

    def arrange(self, state: ViewState, searching: bool) -> bool:
        """Arrange the panels if anything that the layout depends on has changed; True if it has."""
        screen, grid = self.screen, state.grid(state.selected)
        if grid is None or not arena_layout.fits(*screen.size):
            return False
        self._one_sign = self._one_sign and is_picture(grid)
        searched = state.searched or searching
        mapped = screen.has_class("map")
        key = (screen.size, grid.shape, state.count, self._one_sign, state.exact, mapped, searched)
        changed = self._arranged.changed(key)
        if changed:
            self._arrange(state, grid, searched, mapped)
        return changed

    def _arrange(self, state: ViewState, grid: Grid, searched: bool, mapped: bool) -> None:
        one = self.screen.query_one
        width, height = self.screen.size
        boards = board_fit.board_modes(state, state.selected, one_sign=self._one_sign)
        tiles = board_fit.tile_modes(state, state.selected, one_sign=self._one_sign)
        thumbnails = board_fit.thumbnails(state, state.selected)
        plan = arena_layout.plan_layout(width, height, boards, tiles, state.count, thumbnails)
        if searched:  # The boards are the solutions: all of the right side is theirs.
            columns, lines = arena_layout.inner(width, plan.left), height - arena_layout.CHROME
            plan = replace(plan, solutions=0, tile=arena_layout.solution_tile(tiles, columns, lines, state.count))
        board, timeline, notice = one(BoardPanel), one(Timeline), one(Notice)
        board.mode, board.narrow = plan.board, plan.left < 30
        board.styles.height = plan.board.height + arena_layout.FRAME
        one("#left").styles.width = plan.left
        timeline.display, notice.display = plan.timeline and not searched, plan.timeline and searched
        timeline.styles.height = notice.styles.height = (
            arena_layout.TIMELINE_LINES if plan.solutions_left and plan.solutions else "1fr"
        )
        inner = arena_layout.inner(width, plan.left)
        room = height - arena_layout.CHROME - arena_layout.FRAME - (0 if plan.solutions_left else plan.solutions)
        one(TrajectoryGrid).fit(plan.tile, state.count, inner, room)
        under, beside = one("#under", Solutions), one("#beside", Solutions)
        under.display = plan.solutions > 0 and plan.solutions_left
        beside.display = (
            plan.solutions > 0 and not plan.solutions_left and not (mapped and room < arena_layout.MAP_LINES)
        )
        beside.styles.height = plan.solutions
        if plan.tile is None or plan.tile.mode in thumbnails:
            tiles += thumbnails
        for panel in (under, beside):
            columns = plan.left - 4 if plan.solutions_left else inner + 1
            panel.fit(arena_layout.solution_tile(tiles, columns, plan.solutions, state.exact), plan.solutions)

    def title(self, state: ViewState) -> None:
        """Title the frame of the trajectories with their number, and scroll it to the chosen one."""
        frame, trajectories = self.screen.query_one(TrajectoryScroll), self.screen.query_one(TrajectoryGrid)
        coarse = (
            "coarse, only the large board is exact"
            if trajectories.tile and trajectories.tile.mode.kind == "thumbnail"
            else ""
        )
        foot = legend(state, trajectories.across * trajectories.pitch[0]) if trajectories.tile is None else Text(coarse)
        frame.set_titles(caption((_title(state), None)), foot)
        if trajectories.tile is not None:
            frame.scroll_to_region(trajectories.place(state.selected), animate=False, force=True)


def _title(state: ViewState) -> str:
    """What the boards are called together, and how many there are."""
    if not state.searched:
        return f"trajectories  {state.count}"
    shown = state.count if state.frames else 0
    if state.finished is None or state.exact == shown:
        return f"solutions  {shown}"
    return f"solutions  {shown} of {'more' if state.exact is None else f'{state.exact:,}'}"
