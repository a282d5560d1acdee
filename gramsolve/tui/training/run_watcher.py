"""Training runs as processes of their own, started, watched and stopped through their run directories.

A run continues when the screen is left or the program ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from gramsolve.errors import BadInput
from gramsolve.training import heartbeat
from gramsolve.training.heartbeat import Heartbeat
from gramsolve.training.plan import TrainingPlan
from gramsolve.tui.training.run_status import HeldOutCheck, RunState, RunStatus, duration, last_line, read_check
from gramsolve.tui.training.train_request import ROOT

LOG = "train.log"
LOST_SECONDS = 60.0
"""Seconds without a heartbeat after which a run on another machine counts as lost."""


class WatchedRun:
    """A run directory that is watched. ``process`` is the run's process if it was started here."""

    def __init__(self, path: Path, process: subprocess.Popen[bytes] | None = None) -> None:
        self.path, self.process = path, process
        self.asked: float | None = None
        """Time at which the run was asked to save and end."""
        self._begun = False
        self._checks: list[HeldOutCheck] = []
        self._read = 0
        self._file: tuple[int, int] | None = None
        self._plan: TrainingPlan | None = None

    @classmethod
    def launch(cls, words: list[str], path: Path) -> WatchedRun:
        """Start ``gramsolve`` with these words in a session of its own, so that closing the terminal does not end it.

        Raises BadInput where the directory cannot be written.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            with (path / LOG).open("ab") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "gramsolve", *words, "--json"],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise BadInput(f"cannot start a run in {path}: {error.strerror or error}") from error
        return cls(path, process)

    # Steering

    def stop(self) -> bool:
        """Ask the run to save and end; a call a second later or more kills it. False if it cannot be signalled."""
        pid = self._pid()
        if pid is None:
            return False
        number = signal.SIGINT
        if self.asked is None:
            self.asked = time.monotonic()
        elif time.monotonic() - self.asked >= 1.0:
            number = signal.SIGKILL
        else:
            return True
        try:
            os.kill(pid, number)
        except OSError:
            return False
        return True

    def _pid(self) -> int | None:
        if self.process is not None:
            return self.process.pid if self.process.poll() is None else None
        now = heartbeat.read(self.path)
        return now.pid if now is not None and now.alive else None

    def remove_leftovers(self) -> None:
        """Remove the log and the directory of a run that has failed before it wrote its plan."""
        if not (self.path / "plan.json").exists():
            (self.path / LOG).unlink(missing_ok=True)
            try:
                self.path.rmdir()
            except OSError:
                return  # Something else is in there.

    # Watching

    def status(self) -> RunStatus:
        """The run as it is now. Files that are damaged, half written or missing are ignored."""
        now = heartbeat.read(self.path)
        self._read_plan()
        self._read_checks()
        state, words = self._state(now)
        return RunStatus(
            self.path,
            state,
            words,
            self._plan,
            now,
            tuple(self._checks),
            _changed_at(self.path / "checkpoint" / "config.json"),
            self._age(now),
        )

    def _state(self, now: Heartbeat | None) -> tuple[RunState, str]:
        active = RunState.STOPPING if self.asked is not None else RunState.RUNNING
        code = None
        if self.process is not None:
            code = self.process.poll()
            self._begun = self._begun or (now is not None and now.pid == self.process.pid)
            if not self._begun:
                if code is None:
                    return (RunState.STARTING if self.asked is None else active), ""
                ended = RunState.STOPPED if code < 0 or self.asked is not None else RunState.FAILED
                return ended, last_line(self.path / LOG) if ended is RunState.FAILED else "before its first update"
        if now is None:
            if self._plan is None:
                return RunState.NONE, "there is no run here"
            done = bool(self._checks) and self._checks[-1].update >= self._plan.training.schedule.updates
            return (RunState.FINISHED, "") if done else (RunState.STOPPED, "it does not say how it ended")
        if now.state != "running":
            return RunState[now.state.upper()], now.words
        alive = now.alive
        if alive or (alive is None and time.time() - now.time < LOST_SECONDS):
            return active, ""
        if self.asked is not None:
            return RunState.STOPPED, ""
        if code is not None and code > 0:
            return RunState.FAILED, last_line(self.path / LOG)
        if alive is None:
            return RunState.LOST, f"no word from {now.host} for {duration(time.time() - now.time)}"
        return RunState.LOST, f"process {now.pid} is gone"

    def _age(self, now: Heartbeat | None) -> float:
        if now is not None:
            return max(0.0, time.time() - now.time)
        changed = [_changed_at(self.path / name) for name in ("metrics.jsonl", "plan.json")]
        latest = max((at for at in changed if at is not None), default=None)
        return 0.0 if latest is None else max(0.0, time.time() - latest / 1e9)

    def _read_plan(self) -> None:
        if self._plan is None:
            with suppress(OSError, BadInput):
                self._plan = TrainingPlan.read(self.path)

    def _read_checks(self) -> None:
        """Read new lines of metrics.jsonl; all of them after a resumed run has replaced the file."""
        try:
            with (self.path / "metrics.jsonl").open("rb") as file:
                status = os.fstat(file.fileno())
                if self._file != (status.st_dev, status.st_ino) or status.st_size < self._read:
                    self._checks, self._read = [], 0
                    self._file = status.st_dev, status.st_ino
                file.seek(self._read)
                whole, newline, _ = file.read().rpartition(b"\n")
        except OSError:
            return
        self._read += len(whole) + len(newline)
        found = [check for line in whole.splitlines() if (check := read_check(line)) is not None]
        self._checks += found


def _changed_at(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def find_runs(root: Path = ROOT) -> list[RunStatus]:
    """The runs below a directory, those with the newest heartbeat first."""
    try:
        plans = [*root.glob("plan.json"), *root.glob("*/plan.json"), *root.glob("*/*/plan.json")]
    except OSError:
        return []
    found = [WatchedRun(plan.parent).status() for plan in plans]
    return sorted((run for run in found if run.plan is not None), key=lambda run: run.age)
