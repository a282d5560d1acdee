"""Home: a tile for each task. One key chooses the task, a second one what to do with it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, VerticalScroll
from textual.widgets import OptionList, Static

from gramsolve.display.terminal import clean
from gramsolve.tui import messages
from gramsolve.tui.catalogue import Catalogue, Entry, accuracy, in_words
from gramsolve.tui.screens.app_screen import AppScreen
from gramsolve.tui.screens.dialogs import ChoiceDialog, TextDialog
from gramsolve.tui.settings import Recent
from gramsolve.tui.view.view_state import DrawStyle
from gramsolve.tui.widgets.footer import KeyFooter
from gramsolve.tui.widgets.recents import Recents
from gramsolve.tui.widgets.status_lines import spread
from gramsolve.tui.widgets.task_tile import TaskTile, arrange

CHROME = 2
"""Lines of title and footer."""


class Gallery(VerticalScroll, inherit_bindings=False):
    """Scrolls to the chosen tile; the arrow keys choose and do not scroll."""


class Home(AppScreen):
    """Tiles fill in while plugins are imported on a thread; keys work from the start."""

    AUTO_FOCUS = ""
    ABOUT: ClassVar[str] = "Choose a task by its number, then what to do by the letter on its card."
    HELP_ICONS: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(digit), f"pick({digit})", tooltip="choose a task or, after r, what was recent", show=False)
            for digit in range(1, 10)
        ),
        Binding(
            "enter", "open", "Open", key_display="enter", tooltip="the first thing the task offers", id="home.open"
        ),
        Binding("w", "do('watch')", "Watch", show=False, tooltip="watch a puzzle being solved", id="home.watch"),
        Binding("s", "do('sample')", "Sample", show=False, tooltip="boards without a puzzle", id="home.sample"),
        Binding("t", "do('train')", "Train", show=False, tooltip="train a model", id="home.train"),
        Binding("c", "checkpoint", "Checkpoint", show=False, tooltip="choose a checkpoint", id="home.checkpoint"),
        Binding("r", "recent", "Recent", tooltip="what was watched lately", id="home.recent"),
        Binding("o", "file", "Open file", tooltip="open a recording", id="home.file"),
        Binding("h,left", "move(-1, 0)", show=False, tooltip="choose a task by its place", id="home.left"),
        Binding("l,right", "move(1, 0)", show=False, tooltip="choose a task by its place", id="home.right"),
        Binding("k,up", "move(0, -1)", show=False, tooltip="choose a task by its place", id="home.up"),
        Binding("j,down", "move(0, 1)", show=False, tooltip="choose a task by its place", id="home.down"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="this card", id="home.help"),
        Binding("q", "app.quit", "Quit", id="home.quit"),
    ]

    def __init__(self, catalogue: Catalogue, style: DrawStyle, recent: Sequence[Recent] = (), task: str = "") -> None:
        super().__init__(style)
        self.catalogue = catalogue
        self.recent = tuple(recent)
        self.entries: dict[str, Entry] = {name: Entry(name) for name in catalogue.known}
        self.broken: dict[str, str] = {}
        self.complete = False
        self._wanted, self._chosen = task, bool(task)

    def compose_body(self) -> ComposeResult:
        yield Static(id="title")
        with Gallery(id="gallery", can_focus=False), Grid(id="tiles"):
            for number, entry in enumerate(self.entries.values(), start=1):
                yield TaskTile(entry, number, self.style)
            yield Recents(self.recent, self.style)
        yield Static(id="broken")
        yield KeyFooter(show_command_palette=True)

    def on_mount(self) -> None:
        self._focus(self._wanted)
        self._draw_title()
        # Imports would delay the first picture, so they start after it.
        self.call_after_refresh(self._load_catalogue)

    def on_screen_resume(self) -> None:
        """Look for checkpoints again: the screen that was left may have trained a model."""
        for entry in list(self.entries.values()):
            if entry.task is not None:
                self._update_entry(replace(entry, checkpoints=self.catalogue.trained(entry.task)))

    def _load_catalogue(self) -> None:
        threading.Thread(target=self._read_catalogue, name="gramsolve-catalogue", daemon=True).start()

    def _read_catalogue(self) -> None:
        for entry in self.catalogue.entries():
            if not self.post_message(messages.EntryFound(entry)):
                return
        self.post_message(messages.EntryFound(None))

    # What is known

    async def on_entry_found(self, message: messages.EntryFound) -> None:
        entry = message.entry
        if entry is None:
            self.complete = True
        elif entry.problem:
            self.broken[entry.name] = entry.problem
            if self.entries.pop(entry.name, None) is not None:
                await self._rebuild()
            else:
                self._arrange()
        elif entry.name not in self.entries:
            self.entries[entry.name] = entry
            await self._rebuild()
        elif entry.task is not None:
            self._update_entry(entry)
        self._draw_title()

    def _update_entry(self, entry: Entry) -> None:
        self.entries[entry.name] = entry
        if entry.checkpoints and not self._chosen:
            # Until the user has chosen, the first task with a checkpoint is focused.
            self._wanted, self._chosen = entry.name, True
            self._focus(entry.name)
        for tile in self.query(TaskTile):
            if tile.entry.name == entry.name:
                tile.set_entry(entry)
        self.refresh_bindings()

    async def _rebuild(self) -> None:
        """Other tasks than expected: make their tiles in order, and keep the focus."""
        chosen = self.tile.entry.name if self.tile else self._wanted
        tiles = self.query_one("#tiles")
        with self.app.batch_update():
            await tiles.query(TaskTile).remove()
            self.entries = dict(sorted(self.entries.items()))
            made = [TaskTile(entry, number, self.style) for number, entry in enumerate(self.entries.values(), start=1)]
            await tiles.mount(*made, before=self.query_one(Recents))
            self._arrange()
            self._focus(chosen)

    def _draw_title(self) -> None:
        """The title line, and one line for every plugin that fails to load."""
        palette, ascii = self.style.palette, self.style.ascii
        left = Text("gramsolve", f"bold {palette.accent}", end="", no_wrap=True)
        left.append("  watch a small network think", palette.faint or "")
        waiting = sum(entry.task is None for entry in self.entries.values())
        right = Text(
            f"plugins to load: {waiting}" if waiting and not self.complete else "", palette.faint or "", end=""
        )
        self.query_one("#title", Static).update(spread(left, right, self.size.width - 2))
        sign = "x" if ascii else "✗"
        lines = [Text(f"{sign} {clean(reason)}", palette.bad, no_wrap=True) for reason in self.broken.values()]
        broken = self.query_one("#broken", Static)
        broken.display = bool(lines)
        broken.update(Text("\n", no_wrap=True, overflow="crop" if ascii else "ellipsis").join(lines))

    # Space

    def redraw(self) -> None:
        self._draw_title()
        self._arrange()

    def _arrange(self) -> None:
        tiles = self.query_one("#tiles", Grid)
        count = len(self.entries)
        across, lines = arrange(self.size.width - 2, self.size.height - CHROME - len(self.broken), count + 1)
        tiles.styles.grid_size_columns = across
        tiles.styles.grid_rows = str(lines)
        self.across = across
        # The list of recent things takes the rest of the last row.
        self.query_one(Recents).styles.column_span = across - count % across

    # Choosing

    across = 1

    @property
    def tile(self) -> TaskTile | None:
        """The chosen task."""
        return self.focused if isinstance(self.focused, TaskTile) else None

    def _focus(self, name: str) -> None:
        tiles = list(self.query(TaskTile))
        wanted = [tile for tile in tiles if tile.entry.name == name]
        if tiles:
            (wanted or tiles)[0].focus()

    def action_pick(self, number: int) -> None:
        if isinstance(self.focused, Recents):
            self._open_recent(number - 1)
            return
        tiles = list(self.query(TaskTile))
        if number <= len(tiles):
            self._chosen = True
            tiles[number - 1].focus()

    def action_move(self, right: int, down: int) -> None:
        recents = self.query_one(Recents)
        if self.focused is recents and down:
            (recents.action_cursor_down if down > 0 else recents.action_cursor_up)()
            return
        cells = [*self.query(TaskTile), recents]
        here = cells.index(self.focused) if self.focused in cells else 0
        there = here + right + down * self.across
        if down and there >= len(cells):
            there = len(cells) - 1
        if 0 <= there < len(cells):
            self._chosen = True
            cells[there].focus()

    def action_recent(self) -> None:
        self.query_one(Recents).focus()

    # Doing

    def action_open(self) -> None:
        tile = self.tile
        if tile is not None and tile.entry.actions:
            self.action_do(tile.entry.actions[0])

    def on_task_tile_opened(self) -> None:
        self.action_open()

    def action_do(self, action: str) -> None:
        tile = self.tile
        if tile is None or tile.entry.task is None:
            return
        entry = tile.entry
        if action == "train":
            self.post_message(messages.Train(entry.name))
        elif action == "sample" or not entry.task.capabilities.conditional:  # type: ignore[union-attr]
            self._open(entry, messages.Sample)
        else:
            self._open(entry, messages.Watch)

    def _open(self, entry: Entry, kind: type[messages.Watch] | type[messages.Sample]) -> None:
        """Use the first checkpoint; without one the application asks what to do."""
        best = entry.checkpoints[0] if entry.checkpoints else None
        self.post_message(kind(entry.name, best.variant if best else None, str(best.path) if best else None))

    def action_checkpoint(self) -> None:
        if self.tile is None or not self.tile.entry.checkpoints:
            self.action_do("train")
            return
        entry = self.tile.entry
        infos = {str(info.path): info for info in entry.checkpoints}
        lines = []
        for path, info in infos.items():
            figure = accuracy(info)
            right = f"  {in_words(figure)} right" if figure is not None else ""
            lines.append((path, f"{info.name}  {info.variant}  {info.parameters:,} parameters  {info.origin}{right}"))
        task = entry.task
        assert task is not None

        def chosen(path: str | None) -> None:
            if path is not None:
                kind = messages.Watch if task.capabilities.conditional else messages.Sample
                self.post_message(kind(entry.name, infos[path].variant, path))

        self.app.push_screen(ChoiceDialog(f"{task.title}: checkpoints", lines, self.style), chosen)

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        self._open_recent(message.option_index)

    def _open_recent(self, index: int) -> None:
        """Open an entry of the list of recent things."""
        if not 0 <= index < len(self.recent):
            return
        recent = self.recent[index]
        if recent.kind == "recording":
            self.post_message(messages.Replay(Path(recent.text)))
        else:
            self.post_message(messages.Watch(recent.task, recent.variant or None, None, recent.text))

    def action_file(self) -> None:
        def chosen(path: str | None) -> None:
            if path is not None:
                self.post_message(messages.Replay(Path(path).expanduser()))

        self.app.push_screen(TextDialog("open a recording", "", self.style, words="the path of a file.npz"), chosen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letter keys of tiles are disabled while the list of recent things has the focus."""
        return not (isinstance(self.focused, Recents) and action in ("do", "checkpoint", "open"))

    def set_recent(self, recent: Sequence[Recent]) -> None:
        """Show another list of recent things."""
        self.recent = tuple(recent)
        if self.is_mounted:
            self.query_one(Recents).renew(self.recent, self.style)

    def set_style(self, style: DrawStyle) -> None:
        for tile in self.query(TaskTile):
            tile.set_style(style)
        self.query_one(Recents).renew(self.recent, style)
        super().set_style(style)
