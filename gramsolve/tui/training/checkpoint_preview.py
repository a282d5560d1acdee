"""Live preview of a training run: solve a held-out puzzle with its newest checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from gramsolve.data import cache as data
from gramsolve.errors import GramsolveError
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task
from gramsolve.tui.runs.playback import Playback
from gramsolve.tui.runs.session import Session
from gramsolve.tui.runs.source import LiveSource, Runner, puzzle_to_watch
from gramsolve.tui.training.run_status import RunState, RunStatus
from gramsolve.tui.view.view_state import DrawStyle, ViewState

WIDTH = 8
DEPTH = 16
STRIDE = 7919
"""Distance between two puzzles of the test data; neighbours in a list tend to look alike."""

LoadSolver = Callable[[str, str, str], Runner]
"""(task, variant, path of a checkpoint) -> solver; called on the run's thread."""


def held_out_puzzle(task: Task, variant: str, protocol: str, number: int) -> Instance:
    """A test puzzle of the data that a run is trained on. Without puzzles, the empty one; a generated one if the data
    cannot be read here."""
    if not task.capabilities.conditional:
        return task.blank(variant)
    try:
        test = data.dataset(task, variant, protocol).test
        return task.decode(variant, np.asarray(test.inputs[number * STRIDE % len(test)]))
    except (GramsolveError, NotImplementedError):
        return puzzle_to_watch(task, variant, number)


@dataclass(frozen=True)
class PreviewRun:
    """One run of the preview: its session, the checkpoint's modification time, and the update it was written at."""

    session: Session
    checkpoint: int
    update: int


class CheckpointPreview:
    """Starts a run for each new checkpoint. A run is shown until the next one has frames."""

    def __init__(self, task: Task, status: RunStatus, load: LoadSolver) -> None:
        self.task, self.variant, self.load = task, status.variant, load
        self.protocol = status.plan.training.data.protocol if status.plan is not None else task.protocols[0]
        self.number = 0
        self.playback = Playback()
        self.shown: PreviewRun | None = None
        self._coming: PreviewRun | None = None
        self._puzzle = self._pick()

    def _pick(self) -> Callable[[], Instance]:
        task, variant, protocol, number = self.task, self.variant, self.protocol, self.number
        return cache(lambda: held_out_puzzle(task, variant, protocol, number))

    def next_puzzle(self) -> None:
        """Choose another puzzle, and let ``follow`` start a run on it."""
        self.number += 1
        self._puzzle = self._pick()
        self.stop()
        self._coming = None
        if self.shown is not None:
            self.shown = PreviewRun(self.shown.session, -1, self.shown.update)

    def follow(self, status: RunStatus) -> None:
        """Start a run if there is a checkpoint without one, and no run is in progress."""
        newest = self._coming or self.shown
        if status.checkpoint is None or (newest is not None and newest.checkpoint == status.checkpoint):
            return
        if newest is not None and not newest.session.recorder.closed and newest.checkpoint >= 0:
            return
        path = str(status.checkpoint_path)
        options = SolveOptions(width=WIDTH, depth=DEPTH, halt="never", until="depth", exact=False)
        source = LiveSource(lambda: self.load(self.task.name, self.variant, path), self._puzzle, options)
        # Checkpoints are written at checks, and at an orderly end.
        ended = status.state in (RunState.SAVED, RunState.FINISHED) or not status.checks
        done = status.update if ended else status.checks[-1].update
        self._coming = PreviewRun(Session(source), status.checkpoint, done)
        self._coming.session.start()

    def advance(self, seconds: float, still: bool) -> None:
        """Let time pass: show a run that has begun, and move its playback head. ``still`` shows the newest step."""
        coming = self._coming
        if coming is not None and (coming.session.recorder.frames or coming.session.recorder.closed):
            self._coming = None
            if coming.session.recorder.frames or self.shown is None:
                self.shown, self.playback = coming, Playback()
            else:  # It could not be loaded, perhaps because it was just replaced: the next one will be.
                self.shown = PreviewRun(self.shown.session, coming.checkpoint, self.shown.update)
        if self.shown is not None:
            last = len(self.shown.session.recorder.frames)
            if still:
                self.playback.seek(last, last)
            else:
                self.playback.advance(seconds, last)

    def state_of(self, session: Session, style: DrawStyle) -> ViewState:
        """A run at the position of the playback head."""
        return ViewState.of(session, self.task, self.variant, style, self.playback.position)

    def view_state(self, style: DrawStyle) -> ViewState | None:
        """The run on show; None before the first."""
        if self.shown is None:
            return None
        return self.state_of(self.shown.session, style)

    @property
    def update(self) -> int:
        """The training update of the checkpoint on show."""
        return 0 if self.shown is None else self.shown.update

    @property
    def problem(self) -> str | None:
        """The error of the run on show."""
        return None if self.shown is None else self.shown.session.recorder.error

    def stop(self) -> None:
        for preview_run in (self.shown, self._coming):
            if preview_run is not None:
                preview_run.session.stop()
