"""What a user asks of a training run, and how the run ended. Light: imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gramsolve.training.metrics import TrainingMetrics


@dataclass(frozen=True)
class TrainOptions:
    """What a user asks for. ``overrides`` are ``key=value`` texts on top of the preset, of either config.

    ``architecture`` is a name of ``model/architectures.py``, None the preset's; ``match`` fits its hidden size to the
    number of parameters of another architecture in the same preset, or to a number.
    ``weights``, a name or a directory, is a checkpoint whose model the run goes on from, with a plan of its own.
    ``threads`` None and ``compile`` ``auto`` mean what is fastest here, or what the run that is resumed uses;
    ``compile`` may be ``on`` or ``off`` too. ``tensorboard`` writes the metrics for that program too.
    """

    variant: str | None = None
    preset: str = "cpu"
    architecture: str | None = None
    match: str | None = None
    weights: str | None = None
    protocol: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    run_dir: Path | None = None
    resume: bool = False
    output: Path | None = None
    max_seconds: float | None = None
    max_updates: int | None = None
    seed: int = 0
    device: str = "auto"
    threads: int | None = None
    compile: str = "auto"
    tensorboard: bool = False


@dataclass(frozen=True)
class TrainResult:
    """How a run, or a chunk of one, ended. ``checkpoint`` is the directory of the EMA weights."""

    run_dir: Path
    checkpoint: Path | None
    update: int
    updates: int
    finished: bool
    seconds: float
    last: TrainingMetrics | None = None
