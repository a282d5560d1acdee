"""The board of the editor, with a cursor on the cell that is typed into."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import Static

from gramsolve.display import terminal
from gramsolve.display.terminal import CELL_SIZES, CellSize
from gramsolve.tasks.drawing import Grid
from gramsolve.tui.view import board_fit
from gramsolve.tui.view.view_state import DrawStyle

LARGEST = CellSize(5, 2)
"""Largest size of cells."""


class EditableBoard(Static):
    """Shows a grid; click a cell to move the cursor there."""

    can_focus = False

    class Pointed(Message):
        """A cell was clicked."""

        def __init__(self, cell: int) -> None:
            super().__init__()
            self.cell = cell

    _cell: CellSize | None = None
    _columns = 0

    def show(self, grid: Grid, room: tuple[int, int], style: DrawStyle, cursor: int | None) -> None:
        """Draw in ``room`` columns and lines."""
        columns, lines = room
        self._cell, self._columns = None, grid.shape[1]
        fitting = [
            size
            for size in CELL_SIZES
            if size.width <= LARGEST.width
            and grid.shape[1] * size.width <= columns
            and grid.shape[0] * size.height <= lines
        ]
        if grid.kind != "board" or not fitting:
            self.update(terminal.join(board_fit.preview(grid, columns, lines, style)))
            return
        size = fitting[0]
        drawn = terminal.full(grid, size, palette=style.palette, ascii=style.ascii)
        if cursor is not None:
            self._cell = size
            row, column = divmod(cursor, grid.shape[1])
            for line in drawn[row * size.height : (row + 1) * size.height]:
                line.stylize("reverse", column * size.width, (column + 1) * size.width)
        self.update(terminal.join(drawn))

    def say(self, words: str) -> None:
        """Show text in place of a board that cannot be drawn."""
        self._cell = None
        self.update(Text(words))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and self._cell is not None:
            row, column = offset.y // self._cell.height, offset.x // self._cell.width
            self.post_message(self.Pointed(row * self._columns + column))
