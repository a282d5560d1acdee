"""Training runs to take apart: of the smallest presets, on one thread."""

from pathlib import Path
from typing import Any

from gramsolve.tasks import registry
from gramsolve.training.prepare import TrainingRun, prepare
from gramsolve.training.train_options import TrainOptions
from gramsolve.training.train_state import Batch, Noise, TrainState, UpdateMetrics
from gramsolve.training.trainer import Trainer
from gramsolve.training.trainer_base import TrainerBase


def prepared(task: str, tmp_path: Path, *, precision: str = "fp32", **overrides: str) -> TrainingRun:
    """A run of the preset ``tiny`` that is ready for its loop."""
    chosen = {"batch": "16", "precision": precision, **overrides}
    run_dir = tmp_path / f"run-{precision}"
    options = TrainOptions(preset="tiny", overrides=chosen, threads=1, device="cpu", run_dir=run_dir)
    return prepare(registry.load(task), options)


def trainer_of(task: str, tmp_path: Path, *, precision: str = "fp32", **overrides: str) -> tuple[Trainer, TrainState]:
    """GRAM's trainer and the state before the first update."""
    run = prepared(task, tmp_path, precision=precision, **overrides)
    assert isinstance(run.trainer, Trainer)
    return run.trainer, run.state


def entering(trainer: Trainer, state: TrainState) -> tuple[Batch, Noise]:
    """What enters at the next update, which is not the first."""
    batch = trainer.batch(state)
    assert batch is not None
    return batch, trainer.noise(state)


def advance(trainer: TrainerBase[Any, Any], state: TrainState, updates: int = 1) -> tuple[TrainState, UpdateMetrics]:
    """The state after so many updates, and what the last of them measured."""
    metrics = None
    for _ in range(updates):
        state, metrics = trainer.update(state, trainer.batch(state), trainer.noise(state))
    assert metrics is not None
    return state, metrics
