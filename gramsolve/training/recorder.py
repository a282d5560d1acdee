"""What a run reports and stores while its loop runs: metrics, heartbeat, state and checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any

import torch

from gramsolve.training import heartbeat
from gramsolve.training.checkpointing import write_checkpoint
from gramsolve.training.divergence import diverged, require_convergence
from gramsolve.training.heartbeat import Heartbeat
from gramsolve.training.metrics import TrainingMetrics
from gramsolve.training.prepare import TrainingRun
from gramsolve.training.tensorboard import Curves
from gramsolve.training.train_options import TrainResult
from gramsolve.training.train_state import TrainState, UpdateMetrics
from gramsolve.training.validation import warnings

SAVE_SECONDS = 30.0
SAVE_SHARE = 0.05
"""A state is saved every half minute, or less often where saving takes more than this share of the time: states of the
paper's sizes have gigabytes."""
REPORT_SECONDS = 1.0
CHECKPOINT_SECONDS = 20.0
"""Checkpoints are written at held-out checks, but no more often than this: a viewer may be showing the model."""


class Recorder:
    """Reports and saves one session of a run. A context: whatever ends the loop is written to the heartbeat.

    ``started`` is the time of ``time.monotonic`` from which the time budget counts.
    """

    def __init__(self, run: TrainingRun, started: float, on_metrics: Callable[[TrainingMetrics], None]) -> None:
        self.run, self.on_metrics, self.started = run, on_metrics, started
        self.first = self.reported_update = self.stored_update = run.state.update
        self.last_check: TrainingMetrics | None = None
        self.loop_started = self.saved_at = self.reported_at = time.monotonic()
        self.save_interval, self.checkpoint_at = SAVE_SECONDS, -CHECKPOINT_SECONDS
        self.heartbeat = Heartbeat(run.state.update, run.plan.training.schedule.updates, run.seconds)
        wants_curves = run.options.tensorboard and run.group.is_leader
        self.curves = Curves(run.run_dir.path, run.state.update) if wants_curves else None

    def __enter__(self) -> Recorder:
        self._beat()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            self._beat(state="stopped")
        elif isinstance(error, Exception):
            self._beat(state="failed", words=(str(error) or type(error).__name__).splitlines()[0])

    # Questions of the loop

    def report_is_due(self) -> bool:
        return time.monotonic() - self.reported_at >= REPORT_SECONDS

    def save_is_due(self) -> bool:
        return time.monotonic() - self.saved_at >= self.save_interval

    def time_is_up(self) -> bool:
        limit = self.run.options.max_seconds
        return limit is not None and time.monotonic() - self.started >= limit

    def seconds(self) -> float:
        """Training time so far, over all sessions of the run."""
        return self.run.seconds + time.monotonic() - self.loop_started

    # Reports

    def report(self, state: TrainState, metrics: UpdateMetrics, *, check: bool) -> None:
        """Report the last update; with ``check`` after a look at held-out puzzles, logged and now and then saved as a
        checkpoint. Waits for the update. Raises GramsolveError where training diverges."""
        require_convergence(metrics, state.update, self.run.plan.training, self._stored())
        now, seconds = time.monotonic(), self.seconds()
        rate = (state.update - self.reported_update) / max(now - self.reported_at, 1e-9)
        updates = self.run.plan.training.schedule.updates
        report = TrainingMetrics(
            update=state.update,
            updates=updates,
            seconds=seconds,
            rate=rate,
            loss=float(metrics.loss),
            learning_rate=metrics.learning_rate,
            utilisation=self.run.execution.utilisation(rate),
        )
        if check:
            report = self._checked(report, state)
            due = now - self.checkpoint_at >= CHECKPOINT_SECONDS
            # The last update ends in a checkpoint of its own, see ``finish``.
            report = replace(report, saved=due or state.update == updates)
            self.run.run_dir.log(report)
            if self.curves is not None:
                self.curves.write(report)
            self.last_check = report
            if due and state.update < updates:
                write_checkpoint(self.run, state, report, seconds, self.run.run_dir.checkpoint_path)
                self.checkpoint_at = time.monotonic()
        limit = self.run.options.max_seconds
        left = None if limit is None else max(0.0, limit - (now - self.started))
        self._beat(update=state.update, seconds=seconds, rate=rate, loss=report.loss, limit=left)
        self.on_metrics(report)
        self.reported_at, self.reported_update = time.monotonic(), state.update

    def _checked(self, report: TrainingMetrics, state: TrainState) -> TrainingMetrics:
        """The report with the figures of a held-out check of the averaged weights."""
        run = self.run
        state.ema.copy_to(run.eval_model)
        found = run.validation.examine(run.eval_model)
        named = warnings(found, run.plan.training, update=state.update, length=run.plan.model.length)
        return replace(report, **asdict(found), warnings=named)

    def _beat(self, **news: Any) -> None:
        self.heartbeat = replace(self.heartbeat, **news)
        if self.run.group.is_leader:
            heartbeat.write(self.run.run_dir.path, self.heartbeat)

    # Saving

    def save(self, state: TrainState) -> None:
        """Store the state, so that the run can be resumed from here. Every process has to call."""
        began, seconds = time.monotonic(), self.seconds()
        tensors = self.run.trainer.state_dict(state)
        if self.run.group.is_leader:
            norms = torch.stack(torch._foreach_norm(list(state.model.parameters())))
            if not bool(norms.isfinite().all()):
                raise diverged("weights are no longer numbers", state.update, self.run.plan.training, self._stored())
            self.run.run_dir.save(tensors, state.update, seconds)
            self.stored_update = state.update
        self.saved_at = began
        self.save_interval = max(SAVE_SECONDS, (time.monotonic() - began) / SAVE_SHARE)

    def _stored(self) -> str:
        """What a run that fails now can be resumed from, for an error."""
        if not self.stored_update:
            return "no state was saved yet"
        return f"the state of update {self.stored_update:,} stands in {self.run.run_dir.path}"

    def finish(self, state: TrainState) -> TrainResult:
        """Save the state and the checkpoint that end this session."""
        run, updates = self.run, self.run.plan.training.schedule.updates
        seconds, finished = self.seconds(), state.update >= updates
        if state.update > self.first or not run.run_dir.state_path.exists():
            self.save(state)
        directory: Path = run.options.output or run.run_dir.checkpoint_path
        if run.group.is_leader:
            write_checkpoint(run, state, self.last_check, seconds, directory)
        self._beat(update=state.update, seconds=seconds, state="finished" if finished else "saved")
        run.group.broadcast(None)
        run.group.leave()
        return TrainResult(run.run_dir.path, directory, state.update, updates, finished, seconds, self.last_check)
