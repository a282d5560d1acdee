"""The arena: one puzzle, many trajectories, and a playback head over everything that has happened."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task
from gramsolve.tui import messages
from gramsolve.tui.exportable import RunExport, exports_of
from gramsolve.tui.runs import exact
from gramsolve.tui.runs.comparison import guidance_on_and_off
from gramsolve.tui.runs.exact import ExactSource
from gramsolve.tui.runs.playback import USUAL
from gramsolve.tui.runs.run_factory import LoadSolver
from gramsolve.tui.runs.session import Session
from gramsolve.tui.runs.solver_client import SolverClient
from gramsolve.tui.runs.source import EventSource, LiveSource, puzzle_to_watch
from gramsolve.tui.screens.arena_panels import ArenaPanels
from gramsolve.tui.screens.compare import Compare
from gramsolve.tui.screens.editor import Editor
from gramsolve.tui.screens.player import PlayerScreen, playback_bindings
from gramsolve.tui.screens.puzzle_info import PuzzleInfo
from gramsolve.tui.screens.search_options import IN_USE, SearchChoice, SearchOptionsDialog, checkpoints
from gramsolve.tui.screens.text import TextView
from gramsolve.tui.view.view_state import DrawStyle, ViewState
from gramsolve.tui.widgets.board import BoardPanel
from gramsolve.tui.widgets.footer import KeyFooter
from gramsolve.tui.widgets.latent_map import LatentMap
from gramsolve.tui.widgets.notice import Notice
from gramsolve.tui.widgets.panel import Panel
from gramsolve.tui.widgets.solutions import Solutions
from gramsolve.tui.widgets.status_lines import Headline, Message, Transport
from gramsolve.tui.widgets.timeline import Timeline
from gramsolve.tui.widgets.trajectory_grid import TrajectoryGrid, TrajectoryScroll

REST = 2
"""Pause before the next step is drawn by itself, in units of the time that a step took: keys are answered meanwhile."""
BREATH = 1 / 90
"""Seconds between two parts of a step, in which the part before is painted."""
LATER = (Solutions, Timeline, LatentMap)
"""Panels that are drawn after the boards of a new step."""


class Arena(PlayerScreen):
    """Hands one view state to every panel, whenever it has changed."""

    ABOUT: ClassVar[str] = (
        "Every trajectory is one attempt of the same network, with noise of its own. In each step it thinks again and "
        "writes a whole board; while no board is valid, all go on past the usual steps. The large board is the chosen "
        "one; the bar under a guess says how sure the network is."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *playback_bindings("arena", play="play or pause the picture, not the solver"),
        Binding("f", "follow", "Best", show=False, tooltip="follow the best trajectory", id="arena.follow"),
        Binding("m", "map", "Map", tooltip="the latent map, or the boards", id="arena.map"),
        Binding("c", "compare", "Compare", tooltip="compare two settings or checkpoints", id="arena.compare"),
        Binding("p", "puzzle", "Puzzle", tooltip="new puzzle", id="arena.puzzle"),
        Binding("i", "edit", "Edit", tooltip="change the puzzle", id="arena.edit"),
        Binding("o", "options", "Options", tooltip="width, depth, noise, checkpoint...", id="arena.options"),
        Binding("r", "reseed", "Reseed", tooltip="same puzzle, next seed", id="arena.reseed"),
        Binding("v", "read", "Text", tooltip="the board in words, for screen readers", id="arena.read"),
        Binding(
            "g", "puzzle_info", "Given", tooltip="what is asked: the puzzle and its examples", id="arena.puzzle_info"
        ),
        Binding("X", "exact", "Exact", show=False, tooltip="exact search, and back to the network", id="arena.exact"),
        Binding("w", "width(1)", "Wider", show=False, tooltip="more trajectories", id="arena.wider"),
        Binding("W", "width(-1)", "Narrower", show=False, tooltip="fewer trajectories", id="arena.narrower"),
        Binding("h,left", "choose(-1, 0)", show=False, tooltip="choose a trajectory by its place", id="arena.left"),
        Binding("l,right", "choose(1, 0)", show=False, tooltip="choose a trajectory by its place", id="arena.right"),
        Binding("k,up", "choose(0, -1)", show=False, tooltip="choose a trajectory by its place", id="arena.up"),
        Binding("j,down", "choose(0, 1)", show=False, tooltip="choose a trajectory by its place", id="arena.down"),
        Binding("tab", "choose(1, 0)", show=False, tooltip="next trajectory", id="arena.next"),
        Binding("shift+tab", "choose(-1, 0)", show=False, tooltip="previous trajectory", id="arena.previous"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="this card", id="arena.help"),
        Binding("q", "quit", "Quit", id="arena.quit"),
    ]

    @property
    def about(self) -> str:
        """What is on the screen, for the card of keys."""
        return exact.ABOUT if isinstance(self.session.source, ExactSource) else self.ABOUT

    def __init__(
        self,
        task: Task,
        variant: str,
        source: EventSource,
        style: DrawStyle,
        seed: int = 0,
        *,
        level: int = USUAL,
        load: LoadSolver | None = None,
    ) -> None:
        super().__init__([source], style, level)
        self.plugin, self.variant = task, variant
        self.load = load or SolverClient().load
        self.selected = 0
        self.following = False
        self.panels = ArenaPanels(self)
        self._puzzle_seed = seed
        self._rest = 0.0
        self._begun = 0.0
        self._waiting: list[Panel] = []
        self._reported: object = None

    def compose_body(self) -> ComposeResult:
        yield Headline()
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield BoardPanel()
                yield Timeline()
                yield Notice()
                yield Solutions(id="under")
            with Vertical(id="right"):
                with TrajectoryScroll():
                    yield TrajectoryGrid()
                yield LatentMap()
                yield Solutions(id="beside")
        yield Transport()
        yield Message()
        yield KeyFooter(show_command_palette=False)

    # Time

    def tick(self) -> None:
        self.pass_time()
        self._report_solved()
        if monotonic() >= self._rest and not self._waiting:
            self.redraw(at_once=False)

    def _report_solved(self) -> None:
        """Post ``Solved`` once when a live run has come to its end."""
        recorder = self.session.recorder
        if (
            recorder.finished is not None
            and recorder is not self._reported
            and isinstance(self.session.source, LiveSource)
        ):
            self._reported = recorder
            if recorder.instance is not None:
                self.post_message(messages.Solved(self.plugin, recorder.instance, recorder.finished))

    @cached_property
    def _panels(self) -> list[Panel]:
        return list(self.query(Panel))

    def redraw(self, at_once: bool = True) -> None:
        """Draw what has changed: all of it, or panel by panel, the screen painted and keys answered in between."""
        state = self.view_state()
        if self.following and state.frame is not None:
            best = state.frame.best()
            if best != state.selected:
                self.selected = best
                state = self.view_state()
        searching = isinstance(self.session.source, ExactSource)
        key = self.screen_key([state], (self.following, self.has_class("map")))
        if not (self.is_mounted and self.fits and self._drawn.changed(key)):
            return
        if self.panels.arrange(state, searching):
            at_once, self._waiting = True, []
        message, stage = self.query_one(Message), self.session.recorder.stage
        message.stage = "searching" if searching and stage == "loading" else stage
        message.error = self.session.recorder.error
        message.following, message.explained = self.following, self.query_one(TrajectoryGrid).tile is None
        if not at_once:
            self._begun = monotonic()
            self.query_one(TrajectoryGrid).hold(state)
            if not self._waiting:
                self.set_timer(BREATH, self._draw_next_part)
            self._waiting = [panel for panel in self._panels if isinstance(panel, LATER)]
        self.update_transport()
        for panel in self._panels:
            if panel not in self._waiting:
                panel.show(state)
        self.panels.title(state)

    def _draw_next_part(self) -> None:
        """Draw the next part of a step that is drawn in parts."""
        found = self.query(TrajectoryGrid)
        if not found:  # The screen is being taken down.
            return
        if not found.first().catch_up():
            state = self.view_state()
            while self._waiting:
                self._waiting.pop().show(state)
            self.call_after_refresh(self._set_rest)
        else:
            self.set_timer(BREATH, self._draw_next_part)

    def _set_rest(self) -> None:
        now = monotonic()
        self._rest = now + REST * (now - self._begun)

    def state_of(self, session: Session) -> ViewState:
        state = ViewState.of(session, self.plugin, self.variant, self.style, self.playback.position, self.selected)
        self.selected = state.selected
        return state

    # Playback keys

    def action_seek(self, position: int) -> None:
        self.playback.seek(position, self.last)
        self.redraw(at_once=False)

    def action_end(self) -> None:
        """Show the newest step and, while there is more to come, keep up with it from there."""
        playing = self.playback.playing
        self.playback.seek(self.last, self.last)
        self.playback.playing = playing and not self.complete
        self.redraw()

    # Choosing keys

    def action_choose(self, right: int, down: int) -> None:
        self._choose(self.selected + right + down * self.query_one(TrajectoryGrid).across)

    def _choose(self, trajectory: int) -> None:
        if 0 <= trajectory < self.view_state().count:
            self.following = False
            self.selected = trajectory
            self.redraw(at_once=False)

    def action_follow(self) -> None:
        self.following = not self.following
        self.redraw()

    def on_trajectory_grid_chosen(self, message: TrajectoryGrid.Chosen) -> None:
        self._choose(message.trajectory)

    def on_latent_map_chosen(self, message: LatentMap.Chosen) -> None:
        self._choose(message.trajectory)

    def on_solutions_chosen(self, message: Solutions.Chosen) -> None:
        state = self.view_state()
        self._choose(message.trajectory - state.offset)

    def on_timeline_sought(self, message: Timeline.Sought) -> None:
        state = self.view_state()
        if state.round_frames:
            first = state.frames.index(state.round_frames[0])
            self.action_seek(first + message.number)

    # Runs

    def begin(self, source: EventSource) -> None:
        """Stop the present run and watch another."""
        self.restart([source])

    def restart(self, sources: Sequence[EventSource]) -> None:
        self.panels.forget()
        super().restart(sources)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A recording cannot be asked for another run, and exact search has no noise, no depth and no states."""
        source = self.session.source
        match action:
            case "puzzle" | "edit":
                return source.live
            case "reseed" | "width" | "compare" | "options":
                return isinstance(source, LiveSource)
            case "exact":
                return isinstance(source, ExactSource) or exact.possible(self.plugin)
            case "map" | "follow":
                return not isinstance(source, ExactSource)
        return True

    def action_puzzle(self) -> None:
        source = self.session.source
        if isinstance(source, LiveSource | ExactSource):
            self._puzzle_seed += 1
            task, variant, seed = self.plugin, self.view_state().variant, self._puzzle_seed

            def make() -> Instance:
                return puzzle_to_watch(task, variant, seed)

            self.begin(source.with_puzzle(make))

    def action_options(self) -> None:
        """All settings of the run."""
        source, state = self.session.source, self.view_state()
        if isinstance(source, LiveSource):
            self.playback.playing = False
            named = state.started.checkpoint if state.started else IN_USE
            known = checkpoints(self.plugin.name, state.variant)
            self.app.push_screen(SearchOptionsDialog(source.options, named, known, self.style), self._options_chosen)

    def _options_chosen(self, wanted: SearchChoice | None) -> None:
        source = self.session.source
        if wanted is not None and isinstance(source, LiveSource):
            self.begin(wanted.source(source, self.plugin.name, self.load))

    def action_edit(self) -> None:
        """Change the puzzle, or make another."""
        instance = self.view_state().instance
        if instance is not None:
            self.playback.playing = False
            self.app.push_screen(Editor(self.plugin, instance, self.style, self._puzzle_seed), self._edited)

    def _edited(self, instance: Instance | None) -> None:
        source = self.session.source
        if instance is not None and isinstance(source, LiveSource | ExactSource):
            self.begin(source.with_puzzle(lambda: instance))

    def action_exact(self) -> None:
        """Exact search of the puzzle, or the run that it took the place of."""
        source = self.session.source
        self.following = False
        self.remove_class("map")
        self.begin(source.other if isinstance(source, ExactSource) else ExactSource(self.plugin, source))

    # Screen

    def action_compare(self) -> None:
        """The same puzzle with and without guidance, side by side."""
        source, state = self.session.source, self.view_state()
        if isinstance(source, LiveSource):
            self.playback.playing = False
            sides = guidance_on_and_off(source)
            screen = Compare(self.plugin, state.variant, sides, self.style, self._puzzle_seed, self.load)
            self.app.push_screen(screen)

    def exports(self) -> list[RunExport]:
        return exports_of(self.view_state(), self.session.recorder)

    def action_map(self) -> None:
        """The latent map in place of the boards, or the boards again."""
        self.set_class(not self.has_class("map"), "map")
        self.redraw()
        self.call_after_refresh(lambda: self.query_one(LatentMap).show(self.view_state()))

    def action_read(self) -> None:
        self.app.push_screen(TextView(self, self.selected))

    def action_puzzle_info(self) -> None:
        self.app.push_screen(PuzzleInfo(self.view_state()))

    def action_quit(self) -> None:
        self.stop()
        self.app.exit()
