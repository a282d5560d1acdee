"""The run directory: the plan, the state that a killed run goes on from, and the metrics.

    plan.json           what is trained: task, variant, both configs, seed, and how this machine does it; written once
    state.safetensors   weights, average, optimizer, carry and the update's number; replaced atomically
    metrics.jsonl       one report a line
    tensorboard/        the same for TensorBoard, where that was asked for; see board.py
    progress.json       where the run is and whether it lives, about once a second; see progress.py
    checkpoint/         the averaged weights, at held-out checks and once the run (or a chunk of it) ends

Every random draw of update u depends on (seed, u) alone, so this is all there is to know: a run that is killed and
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
from gramsolve.training.metrics import TrainingMetrics
from gramsolve.training.trainer_base import TrainerBase

FORMAT = 1
OURS = ("plan.json", "state.safetensors", "metrics.jsonl", "progress.json", "checkpoint")


class RunDirectory:
    """Reads and writes one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def plan_path(self) -> Path:
        return self.path / "plan.json"

    @property
    def state_path(self) -> Path:
        return self.path / "state.safetensors"

    @property
    def metrics_path(self) -> Path:
        return self.path / "metrics.jsonl"

    def require_vacant(self) -> None:
        """Raises BadInput if there is a run here already."""
        if self.plan_path.exists():
            raise BadInput(f"{self.path} already holds a run: go on with --resume, or name another --run-dir")

    def start(self, plan: dict[str, Any]) -> None:
        """Begin a new run here. Raises BadInput if one is here already."""
        self.require_vacant()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            files.write_bytes(self.plan_path, json.dumps({"format": FORMAT, **plan}, indent=2).encode())
        except OSError as error:
            raise BadInput(f"cannot create the run directory {self.path}: {error.strerror}") from error

    def plan(self) -> dict[str, Any]:
        """The plan of the run to resume. Raises BadInput where there is none or it cannot be read."""
        try:
            plan = json.loads(self.plan_path.read_bytes())
        except FileNotFoundError:
            raise BadInput(f"no run to resume in {self.path}: leave --resume out to start one") from None
        except (OSError, ValueError) as error:
            raise BadInput(f"{self.plan_path} cannot be read: {error}") from error
        if not isinstance(plan, dict) or plan.get("format") != FORMAT:
            raise BadInput(f"{self.plan_path} is not a plan this version can resume")
        return plan

    def save(self, trainer: TrainerBase, carry: dict[str, Tensor], seconds: float) -> None:
        """Store everything the next update needs; ``carry`` is that of the whole batch."""
        tensors: dict[str, Tensor] = {}
        tensors |= {f"model/{k}": v for k, v in trainer.model.state_dict().items()}
        tensors |= {f"average/{k}": v for k, v in trainer.average.values.items()}
        tensors |= {f"optimizer/{k}": v for k, v in trainer.optimizer.tensors()}
        tensors |= {f"carry/{k}": v for k, v in carry.items()}
        tensors = {k: v.detach().contiguous().cpu() for k, v in tensors.items()}
        metadata = {"update": str(trainer.done), "seconds": repr(seconds)}
        with self._writing(self.state_path), files.replacing(self.state_path) as temporary:
            save_file(tensors, temporary, metadata=metadata)

    def load(self, trainer: TrainerBase) -> float:
        """Put the stored state into ``trainer``; the seconds trained so far. A run killed before its first save
        starts over."""
        if not self.state_path.exists():
            return 0.0
        groups: dict[str, dict[str, Tensor]] = {"model": {}, "average": {}, "optimizer": {}, "carry": {}}
        try:
            with safe_open(self.state_path, "pt", device="cpu") as file:
                metadata = file.metadata()
                for name in file.keys():  # noqa: SIM118  (not a dict)
                    group, key = name.split("/", 1)
                    groups[group][key] = file.get_tensor(name)
            trainer.model.load_state_dict(groups["model"])
            for key, value in trainer.average.values.items():
                value.copy_(groups["average"][key])
            trainer.optimizer.load(groups["optimizer"])
            trainer.load_carry_state_dict(groups["carry"])
            trainer.done = int(metadata["update"])
            seconds = float(metadata["seconds"])
        except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
            raise BadInput(f"{self.state_path} cannot be resumed: {str(error).splitlines()[0]}") from error
        return seconds

    def log(self, report: TrainingMetrics) -> None:
        """Append one line of metrics, all of it or nothing."""
        with self._writing(self.metrics_path):
            files.append(self.metrics_path, json.dumps(report.to_dict()).encode() + b"\n")

    def reports(self) -> list[dict[str, Any]]:
        """What was logged so far, oldest first."""
        try:
            return [json.loads(line) for line in self.metrics_path.read_text(encoding="utf-8").splitlines()]
        except (OSError, ValueError):
            return []

    def tidy(self) -> None:
        """Remove what a killed process left half-written; for the one process that writes here."""
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
        """Says in one line what is wrong with a disk; the last good state stands whatever happens."""
        try:
            yield
        except (OSError, SafetensorError) as error:
            reason = getattr(error, "strerror", None) or str(error).removeprefix("Error while serializing: ")
            raise BadInput(
                f"cannot write {path}: {' '.join(reason.split())}; with room again, --resume goes on from the last save"
            ) from error
