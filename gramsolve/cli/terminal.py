"""What the commands share at the terminal: lines for people, JSON, consoles, one progress bar, signals."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

PIPE_WIDTH = 160
"""Columns of a table that is not printed on a terminal; rich would cut it to 80."""


def note(text: str) -> None:
    """Print one line for people, on stderr."""
    click.echo(text, err=True)


def print_json(value: Any) -> None:
    """Print one JSON document on one line of stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


def stdout_console() -> Console:
    """Rich on stdout. Colours appear only on a terminal."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(highlight=False, markup=False, emoji=False, width=width)


def stderr_console() -> Console:
    """Rich on stderr, for progress and for tables meant for people."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def is_ascii_only(console: Console) -> bool:
    """Whether the console's encoding has no block characters."""
    return (console.encoding or "ascii").lower().replace("-", "") not in ("utf8", "utf16")


@dataclass
class ProgressBar:
    """A progress bar on stderr. Without a terminal it shows nothing, and ``print`` writes plain lines."""

    _bar: Progress | None = None
    _task: TaskID | None = None

    @property
    def is_shown(self) -> bool:
        return self._bar is not None

    def update(self, done: float, total: float | None, text: str = "", label: str | None = None) -> None:
        """Set the bar to ``done`` of ``total``, or to an unknown share if ``total`` is None or 0."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total or None, text=text)
            if label is not None:
                self._bar.update(self._task, description=label)

    def print(self, line: str, style: str | None = None) -> None:
        """Print a line above the bar."""
        if self._bar is not None:
            self._bar.console.print(line, style=style)
        else:
            note(line)


@contextmanager
def progress_bar(label: str = "", *, shown: bool = True, keep: bool = True, done: int = 0) -> Iterator[ProgressBar]:
    """The progress bar of a command: label, bar, share, text, time left at the mean speed so far.

    Args:
        label: what is counted.
        shown: False shows nothing, as in a process that does not lead.
        keep: leave the finished bar on the screen.
        done: what an earlier call has done already; it does not count for the speed.
    """
    if not shown or not sys.stderr.isatty():
        yield ProgressBar()
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.fields[text]}"),
        TimeRemainingColumn(),
    )
    # Answers come in bursts: the speed of the last 30 seconds, rich's default, would say little.
    with Progress(*columns, console=stderr_console(), transient=not keep, speed_estimate_period=3600) as bar:
        yield ProgressBar(bar, bar.add_task(label, total=None, completed=done, text=""))


@dataclass
class StopFlag:
    """Set by the first signal of ``stop_on_signal``. Calling it says whether it is set."""

    signals: list[int] = field(default_factory=list)

    def __call__(self) -> bool:
        return bool(self.signals)

    @property
    def exit_code(self) -> int:
        """128 plus the signal's number, as shells have it; 0 without a signal."""
        return 128 + self.signals[0] if self.signals else 0


@contextmanager
def stop_on_signal(*numbers: signal.Signals, message: str = "", repeats: bool = False) -> Iterator[StopFlag]:
    """Catch signals, Ctrl-C by default: the first one sets the flag, the second one raises KeyboardInterrupt.

    Args:
        numbers: signals to catch.
        message: a line printed at the first signal.
        repeats: later signals are repeats of the first, as torch's launcher sends them; they do nothing.
    """
    flag = StopFlag()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if flag() and not repeats:
            raise KeyboardInterrupt
        flag.signals.append(number)
        if message and not repeats:
            note(message)

    before = {number: signal.signal(number, on_signal) for number in numbers or (signal.SIGINT,)}
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
