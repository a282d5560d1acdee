"""Two small dialogs: one asks for a choice, the other for a line of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from gramsolve.display.terminal import clean
from gramsolve.tui.view.view_state import DrawStyle


class ChoiceDialog(ModalScreen[str | None]):
    """Asks for one of ``choices``, pairs of an id and a line; returns the id, or None. A digit chooses directly."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Back"),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
        *(Binding(str(digit), f"number({digit})", show=False) for digit in range(1, 10)),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]], style: DrawStyle, *, words: str = "") -> None:
        super().__init__(classes="ascii" if style.ascii else "")
        self.heading, self.choices, self.words, self.style = title, list(choices), words, style

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Text(clean(self.heading))
            dialog.border_subtitle = "enter chooses, esc goes back"
            if self.words:
                yield Static(Text(clean(self.words)), id="words")
            numbered = [Text(f"{n}  {clean(line)}") for n, (_, line) in enumerate(self.choices, start=1)]
            yield OptionList(*(Option(line, key) for line, (key, _) in zip(numbered, self.choices, strict=True)))

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        self.dismiss(message.option_id)

    def action_number(self, number: int) -> None:
        if number <= len(self.choices):
            self.dismiss(self.choices[number - 1][0])

    def action_move(self, lines: int) -> None:
        options = self.query_one(OptionList)
        if lines > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_leave(self) -> None:
        self.dismiss(None)


class TextDialog(ModalScreen[str | None]):
    """Asks for a line of text, with ``usual`` as its initial text; returns it stripped, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, title: str, usual: str, style: DrawStyle, *, words: str = "") -> None:
        super().__init__(classes="ascii" if style.ascii else "")
        self.heading, self.usual, self.words, self.style = title, usual, words, style

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Text(clean(self.heading))
            dialog.border_subtitle = "enter goes on, esc goes back"
            yield Input(self.usual, select_on_focus=False)
            if self.words:
                yield Static(Text(clean(self.words)), id="words")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.dismiss(message.value.strip() or None)

    def action_leave(self) -> None:
        self.dismiss(None)
