"""The export dialog: which format, which trajectories, and the name of the file."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from gramsolve.display.terminal import clean
from gramsolve.errors import BadInput, GramsolveError
from gramsolve.tui import messages
from gramsolve.tui.exportable import (
    EXPORT_FORMATS,
    Exportable,
    ExportFormat,
    RunExport,
    Screenshot,
    target_path,
    unused_path,
)
from gramsolve.tui.view.view_state import DrawStyle


class ExportDialog(ModalScreen[None]):
    """Exports one of ``exports``, or ``screenshot``. Stays open until a thread has written the file; closing the dialog
    earlier does not stop the thread."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Back"),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
        Binding("left,h", "which(-1)", show=False),
        Binding("right,l", "which(1)", show=False),
        *(Binding(str(digit), f"number({digit})", show=False) for digit in range(1, len(EXPORT_FORMATS) + 1)),
    ]

    def __init__(self, exports: Sequence[RunExport], screenshot: Screenshot, style: DrawStyle) -> None:
        super().__init__(classes="ascii" if style.ascii else "")
        self.exports = [chosen for chosen in exports if not chosen.empty]
        self.screenshot, self.style = screenshot, style
        self.formats = (
            EXPORT_FORMATS if self.exports else tuple(format for format in EXPORT_FORMATS if format.of == "screen")
        )
        self.chosen = 0
        self.writing = False
        self._usual = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "export"
            dialog.border_subtitle = "enter saves, esc goes back"
            yield OptionList(
                *(Option(self._line(number, format)) for number, format in enumerate(self.formats, start=1))
            )
            yield Static(id="which")
            with Horizontal(id="name"):
                yield Static("in the file")
                yield Input(select_on_focus=False)
            yield Static(id="words")

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def _line(self, number: int, format: ExportFormat) -> Text:
        text = Text(no_wrap=True, overflow="crop").append(f"{number}  ", f"bold {self.style.palette.accent}")
        text.append(f"{format.name:<15}", self.style.palette.ink or "")
        return text.append(format.words, self.style.palette.faint or "")

    # What is chosen

    @property
    def format(self) -> ExportFormat:
        return self.formats[self.query_one(OptionList).highlighted or 0]

    @property
    def choices(self) -> list[RunExport]:
        """What the format can show: formats of the whole run have no choice of a trajectory."""
        if self.format.of == "screen":
            return []
        return [chosen for chosen in self.exports if chosen.rows is None or self.format.of != "whole"]

    @property
    def source(self) -> Exportable:
        return self.choices[self.chosen % len(self.choices)] if self.choices else self.screenshot

    def _renew(self) -> None:
        """Show what would be exported, under the default name unless the user has typed another."""
        source, format, field = self.source, self.format, self.query_one(Input)
        which = Text("export      ", no_wrap=True, overflow="crop")
        if isinstance(source, RunExport):
            more = len(self.choices) > 1
            back, on = ("< ", " >") if self.style.ascii else ("‹ ", " ›")
            title = "the whole run" if format.of == "whole" and not more else source.title
            arrow = f"bold {self.style.palette.accent}"
            which.append(back if more else "", arrow).append(clean(title)).append(on if more else "", arrow)
        else:
            which.append("this screen")
        self.query_one("#which", Static).update(which)
        written, usual = field.value, self._usual
        self._usual = unused_path(Path(source.name + format.ending)).name
        if written in ("", usual):
            field.value = self._usual
        elif Path(written).suffix.lower() in {format.ending for format in self.formats}:
            field.value = str(Path(written).with_suffix(format.ending))
        field.cursor_position = len(field.value)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self._renew()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        """A name with the ending of another format chooses that format."""
        ending = Path(message.value).suffix.lower()
        screen = self.format.of == "screen"
        wanted = [
            n for n, format in enumerate(self.formats) if format.ending == ending and (format.of == "screen") == screen
        ]
        if ending != self.format.ending and wanted:
            self.query_one(OptionList).highlighted = wanted[0]

    def action_number(self, number: int) -> None:
        if number <= len(self.formats):
            self.query_one(OptionList).highlighted = number - 1

    def action_move(self, lines: int) -> None:
        options = self.query_one(OptionList)
        if lines > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_which(self, step: int) -> None:
        self.chosen += step
        self._renew()

    # Writing

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _chosen(self, message: OptionList.OptionSelected | Input.Submitted) -> None:
        message.stop()
        if self.writing:
            return
        source, format = self.source, self.format
        try:
            path = target_path(self.query_one(Input).value, format)
        except (BadInput, OSError, RuntimeError) as error:
            self._failed(str(error))
            return
        self.writing = True
        self._progress(0, 0)
        work = threading.Thread(target=self._write, args=(source, format, path), name="gramsolve-export", daemon=True)
        work.start()

    def _write(self, source: Exportable, format: ExportFormat, path: Path) -> None:
        """Write the file; runs on a thread that outlives the dialog."""
        app = self.app
        try:
            source.write(format, path, lambda done, of: app.call_later(self._progress, done, of))
        except GramsolveError as error:
            app.call_later(self._failed, str(error))
        except Exception as error:  # A plugin that cannot draw: a thread has no caller that could report it.
            app.call_later(self._failed, f"cannot write {path}: {type(error).__name__} {error}")
        else:
            app.call_later(self._written, source, format, path)

    def _progress(self, done: int, of: int) -> None:
        if self.is_current:
            count = f" {done} of {of}" if of else ""
            self.query_one("#words", Static).update("writing" + count + ("..." if self.style.ascii else "…"))

    def _failed(self, error: str) -> None:
        """Show the error in one line; the dialog stays open."""
        self.writing = False
        if self.is_current:
            self.query_one("#words", Static).update()
        self.app.notify(" ".join(error.split()), title="cannot export", severity="error", timeout=10, markup=False)

    def _written(self, source: Exportable, format: ExportFormat, path: Path) -> None:
        self.writing = False
        if format.ending == ".npz" and isinstance(source, RunExport) and source.recorder.instance is not None:
            self.app.post_message(messages.Saved(path, source.task.name, source.recorder.instance.variant))
        self.app.notify(str(path.resolve()), title="saved", markup=False)
        if self.is_current:
            self.dismiss()

    def action_leave(self) -> None:
        self.dismiss()
