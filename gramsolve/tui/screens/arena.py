"""The arena: one puzzle, many trajectories, and a playback head over everything that has happened."""

from __future__ import annotations

from functools import cached_property
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from gramsolve.tasks.task import Instance, Task
from gramsolve.tui import exact, layout, messages
from gramsolve.tui.engine import Engine
from gramsolve.tui.exact import ExactSource
from gramsolve.tui.exhibit import Take, takes_of
from gramsolve.tui.moment import Look, Moment
from gramsolve.tui.opening import Load
from gramsolve.tui.places import Places
from gramsolve.tui.playback import USUAL, Playback
from gramsolve.tui.screens.compare import Compare
from gramsolve.tui.screens.controls import IN_USE, Controls, Wanted, checkpoints
from gramsolve.tui.screens.editor import Editor
from gramsolve.tui.screens.given import GivenScreen
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.screens.text import TextView
from gramsolve.tui.session import Session
from gramsolve.tui.sides import guidance_on_and_off
from gramsolve.tui.source import LiveSource, Source, puzzle_to_watch
from gramsolve.tui.widgets.board import BoardPanel
from gramsolve.tui.widgets.hints import Hints
from gramsolve.tui.widgets.latent import LatentMap
from gramsolve.tui.widgets.lines import Headline, Message, Transport
from gramsolve.tui.widgets.notice import Notice
from gramsolve.tui.widgets.panel import Panel
from gramsolve.tui.widgets.solutions import Solutions
from gramsolve.tui.widgets.swarm import Swarm, SwarmScroll
from gramsolve.tui.widgets.timeline import Timeline

RATE = 1 / 12
"""Seconds between two looks at the recorder."""
REST = 2
"""Times as long as a step took before the next one is drawn unasked: in between keys are answered at once."""
BREATH = 1 / 90
"""Seconds between two parts of a step: enough to paint the one before."""
LATER = (Solutions, Timeline, LatentMap)
"""What follows when a new step has been drawn on the boards."""


