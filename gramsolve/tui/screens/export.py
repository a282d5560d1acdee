"""The card that keeps something: which form, which trajectories, and the name of the file."""

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
from gramsolve.tui.exhibit import FORMS, Form, Shot, Source, Take, free, place
from gramsolve.tui.moment import Look


class Export(ModalScreen[None]):
    """Keeps one of ``takes``, or ``shot``, the screen it covers. Stays open until the file is written, on a thread;
    leaving it earlier does not stop that."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Back"),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
        Binding("left,h", "which(-1)", show=False),
        Binding("right,l", "which(1)", show=False),
        *(Binding(str(digit), f"number({digit})", show=False) for digit in range(1, len(FORMS) + 1)),
    ]

    def __init__(self, takes: Sequence[Take], shot: Shot, look: Look) -> None:
        super().__init__(classes="ascii" if look.ascii else "")
        self.takes = [take for take in takes if not take.empty]
        self.shot, self.look = shot, look
        self.forms = FORMS if self.takes else tuple(form for form in FORMS if form.of == "screen")
        self.take = 0
        self.writing = False
        self._usual = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="ask") as card:
            card.border_title = "export"
            card.border_subtitle = "enter saves, esc goes back"
            yield OptionList(*(Option(self._line(number, form)) for number, form in enumerate(self.forms, start=1)))
            yield Static(id="which")
            with Horizontal(id="name"):
                yield Static("in the file")
                yield Input(select_on_focus=False)
            yield Static(id="words")

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def _line(self, number: int, form: Form) -> Text:
        text = Text(no_wrap=True, overflow="crop").append(f"{number}  ", f"bold {self.look.palette.accent}")
        text.append(f"{form.name:<15}", self.look.palette.ink or "")
        return text.append(form.words, self.look.palette.faint or "")

    # What is chosen

    @property
    def form(self) -> Form:
        return self.forms[self.query_one(OptionList).highlighted or 0]

    @property
    def choices(self) -> list[Take]:
        """What the form can be made of: the whole run is the same for each of its trajectories."""
        if self.form.of == "screen":
            return []
        return [take for take in self.takes if take.rows is None or self.form.of != "whole"]

    @property
    def source(self) -> Source:
        return self.choices[self.take % len(self.choices)] if self.choices else self.shot

    def _renew(self) -> None:
        """Say what would be kept, under the usual name unless the user wrote another."""
        source, form, field = self.source, self.form, self.query_one(Input)
        which = Text("export      ", no_wrap=True, overflow="crop")
        if isinstance(source, Take):
            more = len(self.choices) > 1
            back, on = ("< ", " >") if self.look.ascii else ("‹ ", " ›")
            title = "the whole run" if form.of == "whole" and not more else source.title
            arrow = f"bold {self.look.palette.accent}"
            which.append(back if more else "", arrow).append(clean(title)).append(on if more else "", arrow)
        else:
            which.append("this screen")
        self.query_one("#which", Static).update(which)
        written, usual = field.value, self._usual
        self._usual = free(Path(source.name + form.ending)).name
        if written in ("", usual):
            field.value = self._usual
        elif Path(written).suffix.lower() in {form.ending for form in self.forms}:
            field.value = str(Path(written).with_suffix(form.ending))
        field.cursor_position = len(field.value)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self._renew()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        """A name with the ending of another form asks for that form."""
        ending = Path(message.value).suffix.lower()
        screen = self.form.of == "screen"
        wanted = [n for n, form in enumerate(self.forms) if form.ending == ending and (form.of == "screen") == screen]
        if ending != self.form.ending and wanted:
            self.query_one(OptionList).highlighted = wanted[0]

    def action_number(self, number: int) -> None:
        if number <= len(self.forms):
            self.query_one(OptionList).highlighted = number - 1

    def action_move(self, lines: int) -> None:
        options = self.query_one(OptionList)
        if lines > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_which(self, step: int) -> None:
        self.take += step
        self._renew()

    # Writing

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _chosen(self, message: OptionList.OptionSelected | Input.Submitted) -> None:
        message.stop()
        if self.writing:
            return
        source, form = self.source, self.form
        try:
            path = place(self.query_one(Input).value, form)
        except (BadInput, OSError, RuntimeError) as error:
            self._failed(str(error))
            return
        self.writing = True
        self._progress(0, 0)
        work = threading.Thread(target=self._write, args=(source, form, path), name="gramsolve-export", daemon=True)
        work.start()

    def _write(self, source: Source, form: Form, path: Path) -> None:
        """On a thread, which goes on when the card has been left."""
        app = self.app
        try:
            source.write(form, path, lambda done, of: app.call_later(self._progress, done, of))
        except GramsolveError as error:
            app.call_later(self._failed, str(error))
        except Exception as error:  # A plugin that cannot draw; a thread has nobody above it.
            app.call_later(self._failed, f"cannot write {path}: {type(error).__name__} {error}")
        else:
            app.call_later(self._written, source, form, path)

    def _progress(self, done: int, of: int) -> None:
        if self.is_current:
            count = f" {done} of {of}" if of else ""
            self.query_one("#words", Static).update("writing" + count + ("..." if self.look.ascii else "…"))

    def _failed(self, error: str) -> None:
        """One line, and the card stays for another try."""
        self.writing = False
        if self.is_current:
            self.query_one("#words", Static).update()
        self.app.notify(" ".join(error.split()), title="cannot export", severity="error", timeout=10, markup=False)

    def _written(self, source: Source, form: Form, path: Path) -> None:
        self.writing = False
        if form.ending == ".npz" and isinstance(source, Take) and source.recorder.instance is not None:
            self.app.post_message(messages.Saved(path, source.task.name, source.recorder.instance.variant))
        self.app.notify(str(path.resolve()), title="saved", markup=False)
        if self.is_current:
            self.dismiss()

    def action_leave(self) -> None:
        self.dismiss()
