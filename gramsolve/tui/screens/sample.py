"""Samples: boards or pictures that appear out of nothing, step by step, and a contact sheet of them to keep."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from gramsolve.tasks.task import Task
from gramsolve.tui import layout
from gramsolve.tui.exhibit import Take, takes_of
from gramsolve.tui.moment import Look, Moment
from gramsolve.tui.playback import USUAL, Playback
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.screens.text import TextView
from gramsolve.tui.session import Session
from gramsolve.tui.source import LiveSource
from gramsolve.tui.widgets.hints import Hints
from gramsolve.tui.widgets.lines import Headline, Transport
from gramsolve.tui.widgets.panel import Panel
from gramsolve.tui.widgets.sheet import Sheet
from gramsolve.tui.widgets.swarm import SwarmScroll
from gramsolve.tui.widgets.tally import Tally

RATE = 1 / 12
DEPTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class SampleScreen(Screen[None]):
    """Polls a session's recorder as the arena does, and shows all boards alike."""

    ABOUT: ClassVar[str] = (
        "No puzzle: every trajectory begins with nothing but noise, and a board or a picture appears step by step."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play", "Play", tooltip="play or pause", id="sample.play"),
        Binding(
            "full_stop,right_square_bracket,n,l,right",
            "step(1)",
            "Step",
            key_display=". ,",
            tooltip="one step forward",
            id="sample.forward",
        ),
        Binding(
            "comma,left_square_bracket,b,h,left", "step(-1)", tooltip="one step back", show=False, id="sample.back"
        ),
        Binding("plus,equals_sign", "speed(1)", tooltip="faster", show=False, id="sample.faster"),
        Binding("minus,underscore", "speed(-1)", tooltip="slower", show=False, id="sample.slower"),
        Binding("home,0", "seek(0)", tooltip="to the start", show=False, id="sample.start"),
        Binding("e,end", "end", tooltip="to the newest step", show=False, id="sample.end"),
        Binding("k,up", "scroll(-4)", tooltip="scroll, where there are more than fit", show=False, id="sample.up"),
        Binding("j,down", "scroll(4)", tooltip="scroll, where there are more than fit", show=False, id="sample.down"),
        Binding("r", "reseed", "Reseed", tooltip="other samples: the next seed", id="sample.reseed"),
        Binding("w", "width(1)", "More", key_display="w W", tooltip="more samples", id="sample.wider"),
        Binding("W", "width(-1)", tooltip="fewer samples", show=False, id="sample.narrower"),
        Binding("d", "depth(1)", tooltip="more steps", show=False, id="sample.deeper"),
        Binding("D", "depth(-1)", tooltip="fewer steps", show=False, id="sample.shallower"),
        Binding("x", "app.export", "Export", tooltip="keep a picture, GIF, data or recording", id="sample.export"),
        Binding("v", "read", "Text", tooltip="a board in words, for screen readers", id="sample.read"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="this card", id="sample.help"),
        Binding("q", "app.quit", "Quit", id="sample.quit"),
    ]

    def __init__(self, task: Task, variant: str, source: LiveSource, look: Look, level: int = USUAL) -> None:
        super().__init__(classes="ascii" if look.ascii else "")
        self.puzzles, self.variant, self.look = task, variant, look
        self.session = Session(source)
        self.playback = Playback(level=level)
        self._clock = monotonic()
        self._drawn: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="room"):
            yield Headline()
            with SwarmScroll():
                yield Sheet()
            yield Transport()
            yield Tally()
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
        now = monotonic()
        self.playback.advance(now - self._clock, len(self.session.recorder.frames))
        self._clock = now
        self.redraw()

    def redraw(self) -> None:
        """Draw if anything has changed since the last look."""
        moment, recorder, playback = self.moment(), self.session.recorder, self.playback
        key = (
            id(self.session),
            (moment.position, len(moment.frames), moment.instance, moment.finished),
            (recorder.stage, recorder.error),
            (playback.playing, playback.level, self.size, self.look),
        )
        if key == self._drawn or not self.is_mounted:
            return
        self._drawn = key
        sheet, transport, tally = self.query_one(Sheet), self.query_one(Transport), self.query_one(Tally)
        width, height = self.size
        sheet.room = width - 5, height - layout.CHROME - layout.FRAME
        transport.playing, transport.speed = playback.playing, playback.speed_label
        tally.stage, tally.error = recorder.stage, recorder.error
        for panel in self.query(Panel):
            panel.show(moment)
        self.query_one(SwarmScroll).border_title = sheet.caption((f"samples  {moment.count}", None))

    def moment(self) -> Moment:
        return self.session.moment(self.puzzles, self.variant, self.look, self.playback.position, -1)

    def runs(self) -> list[tuple[str, Moment]]:
        """What the text view reads."""
        return [("", self.moment())]

    # Playback keys

    def action_play(self) -> None:
        self.playback.toggle(len(self.session.recorder.frames), self.session.recorder.closed)
        self.redraw()

    def action_step(self, steps: int) -> None:
        self.action_seek(self.playback.position + steps)

    def action_seek(self, position: int) -> None:
        self.playback.seek(position, len(self.session.recorder.frames))
        self.redraw()

    def action_end(self) -> None:
        self.action_seek(len(self.session.recorder.frames))

    def action_speed(self, direction: int) -> None:
        self.playback.faster(direction)
        self.redraw()

    def action_scroll(self, lines: int) -> None:
        self.query_one(SwarmScroll).scroll_relative(y=lines, animate=False)

    # Runs

    @property
    def source(self) -> LiveSource:
        source = self.session.source
        assert isinstance(source, LiveSource)
        return source

    def begin(self, source: LiveSource) -> None:
        """Leave the present samples for others."""
        self.session.stop()
        self.session = Session(source)
        self.playback = Playback(level=self.playback.level)
        self.session.start()
        self.redraw()

    def action_reseed(self) -> None:
        self.begin(self.source.reseeded())

    def action_width(self, direction: int) -> None:
        resized = self.source.resized(direction)
        if resized != self.source:
            self.begin(resized)

    def action_depth(self, direction: int) -> None:
        options = self.source.options
        further = [depth for depth in DEPTHS if (depth - options.depth) * direction > 0]
        if further:
            depth = min(further) if direction > 0 else max(further)
            self.begin(replace(self.source, options=replace(options, depth=depth)))

    # Screen

    def action_read(self) -> None:
        self.app.push_screen(TextView(self, 0))

    def takes(self) -> list[Take]:
        """What can be kept of the samples."""
        moment = self.moment()
        (take,) = takes_of(moment, self.session.recorder)
        return [replace(take, title=f"all {moment.count} samples", name=f"{take.name}-samples")]

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.look))

    def set_look(self, look: Look) -> None:
        """Draw with other colours."""
        self.look = look
        self.redraw()
