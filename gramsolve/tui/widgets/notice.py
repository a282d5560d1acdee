"""Shown in place of the timeline for exact search."""

from __future__ import annotations

import textwrap

from rich.text import Text

from gramsolve.display import terminal
from gramsolve.tui.view.staleness import Key
from gramsolve.tui.view.view_state import ViewState
from gramsolve.tui.widgets.panel import Panel

WORDS = (
    "No network took part. The task's own solver tried every possibility.",
    "X goes back to the network.",
)
BRIEF = ("No network took part.", "X: back to the network")


class Notice(Panel):
    """Says that the boards come from exact search, in a long or a short form."""

    BORDER_TITLE = "exact search"

    def render_key(self, state: ViewState) -> Key:
        return ()

    def render(self) -> Text:
        width, height = self.content_size
        for words in (WORDS, BRIEF):
            lines = [line for sentence in words for line in textwrap.wrap(sentence, max(1, width))]
            if len(lines) <= height:
                break
        return terminal.join([Text(line) for line in lines[:height]])
