"""Two ways to attack the same puzzle, side by side and in lockstep: the paper's Figure 1, alive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer, Static

from gramsolve.display.terminal import is_picture
from gramsolve.tasks.task import Instance, Task
from gramsolve.tui import drawing, layout
from gramsolve.tui.exhibit import Take, takes_of
from gramsolve.tui.moment import Look, Moment
from gramsolve.tui.playback import Playback
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.session import Session
from gramsolve.tui.source import LiveSource, puzzle_to_watch
from gramsolve.tui.widgets.lines import Headline, Transport
from gramsolve.tui.widgets.race import Race
from gramsolve.tui.widgets.swarm import Swarm, SwarmScroll

RATE = 1 / 12
CHROME = 3
"""Lines of header, transport and footer."""


@dataclass(frozen=True)
class Side:
    """One contestant: what it is called, and its run."""

    name: str
    source: LiveSource


def guidance_on_and_off(source: LiveSource) -> tuple[Side, Side]:
    """The same run with the prior's noise and without it, where every trajectory is the same one."""
    options = replace(source.options, until="depth")
    lively = options if options.temperature > 0 else replace(options, temperature=1.0)
    return (
        Side("guidance on", replace(source, options=lively)),
        Side("guidance off", replace(source, options=replace(options, temperature=0.0))),
    )


class Compare(Screen[None]):
    """Two swarms of one puzzle under one playback head, and how many distinct solutions each has found."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play", "Play", id="compare.play"),
        Binding("full_stop,right_square_bracket,n,right,l", "step(1)", "Step", key_display=". ,", id="compare.forward"),
        Binding("comma,left_square_bracket,b,left,h", "step(-1)", "Back", show=False, id="compare.back"),
        Binding("plus,equals_sign", "speed(1)", "Faster", show=False, id="compare.faster"),
        Binding("minus,underscore", "speed(-1)", "Slower", show=False, id="compare.slower"),
        Binding("home,0", "seek(0)", "Start", show=False, id="compare.start"),
        Binding("e,end", "end", "End", show=False, id="compare.end"),
        Binding("p", "puzzle", "Puzzle", id="compare.puzzle"),
        Binding("r", "reseed", "Reseed", id="compare.reseed"),
        Binding("w", "width(1)", "Wider", show=False, id="compare.wider"),
        Binding("W", "width(-1)", "Narrower", show=False, id="compare.narrower"),
        Binding("question_mark", "help", "Help", key_display="?", id="compare.help"),
        Binding("escape,q", "leave", "Back", id="compare.leave"),
    ]

    def __init__(self, task: Task, variant: str, sides: tuple[Side, Side], look: Look, seed: int = 0) -> None:
        super().__init__(classes="ascii" if look.ascii else "")
        self.puzzles, self.variant, self.look = task, variant, look
        self.sides = sides
        self.sessions = tuple(Session(side.source) for side in sides)
        self.playback = Playback()
        self._puzzle_seed = seed
        self._clock = monotonic()
        self._drawn: tuple[object, ...] = ()
        self._picture = True

    def compose(self) -> ComposeResult:
        with Vertical(id="room"):
            yield Headline()
            with Horizontal(id="ring"):
                for _ in self.sides:
                    with SwarmScroll():
                        yield Swarm()
            yield Race()
            yield Transport()
            yield Footer(show_command_palette=False)
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
        recorder = session.recorder
        frames = tuple(recorder.frames)
        source = session.source
        width = source.options.width if isinstance(source, LiveSource) else 1
        return Moment(
            task=self.puzzles,
            variant=recorder.instance.variant if recorder.instance else self.variant,
            look=self.look,
            instance=recorder.instance,
            started=recorder.started,
            finished=recorder.finished,
            exact=recorder.exact,
            frames=frames,
            position=min(self.playback.position, len(frames)),
            selected=-1,
            count=frames[-1].width if frames else width,
            depth=recorder.depth(),
            complain=recorder.complain,
        )

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
