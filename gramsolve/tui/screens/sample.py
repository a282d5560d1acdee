"""Unconditional samples: boards or pictures that appear step by step, on one contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from gramsolve.tasks.task import Task
from gramsolve.tui.exportable import RunExport, exports_of
from gramsolve.tui.runs.playback import USUAL
from gramsolve.tui.runs.session import Session
from gramsolve.tui.runs.source import LiveSource
from gramsolve.tui.screens.player import PlayerScreen, playback_bindings, scroll_bindings
from gramsolve.tui.view import arena_layout
from gramsolve.tui.view.view_state import DrawStyle, ViewState
from gramsolve.tui.widgets.contact_sheet import ContactSheet
from gramsolve.tui.widgets.footer import KeyFooter
from gramsolve.tui.widgets.panel import Panel
from gramsolve.tui.widgets.sample_status import SampleStatus
from gramsolve.tui.widgets.status_lines import Headline, Transport
from gramsolve.tui.widgets.trajectory_grid import TrajectoryScroll

DEPTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class SampleScreen(PlayerScreen):
    """One run without a puzzle, with all boards of equal size."""

    ABOUT: ClassVar[str] = (
        "No puzzle: every trajectory begins with nothing but noise, and a board or a picture appears step by step."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *playback_bindings("sample", start="to the start", forward=",l,right", back=",h,left"),
        *scroll_bindings("sample"),
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
        super().__init__([source], style, level)
        self.plugin, self.variant = task, variant

    def compose_body(self) -> ComposeResult:
        yield Headline()
        with TrajectoryScroll():
            yield ContactSheet()
        yield Transport()
        yield SampleStatus()
        yield KeyFooter(show_command_palette=False)

    def state_of(self, session: Session) -> ViewState:
        return ViewState.of(session, self.plugin, self.variant, self.style, self.playback.position)

    def draw(self, states: Sequence[ViewState]) -> None:
        (state,) = states
        sheet, status, recorder = self.query_one(ContactSheet), self.query_one(SampleStatus), self.session.recorder
        sheet.room = self.size.width - 5, self.size.height - arena_layout.CHROME - arena_layout.FRAME
        status.stage, status.error = recorder.stage, recorder.error
        self.update_transport()
        for panel in self.query(Panel):
            panel.show(state)
        self.query_one(TrajectoryScroll).border_title = sheet.caption((f"samples  {state.count}", None))

    def action_scroll(self, lines: int) -> None:
        self.query_one(TrajectoryScroll).scroll_relative(y=lines, animate=False)

    # Runs

    def action_depth(self, direction: int) -> None:
        def deepened(source: LiveSource) -> LiveSource:
            options = source.options
            further = [depth for depth in DEPTHS if (depth - options.depth) * direction > 0]
            if not further:
                return source
            return replace(source, options=replace(options, depth=min(further) if direction > 0 else max(further)))

        self.change_sources(deepened)

    # Screen

    def exports(self) -> list[RunExport]:
        state = self.view_state()
        (export,) = exports_of(state, self.session.recorder)
        return [replace(export, title=f"all {state.count} samples", name=f"{export.name}-samples")]
