"""How to search: every setting of a run on one card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Label, OptionList, Select, Static

from gramsolve.display.terminal import clean
from gramsolve.errors import BadInput
from gramsolve.inference.options import HALT, UNTIL, SolveOptions
from gramsolve.tui.moment import Look


@dataclass(frozen=True)
class Wanted:
    """What was chosen; ``checkpoint`` is None for the one in use."""

    options: SolveOptions
    checkpoint: str | None


NUMBERS = (
    ("width", "trajectories", int),
    ("depth", "steps at most", int),
    ("temperature", "temperature of the noise", float),
    ("seed", "seed", int),
)
CHOICES = (("halt", "a trajectory stops", HALT), ("until", "the run stops", UNTIL))
MEANING = {
    "auto": "auto: valid, else the halt head",
    "head": "head: the model thinks it is right",
    "valid": "valid: the board is right",
    "never": "never: all steps",
    "depth": "depth: after one round",
    "all": "all: hardly a solution unseen",
}


class Controls(ModalScreen[Wanted | None]):
    """Returns the settings, or None when nothing is to change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+r", "use", "Run", key_display="enter", priority=True, tooltip="run with these settings"),
        Binding("escape", "cancel", "Cancel", tooltip="change nothing"),
    ]

    def __init__(self, options: SolveOptions, checkpoint: str, checkpoints: Sequence[str], look: Look) -> None:
        super().__init__(classes="ascii" if look.ascii else "")
        self.options, self.checkpoint, self.look = options, checkpoint, look
        self.checkpoints = [checkpoint, *(name for name in checkpoints if name != checkpoint)]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="controls", can_focus=False) as card:
            card.border_title = Text("how to search")
            with Grid(id="settings"):
                for name, title, _ in NUMBERS:
                    yield Label(title)
                    yield Input(str(getattr(self.options, name)), id=name, compact=True)
                yield Label("ranking")
                yield Input(",".join(self.options.select), id="select", compact=True)
                for name, title, values in CHOICES:
                    yield Label(title)
                    words = [
                        (MEANING[value] if value != "valid" or name == "halt" else "valid: at a solution", value)
                        for value in values
                    ]
                    yield Select(words, value=getattr(self.options, name), allow_blank=False, id=name, compact=True)
                yield Label("checkpoint")
                named = [(clean(name), name) for name in self.checkpoints]
                yield Select(named, value=self.checkpoint, allow_blank=False, id="checkpoint", compact=True)
            yield Static(id="complaint")
            yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        self.query_one("#width", Input).focus()

    def wanted(self) -> Wanted:
        """The settings as they stand. Raises BadInput naming the one that is wrong."""
        values: dict[str, object] = {}
        for name, title, kind in NUMBERS:
            text = self.query_one(f"#{name}", Input).value.strip()
            try:
                values[name] = kind(text)
            except ValueError:
                what = "a whole number" if kind is int else "a number"
                raise BadInput(f"{title}: {text[:20]!r} is not {what}") from None
        values["select"] = tuple(rule.strip() for rule in self.query_one("#select", Input).value.split(","))
        for name, _, _ in CHOICES:
            values[name] = self.query_one(f"#{name}", Select).value
        chosen = str(self.query_one("#checkpoint", Select).value)
        return Wanted(replace(self.options, **values), None if chosen == self.checkpoint else chosen)  # type: ignore[arg-type]

    def action_use(self) -> None:
        focused = self.focused
        if isinstance(focused, Select):
            focused.action_show_overlay()
            return
        if isinstance(focused, OptionList):  # An open list: enter belongs to it.
            focused.action_select()
            return
        try:
            self.dismiss(self.wanted())
        except BadInput as error:
            self.query_one("#complaint", Static).update(Text(clean(str(error)), f"bold {self.look.palette.bad}"))

    def action_cancel(self) -> None:
        for select in self.query(Select):
            if select.expanded:
                select.expanded = False
                return
        self.dismiss(None)
