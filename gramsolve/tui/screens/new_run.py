"""The dialog for a new training run. The run itself validates what is typed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Select, Static

from gramsolve.display.terminal import clean
from gramsolve.errors import GramsolveError
from gramsolve.tasks.task import Task
from gramsolve.tui.training.train_request import TrainRequest
from gramsolve.tui.view.view_state import DrawStyle
from gramsolve.tui.widgets.footer import KeyFooter

INPUTS = (
    ("max_time", "time at most", "as 9m or 1.5h; none"),
    ("updates", "updates", "the preset's"),
    ("seed", "seed", "0"),
    ("settings", "other settings", "as beta=0.5 lr=0.001"),
)


class NewRunDialog(ModalScreen[TrainRequest | None]):
    """Returns the request, or None. ``error`` is the error of the last attempt."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+r", "begin", "Start", key_display="enter", priority=True, tooltip="start this run"),
        Binding("escape", "cancel", "Cancel", tooltip="start nothing"),
    ]

    class Known(Message):
        """A plugin has been imported, or could not be."""

        def __init__(self, name: str, task: Task | None, problem: str) -> None:
            super().__init__()
            self.name, self.task, self.problem = name, task, problem

    def __init__(
        self,
        request: TrainRequest,
        names: Sequence[str],
        load: Callable[[str], Task],
        style: DrawStyle,
        error: str = "",
    ) -> None:
        super().__init__(classes="ascii" if style.ascii else "")
        self.request, self.load, self.style, self.error = request, load, style, error
        self.names = list(names)
        self.plugin: Task | None = None

    def compose(self) -> ComposeResult:
        request = self.request
        with VerticalScroll(id="new-run", can_focus=False) as dialog:
            dialog.border_title = Text("train a model")
            with Grid(id="fields"):
                yield Label("task")
                chosen = request.task if request.task in self.names else Select.NULL
                yield Select([(clean(name), name) for name in self.names], value=chosen, id="task", compact=True)
                yield Label("variant")
                yield Select[str]([], id="variant", compact=True, prompt="the task's own")
                yield Label("preset")
                yield Select[str]([], id="preset", compact=True, prompt="cpu")
                for name, title, hint in INPUTS:
                    yield Label(title)
                    yield Input(getattr(request, name), hint, id=name, compact=True)
            yield Static(id="error")
            yield KeyFooter(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        self.query_one("#max_time" if self.request.task else "#task").focus()
        self._show_error(self.error)

    def _show_error(self, text: str) -> None:
        self.query_one("#error", Static).update(Text(clean(text), f"bold {self.style.palette.bad}"))

    def on_select_changed(self, message: Select.Changed) -> None:
        message.stop()
        if message.select.id == "task" and message.value is not Select.NULL:
            self._load_task(str(message.value))
        elif message.select.id == "variant" and message.value is not Select.NULL:
            self._offer_presets(str(message.value))

    def _load_task(self, name: str) -> None:
        """Import a plugin on a thread: some take a second."""

        def work() -> None:
            try:
                task, problem = self.load(name), ""
            except GramsolveError as error:
                task, problem = None, str(error)
            self.post_message(self.Known(name, task, problem))

        threading.Thread(target=work, name="gramsolve-plugin", daemon=True).start()

    def on_new_run_dialog_known(self, message: Known) -> None:
        if self.query_one("#task", Select).value != message.name:
            return  # Another task has been chosen meanwhile.
        task = self.plugin = message.task
        if task is None:
            self._show_error(message.problem)
            return
        variants = [variant.name for variant in task.variants()]
        wanted = self.request.variant if self.request.task == task.name else ""
        if wanted and wanted not in variants:
            variants.append(wanted)
        select = self.query_one("#variant", Select)
        with self.prevent(Select.Changed):
            select.set_options((clean(name), name) for name in variants)
            select.value = wanted or task.default_variant
        self._offer_presets(str(select.value))

    def _offer_presets(self, variant: str) -> None:
        """Offer the presets of a variant, with the one chosen before selected if it has it."""
        if self.plugin is None:
            return
        try:
            presets = self.plugin.presets(variant)
        except GramsolveError as error:
            self._show_error(str(error))
            return
        select = self.query_one("#preset", Select)
        before = self.request.preset if select.value is Select.NULL else str(select.value)
        select.set_options((f"{clean(name)}: {clean(preset.title)}", name) for name, preset in presets.items())
        if presets:
            select.value = next((name for name in (before, "cpu") if name in presets), next(iter(presets)))

    def wanted(self) -> TrainRequest:
        """The request as it is filled in now."""
        chosen = {name: self.query_one(f"#{name}", Select).value for name in ("task", "variant", "preset")}
        texts = {name: str(value) for name, value in chosen.items() if value is not Select.NULL}
        typed = {name: self.query_one(f"#{name}", Input).value.strip() for name, _, _ in INPUTS}
        return replace(self.request, **{"task": "", **texts, **typed})

    def action_begin(self) -> None:
        focused = self.focused
        if isinstance(focused, Select):
            focused.action_show_overlay()
        elif isinstance(focused, OptionList):  # An open list: enter belongs to it.
            focused.action_select()
        elif not self.wanted().task:
            self._show_error("choose a task first")
        else:
            self.dismiss(self.wanted())

    def action_cancel(self) -> None:
        for select in self.query(Select):
            if select.expanded:
                select.expanded = False
                return
        self.dismiss(None)
