"""What is asked: the puzzle as it was given, and the examples that belong to it."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from gramsolve.display.terminal import clean, join
from gramsolve.tasks.task import Grid, View
from gramsolve.tui import drawing
from gramsolve.tui.moment import Moment


class GivenScreen(ModalScreen[None]):
    """The task in one sentence over its examples or, where it has none, over the puzzle. Closes with any usual key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,g,q,enter,space", "dismiss", "Close"),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
    ]

    def __init__(self, moment: Moment) -> None:
        super().__init__(classes="ascii" if moment.look.ascii else "")
        self.moment = moment

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="given", can_focus=False) as card:
            card.border_title = Text(f"{clean(self.moment.task.title)}: what is asked")
            card.border_subtitle = "esc closes"
            yield Static(Text(clean(self.moment.task.description)), id="words")
            yield Static(id="canvas")

    def on_resize(self) -> None:
        self.query_one("#canvas", Static).update(self._drawn(self.size.width - 6, self.size.height - 6))

    def _drawn(self, columns: int, lines: int) -> Text:
        look = self.moment.look
        grid = self._grid(columns, lines)
        if grid is None or not grid.rows:
            return Text("this puzzle has no picture")
        way = drawing.best(grid, columns, lines, ascii=look.ascii, small=True)
        return join(drawing.draw(grid, way, look))

    def _grid(self, columns: int, lines: int) -> Grid | None:
        """The examples, or the puzzle alone; a plugin that cannot draw has neither."""
        task, instance = self.moment.task, self.moment.instance
        if instance is None:
            return None
        try:
            return task.context(instance) or task.render(instance, View(room=(lines, columns)))
        except Exception:
            return None

    async def action_dismiss(self, result: None = None) -> None:
        self.dismiss(result)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#given").scroll_relative(y=lines * 2, animate=False)
