"""What a user asks of a training run, and how the run ended. Light: imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gramsolve.training.metrics import TrainingMetrics


@dataclass(frozen=True)
class TrainOptions:
    """What a user asks for.

    Attributes:
        architecture: a name of ``model/architectures.py``; None means the preset's.
        match_params: fit the hidden size to the number of parameters of another architecture in the same preset, or to
            a number.
        init_from: a checkpoint, by name or directory, whose model and weights the run starts with.
        overrides: ``NAME=TEXT`` settings of ``ModelConfig`` and ``TrainingConfig`` on top of the preset.
        max_seconds: time budget of this session, preparation included; the plan stays.
        max_updates: length of the plan.
        threads, compile: None and ``auto`` mean what is fastest here, or what the resumed run uses; ``compile`` may be
            ``on`` or ``off`` too.
        tensorboard: write the metrics for TensorBoard as well.
    """

    variant: str | None = None
    preset: str = "cpu"
    architecture: str | None = None
    match_params: str | None = None
    init_from: str | None = None
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
    """How a run, or one session of it, ended. ``checkpoint`` is the directory of the averaged weights."""

    run_dir: Path
    checkpoint: Path | None
    update: int
    updates: int
    finished: bool
    seconds: float
    last: TrainingMetrics | None = None
