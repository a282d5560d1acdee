"""The puzzle as given, with its task's description and the examples that belong to it."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from gramsolve.display.terminal import clean, join
from gramsolve.tasks.drawing import Grid, View
from gramsolve.tui.view import board_fit
from gramsolve.tui.view.view_state import ViewState


class PuzzleInfo(ModalScreen[None]):
    """The task in one sentence, above its examples or, without examples, above the puzzle."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,g,q,enter,space", "dismiss", "Close"),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
    ]

    def __init__(self, state: ViewState) -> None:
        super().__init__(classes="ascii" if state.style.ascii else "")
        self.state = state

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="puzzle-info", can_focus=False) as dialog:
            dialog.border_title = Text(f"{clean(self.state.task.title)}: what is asked")
            dialog.border_subtitle = "esc closes"
            yield Static(Text(clean(self.state.task.description)), id="words")
            yield Static(id="board")

    def on_resize(self) -> None:
        self.query_one("#board", Static).update(self._drawn(self.size.width - 6, self.size.height - 6))

    def _drawn(self, columns: int, lines: int) -> Text:
        style = self.state.style
        grid = self._grid(columns, lines)
        if grid is None or not grid.rows:
            return Text("this puzzle has no picture")
        way = board_fit.best_mode(grid, columns, lines, ascii=style.ascii, small=True)
        return join(board_fit.draw(grid, way, style))

    def _grid(self, columns: int, lines: int) -> Grid | None:
        """The examples, or the puzzle alone; None if the plugin cannot draw."""
        task, instance = self.state.task, self.state.instance
        if instance is None:
            return None
        try:
            beside = task.context(instance) if task.capabilities.context else None
            return beside or task.render(instance, View(room=(lines, columns)))
        except Exception:
            return None

    async def action_dismiss(self, result: None = None) -> None:
        self.dismiss(result)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#puzzle-info").scroll_relative(y=lines * 2, animate=False)
