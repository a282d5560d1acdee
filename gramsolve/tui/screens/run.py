"""A training run on a screen: its status, its curves, and a preview of its newest checkpoint."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from gramsolve.display.terminal import clean
from gramsolve.tasks.task import Task
from gramsolve.training.plan import TrainingPlan, differences
from gramsolve.tui.runs.playback import Playback
from gramsolve.tui.runs.session import Session
from gramsolve.tui.screens.player import PlayerScreen
from gramsolve.tui.training import checkpoint_preview, run_status_text
from gramsolve.tui.training.checkpoint_preview import CheckpointPreview
from gramsolve.tui.training.run_status import RunStatus
from gramsolve.tui.training.run_status_text import state_text
from gramsolve.tui.training.run_watcher import WatchedRun
from gramsolve.tui.view.view_state import DrawStyle, ViewState
from gramsolve.tui.widgets.footer import KeyFooter
from gramsolve.tui.widgets.run_summary import RunSummary
from gramsolve.tui.widgets.status_lines import spread
from gramsolve.tui.widgets.training_view import TrainingView

PERIOD = 0.5
"""Seconds between two readings of the run directory."""
KEPT = 64
"""Losses that are kept for the sparkline."""


class RunScreen(PlayerScreen):
    """Shows ``run``, or that there is none. The run of the player is the preview's.

    Args:
        load: makes a solver from a checkpoint; called on a thread.
        load_task: imports a plugin; called on a thread.
    """

    AUTO_FOCUS = ""
    CSS_PATH = "../train.tcss"
    RATE = 1 / 8

    def __init__(
        self,
        style: DrawStyle,
        run: WatchedRun | None,
        load: checkpoint_preview.LoadSolver,
        load_task: Callable[[str], Task],
    ) -> None:
        super().__init__((), style)
        self.run, self.load, self.load_task = run, load, load_task
        self.status: RunStatus | None = None
        self.preview: CheckpointPreview | None = None
        self._losses: list[float] = []
        self._described: Path | None = None
        self._left, self._wake = threading.Event(), threading.Event()

    def compose_body(self) -> ComposeResult:
        yield Static(id="title")
        yield Static(id="none")
        with Horizontal(id="body"):
            yield RunSummary(id="summary")
            yield TrainingView(id="view")
        yield Static(id="status")
        yield KeyFooter(show_command_palette=False)

    def on_mount(self) -> None:
        self.redraw()
        in_background(self._watch)

    def on_unmount(self) -> None:
        self._left.set()
        self._wake.set()

    # The preview is the player's run

    @property
    def sessions(self) -> Sequence[Session]:
        return () if self.preview is None or self.preview.shown is None else (self.preview.shown.session,)

    @property
    def playback(self) -> Playback:
        return super().playback if self.preview is None else self.preview.playback

    def set_speed(self, level: int) -> None:
        """A preview plays at its own speed."""

    def state_of(self, session: Session) -> ViewState:
        assert self.preview is not None
        return self.preview.state_of(session, self.style)

    def stop(self) -> None:
        if self.preview is not None:
            self.preview.stop()

    def advance(self, seconds: float) -> None:
        if self.preview is not None and self.is_current:
            self.preview.advance(seconds, still=self.app.animation_level == "none")

    def tick(self) -> None:
        self.pass_time()
        if self.preview is not None and self._drawn.changed((self.preview.shown, self.playback.position)):
            self.query_one(TrainingView).show_boards(self.preview, self.style)

    # Watching

    def _watch(self) -> None:
        """Read the run directory, which may be on a slow disk, and hand its status to the screen. Runs on a thread."""
        while not self._left.is_set():
            run = self.run
            if run is not None and not self.call_later(self._update, run, run.status()):
                return
            self._wake.wait(PERIOD)
            self._wake.clear()

    def follow(self, run: WatchedRun) -> None:
        """Watch another run."""
        self.run, self.status = run, None
        if self.preview is not None:
            self.preview.stop()
        self.preview, self._described = None, None
        self._losses = []
        self._wake.set()

    def _update(self, run: WatchedRun, now: RunStatus) -> None:
        """Show a new status."""
        if run is not self.run:
            return
        before = self.status
        self.status = now
        if before is None:
            self._losses = [check.loss for check in now.checks][-KEPT:]
        loss = now.progress.loss if now.progress else None
        if loss is not None and (before is None or before.progress != now.progress):
            self._losses = [*self._losses, loss][-KEPT:]
        if now.plan is not None and self._described != now.path:
            self._described = now.path
            self._load_plugin(now, now.plan)
        if self.preview is not None:
            self.preview.follow(now)
        self.redraw()
        if before is None or before.state is not now.state or before.checkpoint != now.checkpoint:
            self.refresh_bindings()

    def _load_plugin(self, run: RunStatus, plan: TrainingPlan) -> None:
        """Import the plugin of a plan on a thread."""

        def work() -> None:
            # If the plugin is missing or has changed, the run is shown without titles and boards.
            with contextlib.suppress(Exception):
                task = self.load_task(run.task)
                preset = task.presets(plan.variant).get(plan.preset)
                changes = differences(task, plan)
                self.call_later(self._plugin_loaded, run, task, preset.title if preset else "", changes)

        in_background(work)

    def _plugin_loaded(self, run: RunStatus, task: Task, preset: str, changes: Mapping[str, Any]) -> None:
        if self.status is not None and run.path == self.status.path:
            self.query_one(RunSummary).set_plugin_details(task.title, preset, changes)
            self.preview = CheckpointPreview(task, self.status, self.load)
            self.preview.follow(self.status)
            self.redraw()
            self.refresh_bindings()

    # Drawing

    def on_resize(self) -> None:
        self.query_one(RunSummary).styles.width = 38 if self.size.width >= 120 else 29
        self.redraw()
        self.call_after_refresh(self.redraw)

    def redraw(self) -> None:
        if not self.is_mounted:
            return
        style, run = self.style, self.status
        palette, faint = style.palette, style.palette.faint or ""
        dot = " - " if style.ascii else " · "
        left = Text(end="", no_wrap=True).append("gramsolve", f"bold {palette.accent}").append("  training", "bold")
        right = Text(end="")
        if run is not None and run.plan is not None:
            left.append(f"{dot}{clean(run.task)} {clean(run.variant)}{dot}{clean(run.plan.preset)}", faint)
        if run is not None:
            right = state_text(run.state, style)
        self.query_one("#title", Static).update(spread(left, right, self.size.width - 2))
        shown = run is not None and run.plan is not None
        self.query_one("#body").display = shown
        none = self.query_one("#none", Static)
        none.display = not shown
        if run is None or not shown:
            none.update(run_status_text.no_run_text(run, style))
            self.query_one("#status", Static).display = False
            return
        self.query_one(RunSummary).show(run, style, tuple(self._losses))
        view = self.query_one(TrainingView)
        view.show(run, style)
        view.show_boards(self.preview, style)
        say = self.query_one("#status", Static)
        words = run_status_text.status_text(run, style)
        say.display = bool(words)
        say.update(words)


def in_background(work: Callable[[], None]) -> None:
    """Call ``work`` on a daemon thread."""
    threading.Thread(target=work, name="gramsolve-training", daemon=True).start()
