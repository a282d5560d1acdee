"""A training run that is asked for, and the command lines that start or resume it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gramsolve.config.training import TrainingConfig
from gramsolve.errors import BadInput
from gramsolve.model.architectures import ARCHITECTURES, settings
from gramsolve.model.config import ModelConfig
from gramsolve.tasks.symmetry import Structure
from gramsolve.tasks.task import Task
from gramsolve.tui.training.run_status import RunStatus

ROOT = Path("runs")
SHOWN_SETTINGS = {"updates", "protocol"}
SHAPE_SETTINGS = {"input_vocab", "output_vocab", "input_length", "output_length", "rows", "columns", "rule_ids"}
"""Settings that are shown elsewhere, or that follow from the task."""


@dataclass(frozen=True)
class TrainRequest:
    """The fields of the dialog as text; ``gramsolve train`` validates them."""

    task: str
    variant: str = ""
    preset: str = "cpu"
    max_time: str = ""
    updates: str = ""
    seed: str = "0"
    settings: str = ""

    def arguments(self, run_dir: Path) -> list[str]:
        """The arguments of ``gramsolve``. Raises BadInput for settings with unbalanced quotes."""
        words = ["train", self.task, "--preset", self.preset, "--seed", self.seed or "0"]
        given = (("--variant", self.variant), ("--max-time", self.max_time), ("--max-updates", self.updates))
        words += [word for option, text in given if text for word in (option, text)]
        try:
            settings = shlex.split(self.settings.replace(",", " "))
        except ValueError as error:
            raise BadInput(f"settings: {str(error).lower()}") from None
        words += [word for setting in settings for word in ("--set", setting)]
        return [*words, "--run-dir", str(run_dir)]


def resume_arguments(status: RunStatus) -> list[str]:
    """The arguments of ``gramsolve`` that resume a run."""
    return ["train", status.task, "--run-dir", str(status.path), "--resume"]


def shell_command(words: list[str]) -> str:
    """The command line, quoted for a shell."""
    return shlex.join(["gramsolve", *words])


def new_directory(task: str, variant: str, preset: str, root: Path = ROOT) -> Path:
    """A run directory that does not exist yet."""
    name = "-".join(
        "".join(c if c.isalnum() or c in "._" else "_" for c in part) for part in (task, variant, preset) if part
    )
    found, number = root / name, 1
    while found.exists():
        number += 1
        found = root / f"{name}-{number}"
    return found


def changed_settings(task: Task, plan: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a plan that differ from its preset's."""
    preset = task.presets(str(plan["variant"])).get(str(plan["preset"]))
    if preset is None:
        return {}
    architecture = str(plan.get("architecture", preset.architecture))
    model, training = settings(preset, architecture if architecture in ARCHITECTURES else preset.architecture)
    usual = {"model": {**_defaults(ModelConfig), **model}, "training": {**TrainingConfig().flat(), **training}}
    told = SHAPE_SETTINGS | SHOWN_SETTINGS | set(Structure.__dataclass_fields__)
    return {
        key: value
        for part, values in usual.items()
        for key, value in plan[part].items()
        if key not in told and key in values and values[key] != value
    }


def _defaults(kind: Any) -> dict[str, Any]:
    return {name: spec.default for name, spec in kind.__dataclass_fields__.items()}
