"""The way in from the command line: check the terminal, find what to show, run the application, leave cleanly."""

from __future__ import annotations

import locale
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from gramsolve.errors import BadInput
from gramsolve.tui.web import is_served

if TYPE_CHECKING:
    from gramsolve.inference.events import Event
    from gramsolve.inference.options import SolveOptions
    from gramsolve.tui.runs.source import EventSource
    from gramsolve.tui.settings import Preferences

FRAMES_PER_SECOND = "120"
"""Times a second that Textual looks for something to paint. At its own 60 a key waits up to a sixtieth for that."""
SWITCH_SECONDS = 0.001
"""Seconds that one thread may work while another waits: those that read keys and write the screen wait for all."""
EXIT_SECONDS = 1.0
"""Seconds to wait for our threads after the screen has gone."""
EXPORT_SECONDS = 30.0
"""Seconds to wait for one that writes a file somebody wants."""


def run(
    task: str | None = None,
    *,
    variant: str | None = None,
    puzzle: str | None = None,
    checkpoint: str | None = None,
    options: SolveOptions | None = None,
    device: str = "auto",
    threads: int | None = None,
    events: Sequence[Event] | None = None,
    recording: Path | None = None,
    ascii: bool | None = None,
    preferences: Preferences | None = None,
) -> int:
    """Watch ``task`` being solved, the recorded ``events``, or choose on the home screen, until the user quits.

    ``recording`` is the file that the events came from and ``memory`` what is remembered; None remembers nothing.
    Returns the exit code. Raises BadInput without a terminal or with a puzzle that cannot be read.
    """
    _need_terminal()
    os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_SECOND)
    sys.setswitchinterval(SWITCH_SECONDS)
    from gramsolve.inference.options import SolveOptions
    from gramsolve.tasks import registry
    from gramsolve.tui.app import GramsolveApp
    from gramsolve.tui.runs.run_factory import RunFactory
    from gramsolve.tui.runs.solver_client import SolverClient
    from gramsolve.tui.runs.source import ReplaySource
    from gramsolve.tui.settings import Preferences, Recent
    from gramsolve.tui.widgets import pixels

    if not is_served():
        pixels.detect()
    preferences = preferences or Preferences()
    client = SolverClient(device, threads)
    run_factory = RunFactory(client.load, options or preferences.settings.options(SolveOptions()))
    plugin = registry.load(task) if task is not None else None
    source: EventSource | None = None
    name = ""
    if plugin is not None and events is not None:
        source = ReplaySource(events)
        recorded = source.puzzle()
        name = recorded.variant if recorded else variant or plugin.default_variant
        if recording is not None:
            preferences.remember(Recent("recording", plugin.name, name, str(recording.resolve())))
    elif plugin is not None and plugin.capabilities.conditional:
        source, name = run_factory.watch(plugin, variant, checkpoint, puzzle)
    elif plugin is not None:
        source, name = run_factory.sample(plugin, variant, checkpoint)

    used = run_factory.options
    preferences.settings = replace(preferences.settings, width=used.width, depth=used.depth, deepen=used.max_depth > 0)
    app = GramsolveApp(
        plugin,
        name,
        source,
        ascii=needs_ascii() if ascii is None else ascii,
        plain="NO_COLOR" in os.environ or not _many_colours(),
        seed=run_factory.options.seed,
        checkpoint=checkpoint,
        signals=True,
        run_factory=run_factory,
        preferences=preferences,
    )
    # Torch starts over there once there is something to look at here.
    app.call_after_refresh(threading.Thread(target=client.start, name="engine-start", daemon=True).start)
    try:
        app.run()
    finally:
        client.close()
    code = app.return_code or 0
    if not _threads_ended(EXIT_SECONDS):
        # Importing a plugin cannot be interrupted and would keep the process for seconds after
        # the screen has gone. The terminal is restored by now and nothing is half written, so leaving at once is safe.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _threads_ended(patience: float) -> bool:
    """Wait for the threads of ours, which were asked to stop when their screens closed."""
    begin = monotonic()
    for thread in threading.enumerate():
        if thread.name.startswith("gramsolve-"):
            whole = EXPORT_SECONDS if thread.name == "gramsolve-export" else patience
            thread.join(max(0.0, begin + whole - monotonic()))
            if thread.is_alive():
                return False
    return True


def needs_ascii() -> bool:
    """True where box drawing and queens would come out as question marks."""
    if is_served():
        return False
    encoding = locale.getpreferredencoding(False).lower().replace("-", "")
    return os.environ.get("TERM") in ("linux", "vt100", "vt220") or encoding != "utf8"


def _need_terminal() -> None:
    if is_served():
        return
    # Pictures go to standard error and keys come from standard input, so all three have to be a terminal.
    streams = (("input", sys.stdin), ("output", sys.stdout), ("error", sys.stderr))
    for name, stream in streams:
        if stream is None or not stream.isatty():
            raise BadInput(f"the TUI needs a terminal: standard {name} is not one; use `gramsolve solve` instead")


def _many_colours() -> bool:
    if is_served():
        return True
    from rich.console import Console

    return Console(stderr=True).color_system in ("256", "truecolor")
