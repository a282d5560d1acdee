"""Where a report's figures come from: enough to judge them, and to make them again."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from typing import Any

import torch

from gramsolve import __version__
from gramsolve.checkpoints.store import CheckpointInfo


def provenance(info: CheckpointInfo, command: str, device: torch.device) -> dict[str, Any]:
    """JSON values: the command, date, versions and machine of a measurement, and how its weights were made."""
    training = info.training or {}
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
            "architecture": training.get("architecture", "gram"),
            "parameters": info.parameters,
            "updates": training.get("done"),
            "batch": training.get("batch"),
            "seed": training.get("seed"),
            "supervision_steps": training.get("supervision_steps"),
            "training_seconds": training.get("seconds"),
            "training_machine": training.get("machine"),
            "training_device": training.get("device"),
            "training_threads": training.get("threads"),
            "training_command": training.get("command"),
            "created": info.created,
        },
    }
