"""Trainers to take apart: of the smallest presets, on one thread."""

from pathlib import Path

from gramsolve.tasks import registry
from gramsolve.training.train import TrainingSession
from gramsolve.training.train_options import TrainOptions
from gramsolve.training.trainer import Trainer


def trainer_of(task: str, tmp_path: Path, *, precision: str = "fp32", **overrides: str) -> Trainer:
    chosen = {"batch": "16", "precision": precision, **overrides}
    run_dir = tmp_path / f"run-{precision}"
    options = TrainOptions(preset="tiny", overrides=chosen, threads=1, device="cpu", run_dir=run_dir)
    found = TrainingSession(registry.load(task), options).trainer
    assert isinstance(found, Trainer)
    return found
