"""Start the TUI from the command line: check the terminal, make the first run, run the application, exit cleanly."""

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
"""Repaints a second. At Textual's own 60 a key waits up to a sixtieth of a second for its picture."""
SWITCH_SECONDS = 0.001
"""Switch interval between threads; the threads that read keys and write the screen wait for all others."""
EXIT_SECONDS = 1.0
"""Seconds to wait for the TUI's threads after the screen has closed."""
EXPORT_SECONDS = 30.0
"""Seconds to wait for a thread that writes an export."""


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
    """Watch ``task`` being solved, replay ``events``, or open the home screen, until the user quits.

    Args:
        events, recording: the events of a recorded run, and the file that they were read from.
        preferences: where settings are kept; None keeps them nowhere.

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
    # The solver process starts importing torch after the first picture.
    app.call_after_refresh(threading.Thread(target=client.start, name="engine-start", daemon=True).start)
    try:
        app.run()
    finally:
        client.close()
    code = app.return_code or 0
    if not _threads_ended(EXIT_SECONDS):
        # Importing a plugin cannot be interrupted and would keep the process alive for seconds after the screen has
        # closed. The terminal is restored and no file is half written, so the process may end here.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _threads_ended(patience: float) -> bool:
    """Wait for the TUI's threads, which were asked to stop when their screens closed; False if one still runs."""
    begin = monotonic()
    for thread in threading.enumerate():
        if thread.name.startswith("gramsolve-"):
            whole = EXPORT_SECONDS if thread.name == "gramsolve-export" else patience
            thread.join(max(0.0, begin + whole - monotonic()))
            if thread.is_alive():
                return False
    return True


def needs_ascii() -> bool:
    """True where the terminal cannot show box drawing characters and chess pieces."""
    if is_served():
        return False
    encoding = locale.getpreferredencoding(False).lower().replace("-", "")
    return os.environ.get("TERM") in ("linux", "vt100", "vt220") or encoding != "utf8"


def _need_terminal() -> None:
    if is_served():
        return
    # Textual draws on standard error and reads standard input, so all three must be a terminal.
    streams = (("input", sys.stdin), ("output", sys.stdout), ("error", sys.stderr))
    for name, stream in streams:
        if stream is None or not stream.isatty():
            raise BadInput(f"the TUI needs a terminal: standard {name} is not one; use `gramsolve solve` instead")


def _many_colours() -> bool:
    if is_served():
        return True
    from rich.console import Console

    return Console(stderr=True).color_system in ("256", "truecolor")
