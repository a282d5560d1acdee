"""The help card: every key of the screen that it covers, and every icon."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from gramsolve.tui.view.status_icons import TrajectoryStatus
from gramsolve.tui.view.view_state import DrawStyle

Row = tuple[str, str]
"""Keys and what they do."""


def keys_of(screen: Screen, ascii: bool = False) -> list[list[Row]]:
    """All keys that work on a screen, from its bindings: of the focused widget, of the screen, and of the application.

    Bindings with equal texts share a row. The text is the tooltip or, without one, the description.
    """
    groups: dict[int, dict[str, list[str]]] = {id(screen): {}}
    for active in screen.active_bindings.values():
        binding = active.binding
        # Keys that every screen has come last; keys that scroll a widget are left out.
        general = binding.action in GENERAL
        meaning = GENERAL.get(binding.action, binding.tooltip or binding.description)
        scrolls = active.node is not screen and binding.action.startswith(("scroll_", "page_"))
        if meaning and active.enabled and not binding.system and not scrolls:
            group = groups.setdefault(0 if general else id(active.node), {})
            group.setdefault(meaning, []).append(_key(binding.key, ascii))
    rows = [[(_together(keys), meaning) for meaning, keys in group.items()] for group in groups.values() if group]
    return sorted(rows, key=lambda group: group[0][1] in GENERAL.values())


GENERAL = {
    "quit": "quit",
    "app.quit": "quit",
    "app.focus_next": "to the next thing",
    "app.focus_previous": "to the thing before",
    "screen.copy_text": "",
}


def _together(keys: list[str]) -> str:
    """Keys side by side; several digits as a range."""
    keys = list(dict.fromkeys(keys))
    if len(keys) > 2 and all(key.isdigit() for key in keys):
        return f"{keys[0]}-{keys[-1]}"
    return "  ".join(keys)


NAMES = {
    "full_stop": ".",
    "comma": ",",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "underscore": "_",
    "question_mark": "?",
    "slash": "/",
    "escape": "esc",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
}


def _key(key: str, ascii: bool) -> str:
    """A key as it is printed on keyboards."""
    name = NAMES.get(key, key)
    return name if name.isascii() or not ascii else key


KEYS = 18
"""Columns for keys; longer lists are wrapped."""


class HelpScreen(ModalScreen[None]):
    """Lists the keys of the screen that it covers. ``about`` is a paragraph above them; ``icons`` explains the status
    icons too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter,space", "dismiss", "Close"),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
    ]

    def __init__(self, style: DrawStyle, about: str = "", *, icons: bool = True) -> None:
        super().__init__(classes="ascii" if style.ascii else "")
        self.style, self.about, self.icons = style, about, icons

    def compose(self) -> ComposeResult:
        parts = [Static(Text(self.about), id="about")] if self.about else []
        dialog = VerticalScroll(*parts, Static(self._table()), id="help", can_focus=False)
        dialog.border_title = "keys"
        dialog.border_subtitle = "j k scroll, esc closes"
        yield dialog

    @property
    def beneath(self) -> Screen:
        """The screen that this one covers."""
        stack = self.app.screen_stack
        return stack[stack.index(self) - 1] if self in stack else stack[-1]

    async def action_dismiss(self, result: None = None) -> None:
        self.dismiss(result)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#help").scroll_relative(y=lines * 2, animate=False)

    def _table(self) -> Table:
        palette, ascii = self.style.palette, self.style.ascii
        table = Table.grid(padding=(0, 2))
        table.add_column(max_width=KEYS)
        table.add_column()
        for rows in keys_of(self.beneath, ascii):
            for keys, meaning in rows:
                table.add_row(Text(keys, f"bold {palette.accent}"), Text(meaning))
            table.add_row()
        if self.icons:
            for status, meaning in MEANING.items():
                table.add_row(Text(status.icon(ascii), status.color(palette) or ""), Text(meaning))
            wrong = "!" if ascii else "✗"
            table.add_row(Text(f"{wrong}  ?"), Text("beside a cell: breaks a rule, not sure"))
        return table


MEANING = {
    TrajectoryStatus.RUNNING: "still thinking",
    TrajectoryStatus.VALID: "the board is right",
    TrajectoryStatus.INVALID: "stopped on a board that is not right",
}
