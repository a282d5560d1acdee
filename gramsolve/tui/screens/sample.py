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
from gramsolve.tui.exportable import RunExport, exports_of
from gramsolve.tui.runs.playback import USUAL, Playback
from gramsolve.tui.runs.session import Session
from gramsolve.tui.runs.source import LiveSource
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.screens.text import TextView
from gramsolve.tui.view import arena_layout
from gramsolve.tui.view.view_state import DrawStyle, ViewState
from gramsolve.tui.widgets.contact_sheet import ContactSheet
from gramsolve.tui.widgets.footer import KeyFooter
from gramsolve.tui.widgets.panel import Panel
from gramsolve.tui.widgets.sample_status import SampleStatus
from gramsolve.tui.widgets.status_lines import Headline, Transport
from gramsolve.tui.widgets.trajectory_grid import TrajectoryScroll

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

    def __init__(self, task: Task, variant: str, source: LiveSource, style: DrawStyle, level: int = USUAL) -> None:
        super().__init__(classes="ascii" if style.ascii else "")
        self.puzzles, self.variant, self.style = task, variant, style
        self.session = Session(source)
        self.playback = Playback(level=level)
        self._clock = monotonic()
        self._drawn: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="room"):
            yield Headline()
            with TrajectoryScroll():
                yield ContactSheet()
            yield Transport()
            yield SampleStatus()
            yield KeyFooter(show_command_palette=False)
        yield Static(id="small")

    def on_mount(self) -> None:
        self.session.start()
        self.set_interval(RATE, self.tick)
        self.tick()

    def on_unmount(self) -> None:
        self.session.stop()

    def on_resize(self) -> None:
        small = not arena_layout.fits(*self.size)
        self.set_class(small, "small")
        need, have = "{}x{}".format(*arena_layout.MINIMUM), "{}x{}".format(*self.size)
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
        state, recorder, playback = self.view_state(), self.session.recorder, self.playback
        key = (
            id(self.session),
            (state.position, len(state.frames), state.instance, state.finished),
            (recorder.stage, recorder.error),
            (playback.playing, playback.level, self.size, self.style),
        )
        if key == self._drawn or not self.is_mounted:
            return
        self._drawn = key
        sheet, transport, sample_status = (
            self.query_one(ContactSheet),
            self.query_one(Transport),
            self.query_one(SampleStatus),
        )
        width, height = self.size
        sheet.room = width - 5, height - arena_layout.CHROME - arena_layout.FRAME
        transport.playing, transport.speed = playback.playing, playback.speed_label
        sample_status.stage, sample_status.error = recorder.stage, recorder.error
        for panel in self.query(Panel):
            panel.show(state)
        self.query_one(TrajectoryScroll).border_title = sheet.caption((f"samples  {state.count}", None))

    def view_state(self) -> ViewState:
        return self.session.view_state(self.puzzles, self.variant, self.style, self.playback.position, -1)

    def runs(self) -> list[tuple[str, ViewState]]:
        """What the text view reads."""
        return [("", self.view_state())]

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
        self.query_one(TrajectoryScroll).scroll_relative(y=lines, animate=False)

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

    def exports(self) -> list[RunExport]:
        """What can be kept of the samples."""
        state = self.view_state()
        (export,) = exports_of(state, self.session.recorder)
        return [replace(export, title=f"all {state.count} samples", name=f"{export.name}-samples")]

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.style))

    def set_style(self, style: DrawStyle) -> None:
        """Draw with other colours."""
        self.style = style
        self.redraw()
