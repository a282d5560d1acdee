"""A training run on a screen: its directory is looked at now and then, and its newest model is put to work."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from gramsolve.display.terminal import clean
from gramsolve.tasks.task import Task
from gramsolve.tui import layout, pupil, saying
from gramsolve.tui.moment import Look
from gramsolve.tui.pupil import Pupil
from gramsolve.tui.request import changed
from gramsolve.tui.snapshot import Snapshot
from gramsolve.tui.training import Run
from gramsolve.tui.widgets.hints import Hints
from gramsolve.tui.widgets.ledger import Ledger, state_text
from gramsolve.tui.widgets.lines import spread
from gramsolve.tui.widgets.sight import Sight

PERIOD = 0.5
"""Seconds between two looks at the run directory."""
RATE = 1 / 8
KEPT = 64
"""Losses that are remembered between checks."""


class RunScreen(Screen[None]):
    """Shows ``run``, or that there is none. ``load`` makes solvers from checkpoints and ``load_task`` imports plugins,
    both on threads."""

    AUTO_FOCUS = ""
    CSS_PATH = "../train.tcss"

    def __init__(self, look: Look, run: Run | None, load: pupil.Load, load_task: Callable[[str], Task]) -> None:
        super().__init__(classes="ascii" if look.ascii else "")
        self.look, self.run, self.load, self.load_task = look, run, load, load_task
        self.snapshot: Snapshot | None = None
        self.pupil: Pupil | None = None
        self._losses: list[float] = []
        self._told: Path | None = None
        self._left, self._wake = threading.Event(), threading.Event()
        self._clock = 0.0

    def compose(self) -> ComposeResult:
        with Vertical(id="room"):
            yield Static(id="title")
            yield Static(id="none")
            with Horizontal(id="body"):
                yield Ledger(id="ledger")
                yield Sight(id="sight")
            yield Static(id="say")
            yield Hints(show_command_palette=False)
        yield Static(id="small")

    def on_mount(self) -> None:
        self._draw()
        self._clock = monotonic()
        self.set_interval(RATE, self._tick)
        in_background(self._watch)

    def on_unmount(self) -> None:
        self._left.set()
        self._wake.set()
        if self.pupil is not None:
            self.pupil.stop()

    # Watching

    def _watch(self) -> None:
        """Look at the directory now and then, which may be on a slow disk, and tell the screen."""
        while not self._left.is_set():
            run = self.run
            if run is not None and not self.call_later(self._see, run, run.look()):
                return
            self._wake.wait(PERIOD)
            self._wake.clear()

    def follow(self, run: Run) -> None:
        """Watch another run."""
        self.run, self.snapshot = run, None
        if self.pupil is not None:
            self.pupil.stop()
        self.pupil, self._told = None, None
        self._losses = []
        self._wake.set()

    def _see(self, run: Run, now: Snapshot) -> None:
        """The run as it is now."""
        if run is not self.run:
            return
        before = self.snapshot
        self.snapshot = now
        if before is None:
            self._losses = [check.loss for check in now.checks][-KEPT:]
        loss = now.progress.loss if now.progress else None
        if loss is not None and (before is None or before.progress != now.progress):
            self._losses = [*self._losses, loss][-KEPT:]
        if now.plan and self._told != now.path:
            self._told = now.path
            self._learn(now)
        if self.pupil is not None:
            self.pupil.learn(now)
        self._draw()
        if before is None or before.state is not now.state or before.checkpoint != now.checkpoint:
            self.refresh_bindings()

    def _learn(self, run: Snapshot) -> None:
        """Ask the plugin about a plan, on a thread."""

        def work() -> None:
            # A plugin that is gone or has changed: the run is shown without its words and boards.
            with contextlib.suppress(Exception):
                task = self.load_task(run.task)
                preset = task.presets(run.variant).get(str(run.plan.get("preset")))
                self.call_later(self._know, run, task, preset.title if preset else "", changed(task, run.plan))

        in_background(work)

    def _know(self, run: Snapshot, task: Task, preset: str, changes: Mapping[str, Any]) -> None:
        if self.snapshot is not None and run.path == self.snapshot.path:
            self.query_one(Ledger).about(task.title, preset, changes)
            self.pupil = Pupil(task, self.snapshot, self.load)
            self.pupil.learn(self.snapshot)
            self._draw()
            self.refresh_bindings()

    def _tick(self) -> None:
        now = monotonic()
        passed, self._clock = now - self._clock, now
        if self.pupil is None or not self.is_current:
            return
        before = (self.pupil.shown, self.pupil.playback.position)
        self.pupil.advance(passed, bool(getattr(self.app, "still", False)))
        if (self.pupil.shown, self.pupil.playback.position) != before:
            self.query_one(Sight).show_boards(self.pupil, self.look)

    # Drawing

    def on_resize(self) -> None:
        small = not layout.fits(*self.size)
        self.set_class(small, "small")
        need, have = "{}x{}".format(*layout.MINIMUM), "{}x{}".format(*self.size)
        self.query_one("#small", Static).update(f"terminal too small\nneeds {need}, has {have}")
        self.query_one(Ledger).styles.width = 38 if self.size.width >= 120 else 29
        self._draw()
        self.call_after_refresh(self._draw)

    def set_look(self, look: Look) -> None:
        """Draw with other colours."""
        self.look = look
        self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        look, run = self.look, self.snapshot
        palette, faint = look.palette, look.palette.faint or ""
        dot = " - " if look.ascii else " · "
        left = Text(end="", no_wrap=True).append("gramsolve", f"bold {palette.accent}").append("  training", "bold")
        right = Text(end="")
        if run is not None and run.plan:
            left.append(f"{dot}{clean(run.task)} {clean(run.variant)}{dot}{clean(str(run.plan.get('preset')))}", faint)
        if run is not None:
            right = state_text(run.state, look)
        self.query_one("#title", Static).update(spread(left, right, self.size.width - 2))
        shown = run is not None and bool(run.plan)
        self.query_one("#body").display = shown
        none = self.query_one("#none", Static)
        none.display = not shown
        if run is None or not shown:
            none.update(saying.nothing(run, look))
            self.query_one("#say", Static).display = False
            return
        self.query_one(Ledger).show(run, look, tuple(self._losses))
        sight = self.query_one(Sight)
        sight.show(run, look)
        sight.show_boards(self.pupil, look)
        say = self.query_one("#say", Static)
        words = saying.words(run, look)
        say.display = bool(words)
        say.update(words)


def in_background(work: Callable[[], None]) -> None:
    """Do something that may take a while on a thread that nobody waits for."""
    threading.Thread(target=work, name="gramsolve-training", daemon=True).start()
