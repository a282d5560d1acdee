"""The way in from the command line: check the terminal, find the puzzle, run the screen, leave cleanly."""

from __future__ import annotations

import locale
import os
import sys
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.inference.events import Event
    from gramsolve.inference.options import SolveOptions
    from gramsolve.inference.solver import Solver
    from gramsolve.tasks.task import Instance, Task
    from gramsolve.tui.source import Source

PATIENCE = 1.0
"""Seconds to wait for the solver's thread after the screen has gone."""


def run(
    task: str,
    *,
    variant: str | None = None,
    puzzle: str | None = None,
    checkpoint: str | None = None,
    options: SolveOptions | None = None,
    device: str = "auto",
    threads: int | None = None,
    events: Sequence[Event] | None = None,
    ascii: bool | None = None,
) -> int:
    """Watch ``task`` being solved, or the recorded ``events``, until the user quits. Returns the exit code.

    Raises BadInput without a terminal or with a puzzle that cannot be read.
    """
    _need_terminal()
    from gramsolve.tasks import registry
    from gramsolve.tui.app import GramsolveApp
    from gramsolve.tui.source import ReplaySource, puzzle_to_watch

    plugin = registry.load(task)
    source: Source
    seed = 0
    if events is not None:
        source = ReplaySource(events)
        recorded = source.puzzle()
        variant = recorded.variant if recorded else variant or plugin.default_variant
    else:
        from gramsolve.inference.options import SolveOptions
        from gramsolve.tui.source import LiveSource

        options = options or SolveOptions()
        seed = options.seed
        instance: Instance | Callable[[], Instance]
        if puzzle is None and variant is None and checkpoint is not None:
            # Only the checkpoint knows its variant, and reading it is the worker's business.
            load = _loader(task, None, checkpoint, device, threads)
            instance = cache(lambda: puzzle_to_watch(plugin, load().variant, seed))
            variant = plugin.default_variant
        else:
            instance, variant = _puzzle(plugin, variant, puzzle, seed)
            load = _loader(task, variant, checkpoint, device, threads)
        source = LiveSource(load, instance, options)

    plain = "NO_COLOR" in os.environ or not _many_colours()
    ascii = needs_ascii() if ascii is None else ascii
    app = GramsolveApp(plugin, variant, source, ascii=ascii, plain=plain, seed=seed, signals=True)
    app.run()
    code = app.return_code or 0
    app.arena.session.stop()
    if not app.arena.session.join(PATIENCE):
        # Loading a model cannot be interrupted and would keep the process for seconds after the screen has
        # gone. The terminal is restored by now and nothing is half written, so leaving at once is safe.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def needs_ascii() -> bool:
    """True where box drawing and queens would come out as question marks."""
    encoding = locale.getpreferredencoding(False).lower().replace("-", "")
    return os.environ.get("TERM") in ("linux", "vt100", "vt220") or encoding != "utf8"


def _need_terminal() -> None:
    # Pictures go to standard error and keys come from standard input, so all three have to be a terminal.
    streams = (("input", sys.stdin), ("output", sys.stdout), ("error", sys.stderr))
    for name, stream in streams:
        if stream is None or not stream.isatty():
            raise BadInput(f"the TUI needs a terminal: standard {name} is not one; use `gramsolve solve` instead")


def _many_colours() -> bool:
    from rich.console import Console

    return Console(stderr=True).color_system in ("256", "truecolor")


def _puzzle(
    plugin: Task, variant: str | None, text: str | None, seed: int
) -> tuple[Instance | Callable[[], Instance], str]:
    """The puzzle of ``text``, or a function that generates one, and its variant."""
    if text is not None:
        puzzles = plugin.parse(text)
        if not puzzles:
            raise BadInput("there is no puzzle in the text given")
        puzzle = puzzles[0] if variant is None else plugin.fit(puzzles[0], variant)
        return puzzle, puzzle.variant
    from gramsolve.tui.source import puzzle_to_watch

    name = plugin.variant(variant or plugin.default_variant).name
    return cache(lambda: puzzle_to_watch(plugin, name, seed)), name


def _loader(
    task: str, variant: str | None, checkpoint: str | None, device: str, threads: int | None
) -> Callable[[], Solver]:
    """A function that loads the solver at its first call. One core is left for the screen."""
    lock = threading.Lock()
    loaded: list[Solver] = []

    def load() -> Solver:
        from gramsolve import api

        with lock:
            if not loaded:
                cores = threads or max(1, (os.cpu_count() or 2) - 1)
                loaded.append(api.load(task, variant=variant, checkpoint=checkpoint, device=device, threads=cores))
        return loaded[0]

    return load
