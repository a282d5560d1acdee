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
from gramsolve.tasks.task import Instance, Task
from gramsolve.tui import drawing, layout
from gramsolve.tui.engine import Engine
from gramsolve.tui.exhibit import Take, takes_of
from gramsolve.tui.moment import Look, Moment
from gramsolve.tui.opening import Load
from gramsolve.tui.playback import Playback
from gramsolve.tui.screens.controls import IN_USE, Controls, Wanted, checkpoints
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.screens.text import TextView
from gramsolve.tui.session import Session
from gramsolve.tui.sides import Side, told_apart
from gramsolve.tui.source import LiveSource, puzzle_to_watch
from gramsolve.tui.widgets.hints import Hints
from gramsolve.tui.widgets.lines import Headline, Transport
from gramsolve.tui.widgets.race import Race
from gramsolve.tui.widgets.swarm import Swarm, SwarmScroll

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
        Binding("1,o", "controls(0)", "Left", key_display="1", tooltip="settings of the left side", id="compare.one"),
        Binding("2", "controls(1)", "Right", tooltip="settings of the right side", id="compare.two"),
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
        look: Look,
        seed: int = 0,
        load: Load | None = None,
    ) -> None:
        super().__init__(classes="ascii" if look.ascii else "")
        self.load = load or Engine().load
        self.puzzles, self.variant, self.look = task, variant, look
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
            with Horizontal(id="ring"):
                for _ in self.sides:
                    with SwarmScroll():
                        yield Swarm()
            yield Race()
            yield Transport()
            yield Hints(show_command_palette=False)
        yield Static(id="small")

    def on_mount(self) -> None:
        for session in self.sessions:
            session.start()
        self.set_interval(RATE, self.tick)
        self.tick()

    def on_unmount(self) -> None:
        self._stop()

    def on_resize(self) -> None:
        small = not layout.fits(*self.size)
        self.set_class(small, "small")
        need, have = "{}x{}".format(*layout.MINIMUM), "{}x{}".format(*self.size)
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
        moments = [self.moment(session) for session in self.sessions]
        key = (
            *(id(session) for session in self.sessions),
            *((moment.position, len(moment.frames), moment.finished, moment.instance) for moment in moments),
            *(session.recorder.error for session in self.sessions),
            (self.playback.playing, self.playback.level, self.size, self.look),
        )
        if key == self._drawn or not self.is_mounted or not layout.fits(*self.size):
            return
        self._drawn = key
        leader = max(moments, key=lambda moment: moment.position)
        self._arrange(moments)
        self.query_one(Headline).show(leader)
        transport = self.query_one(Transport)
        transport.playing, transport.speed = self.playback.playing, self.playback.speed_label
        transport.show(leader)
        race = self.query_one(Race)
        race.names = tuple(side.name for side in self.sides)
        race.errors = tuple(session.recorder.error for session in self.sessions)
        race.race(moments)
        for swarm, moment in zip(self.query(Swarm), moments, strict=True):
            swarm.show(moment)

    def moment(self, session: Session) -> Moment:
        return session.moment(self.puzzles, self.variant, self.look, self.playback.position, -1)

    def runs(self) -> list[tuple[str, Moment]]:
        """What the text view reads."""
        return [(side.name, self.moment(session)) for side, session in zip(self.sides, self.sessions, strict=True)]

    def _arrange(self, moments: list[Moment]) -> None:
        """The largest boards with which each side shows all its trajectories, or the smallest there are."""
        width, height = self.size
        race = self.query_one(Race)
        race.styles.height = 8 if height >= 30 else 4
        lines = height - CHROME - race.styles.height.value - layout.FRAME  # type: ignore[union-attr]
        columns = (width - 1) // 2 - layout.FRAME - 2
        for swarm, frame, side, moment in zip(
            self.query(Swarm), self.query(SwarmScroll), self.sides, moments, strict=True
        ):
            frame.border_title = swarm.caption((side.name, None))
            grid = moment.grid(0)
            if grid is None:
                continue
            self._picture = self._picture and is_picture(grid)
            tiles = [layout.Tile(way) for way in drawing.tile_ways(moment, 0, picture=self._picture)]
            fitting = [tile for tile in tiles if -(-moment.count // tile.across(columns)) * tile.pitch[1] <= lines]
            small = tiles[-1] if tiles[-1].pitch[0] <= columns else None
            swarm.fit(fitting[0] if fitting else small, moment.count, columns, int(lines))

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
        for frame in self.query(SwarmScroll):
            frame.scroll_relative(y=lines, animate=False)

    def action_controls(self, number: int) -> None:
        """Another checkpoint or other settings for one side."""
        self.playback.playing = False
        side, place = self.sides[number], ("left", "right")[number]
        known = checkpoints(self.puzzles.name, self.variant)
        card = Controls(side.source.options, side.checkpoint or self._usual, known, self.look, f"the {place} side")
        self.app.push_screen(card, partial(self._controlled, number))

    def _controlled(self, number: int, wanted: Wanted | None) -> None:
        if wanted is None:
            return
        side = self.sides[number]
        source = wanted.source(side.source, self.puzzles.name, self.load)
        changed = replace(side, source=source, checkpoint=wanted.checkpoint or side.checkpoint)
        left, right = (changed, self.sides[1]) if number == 0 else (self.sides[0], changed)
        self.begin(told_apart(left, right, self._usual))

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
        task, variant, seed = self.puzzles, self.moment(self.sessions[0]).variant, self._puzzle_seed

        def make() -> Instance:
            if not made:
                made.append(puzzle_to_watch(task, variant, seed))
            return made[0]

        self._both([side.source.with_puzzle(make) for side in self.sides])

    def action_reseed(self) -> None:
        self._both([side.source.reseeded() for side in self.sides])

    def action_width(self, direction: int) -> None:
        self._both([side.source.resized(direction) for side in self.sides])

    def takes(self) -> list[Take]:
        """What can be kept: either run."""
        kept = []
        for side, session in zip(self.sides, self.sessions, strict=True):
            (take,) = takes_of(self.moment(session), session.recorder)
            kept.append(replace(take, title=side.name, name=f"{take.name}-{side.name.replace(' ', '-')}"))
        return kept

    def action_read(self) -> None:
        self.app.push_screen(TextView(self, 0))

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.look))

    def action_leave(self) -> None:
        self._stop()
        self.dismiss()

    def _stop(self) -> None:
        for session in self.sessions:
            session.stop()

    def set_look(self, look: Look) -> None:
        self.look = look
        self.redraw()
