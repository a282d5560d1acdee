"""The list of recent puzzles and recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from gramsolve.display.terminal import clean
from gramsolve.tui.settings import Recent
from gramsolve.tui.view.staleness import LastKey
from gramsolve.tui.view.view_state import DrawStyle

NOTHING = ("nothing yet", "what you watch is listed here")


class Recents(OptionList):
    """Puzzles and recordings, the newest first. The index of an option is that of its entry."""

    BORDER_TITLE = "r recent"

    def __init__(self, recent: Sequence[Recent], style: DrawStyle) -> None:
        super().__init__()
        self._drawn = LastKey()
        self.renew(recent, style)

    def renew(self, recent: Sequence[Recent], style: DrawStyle) -> None:
        """Show another list."""
        if self._drawn.changed((tuple(recent), style)):
            self.recent, self.style = tuple(recent), style
            self._fill()

    def watch_has_focus(self, focused: bool) -> None:
        super().watch_has_focus(focused)
        if focused and self.highlighted is None and self.recent:
            self.highlighted = 0
        chosen = ("> " if self.style.ascii else "▸ ") if focused else ""
        self.border_title = chosen + str(self.BORDER_TITLE)

    def action_cursor_up(self) -> None:
        """Above the first line is the last card."""
        if self.highlighted:
            super().action_cursor_up()
        else:
            self.screen.focus_previous()

    def _fill(self) -> None:
        faint = self.style.palette.faint or ""
        self.clear_options()
        lines = [self._line(number, recent) for number, recent in enumerate(self.recent, start=1)]
        self.add_options(Option(line) for line in lines)
        if not lines:
            self.add_options(Option(Text(line, faint), disabled=True) for line in NOTHING)
        if lines and self.has_focus:
            self.highlighted = 0

    def _line(self, number: int, recent: Recent) -> Text:
        """Number, icon of its kind, title and result."""
        palette, ascii = self.style.palette, self.style.ascii
        signs = {"puzzle": "#" if ascii else "▦", "recording": ">" if ascii else "▶"}
        text = Text(no_wrap=True, overflow="crop" if ascii else "ellipsis")
        text.append(f"{number if number <= 9 else ' '} ", f"bold {palette.accent}")
        text.append(f"{signs[recent.kind]} ", palette.faint or "")
        name = Path(recent.text).name if recent.kind == "recording" else recent.title
        text.append(clean(f"{recent.task} {recent.variant}".strip()))
        if name:
            text.append(f"  {clean(name)}", palette.faint or "")
        if recent.result:
            text.append(f"  {clean(recent.result)}", palette.right)
        return text
