"""Every key and every sign on one card."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from gramsolve.tui.marks import Mark
from gramsolve.tui.moment import Look

KEYS: tuple[tuple[tuple[str, str], ...], ...] = (
    (
        ("space", "play or pause the picture, not the solver"),
        (".  ]  n", "one step forward"),
        (",  [  b", "one step back"),
        ("+  -", "faster, slower"),
        ("home  e", "to the puzzle, to the newest step"),
    ),
    (
        ("h j k l  arrows", "choose a trajectory by its place"),
        ("tab  shift+tab", "next, previous trajectory"),
        ("f", "follow the best trajectory"),
        ("m", "latent map or boards"),
        ("click", "choose a board, a solution or a step"),
    ),
    (
        ("p", "new puzzle"),
        ("r", "same puzzle, next seed"),
        ("w  W", "more, fewer trajectories"),
        ("t", "colours: dark, light, the terminal's own"),
        ("?  q", "this card, quit"),
    ),
)


class HelpScreen(ModalScreen[None]):
    """Closes with any of the usual keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter,space", "dismiss", "Close"),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
    ]

    def __init__(self, look: Look) -> None:
        super().__init__(classes="ascii" if look.ascii else "")
        self.look = look

    def compose(self) -> ComposeResult:
        card = VerticalScroll(Static(self._table()), id="card", can_focus=False)
        card.border_title = "keys"
        card.border_subtitle = "esc closes"
        yield card

    async def action_dismiss(self, result: None = None) -> None:
        self.dismiss(result)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#card").scroll_relative(y=lines * 2, animate=False)

    def _table(self) -> Table:
        palette = self.look.palette
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column()
        for keys in KEYS:
            for key, meaning in keys:
                table.add_row(Text(key, f"bold {palette.accent}"), Text(meaning))
            table.add_row()
        for mark, meaning in MEANING.items():
            sign = Text(mark.sign(self.look.ascii), mark.color(palette) or "")
            table.add_row(sign, Text(meaning))
        wrong = "!" if self.look.ascii else "✗"
        table.add_row(Text(f"{wrong}  ?"), Text("beside a cell: breaks a rule, not sure"))
        return table


MEANING = {
    Mark.RUNNING: "still thinking",
    Mark.VALID: "the board is right",
    Mark.INVALID: "stopped on a board that is not right",
}
