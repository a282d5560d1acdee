"""Options and helpers that several commands share, declared once."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from gramsolve.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    from rich.console import Console

    from gramsolve.inference.solver import Solver
    from gramsolve.tasks.base import Instance
    from gramsolve.tasks.task import Task

Command = TypeVar("Command", bound=Callable[..., Any])

MAX_INPUT_BYTES = 4_000_000
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}


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


def options(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Apply several option decorators as one, in the order written."""

    def apply(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply


seed_option = click.option("--seed", default=0, show_default=True, help="Same seed, same result.")
variant_option = click.option("--variant", help="Size or flavour, for example 8x8.")
checkpoint_option = click.option("--checkpoint", metavar="NAME|DIR", help="Trained weights to use.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
ascii_option = click.option("--ascii", is_flag=True, help="Plain characters only.")
device_options = options(
    click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps."),
    click.option("--threads", type=int, help="CPU threads (default: all cores)."),
)


def typed(name: str) -> bool:
    """Whether an option of the command that runs was given on its command line."""
    return click.get_current_context().get_parameter_source(name) == ParameterSource.COMMANDLINE


def load_task(name: str) -> Task:
    """The plugin called ``name``. Raises BadInput or Missing."""
    from gramsolve.tasks import registry

    return registry.load(name)


def load_solver(task: str, variant: str | None, settings: Mapping[str, Any], *, blank: bool = False) -> Solver:
    """The solver that --checkpoint, --device and --threads ask for, which is to draw boards out of nothing if
    ``blank``."""
    from gramsolve import api

    names = ("checkpoint", "device", "threads")
    return api.load(task, variant=variant, unconditional=blank, **{name: settings[name] for name in names})


def read_puzzles(task: Task, source: str | None) -> list[Instance]:
    """Puzzles from an argument: nothing (the task's example), ``-``, a file, or the text itself."""
    if source is None:
        note(f"no puzzle given: solving {task.title}'s example")
        return task.parse(task.example)
    if source == "-":
        if sys.stdin.isatty():
            note("reading a puzzle from standard input; end it with Ctrl-D")
        return task.parse(decode(sys.stdin.buffer.read(MAX_INPUT_BYTES + 1), "standard input"))
    if is_file(source):
        text = puzzle_text(source)
        try:
            return task.parse(text, Path(source).stem)
        except BadInput as error:
            raise BadInput(f"{source}{',' if str(error).startswith('line ') else ':'} {error}") from error
    try:
        return task.parse(puzzle_text(source))
    except BadInput as error:
        if re.fullmatch(r"[\w~.][\w./~-]*\.\w{1,5}", source):
            raise BadInput(f"there is no file {source}, and it is not a puzzle either: {error}") from error
        raise


def puzzle_text(source: str) -> str:
    """What a file holds or, if none has that name, the text itself, in which \\n ends a line."""
    if not is_file(source):
        return source.replace("\\n", "\n")
    try:
        with Path(source).open("rb") as file:
            data = file.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror}") from error
    return decode(data, source)


def is_file(source: str) -> bool:
    """Whether an argument names a file; big boards are longer than any name may be."""
    try:
        return Path(source).is_file()
    except OSError:
        return False


def decode(data: bytes, where: str) -> str:
    """Bytes of a puzzle file as text. Raises BadInput for binary or oversized data."""
    if len(data) > MAX_INPUT_BYTES:
        raise BadInput(f"{where} is larger than {MAX_INPUT_BYTES:,} bytes: split it into smaller files")
    if b"\0" in data:
        raise BadInput(f"{where} is not a puzzle: it is binary data")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{where} is not a puzzle: it is not UTF-8 text") from None


def note(text: str) -> None:
    """One line for people."""
    click.echo(text, err=True)


def print_json(value: Any) -> None:
    """One JSON document on one line of stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


def stdout_console() -> Console:
    """Rich on stdout: colours on a terminal only."""
    from rich.console import Console

    # Off a terminal there is no width to fit, and a table cut to 80 columns serves nobody.
    width = None if sys.stdout.isatty() else 160
    return Console(highlight=False, markup=False, emoji=False, width=width)


def stderr_console() -> Console:
    """Rich on stderr, for progress and tables meant for people."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def plain_text(console: Console) -> bool:
    """True where only ASCII is safe."""
    return (console.encoding or "ascii").lower().replace("-", "") not in ("utf8", "utf16")


@contextmanager
def bar(what: str, *, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal that hears (done, of all); nothing at all when stderr is not a terminal."""
    console = stderr_console()
    if not shown or not console.is_terminal:
        yield lambda done, total: None
        return
    from rich.progress import Progress

    with Progress(console=console) as drawn:
        handle = drawn.add_task(what, total=None)
        yield lambda done, total: drawn.update(handle, completed=done, total=total)


def save_answers(task: Task, instances: Sequence[Instance], ranked: list[list[np.ndarray]], path: Path | None) -> None:
    """Write the answers so far where --save says."""
    if path is None:
        return
    from gramsolve import files

    try:
        files.write_bytes(path, task.answers(instances, ranked).encode())
    except OSError as error:
        raise BadInput(f"cannot write the answers to {path}: {error.strerror}") from error
    note(f"wrote {path}")


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """First Ctrl-C ends the run at its next step, so that the best so far is printed; the second quits."""
    pressed: list[int] = []

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
