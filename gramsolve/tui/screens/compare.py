"""Compare two settings or checkpoints on one puzzle, side by side and step by step (the paper's Figure 1, live)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from gramsolve.display.terminal import is_picture
from gramsolve.tasks.task import Task
from gramsolve.tui.exportable import RunExport, exports_of
from gramsolve.tui.runs.comparison import Side, named_by_difference
from gramsolve.tui.runs.run_factory import LoadSolver
from gramsolve.tui.runs.session import Session
from gramsolve.tui.runs.solver_client import SolverClient
from gramsolve.tui.runs.source import EventSource, LiveSource, puzzle_to_watch
from gramsolve.tui.screens.player import PlayerScreen, playback_bindings, scroll_bindings
from gramsolve.tui.screens.search_options import IN_USE, SearchChoice, SearchOptionsDialog, checkpoints
from gramsolve.tui.view import arena_layout, board_fit
from gramsolve.tui.view.view_state import DrawStyle, ViewState
from gramsolve.tui.widgets.footer import KeyFooter
from gramsolve.tui.widgets.solution_race import SolutionRace
from gramsolve.tui.widgets.status_lines import Headline, Transport
from gramsolve.tui.widgets.trajectory_grid import TrajectoryGrid, TrajectoryScroll

CHROME = 3
"""Lines of header, transport and footer."""


class Compare(PlayerScreen):
    """Two runs of one puzzle under one playback head, and how many distinct solutions each has found."""

    ABOUT: ClassVar[str] = (
        "The same puzzle twice, step by step together: on each side all trajectories, below how many different "
        "solutions they have found so far."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *playback_bindings("compare", forward=",right,l", back=",left,h"),
        Binding("1,o", "options(0)", "Left", key_display="1", tooltip="settings of the left side", id="compare.one"),
        Binding("2", "options(1)", "Right", tooltip="settings of the right side", id="compare.two"),
        Binding("p", "puzzle", "Puzzle", tooltip="new puzzle", id="compare.puzzle"),
        Binding("r", "reseed", "Reseed", tooltip="the same puzzle with other noise", id="compare.reseed"),
        Binding("w", "width(1)", "Wider", show=False, tooltip="more trajectories", id="compare.wider"),
        Binding("W", "width(-1)", "Narrower", show=False, tooltip="fewer trajectories", id="compare.narrower"),
        *scroll_bindings("compare"),
        Binding("v", "read", "Text", tooltip="both sides in words, for screen readers", id="compare.read"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="this card", id="compare.help"),
        Binding("escape,q", "leave", "Back", tooltip="back to the arena", id="compare.leave"),
    ]

    def __init__(
        self,
        task: Task,
        variant: str,
        sides: tuple[Side, Side],
        style: DrawStyle,
        seed: int = 0,
        load: LoadSolver | None = None,
    ) -> None:
        super().__init__([side.source for side in sides], style)
        self.load = load or SolverClient().load
        self.plugin, self.variant = task, variant
        self.sides = sides
        self._puzzle_seed = seed
        self._one_sign = True
        self._began = IN_USE

    def compose_body(self) -> ComposeResult:
        yield Headline()
        with Horizontal(id="sides"):
            for _ in self.sides:
                with TrajectoryScroll():
                    yield TrajectoryGrid()
        yield SolutionRace()
        yield Transport()
        yield KeyFooter(show_command_palette=False)

    def state_of(self, session: Session) -> ViewState:
        return ViewState.of(session, self.plugin, self.variant, self.style, self.playback.position)

    def runs(self) -> list[tuple[str, ViewState]]:
        return [(side.name, self.state_of(session)) for side, session in zip(self.sides, self.sessions, strict=True)]

    def draw(self, states: Sequence[ViewState]) -> None:
        leader = max(states, key=lambda state: state.position)
        self._arrange(states)
        self.query_one(Headline).show(leader)
        self.update_transport().show(leader)
        race = self.query_one(SolutionRace)
        race.names = tuple(side.name for side in self.sides)
        race.errors = tuple(session.recorder.error for session in self.sessions)
        race.show_sides(states)
        for trajectories, state in zip(self.query(TrajectoryGrid), states, strict=True):
            trajectories.show(state)

    def _arrange(self, states: Sequence[ViewState]) -> None:
        """The largest boards with which each side shows all its trajectories, or the smallest there are."""
        width, height = self.size
        race = self.query_one(SolutionRace)
        race.styles.height = 8 if height >= 30 else 4
        lines = height - CHROME - race.styles.height.value - arena_layout.FRAME  # type: ignore[union-attr]
        columns = (width - 1) // 2 - arena_layout.FRAME - 2
        for trajectories, frame, side, state in zip(
            self.query(TrajectoryGrid), self.query(TrajectoryScroll), self.sides, states, strict=True
        ):
            frame.border_title = trajectories.caption((side.name, None))
            grid = state.grid(0)
            if grid is None:
                continue
            self._one_sign = self._one_sign and is_picture(grid)
            tiles = [arena_layout.BoardTile(mode) for mode in board_fit.tile_modes(state, 0, one_sign=self._one_sign)]
            fitting = [tile for tile in tiles if -(-state.count // tile.across(columns)) * tile.pitch[1] <= lines]
            small = tiles[-1] if tiles[-1].pitch[0] <= columns else None
            trajectories.fit(fitting[0] if fitting else small, state.count, columns, int(lines))

    # Keys

    def begin(self, sides: tuple[Side, Side]) -> None:
        """Stop the present runs and compare two others."""
        self.sides = sides
        self.restart([side.source for side in sides])

    def restart(self, sources: Sequence[EventSource]) -> None:
        live = [source for source in sources if isinstance(source, LiveSource)]
        left, right = (replace(side, source=source) for side, source in zip(self.sides, live, strict=True))
        self.sides = left, right
        self._one_sign = True
        super().restart(live)

    def action_scroll(self, lines: int) -> None:
        for frame in self.query(TrajectoryScroll):
            frame.scroll_relative(y=lines, animate=False)

    def action_options(self, number: int) -> None:
        """Another checkpoint or other settings for one side."""
        self.playback.playing = False
        side, place = self.sides[number], ("left", "right")[number]
        known = checkpoints(self.plugin.name, self.variant)
        dialog = SearchOptionsDialog(
            side.source.options, side.checkpoint or self._usual, known, self.style, f"the {place} side"
        )
        self.app.push_screen(dialog, partial(self._options_chosen, number))

    def _options_chosen(self, number: int, wanted: SearchChoice | None) -> None:
        if wanted is None:
            return
        side = self.sides[number]
        source = wanted.source(side.source, self.plugin.name, self.load)
        changed = replace(side, source=source, checkpoint=wanted.checkpoint or side.checkpoint)
        left, right = (changed, self.sides[1]) if number == 0 else (self.sides[0], changed)
        self.begin(named_by_difference(left, right, self._usual))

    @property
    def _usual(self) -> str:
        """The checkpoint both sides began with."""
        for side, session in zip(self.sides, self.sessions, strict=True):
            if not side.checkpoint and session.recorder.started is not None:
                self._began = session.recorder.started.checkpoint
        return self._began

    def action_puzzle(self) -> None:
        self._puzzle_seed += 1
        task, variant, seed = self.plugin, self.view_state().variant, self._puzzle_seed
        make = cache(lambda: puzzle_to_watch(task, variant, seed))
        self.change_sources(lambda source: source.with_puzzle(make))

    def exports(self) -> list[RunExport]:
        kept = []
        for side, session in zip(self.sides, self.sessions, strict=True):
            (export,) = exports_of(self.state_of(session), session.recorder)
            kept.append(replace(export, title=side.name, name=f"{export.name}-{side.name.replace(' ', '-')}"))
        return kept

    def action_leave(self) -> None:
        self.stop()
        self.dismiss()
