"""What commands take: kinds of values, options that several commands share, puzzles, tasks and solvers.

A command's options become one frozen record, see ``parsed_into``. A record checks itself when it is made.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from gramsolve.cli.terminal import note
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.adaptation.options import AdaptOptions, Budget
    from gramsolve.inference.solver import Solver
    from gramsolve.tasks.base import Instance
    from gramsolve.tasks.forms import Reading
    from gramsolve.tasks.task import Task

Command = TypeVar("Command", bound=Callable[..., Any])
Record = TypeVar("Record")
Choice = TypeVar("Choice", bound=StrEnum)

MAX_INPUT_BYTES = 4_000_000
MOST_BAD_LINES = 10
"""Lines without a puzzle that are named one by one."""
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}


# Kinds of values


class Duration(click.ParamType):
    """``30s``, ``9m``, ``1.5h`` or plain seconds -> float."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", value.strip().lower())
        if not found or float(found[1]) == 0:
            self.fail(f"{value!r} is not a duration: write 30s, 9m or 1.5h", param, ctx)
        return float(found[1]) * _UNITS[found[2]]


class Numbers(click.ParamType):
    """``1,5,20`` -> (1, 5, 20)."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not a list of whole numbers such as 1,5,20", param, ctx)


class AdaptBudget(click.ParamType):
    """``20s``, ``3m`` or, in updates, ``200u`` -> Budget."""

    name = "budget"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "TIME|UPDATESu"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Budget:
        from gramsolve.adaptation.options import Budget

        if isinstance(value, Budget):
            return value
        text = value.strip().lower()
        if found := re.fullmatch(r"(\d{1,9})\s*u", text):
            return Budget(updates=int(found[1]))
        try:
            return Budget(seconds=Duration().convert(text, None, None))
        except click.BadParameter:
            self.fail(f"{value!r} is no time to adapt: write 20s or 3m, or 200u for 200 updates", param, ctx)


class OneOf(click.Choice[Choice]):
    """A member of an enumeration, written as its value. Help and completion name the values."""

    def normalize_choice(self, choice: Any, ctx: click.Context | None) -> str:
        return str(choice)


class SomeOf(click.ParamType):
    """``valid,vote`` -> members of an enumeration in that order."""

    def __init__(self, kind: type[StrEnum]) -> None:
        self.kind = kind
        self.name = ",".join(kind)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return f"[{'|'.join(self.kind)}],..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[StrEnum, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(self.kind(part.strip()) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not a list of {', '.join(self.kind)}", param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        before, comma, last = incomplete.rpartition(",")
        return [CompletionItem(before + comma + name) for name in self.kind if name.startswith(last)]


class Device(click.Choice[str]):
    """A kind of device, or one GPU of several such as ``cuda:1``."""

    def __init__(self) -> None:
        super().__init__(("auto", "cpu", "cuda", "mps"))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if isinstance(value, str) and re.fullmatch(r"cuda:\d{1,3}", value):
            return value
        return super().convert(value, param, ctx)


# Options


def options(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Apply several option decorators as one, in the order written."""

    def apply(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply


seed_option = click.option("--seed", default=0, show_default=True, help="The same seed gives the same result.")
variant_option = click.option("--variant", help="Size or rules of the puzzles, for example 8x8.")
checkpoint_option = click.option("--checkpoint", metavar="NAME|DIR", help="Trained weights to use.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
ascii_option = click.option("--ascii", is_flag=True, help="Print ASCII characters only.")
device_options = options(
    click.option("--device", type=Device(), default="auto", show_default=True, help="Where the model runs."),
    click.option("--threads", type=int, help="CPU threads.  [default: all cores]"),
)
adapt_options = options(
    click.option(
        "--adapt",
        type=AdaptBudget(),
        help="Test-time training: first fit a copy of the weights to the demonstrations of each task, for 3m or 200u "
        "(updates).",
    ),
    click.option("--freeze", is_flag=True, help="With --adapt: fit the embedding of the task and no other weight."),
)


def parsed_into(record: type[Record]) -> Callable[[Callable[[Record], int]], Callable[..., int]]:
    """A decorator: the command's values become the fields of ``record``, and its function takes that record alone.

    If the record has a field ``typed``, it receives the names of the options that stand on the command line.
    """
    asks = any(field.name == "typed" for field in fields(record))  # type: ignore[arg-type]

    def decorate(run: Callable[[Record], int]) -> Callable[..., int]:
        def command(**values: object) -> int:
            if asks:
                context = click.get_current_context()
                source = {name: context.get_parameter_source(name) for name in values}
                values["typed"] = frozenset(name for name in values if source[name] is ParameterSource.COMMANDLINE)
            return run(record(**values))

        command.__doc__, command.__name__ = run.__doc__, run.__name__
        return command

    return decorate


@dataclass(frozen=True, kw_only=True)
class SolverChoice:
    """Values of --variant, --checkpoint, --device and --threads: which weights a command uses, and where they run."""

    variant: str | None = None
    checkpoint: str | None = None
    device: str = "auto"
    threads: int | None = None

    def load_solver(self, task: str, variant: str | None = None, *, unconditional: bool = False) -> Solver:
        """The chosen solver of ``task``, for ``variant`` where it is given. ``unconditional`` prefers weights that are
        trained to sample without input."""
        from gramsolve import api

        return api.load(
            task,
            variant=variant or self.variant,
            checkpoint=self.checkpoint,
            device=self.device,
            threads=self.threads,
            unconditional=unconditional,
        )

    def variant_for(self, instance: Instance) -> str | None:
        """The variant whose weights solve a puzzle: --variant, None for that of --checkpoint, else the puzzle's own."""
        return self.variant or (None if self.checkpoint else instance.variant)


@dataclass(frozen=True, kw_only=True)
class AdaptChoice:
    """Values of --adapt, --freeze and --no-leave-out."""

    adapt: Budget | None = None
    freeze: bool = False
    no_leave_out: bool = False

    def __post_init__(self) -> None:
        for option, given in (("freeze", self.freeze), ("no-leave-out", self.no_leave_out)):
            if given and self.adapt is None:
                raise BadInput(f"--{option} means nothing without --adapt")

    def adapt_settings(self) -> AdaptOptions | None:
        """What the options ask for, None without --adapt."""
        from gramsolve.adaptation.options import AdaptOptions

        return None if self.adapt is None else AdaptOptions(self.adapt, not self.freeze, not self.no_leave_out)


# Tasks and puzzles


def load_task(name: str) -> Task:
    """The plugin called ``name``. Raises BadInput or Missing."""
    from gramsolve.tasks.registry import load

    return load(name)


def read_puzzles(
    task: Task, source: str | None, *, form: str | None = None, variant: str | None = None, quiet: bool = False
) -> Reading:
    """Puzzles from an argument: nothing (the task's example), ``-``, a file, or the text itself.

    A line for people says what was read of a file or of standard input. Of a text that is the argument itself, and if
    ``quiet``, it is said only where something was assumed or left out.
    """
    if source is None:
        note(f"no puzzle given: solving {task.title}'s example")
        return task.read(task.example)
    name = Path(source).name.partition(".")[0] if _is_file(source) else ""
    if source == "-" and sys.stdin.isatty():
        note("reading a puzzle from standard input; end it with Ctrl-D")
    try:
        reading = task.read(puzzle_text(source), name, form=form, variant=variant)
    except BadInput as error:
        if _is_file(source):
            raise BadInput(f"{source}{',' if str(error).startswith('line ') else ':'} {error}") from error
        if re.fullmatch(r"[\w~.][\w./~-]*\.\w{1,5}", source):
            raise BadInput(f"there is no file {source}, and it is not a puzzle either: {error}") from error
        raise
    told = not quiet and (source == "-" or _is_file(source))
    if told or reading.remarks or reading.bad:
        note(f"read {reading.sentence}")
    for bad in reading.bad[:MOST_BAD_LINES]:
        note(f"{bad}: left out")
    if len(reading.bad) > MOST_BAD_LINES:
        note(f"{len(reading.bad) - MOST_BAD_LINES:,} more lines left out")
    return reading


def puzzle_text(source: str) -> str:
    """The text of standard input for ``-``, of a file or, if no file has that name, ``source`` itself, in which \\n
    ends a line. Raises BadInput for binary, damaged or oversized data."""
    from gramsolve.tasks.forms import decode

    if source == "-":
        return decode(sys.stdin.buffer.read(MAX_INPUT_BYTES + 1), "standard input", MAX_INPUT_BYTES)
    if not _is_file(source):
        return source.replace("\\n", "\n")
    try:
        with Path(source).open("rb") as file:
            data = file.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror}") from error
    return decode(data, source, MAX_INPUT_BYTES)


def _is_file(source: str) -> bool:
    """Whether an argument names a file. A board can be longer than any file name may be, which is an OSError."""
    try:
        return Path(source).is_file()
    except OSError:
        return False
