"""Provenance of a report: command, date, versions, hardware, and how the weights were made."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from typing import Any

import torch

from gramsolve import __version__
from gramsolve.checkpoints.checkpoint import CheckpointInfo


def provenance(info: CheckpointInfo, command: str, device: torch.device) -> dict[str, Any]:
    """JSON values: the command, date, versions and machine of a measurement, and how its weights were made."""
    training, origin = info.training, info.provenance
    hardware = {"machine": platform.machine(), "system": platform.system(), "cores": os.cpu_count()}
    if device.type == "cuda":
        hardware["accelerator"] = torch.cuda.get_device_name(device)
    return {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "gramsolve": __version__,
        "torch": torch.__version__,
        "hardware": hardware,
        "model": {
            "checkpoint": info.name,
            "architecture": origin.architecture,
            "parameters": info.parameters,
            "updates": origin.updates_done,
            "batch": None if training is None else training.data.batch,
            "seed": origin.seed,
            "supervision_steps": None if training is None else training.objective.supervision_steps,
            "training_seconds": origin.seconds,
            "training_machine": origin.machine,
            "training_device": origin.device,
            "training_threads": origin.threads,
            "training_command": origin.command,
            "created": info.created,
        },
    }
