"""Where the panels of the arena stand, and how large the boards on them are."""

from __future__ import annotations

from dataclasses import replace

from rich.text import Text
from textual.screen import Screen

from gramsolve.display.terminal import is_picture
from gramsolve.tasks.task import Grid
from gramsolve.tui import drawing, exact, layout
from gramsolve.tui.moment import Moment
from gramsolve.tui.widgets.board import BoardPanel
from gramsolve.tui.widgets.lines import legend
from gramsolve.tui.widgets.notice import Notice
from gramsolve.tui.widgets.panel import caption
from gramsolve.tui.widgets.solutions import Solutions
from gramsolve.tui.widgets.swarm import Swarm, SwarmScroll
from gramsolve.tui.widgets.timeline import Timeline


class Places:
    """Arranges the panels of one screen."""

    def __init__(self, screen: Screen[None]) -> None:
        self.screen = screen
        self._picture = True
        self._arranged: tuple[object, ...] = ()

    def forget(self) -> None:
        """Another run may have another shape."""
        self._picture = True

    def arrange(self, moment: Moment, searching: bool) -> bool:
        """Give every panel its place, when the screen or the shape of the puzzle has changed. Says whether it has."""
        screen, grid = self.screen, moment.grid(moment.selected)
        if grid is None or not layout.fits(*screen.size):
            return False
        self._picture = self._picture and is_picture(grid)
        searched = moment.searched or searching
        mapped = screen.has_class("map")
        key = (screen.size, grid.shape, moment.count, self._picture, moment.exact, mapped, searched)
        if key == self._arranged:
            return False
        self._arranged = key
        self._arrange(moment, grid, searched, mapped)
        return True

    def _arrange(self, moment: Moment, grid: Grid, searched: bool, mapped: bool) -> None:
        one = self.screen.query_one
        width, height = self.screen.size
        boards = drawing.board_ways(moment, moment.selected, picture=self._picture)
        tiles = drawing.tile_ways(moment, moment.selected, picture=self._picture)
        thumbs = drawing.thumbs(moment, moment.selected)
        plan = layout.plan(width, height, boards, tiles, moment.count, thumbs)
        if searched:  # The boards are the solutions: all of the right side is theirs.
            columns, lines = layout.inner(width, plan.left), height - layout.CHROME
            plan = replace(plan, solutions=0, tile=layout.solution_tile(tiles, columns, lines, moment.count))
        board, timeline, notice = one(BoardPanel), one(Timeline), one(Notice)
        board.way, board.narrow = plan.board, plan.left < 30
        board.styles.height = plan.board.height + layout.FRAME
        one("#left").styles.width = plan.left
        timeline.display, notice.display = plan.timeline and not searched, plan.timeline and searched
        timeline.styles.height = notice.styles.height = (
            layout.TIMELINE if plan.solutions_left and plan.solutions else "1fr"
        )
        inner = layout.inner(width, plan.left)
        room = height - layout.CHROME - layout.FRAME - (0 if plan.solutions_left else plan.solutions)
        one(Swarm).fit(plan.tile, moment.count, inner, room)
        under, beside = one("#under", Solutions), one("#beside", Solutions)
        under.display = plan.solutions > 0 and plan.solutions_left
        beside.display = plan.solutions > 0 and not plan.solutions_left and not (mapped and room < layout.MAP)
        beside.styles.height = plan.solutions
        if plan.tile is None or plan.tile.way in thumbs:
            tiles += thumbs
        for panel in (under, beside):
            columns = plan.left - 4 if plan.solutions_left else inner + 1
            panel.fit(layout.solution_tile(tiles, columns, plan.solutions, moment.exact), plan.solutions)

    def title(self, moment: Moment) -> None:
        """The frame around the swarm has the score as its title, and follows the chosen trajectory."""
        frame, swarm = self.screen.query_one(SwarmScroll), self.screen.query_one(Swarm)
        coarse = "coarse, only the large board is exact" if swarm.tile and swarm.tile.way.kind == "thumb" else ""
        foot = legend(moment, swarm.across * swarm.pitch[0]) if swarm.tile is None else Text(coarse)
        frame.entitle(caption((exact.title(moment), None)), foot)
        if swarm.tile is not None:
            frame.scroll_to_region(swarm.place(moment.selected), animate=False, force=True)
