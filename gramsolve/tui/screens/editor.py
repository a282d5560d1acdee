"""The puzzle editor: type into the board, write or paste text, read a file, or generate."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea
from textual.worker import get_current_worker

from gramsolve.display.terminal import clean
from gramsolve.errors import BadInput
from gramsolve.tasks.base import Instance
from gramsolve.tasks.drawing import View
from gramsolve.tasks.task import Task
from gramsolve.tui.view.view_state import DrawStyle
from gramsolve.tui.widgets.editable_board import EditableBoard
from gramsolve.tui.widgets.footer import KeyFooter
from gramsolve.tui.widgets.status_lines import spread

COUNTED = 1000
"""Solutions that are counted at most."""
UNDO = 200
WIDTH = 72
"""Columns of the dialog, unless a board needs more."""
CHROME = 8
"""Lines of the dialog beside the board: border, verdict, keys and the space between."""


class Editor(ModalScreen[Instance | None]):
    """Returns the puzzle, or None when cancelled.

    Boards whose task can be typed into have a cursor; every puzzle can be edited as text too.
    """

    AUTO_FOCUS = ""  # Keys go to the board until the text is opened.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+g", "generate", "Generate", priority=True, id="editor.generate"),
        Binding("ctrl+d", "difficulty", "Level", priority=True, id="editor.difficulty"),
        Binding("ctrl+t", "text", "Text", priority=True, id="editor.text"),
        Binding("ctrl+l", "file", "File", priority=True, id="editor.file"),
        Binding("ctrl+x", "clear", "Clear", priority=True, id="editor.clear"),
        Binding("ctrl+z", "undo", "Undo", priority=True, id="editor.undo"),
        Binding("f2,ctrl+r", "use", "Solve", key_display="f2", priority=True, id="editor.use"),
        Binding("escape", "cancel", "Cancel", id="editor.cancel"),
    ]

    def __init__(self, task: Task, instance: Instance, style: DrawStyle, seed: int = 0) -> None:
        super().__init__(classes="ascii" if style.ascii else "")
        self.plugin, self.style = task, style
        self.instance = instance
        self.cursor = 0
        self.error = ""
        self.verdict = ""
        self.difficulty: str | None = task.difficulties[-1] if task.difficulties else None
        self._seed = seed
        self._past: list[Instance] = []
        self._typed = task.capabilities.editing
        self._explained = task.capabilities.context

    def compose(self) -> ComposeResult:
        with Vertical(id="editor"):
            yield EditableBoard(id="board")
            yield TextArea(soft_wrap=True, id="source")
            yield Input(placeholder="path of a puzzle file, then enter", id="path")
            yield Static(id="verdict")
            yield KeyFooter(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        self.query_one("#editor").border_title = Text(f"{clean(self.plugin.title)}: your puzzle")
        self.query_one("#source").display = written = not self._typed and not self._explained
        self.query_one("#path").display = False
        self._show_text()
        if written:
            self.query_one("#source").focus()
        self.judge()
        self.redraw()

    # Drawing

    def redraw(self) -> None:
        self._draw_board()
        palette = self.style.palette
        words = Text(end="", no_wrap=True)
        if self.error:
            words.append(clean(self.error), f"bold {palette.bad}")
        else:
            level = f"level {self.difficulty}   " if self.difficulty else ""
            words.append(level, palette.faint or "")
            words.append(self.verdict)
        how = Text("arrows move, space clears, enter solves" if self._typed else "", palette.faint or "", end="")
        self.query_one("#verdict", Static).update(spread(words, how, min(self.size.width, WIDTH) - 6))

    def on_resize(self) -> None:
        self.redraw()

    def _draw_board(self) -> None:
        """The board, as large as the rest of the dialog leaves room for."""
        board, taken = self.query_one(EditableBoard), CHROME
        for name, lines in (("#source", 7), ("#path", 4)):
            taken += lines if self.query_one(name).display else 0
        columns, lines = self.size.width - 6, max(3, self.size.height - taken)
        try:
            # Drawings need not be as wide as the screen.
            view = View(room=(lines, min(columns, 3 * lines)))
            beside = self._explained and not self._typed
            grid = (beside and self.plugin.context(self.instance)) or self.plugin.render(self.instance, view)
        except Exception as error:  # A plugin that cannot draw must not take the screen down with it.
            board.say(f"this puzzle cannot be drawn: {type(error).__name__} {error}")
            return
        board.show(grid, (columns, lines), self.style, self.cursor if self._typed else None)

    def on_editable_board_pointed(self, message: EditableBoard.Pointed) -> None:
        self.set_focus(None)
        self.cursor = message.cell
        self.redraw()

    # Changing

    def put(self, instance: Instance) -> None:
        """Edit another puzzle; undo returns to the one before."""
        self._past = [*self._past[-UNDO:], self.instance]
        self.instance, self.error = instance, ""
        self.cursor = min(self.cursor, self.plugin.variant(instance.variant).spec.output_length - 1)
        self._show_text()
        self.judge()
        self.redraw()

    def _show_text(self) -> None:
        area = self.query_one("#source", TextArea)
        if not area.has_focus:
            area.load_text(self.plugin.format(self.instance))

    def on_text_area_changed(self, message: TextArea.Changed) -> None:
        if message.text_area.has_focus:
            self._read(message.text_area.text)

    def on_paste(self, event: events.Paste) -> None:
        if not isinstance(self.focused, TextArea | Input):
            self._read(event.text)

    def _read(self, text: str) -> None:
        try:
            read = self.plugin.read(text, variant=self.instance.variant).puzzles()[0]
            if self.plugin.format(read) != self.plugin.format(self.instance):
                self.put(read)
            self.error = ""
        except BadInput as error:
            self.error = str(error)
        self.redraw()

    def on_key(self, event: events.Key) -> None:
        if isinstance(self.focused, TextArea | Input):
            return
        if event.key == "enter":
            event.stop()
            self.action_use()
            return
        if not self._typed:
            return
        steps = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
        if event.key in steps:
            event.stop()
            self._move(*steps[event.key])
        elif event.key in ("backspace", "delete", "space"):
            event.stop()
            self._type("")
            if event.key == "space":
                self._move(0, 1)
        elif event.character and event.character.isprintable() and self._type(event.character):
            event.stop()
            self._move(0, 1)

    def _move(self, down: int, right: int) -> None:
        rows, columns = self.plugin.variant(self.instance.variant).spec.grid
        row, column = divmod(self.cursor, columns)
        self.cursor = (row + down) % rows * columns + (column + right) % columns
        if right and column + right in (-1, columns):
            self.cursor = (self.cursor + right * columns) % (rows * columns)
        self.redraw()

    def _type(self, sign: str) -> bool:
        changed = self.plugin.edit(self.instance, self.cursor, sign) if self._typed else None
        if changed is not None:
            self.put(changed)
        return changed is not None

    # Judging

    @work(thread=True, exclusive=True, group="judge", exit_on_error=False)
    def judge(self) -> None:
        """Count the solutions of the puzzle, where the task can."""
        worker, instance = get_current_worker(), self.instance
        try:
            self.plugin.read(self.plugin.format(instance), variant=instance.variant).puzzles()
            counts = self.plugin.capabilities.exact_solver
            found = self.plugin.enumerate(instance, COUNTED) if counts else None
        except BadInput as error:
            words = str(error)
        except Exception as error:
            words = f"{type(error).__name__}: {error}"
        else:
            count = None if found is None else len(found)
            words = {None: "", 0: "no solution", 1: "exactly one solution"}.get(count, f"{count} solutions")
            words = f"{COUNTED} solutions or more" if count == COUNTED else words
        if not worker.is_cancelled:
            self.app.call_from_thread(self._judged, instance, words)

    def _judged(self, instance: Instance, words: str) -> None:
        if instance is self.instance:
            self.verdict = words
            self.redraw()

    # Keys

    def action_generate(self) -> None:
        self._seed += 1
        try:
            self.put(self.plugin.generate(self.instance.variant, 1, self._seed, self.difficulty)[0])
        except BadInput as error:
            self.error = str(error)
            self.redraw()

    def action_difficulty(self) -> None:
        words = self.plugin.difficulties
        if words:
            here = words.index(self.difficulty) if self.difficulty in words else -1
            self.difficulty = words[(here + 1) % len(words)]
            self.action_generate()

    def action_text(self) -> None:
        area = self.query_one("#source", TextArea)
        area.display = not area.display or not (self._typed or self._explained)
        if area.display:
            area.load_text(self.plugin.format(self.instance))
            area.focus()
        else:
            self.set_focus(None)
        self.redraw()

    def action_file(self) -> None:
        path = self.query_one("#path", Input)
        path.display = not path.display
        if path.display:
            path.focus()
        else:
            self.set_focus(None)
        self.redraw()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        try:
            data = Path(message.value).expanduser().read_bytes()[:4_000_000].decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            self.error = f"{message.value} cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}"
            self.redraw()
            return
        message.input.display = False
        self.set_focus(None)
        self._read(data)

    def action_clear(self) -> None:
        self.put(self.plugin.blank(self.instance.variant))

    def action_undo(self) -> None:
        if self._past:
            before = self._past[-1]
            self.put(before)
            self._past = self._past[:-2]

    def action_use(self) -> None:
        """Return this puzzle, if its task accepts it."""
        try:
            self.plugin.read(self.plugin.format(self.instance), variant=self.instance.variant).puzzles()
        except BadInput as error:
            self.error = str(error)
            self.redraw()
            return
        self.dismiss(self.instance)

    def action_cancel(self) -> None:
        self.dismiss(None)