class Arena(Screen[None]):
    """Polls a session's recorder, moves the playback head and hands one Moment to every panel."""

    ABOUT: ClassVar[str] = (
        "Every trajectory is one attempt of the same network, with noise of its own. In each step it thinks again and "
        "writes a whole board; while no board is valid, all go on past the usual steps. The large board is the chosen "
        "one; the bar under a guess says how sure the network is."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play", "Play", tooltip="play or pause the picture, not the solver", id="arena.play"),
        Binding(
            "full_stop,right_square_bracket,n",
            "step(1)",
            "Step",
            key_display=". ,",
            tooltip="one step forward",
            id="arena.forward",
        ),
        Binding(
            "comma,left_square_bracket,b", "step(-1)", "Back", show=False, tooltip="one step back", id="arena.back"
        ),
        Binding("plus,equals_sign", "speed(1)", "Speed", show=False, tooltip="faster", id="arena.faster"),
        Binding("minus,underscore", "speed(-1)", "Slower", show=False, tooltip="slower", id="arena.slower"),
        Binding("home,0", "seek(0)", "Start", show=False, tooltip="to the puzzle", id="arena.start"),
        Binding("e,end", "end", "End", show=False, tooltip="to the newest step", id="arena.end"),
        Binding("f", "follow", "Best", show=False, tooltip="follow the best trajectory", id="arena.follow"),
        Binding("m", "map", "Map", tooltip="the latent map, or the boards", id="arena.map"),
        Binding("c", "compare", "Compare", tooltip="compare two settings or checkpoints", id="arena.compare"),
        Binding("p", "puzzle", "Puzzle", tooltip="new puzzle", id="arena.puzzle"),
        Binding("i", "edit", "Edit", tooltip="change the puzzle", id="arena.edit"),
        Binding("o", "controls", "Options", tooltip="width, depth, noise, checkpoint...", id="arena.controls"),
        Binding("r", "reseed", "Reseed", tooltip="same puzzle, next seed", id="arena.reseed"),
        Binding("v", "read", "Text", tooltip="the board in words, for screen readers", id="arena.read"),
        Binding("g", "given", "Given", tooltip="what is asked: the puzzle and its examples", id="arena.given"),
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
        source: Source,
        look: Look,
        seed: int = 0,
        *,
        level: int = USUAL,
        load: Load | None = None,
    ) -> None:
        super().__init__(classes="ascii" if look.ascii else "")
        self.puzzles = task
        self.variant = variant
        self.look = look
        self.load = load or Engine().load
        self.session = Session(source)
        self.playback = Playback(level=level)
        self.selected = 0
        self.following = False
        self._puzzle_seed = seed
        self.places = Places(self)
        self._clock = monotonic()
        self._rest = 0.0
        self._begun = 0.0
        self._drawn: tuple[object, ...] = ()
        self._waiting: list[Panel] = []
        self._told: object = None

    def compose(self) -> ComposeResult:
        with Vertical(id="room"):
            yield Headline()
            with Horizontal(id="body"):
                with Vertical(id="left"):
                    yield BoardPanel()
                    yield Timeline()
                    yield Notice()
                    yield Solutions(id="under")
                with Vertical(id="right"):
                    with SwarmScroll():
                        yield Swarm()
                    yield LatentMap()
                    yield Solutions(id="beside")
            yield Transport()
            yield Message()
            yield Hints(show_command_palette=False)
        yield Static(id="small")

    def on_mount(self) -> None:
        self.session.start()
        self.set_interval(RATE, self.tick)
        self.tick()

    def on_unmount(self) -> None:
        self.session.stop()

    def on_resize(self) -> None:
        small = not layout.fits(*self.size)
        self.set_class(small, "small")
        need, have = "{}x{}".format(*layout.MINIMUM), "{}x{}".format(*self.size)
        self.query_one("#small", Static).update(f"terminal too small\nneeds {need}, has {have}")
        self.redraw()

    # Time

    def tick(self) -> None:
        """Let time pass, and draw if anything has changed since the last look."""
        now = monotonic()
        self.playback.advance(now - self._clock, len(self.session.recorder.frames))
        self._clock = now
        self._tell()
        if now >= self._rest and not self._waiting:
            self.redraw(at_once=False)

    def _tell(self) -> None:
        """Say once that a live run has come to its end."""
        recorder = self.session.recorder
        if recorder.finished is not None and recorder is not self._told and isinstance(self.session.source, LiveSource):
            self._told = recorder
            if recorder.instance is not None:
                self.post_message(messages.Solved(self.puzzles, recorder.instance, recorder.finished))

    @cached_property
    def _panels(self) -> list[Panel]:
        return list(self.query(Panel))

    def redraw(self, at_once: bool = True) -> None:
        """Draw what has changed: all of it, or panel by panel, the screen painted and keys answered in between."""
        moment = self.moment()
        recorder, playback = self.session.recorder, self.playback
        if self.following and moment.frame is not None:
            best = moment.frame.best()
            if best != moment.selected:
                self.selected = best
                moment = self.moment()
        key = (
            id(self.session),
            moment.position,
            len(moment.frames),
            self.selected,
            self.following,
            moment.instance,
            moment.finished,
            recorder.stage,
            recorder.error,
            playback.playing,
            playback.level,
            self.size,
            self.look,
        )
        if key == self._drawn or not self.is_mounted:
            return
        self._drawn = key
        searching = isinstance(self.session.source, ExactSource)
        if self.places.arrange(moment, searching):
            at_once, self._waiting = True, []
        transport, message = self.query_one(Transport), self.query_one(Message)
        transport.playing, transport.speed = playback.playing, playback.speed_label
        message.stage = "searching" if searching and recorder.stage == "loading" else recorder.stage
        message.error = recorder.error
        message.following, message.explained = self.following, self.query_one(Swarm).tile is None
        swarm = self.query_one(Swarm)
        if not at_once:
            self._begun = monotonic()
            swarm.hold(moment)
            if not self._waiting:
                self.set_timer(BREATH, self._go_on)
            self._waiting = [panel for panel in self._panels if isinstance(panel, LATER)]
        for panel in self._panels:
            if panel not in self._waiting:
                panel.show(moment)
        self.places.title(moment)

    def _go_on(self) -> None:
        """Another part of what was not to be drawn at once."""
        swarms = self.query(Swarm)
        if not swarms:  # The screen is being taken down.
            return
        if not swarms.first().catch_up():
            moment = self.moment()
            while self._waiting:
                self._waiting.pop().show(moment)
            self.call_after_refresh(self._rested)
        else:
            self.set_timer(BREATH, self._go_on)

    def _rested(self) -> None:
        now = monotonic()
        self._rest = now + REST * (now - self._begun)

    def moment(self) -> Moment:
        """Everything there is to draw now."""
        moment = self.session.moment(self.puzzles, self.variant, self.look, self.playback.position, self.selected)
        self.selected = moment.selected
        return moment

    def runs(self) -> list[tuple[str, Moment]]:
        """What the text view reads."""
        return [("", self.moment())]

    # Playback keys

    def action_play(self) -> None:
        recorder = self.session.recorder
        self.playback.toggle(len(recorder.frames), recorder.closed)
        self.redraw()

    def action_step(self, steps: int) -> None:
        self.action_seek(self.playback.position + steps)

    def action_seek(self, position: int) -> None:
        self.playback.seek(position, len(self.session.recorder.frames))
        self.redraw(at_once=False)

    def action_end(self) -> None:
        """Show the newest step and, while there is more to come, keep up with it from there."""
        playing = self.playback.playing
        self.playback.seek(len(self.session.recorder.frames), len(self.session.recorder.frames))
        self.playback.playing = playing and not self.session.recorder.closed
        self.redraw()

    def action_speed(self, direction: int) -> None:
        self.playback.faster(direction)
        self.redraw()

    # Choosing keys

    def action_choose(self, right: int, down: int) -> None:
        self._choose(self.selected + right + down * self.query_one(Swarm).across)

    def _choose(self, trajectory: int) -> None:
        if 0 <= trajectory < self.moment().count:
            self.following = False
            self.selected = trajectory
            self.redraw(at_once=False)

    def action_follow(self) -> None:
        self.following = not self.following
        self.redraw()

    def on_swarm_chosen(self, message: Swarm.Chosen) -> None:
        self._choose(message.trajectory)

    def on_latent_map_chosen(self, message: LatentMap.Chosen) -> None:
        self._choose(message.trajectory)

    def on_solutions_chosen(self, message: Solutions.Chosen) -> None:
        moment = self.moment()
        self._choose(message.trajectory - moment.offset)

    def on_timeline_sought(self, message: Timeline.Sought) -> None:
        moment = self.moment()
        if moment.round_frames:
            first = moment.frames.index(moment.round_frames[0])
            self.action_seek(first + message.number)

    # Runs

    def begin(self, source: Source) -> None:
        """Leave the present run and watch another."""
        self.session.stop()
        self.session = Session(source)
        self.playback = Playback(level=self.playback.level)
        self.places.forget()
        self.session.start()
        self.refresh_bindings()
        self.redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A recording cannot be asked for another run, and exact search has no noise, no depth and no states."""
        source = self.session.source
        match action:
            case "puzzle" | "edit":
                return source.live
            case "reseed" | "width" | "compare" | "controls":
                return isinstance(source, LiveSource)
            case "exact":
                return isinstance(source, ExactSource) or exact.possible(self.puzzles)
            case "map" | "follow":
                return not isinstance(source, ExactSource)
        return True

    def action_puzzle(self) -> None:
        source = self.session.source
        if isinstance(source, LiveSource | ExactSource):
            self._puzzle_seed += 1
            task, variant, seed = self.puzzles, self.moment().variant, self._puzzle_seed

            def make() -> Instance:
                return puzzle_to_watch(task, variant, seed)

            self.begin(source.with_puzzle(make))

    def action_controls(self) -> None:
        """All settings of the run."""
        source, moment = self.session.source, self.moment()
        if isinstance(source, LiveSource):
            self.playback.playing = False
            named = moment.started.checkpoint if moment.started else IN_USE
            known = checkpoints(self.puzzles.name, moment.variant)
            self.app.push_screen(Controls(source.options, named, known, self.look), self._controlled)

    def _controlled(self, wanted: Wanted | None) -> None:
        source = self.session.source
        if wanted is not None and isinstance(source, LiveSource):
            self.begin(wanted.source(source, self.puzzles.name, self.load))

    def action_edit(self) -> None:
        """Change the puzzle, or make another."""
        instance = self.moment().instance
        if instance is not None:
            self.playback.playing = False
            self.app.push_screen(Editor(self.puzzles, instance, self.look, self._puzzle_seed), self._edited)

    def _edited(self, instance: Instance | None) -> None:
        source = self.session.source
        if instance is not None and isinstance(source, LiveSource | ExactSource):
            self.begin(source.with_puzzle(lambda: instance))

    def action_exact(self) -> None:
        """Exact search of the puzzle, or the run that it took the place of."""
        source = self.session.source
        self.following = False
        self.remove_class("map")
        self.begin(source.other if isinstance(source, ExactSource) else ExactSource(self.puzzles, source))

    def action_reseed(self) -> None:
        if isinstance(self.session.source, LiveSource):
            self.begin(self.session.source.reseeded())

    def action_width(self, direction: int) -> None:
        source = self.session.source
        if isinstance(source, LiveSource):
            resized = source.resized(direction)
            if resized != source:
                self.begin(resized)

    # Screen

    def action_compare(self) -> None:
        """The same puzzle with and without guidance, side by side."""
        source, moment = self.session.source, self.moment()
        if isinstance(source, LiveSource):
            self.playback.playing = False
            sides = guidance_on_and_off(source)
            screen = Compare(self.puzzles, moment.variant, sides, self.look, self._puzzle_seed, self.load)
            self.app.push_screen(screen)

    def takes(self) -> list[Take]:
        """What can be kept of the run."""
        return takes_of(self.moment(), self.session.recorder)

    def action_map(self) -> None:
        """The latent map in place of the boards, or the boards again."""
        self.set_class(not self.has_class("map"), "map")
        self._drawn = ()
        self.redraw()
        self.call_after_refresh(lambda: self.query_one(LatentMap).show(self.moment()))

    def action_read(self) -> None:
        self.app.push_screen(TextView(self, self.selected))

    def action_given(self) -> None:
        self.app.push_screen(GivenScreen(self.moment()))

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.look))

    def action_quit(self) -> None:
        self.session.stop()
        self.app.exit()

    def set_look(self, look: Look) -> None:
        """Draw with other colours."""
        self.look = look
        self.redraw()
