"""The run directory: the plan, the state that a killed run resumes from, and the metrics.

    plan.json           what is trained, see ``plan.TrainingPlan``; written once
    state.safetensors   weights, their average, optimizer, trajectories and the number of updates; replaced atomically
    metrics.jsonl       one held-out check a line, see ``metrics.TrainingMetrics``
    tensorboard/        the same for TensorBoard, if asked for
    heartbeat.json       where the run is and whether it lives, about once a second, see ``heartbeat``
    checkpoint/         the averaged weights, at held-out checks and at the end of each session

Every random draw of update u depends on (seed, u) alone, so this is everything a run needs: one that is killed and
resumed ends with the same bits, on one platform, as one that was not.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from gramsolve import files
from gramsolve.errors import BadInput
from gramsolve.training import heartbeat, plan
from gramsolve.training.metrics import TrainingMetrics
from gramsolve.training.plan import TrainingPlan
from gramsolve.training.train_state import TrainState
from gramsolve.training.trainer_base import TrainerBase

OURS = (plan.NAME, "state.safetensors", "metrics.jsonl", heartbeat.NAME, "checkpoint")


class RunDirectory:
    """Reads and writes one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def plan_path(self) -> Path:
        return self.path / plan.NAME

    @property
    def state_path(self) -> Path:
        return self.path / "state.safetensors"

    @property
    def metrics_path(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def checkpoint_path(self) -> Path:
        return self.path / "checkpoint"

    def require_vacant(self) -> None:
        """Raises BadInput if there is a run here already."""
        if self.plan_path.exists():
            raise BadInput(f"{self.path} already holds a run: continue it with --resume, or name another --run-dir")

    def start(self, plan: TrainingPlan) -> None:
        """Begin a new run here. Raises BadInput if one is here already."""
        self.require_vacant()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            files.write_bytes(self.plan_path, plan.to_json())
        except OSError as error:
            raise BadInput(f"cannot create the run directory {self.path}: {error.strerror}") from error

    def plan(self) -> TrainingPlan:
        """The plan of the run to resume. Raises BadInput where there is none or it cannot be read."""
        try:
            return TrainingPlan.read(self.path)
        except FileNotFoundError:
            raise BadInput(f"no run to resume in {self.path}: leave --resume out to start one") from None

    def save(self, tensors: dict[str, Tensor], update: int, seconds: float) -> None:
        """Store what ``TrainerBase.state_dict`` gave after ``update`` updates."""
        tensors = {name: tensor.detach().contiguous().cpu() for name, tensor in tensors.items()}
        metadata = {"update": str(update), "seconds": repr(seconds)}
        with self._writing(self.state_path), files.replacing(self.state_path) as temporary:
            save_file(tensors, temporary, metadata=metadata)

    def load(self, trainer: TrainerBase[Any, Any], state: TrainState) -> tuple[TrainState, float]:
        """``state`` with what is stored in its place, and the seconds trained so far. A run that was killed before its
        first save starts again."""
        if not self.state_path.exists():
            return state, 0.0
        try:
            with safe_open(self.state_path, "pt", device="cpu") as file:
                metadata = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
            return trainer.load_state_dict(state, tensors, int(metadata["update"])), float(metadata["seconds"])
        except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
            raise BadInput(f"{self.state_path} cannot be resumed: {str(error).splitlines()[0]}") from error

    def log(self, metrics: TrainingMetrics) -> None:
        """Append one line of metrics, all of it or nothing."""
        with self._writing(self.metrics_path):
            files.append(self.metrics_path, json.dumps(metrics.to_dict()).encode() + b"\n")

    def metrics(self) -> list[dict[str, Any]]:
        """The logged lines, oldest first."""
        try:
            return [json.loads(line) for line in self.metrics_path.read_text(encoding="utf-8").splitlines()]
        except (OSError, ValueError):
            return []

    def tidy(self) -> None:
        """Remove half-written files of a killed process. For the one process that writes here."""
        for path in self.path.glob(".*"):
            if path.name.startswith(tuple(f".{name}." for name in OURS)):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    def forget_after(self, update: int) -> None:
        """Drop metrics of updates that a kill undid."""
        if not self.metrics_path.exists():
            return
        text = self.metrics_path.read_text(encoding="utf-8")
        kept = []
        for line in text.splitlines():
            try:
                if json.loads(line)["update"] <= update:
                    kept.append(line + "\n")
            except (ValueError, KeyError):
                continue
        if "".join(kept) != text:
            with self._writing(self.metrics_path):
                files.write_bytes(self.metrics_path, "".join(kept).encode())

    @contextmanager
    def _writing(self, path: Path) -> Iterator[None]:
        """Turns errors of a disk into one line. The last good state stays in any case."""
        try:
            yield
        except (OSError, SafetensorError) as error:
            reason = getattr(error, "strerror", None) or str(error).removeprefix("Error while serializing: ")
            raise BadInput(
                f"cannot write {path}: {' '.join(reason.split())}; free some space and --resume from the last save"
            ) from error
