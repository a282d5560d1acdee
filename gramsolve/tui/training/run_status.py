"""The status of a training run: its state, plan, heartbeat and held-out checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from gramsolve import records
from gramsolve.errors import BadInput
from gramsolve.training.heartbeat import Heartbeat
from gramsolve.training.plan import TrainingPlan


class RunState(Enum):
    """(icon, ASCII icon, word)."""

    NONE = ("·", ".", "no run")
    STARTING = ("◌", "o", "starting")
    RUNNING = ("▶", ">", "running")
    STOPPING = ("◌", "o", "saving")
    SAVED = ("■", "#", "saved")
    FINISHED = ("✓", "+", "finished")
    STOPPED = ("■", "#", "stopped")
    FAILED = ("✗", "x", "failed")
    LOST = ("✗", "!", "lost")

    def icon(self, ascii: bool) -> str:
        return str(self.value[1] if ascii else self.value[0])

    @property
    def word(self) -> str:
        return str(self.value[2])

    @property
    def active(self) -> bool:
        return self in (RunState.STARTING, RunState.RUNNING, RunState.STOPPING)

    @property
    def resumable(self) -> bool:
        return self in (RunState.SAVED, RunState.STOPPED, RunState.FAILED, RunState.LOST)


@dataclass(frozen=True)
class HeldOutCheck:
    """One held-out check: each figure after the last supervision step; ``kl`` sums over the steps, None without."""

    update: int
    loss: float
    ce: float
    prior: float
    posterior: float
    kl: float | None = None
    diversity: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunStatus:
    """A run when it was read. ``words`` say more about its state; ``age`` is the seconds since its last heartbeat."""

    path: Path
    state: RunState = RunState.NONE
    words: str = ""
    plan: TrainingPlan | None = None
    progress: Heartbeat | None = None
    checks: tuple[HeldOutCheck, ...] = ()
    checkpoint: int | None = None
    """Changes whenever the run writes a checkpoint; None before the first."""
    age: float = 0.0

    @property
    def task(self) -> str:
        return "" if self.plan is None else self.plan.task

    @property
    def variant(self) -> str:
        return "" if self.plan is None else self.plan.variant

    @property
    def update(self) -> int:
        """Updates done, by the heartbeat or the last check."""
        checked = self.checks[-1].update if self.checks else 0
        return max(self.progress.update if self.progress else 0, checked)

    @property
    def updates(self) -> int:
        if self.progress is not None:
            return self.progress.updates
        return 0 if self.plan is None else self.plan.training.schedule.updates

    @property
    def left(self) -> float | None:
        """Seconds to go, held-out checks included, until the plan or the time budget ends."""
        now = self.progress
        if now is None or not now.update or now.seconds <= 0:
            return None
        plan = (now.updates - now.update) * now.seconds / now.update
        return plan if now.limit is None else min(plan, now.limit)

    @property
    def checkpoint_path(self) -> Path:
        return self.path / "checkpoint"


@dataclass(frozen=True)
class _Metrics:
    """What a line of metrics.jsonl holds of a held-out check; lists have a figure for each supervision step."""

    update: int
    loss: float
    ce: tuple[float, ...]
    prior_accuracy: tuple[float, ...]
    posterior_accuracy: tuple[float, ...]
    kl: tuple[float, ...] | None = None
    diversity: float | None = None
    warnings: tuple[str, ...] | None = None


def read_check(line: bytes) -> HeldOutCheck | None:
    """One line of metrics.jsonl; None for one that is damaged, or holds what is no number."""
    try:
        found = records.read(_Metrics, records.parse(line, "metrics.jsonl"), "metrics.jsonl", ignore_unknown=True)
    except BadInput:
        return None
    if not (found.ce and found.prior_accuracy and found.posterior_accuracy):
        return None
    return HeldOutCheck(
        found.update,
        found.loss,
        found.ce[-1],
        found.prior_accuracy[-1],
        found.posterior_accuracy[-1],
        sum(found.kl) if found.kl else None,
        found.diversity,
        found.warnings or (),
    )


def last_line(log: Path) -> str:
    """The last line of a log that is meant for people."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return "it left no log"
    said = [line.strip() for line in lines if line.strip() and not line.startswith("{")]
    return said[-1].removeprefix("Error: ") if said else f"it said nothing; see {log}"


def duration(seconds: float) -> str:
    """``42 s``, ``3:07`` (minutes), ``2:05:00`` (hours) or ``3 days``."""
    whole = int(max(0.0, seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    if whole < 172_800:
        return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
    return f"{whole // 86_400} days"
