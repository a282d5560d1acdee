"""Two ways to attack the same puzzle, side by side and in lockstep: the paper's Figure 1, alive."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from gramsolve.display.terminal import is_picture
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task
from gramsolve.tui.exportable import RunExport, exports_of
from gramsolve.tui.runs.comparison import Side, named_by_difference
from gramsolve.tui.runs.playback import Playback
from gramsolve.tui.runs.run_factory import LoadSolver
from gramsolve.tui.runs.session import Session
from gramsolve.tui.runs.solver_client import SolverClient
from gramsolve.tui.runs.source import LiveSource, puzzle_to_watch
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.screens.search_options import IN_USE, SearchChoice, SearchOptionsDialog, checkpoints
from gramsolve.tui.screens.text import TextView
from gramsolve.tui.view import arena_layout, board_fit
from gramsolve.tui.view.view_state import DrawStyle, ViewState
from gramsolve.tui.widgets.footer import KeyFooter
from gramsolve.tui.widgets.solution_race import SolutionRace
from gramsolve.tui.widgets.status_lines import Headline, Transport
from gramsolve.tui.widgets.trajectory_grid import TrajectoryGrid, TrajectoryScroll

RATE = 1 / 12
CHROME = 3
"""Lines of header, transport and footer."""


class Compare(Screen[None]):
    """Two swarms of one puzzle under one playback head, and how many distinct solutions each has found."""

    ABOUT: ClassVar[str] = (
        "The same puzzle twice, step by step together: on each side all trajectories, below how many different "
        "solutions they have found so far."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play", "Play", tooltip="play or pause", id="compare.play"),
        Binding(
            "full_stop,right_square_bracket,n,right,l",
            "step(1)",
            "Step",
            key_display=". ,",
            tooltip="one step forward",
            id="compare.forward",
        ),
        Binding(
            "comma,left_square_bracket,b,left,h",
            "step(-1)",
            "Back",
            show=False,
            tooltip="one step back",
            id="compare.back",
        ),
        Binding("plus,equals_sign", "speed(1)", "Faster", show=False, tooltip="faster", id="compare.faster"),
        Binding("minus,underscore", "speed(-1)", "Slower", show=False, tooltip="slower", id="compare.slower"),
        Binding("home,0", "seek(0)", "Start", show=False, tooltip="to the puzzle", id="compare.start"),
        Binding("e,end", "end", "End", show=False, tooltip="to the newest step", id="compare.end"),
        Binding("1,o", "options(0)", "Left", key_display="1", tooltip="settings of the left side", id="compare.one"),
        Binding("2", "options(1)", "Right", tooltip="settings of the right side", id="compare.two"),
        Binding("p", "puzzle", "Puzzle", tooltip="new puzzle", id="compare.puzzle"),
        Binding("r", "reseed", "Reseed", tooltip="the same puzzle with other noise", id="compare.reseed"),
        Binding("w", "width(1)", "Wider", show=False, tooltip="more trajectories", id="compare.wider"),
        Binding("W", "width(-1)", "Narrower", show=False, tooltip="fewer trajectories", id="compare.narrower"),
        Binding("k,up", "scroll(-4)", show=False, tooltip="scroll, where there are more than fit", id="compare.up"),
        Binding("j,down", "scroll(4)", show=False, tooltip="scroll, where there are more than fit", id="compare.down"),
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
        super().__init__(classes="ascii" if style.ascii else "")
        self.load = load or SolverClient().load
        self.puzzles, self.variant, self.style = task, variant, style
        self.sides = sides
        self.sessions = tuple(Session(side.source) for side in sides)
        self.playback = Playback()
        self._puzzle_seed = seed
        self._clock = monotonic()
        self._drawn: tuple[object, ...] = ()
        self._picture = True
        self._began = IN_USE

    def compose(self) -> ComposeResult:
        with Vertical(id="room"):
            yield Headline()
            with Horizontal(id="sides"):
                for _ in self.sides:
                    with TrajectoryScroll():
                        yield TrajectoryGrid()
            yield SolutionRace()
            yield Transport()
            yield KeyFooter(show_command_palette=False)
        yield Static(id="small")

    def on_mount(self) -> None:
        for session in self.sessions:
            session.start()
        self.set_interval(RATE, self.tick)
        self.tick()

    def on_unmount(self) -> None:
        self._stop()

    def on_resize(self) -> None:
        small = not arena_layout.fits(*self.size)
        self.set_class(small, "small")
        need, have = "{}x{}".format(*arena_layout.MINIMUM), "{}x{}".format(*self.size)
        self.query_one("#small", Static).update(f"terminal too small\nneeds {need}, has {have}")
        self.redraw()

    @property
    def last(self) -> int:
        """The last step that both sides have; one whose trajectories have all halted has them all."""
        ends = [len(session.recorder.frames) for session in self.sessions if not session.recorder.closed]
        return min(ends) if ends else max(len(session.recorder.frames) for session in self.sessions)

    def tick(self) -> None:
        now = monotonic()
        self.playback.advance(now - self._clock, self.last)
        self._clock = now
        self.redraw()

    def redraw(self) -> None:
        states = [self.view_state(session) for session in self.sessions]
        key = (
            *(id(session) for session in self.sessions),
            *((state.position, len(state.frames), state.finished, state.instance) for state in states),
            *(session.recorder.error for session in self.sessions),
            (self.playback.playing, self.playback.level, self.size, self.style),
        )
        if key == self._drawn or not self.is_mounted or not arena_layout.fits(*self.size):
            return
        self._drawn = key
        leader = max(states, key=lambda state: state.position)
        self._arrange(states)
        self.query_one(Headline).show(leader)
        transport = self.query_one(Transport)
        transport.playing, transport.speed = self.playback.playing, self.playback.speed_label
        transport.show(leader)
        race = self.query_one(SolutionRace)
        race.names = tuple(side.name for side in self.sides)
        race.errors = tuple(session.recorder.error for session in self.sessions)
        race.show_sides(states)
        for trajectories, state in zip(self.query(TrajectoryGrid), states, strict=True):
            trajectories.show(state)

    def view_state(self, session: Session) -> ViewState:
        return session.view_state(self.puzzles, self.variant, self.style, self.playback.position, -1)

    def runs(self) -> list[tuple[str, ViewState]]:
        """What the text view reads."""
        return [(side.name, self.view_state(session)) for side, session in zip(self.sides, self.sessions, strict=True)]

    def _arrange(self, states: list[ViewState]) -> None:
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
            self._picture = self._picture and is_picture(grid)
            tiles = [arena_layout.BoardTile(way) for way in board_fit.tile_modes(state, 0, picture=self._picture)]
            fitting = [tile for tile in tiles if -(-state.count // tile.across(columns)) * tile.pitch[1] <= lines]
            small = tiles[-1] if tiles[-1].pitch[0] <= columns else None
            trajectories.fit(fitting[0] if fitting else small, state.count, columns, int(lines))

    # Keys

    def action_play(self) -> None:
        self.playback.toggle(self.last, all(session.recorder.closed for session in self.sessions))
        self.redraw()

    def action_step(self, steps: int) -> None:
        self.action_seek(self.playback.position + steps)

    def action_seek(self, position: int) -> None:
        self.playback.seek(position, self.last)
        self.redraw()

    def action_end(self) -> None:
        self.action_seek(self.last)

    def action_speed(self, direction: int) -> None:
        self.playback.faster(direction)
        self.redraw()

    def begin(self, sides: tuple[Side, Side]) -> None:
        """Leave the present runs and watch two others."""
        self._stop()
        self.sides = sides
        self.sessions = tuple(Session(side.source) for side in sides)
        self.playback = Playback(level=self.playback.level)
        self._picture = True
        for session in self.sessions:
            session.start()
        self.redraw()

    def _both(self, sources: list[LiveSource]) -> None:
        left, right = (replace(side, source=source) for side, source in zip(self.sides, sources, strict=True))
        self.begin((left, right))

    def action_scroll(self, lines: int) -> None:
        for frame in self.query(TrajectoryScroll):
            frame.scroll_relative(y=lines, animate=False)

    def action_options(self, number: int) -> None:
        """Another checkpoint or other settings for one side."""
        self.playback.playing = False
        side, place = self.sides[number], ("left", "right")[number]
        known = checkpoints(self.puzzles.name, self.variant)
        dialog = SearchOptionsDialog(
            side.source.options, side.checkpoint or self._usual, known, self.style, f"the {place} side"
        )
        self.app.push_screen(dialog, partial(self._options_chosen, number))

    def _options_chosen(self, number: int, wanted: SearchChoice | None) -> None:
        if wanted is None:
            return
        side = self.sides[number]
        source = wanted.source(side.source, self.puzzles.name, self.load)
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
        made: list[Instance] = []
        task, variant, seed = self.puzzles, self.view_state(self.sessions[0]).variant, self._puzzle_seed

        def make() -> Instance:
            if not made:
                made.append(puzzle_to_watch(task, variant, seed))
            return made[0]

        self._both([side.source.with_puzzle(make) for side in self.sides])

    def action_reseed(self) -> None:
        self._both([side.source.reseeded() for side in self.sides])

    def action_width(self, direction: int) -> None:
        self._both([side.source.resized(direction) for side in self.sides])

    def exports(self) -> list[RunExport]:
        """What can be kept: either run."""
        kept = []
        for side, session in zip(self.sides, self.sessions, strict=True):
            (export,) = exports_of(self.view_state(session), session.recorder)
            kept.append(replace(export, title=side.name, name=f"{export.name}-{side.name.replace(' ', '-')}"))
        return kept

    def action_read(self) -> None:
        self.app.push_screen(TextView(self, 0))

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.style))

    def action_leave(self) -> None:
        self._stop()
        self.dismiss()

    def _stop(self) -> None:
        for session in self.sessions:
            session.stop()

    def set_style(self, style: DrawStyle) -> None:
        self.style = style
        self.redraw()
