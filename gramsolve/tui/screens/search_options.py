"""The dialog for the search options of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Select, Static

from gramsolve.checkpoints import store
from gramsolve.display.terminal import clean
from gramsolve.errors import BadInput
from gramsolve.inference.options import MAX_DEPTH, Halt, SolveOptions, Until
from gramsolve.tui.runs.run_factory import LoadSolver
from gramsolve.tui.runs.source import LiveSource
from gramsolve.tui.view.view_state import DrawStyle
from gramsolve.tui.widgets.footer import KeyFooter


@dataclass(frozen=True)
class SearchChoice:
    """The chosen options; ``checkpoint`` is None for the one in use."""

    options: SolveOptions
    checkpoint: str | None

    def source(self, before: LiveSource, task: str, load: LoadSolver) -> LiveSource:
        """The run ``before`` with these options."""
        name = self.checkpoint
        if name is None:
            return replace(before, options=self.options)
        return replace(before, options=self.options, load=lambda: load(task, None, name))


IN_USE = "the one in use"


def checkpoints(task: str, variant: str) -> list[str]:
    """Names of the usable checkpoints for a variant."""
    return [info.name for info in store.listing(task) if not info.problem and info.variant == variant]


NUMBERS = (
    ("width", "trajectories", int),
    ("depth", "steps at most", int),
    ("temperature", "temperature of the noise", float),
    ("seed", "seed", int),
)
CHOICES = (("halt", "a trajectory stops", tuple(Halt)), ("until", "the run stops", tuple(Until)))
SELECTION = {
    "valid,vote,lprm": "valid, then most votes",
    "valid,lprm,vote": "valid, then best expected",
    "vote,lprm": "the one of most votes",
    "lprm,vote": "the one best expected",
}
"""Rules of ranking in words."""

MEANING = {
    "auto": "auto: valid, else the halt head",
    "head": "head: the model thinks it is right",
    "valid": "valid: the board is right",
    "never": "never: all steps",
    "depth": "depth: after one round",
    "all": "all: hardly a solution unseen",
}


class SearchOptionsDialog(ModalScreen[SearchChoice | None]):
    """Returns the chosen options, or None when cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+r", "use", "Run", key_display="enter", priority=True, tooltip="run with these settings"),
        Binding("escape", "cancel", "Cancel", tooltip="change nothing"),
    ]

    def __init__(
        self,
        options: SolveOptions,
        checkpoint: str,
        checkpoints: Sequence[str],
        style: DrawStyle,
        title: str = "how to search",
    ) -> None:
        super().__init__(classes="ascii" if style.ascii else "")
        self.heading = title
        self.options, self.checkpoint, self.style = options, checkpoint, style
        self.checkpoints = [checkpoint, *(name for name in checkpoints if name != checkpoint)]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="search-options", can_focus=False) as dialog:
            dialog.border_title = Text(clean(self.heading))
            with Grid(id="settings"):
                for name, title, _ in NUMBERS:
                    yield Label(title)
                    yield Input(str(getattr(self.options, name)), id=name, compact=True)
                yield Label("while no board is valid")
                most = self.options.max_depth or MAX_DEPTH
                further = [(f"go on, to {most} steps", most), ("stop all the same", 0)]
                yield Select(further, value=self.options.max_depth, allow_blank=False, id="max_depth", compact=True)
                yield Label("the best answer is")
                rules = dict.fromkeys([",".join(self.options.rank_by), *SELECTION])
                ranked = [(SELECTION.get(rule, rule), rule) for rule in rules]
                yield Select(ranked, value=ranked[0][1], allow_blank=False, id="rank_by", compact=True)
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
                yield Label("or one in a folder")
                yield Input("", "runs/NAME/checkpoint", id="folder", compact=True)
            yield Static(id="error")
            yield KeyFooter(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        self.query_one("#width", Input).focus()

    def wanted(self) -> SearchChoice:
        """The options as filled in. Raises BadInput naming the first invalid one."""
        values: dict[str, object] = {}
        for name, title, kind in NUMBERS:
            text = self.query_one(f"#{name}", Input).value.strip()
            try:
                values[name] = kind(text)
            except ValueError:
                what = "a whole number" if kind is int else "a number"
                raise BadInput(f"{title}: {text[:20]!r} is not {what}") from None
        values["rank_by"] = tuple(str(self.query_one("#rank_by", Select).value).split(","))
        for name in ("max_depth", *(name for name, _, _ in CHOICES)):
            values[name] = self.query_one(f"#{name}", Select).value
        folder = self.query_one("#folder", Input).value.strip()
        chosen = str(Path(folder).expanduser()) if folder else str(self.query_one("#checkpoint", Select).value)
        return SearchChoice(replace(self.options, **values), None if chosen == self.checkpoint else chosen)  # type: ignore[arg-type]

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
            self.query_one("#error", Static).update(Text(clean(str(error)), f"bold {self.style.palette.bad}"))

    def action_cancel(self) -> None:
        for select in self.query(Select):
            if select.expanded:
                select.expanded = False
                return
        self.dismiss(None)
