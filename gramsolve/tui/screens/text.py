"""The text view: the board of one trajectory in words, to be read aloud, scrolled and copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import TextArea

from gramsolve.tui.runs.playback import Playback
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.view import text_description
from gramsolve.tui.view.view_state import DrawStyle, ViewState
from gramsolve.tui.widgets.footer import KeyFooter

RATE = 0.5
"""Seconds between two updates; the text is replaced only when it has changed."""


class Player(Protocol):
    """The screen whose runs are described."""

    style: DrawStyle

    @property
    def playback(self) -> Playback: ...

    def runs(self) -> Sequence[tuple[str, ViewState]]:
        """Names and states of the runs on the screen."""
        ...

    def action_step(self, steps: int) -> None: ...
    def action_seek(self, position: int) -> None: ...
    def action_end(self) -> None: ...


class TextView(Screen[None]):
    """Describes the runs of ``player``, whose playback it pauses. The first lines say what has changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("full_stop,right_square_bracket,n", "step(1)", "Step", key_display=". ,", tooltip="one step forward"),
        Binding("comma,left_square_bracket,b", "step(-1)", "Back", show=False, tooltip="one step back"),
        Binding("tab", "choose(1)", "Next", tooltip="the next trajectory"),
        Binding("shift+tab", "choose(-1)", "Previous", show=False, tooltip="the trajectory before"),
        Binding("f", "best", "Best", tooltip="the best trajectory"),
        Binding("1", "side(0)", "Left", tooltip="the left side of the comparison"),
        Binding("2", "side(1)", "Right", tooltip="the right side of the comparison"),
        Binding("0", "seek(0)", "Puzzle", tooltip="the puzzle, before the first step"),
        Binding("e", "end", "End", tooltip="the newest step"),
        Binding("y", "copy", "Copy", tooltip="copy the text"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="this card"),
        Binding("v,escape,q", "leave", "Back", tooltip="back to the boards"),
    ]

    def __init__(self, player: Player, trajectory: int) -> None:
        super().__init__(classes="ascii" if player.style.ascii else "")
        self.player, self.trajectory, self.side = player, max(0, trajectory), 0

    def compose(self) -> ComposeResult:
        yield TextArea("", read_only=True, soft_wrap=True, show_line_numbers=False, id="description")
        yield KeyFooter(show_command_palette=False)

    def on_mount(self) -> None:
        self.player.playback.playing = False
        self.query_one(TextArea).focus()
        self.set_interval(RATE, self.redraw)
        self.redraw()

    def view_state(self) -> ViewState:
        """The state that is described."""
        return self._runs()[self.side][1]

    def _runs(self) -> list[tuple[str, ViewState]]:
        """All runs, with the chosen trajectory selected in the one that is described."""
        runs = list(self.player.runs())
        name, state = runs[self.side]
        self.trajectory %= max(1, state.count)
        runs[self.side] = name, replace(state, selected=self.trajectory)
        return runs

    def redraw(self) -> None:
        """Replace the text if it has changed; the cursor stays on its line."""
        runs = self._runs()
        area = self.query_one(TextArea)
        text = (
            text_description.describe(runs[0][1])
            if len(runs) == 1
            else text_description.describe_comparison(runs, self.side)
        )
        if text != area.text:
            line, column = area.cursor_location
            area.load_text(text)
            area.cursor_location = (min(line, area.document.line_count - 1), column)

    def action_step(self, steps: int) -> None:
        self.player.action_step(steps)
        self.redraw()

    def action_seek(self, position: int) -> None:
        self.player.action_seek(position)
        self.redraw()

    def action_end(self) -> None:
        self.player.action_end()
        self.redraw()

    def action_choose(self, further: int) -> None:
        self.trajectory += further
        self.redraw()

    def action_best(self) -> None:
        frame = self.view_state().frame
        if frame is not None:
            self.trajectory = frame.best()
            self.redraw()

    def action_side(self, number: int) -> None:
        self.side = number
        self.redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The side keys are for screens with two runs."""
        return action != "side" or len(self.player.runs()) > 1

    def action_copy(self) -> None:
        """Copy the selection, or all text without one."""
        area = self.query_one(TextArea)
        self.app.copy_to_clipboard(area.selected_text or area.text)
        self.notify("copied", markup=False)

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.player.style, icons=False))

    def action_leave(self) -> None:
        self.dismiss()
