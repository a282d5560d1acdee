"""A task on the home screen: its board, description, checkpoints and actions."""

from __future__ import annotations

import textwrap

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget

from gramsolve.display.terminal import clean, join, side_by_side
from gramsolve.tasks.drawing import Grid, View
from gramsolve.tui.catalogue import Entry, accuracy, in_words
from gramsolve.tui.view import board_fit
from gramsolve.tui.view.status_icons import TrajectoryStatus
from gramsolve.tui.view.view_state import DrawStyle

WORDS = 23
"""Fewest columns of the words beside a picture."""
GAP = 2
TALL = 12
"""Lines from which the picture is above the words."""

WORD = {"watch": "watch", "sample": "sample", "train": "train", "checkpoint": "models"}
"""The word of an action; its first letter is its key."""


COLUMN = 38
"""Fewest columns of a tile, where there is room for two."""
LOWEST, HIGHEST = 7, 26
"""Fewest and most lines of a tile with its border."""


def arrange(width: int, height: int, cells: int) -> tuple[int, int]:
    """(tiles side by side, lines of each) so that ``cells`` tiles are all visible if they can be."""
    across = max(1, min(3, cells, width // COLUMN))
    ranks = -(-cells // across)
    return across, max(LOWEST, min(HIGHEST, height // ranks))


class TaskTile(Widget, can_focus=True):
    """One task. The focused tile is the chosen one; a double click starts its first action."""

    class Opened(Message):
        """The tile was double-clicked."""

        def __init__(self, task: str) -> None:
            super().__init__()
            self.task = task

    def __init__(self, entry: Entry, number: int, style: DrawStyle) -> None:
        super().__init__()
        self.entry, self.number, self.style = entry, number, style

    def on_mount(self) -> None:
        self._titles()

    def set_entry(self, entry: Entry) -> None:
        """Show what is known of the task now."""
        self.entry = entry
        self._titles()
        self.refresh()

    def set_style(self, style: DrawStyle) -> None:
        self.style = style
        self._titles()
        self.refresh()

    def watch_has_focus(self, focused: bool) -> None:
        super().watch_has_focus(focused)
        self._titles()

    def on_resize(self) -> None:
        # The focus may come before there is a size, and keys are further apart where there is room.
        self._titles()

    def on_click(self, event: events.Click) -> None:
        # The first click moves the focus here before it arrives; only a quick second one opens.
        if event.chain >= 2:
            self.post_message(self.Opened(self.entry.name))

    def _titles(self) -> None:
        style, entry = self.style, self.entry
        title = entry.task.title if entry.task else entry.name
        chosen = ("> " if style.ascii else "▸ ") if self.has_focus else ""
        self.border_title = Text(
            f"{chosen}{self.number} {clean(title)}", f"bold {style.palette.accent}" if chosen else ""
        )
        self.border_subtitle = self._hints() if self.has_focus else ""

    def _hints(self) -> Text:
        """The keys of the task's actions, closer together where there is little room."""
        keys = [*self.entry.actions, *(["checkpoint"] if len(self.entry.checkpoints) > 1 else [])]
        length = sum(len(key) + 4 for key in keys)
        text = Text()
        for key in keys:
            text.append(("  " if length < self.size.width else " ") if text else "")
            text.append(key[0], f"bold {self.style.palette.accent}").append(f" {WORD[key]}")
        return text

    def render(self) -> Text:
        width, height = self.content_size
        faint = self.style.palette.faint or ""
        if self.entry.task is None:
            return Text("loading" + ("..." if self.style.ascii else "…"), faint)
        if height >= TALL:
            return self._tall(width, height)
        picture = self._picture(max(0, width - WORDS - GAP), height)
        room = max((line.cell_len for line in picture), default=-GAP)
        words = self._words(max(1, width - room - GAP), height)
        return join(side_by_side([picture, words], gap=GAP) if picture else words)

    def _tall(self, width: int, height: int) -> Text:
        """The picture over the words, in the middle."""
        words = self._words(width, 5)
        picture = self._picture(width, height - len(words) - 1)
        wide = max((line.cell_len for line in picture), default=0)
        before = " " * ((width - wide) // 2)
        centred = [Text(before, end="").append_text(line) for line in picture]
        below = [Text()] * (height - len(words) - len(centred))
        return join([*centred, *below, *words])

    def _picture(self, columns: int, lines: int) -> list[Text]:
        grid = self._grid(columns, lines)
        if grid is None or not grid.rows:
            return []
        drawn = board_fit.preview(grid, columns, lines, self.style)
        return [Text()] * ((lines - len(drawn)) // 2) + drawn

    def _grid(self, columns: int, lines: int) -> Grid | None:
        """The task's examples, or a solved board; None if the plugin cannot draw."""
        task, instance = self.entry.task, self.entry.instance
        if task is None or instance is None or columns < 4:
            return None
        try:
            examples = task.context(instance) if task.capabilities.context else None
            if examples is not None:
                return board_fit.first_block(examples, lines)
            return task.render(instance, View(tokens=self.entry.solution, room=(lines, columns)))
        except Exception:
            return None

    def _words(self, columns: int, lines: int) -> list[Text]:
        task = self.entry.task
        assert task is not None
        status = self._status(columns)
        wrapped = textwrap.wrap(clean(task.description), columns)
        room = max(1, lines - len(status) - (1 if lines > 5 else 0))
        if len(wrapped) > room:
            wrapped = [
                *wrapped[: room - 1],
                textwrap.shorten(" ".join(wrapped[room - 1 :]), columns, placeholder="..."),
            ]
        gap = [Text()] if lines > len(wrapped) + len(status) else []
        return [*(Text(line) for line in wrapped), *gap, *status][:lines]

    def _status(self, columns: int) -> list[Text]:
        """The variants with a checkpoint, each with how well its best one does where that is known."""
        style, entry = self.style, self.entry
        task = entry.task
        assert task is not None
        if not entry.checkpoints:
            sign = TrajectoryStatus.WAITING.icon(style.ascii)
            line = Text(f"{sign} not trained yet", style.palette.faint or "")
        else:
            count = len(entry.checkpoints)
            line = Text(TrajectoryStatus.VALID.icon(style.ascii), style.palette.right, end="")
            for variant in entry.variants:
                figures = [accuracy(info) for info in entry.checkpoints if info.variant == variant]
                known = [figure for figure in figures if figure is not None]
                line.append(", " if line.plain[2:] else " ").append(clean(variant), "bold")
                if known:
                    line.append(f" {in_words(max(known))}", style.palette.right)
            suffix = f"  {count} checkpoints" if count > 1 else ""
            line.append(suffix if line.cell_len + len(suffix) <= columns else "", style.palette.faint or "")
        line.truncate(columns, overflow="crop" if style.ascii else "ellipsis")
        return [line]
