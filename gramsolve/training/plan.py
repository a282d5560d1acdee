"""The plan of a training run: everything that decides its result, as one typed record. Light: imports no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from gramsolve import records
from gramsolve.config.training import TrainingConfig
from gramsolve.errors import BadInput
from gramsolve.model.architectures import settings
from gramsolve.model.config import ModelConfig, leaf_defaults
from gramsolve.tasks.symmetry import Structure
from gramsolve.tasks.task import Task

NAME = "plan.json"
FORMAT = 2
SHAPE = {"input_vocab", "output_vocab", "input_length", "output_length", "rows", "columns"}
"""Settings of the model that follow from the variant of the task."""
DERIVED = SHAPE | {"rule_ids", *Structure.__dataclass_fields__}
"""Settings of the model that follow from the task and the data. A user cannot set them."""
OWN_OPTIONS = {"updates", "protocol"}
"""Settings that have a command-line option of their own beside ``--set``."""


@dataclass(frozen=True)
class Execution:
    """How one machine computes updates, as ``autotune`` has measured and chosen.

    Attributes:
        precision: ``bf16`` (autocast) or ``fp32``.
        threads: of torch, on the CPU.
        compile: whether the steps of the network are compiled.
        ceiling: floating-point operations a second of one large matrix product here, in this precision.
        work: floating-point operations of this process in one update: the posterior's step, forward and backward, and
            the prior rollouts.
    """

    precision: str
    threads: int
    compile: bool
    ceiling: float = 0.0
    work: float = 0.0

    def utilisation(self, rate: float) -> float | None:
        """Share of ``ceiling`` that ``rate`` updates a second reach; None where nothing was measured."""
        return self.work * rate / self.ceiling if self.ceiling else None


@dataclass(frozen=True)
class TrainingPlan:
    """What a run trains. Written once, when it starts; a resumed run reads it.

    Attributes:
        preset, architecture: names; ``model`` and ``training`` hold their settings and what the user changed.
        seed: of the data and the noise.
        init_from: the checkpoint whose weights and model the run started with, as the user named it.
        init_commands: commands that trained that checkpoint, and its own init_commands, oldest first.
        initial_seed: seed of what is drawn once and never learned, such as z_0; None means ``seed``.
        execution: None before this machine was measured.
    """

    task: str
    variant: str
    preset: str
    architecture: str
    seed: int
    model: ModelConfig
    training: TrainingConfig
    init_from: str | None = None
    init_commands: tuple[str, ...] = ()
    initial_seed: int | None = None
    execution: Execution | None = None

    def replace(self, **changes: Any) -> TrainingPlan:
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        execution = None if self.execution is None else asdict(self.execution)
        nested = {"model": self.model.to_dict(), "training": self.training.to_dict(), "execution": execution}
        return {"format": FORMAT, **values, "init_commands": list(self.init_commands), **nested}

    def to_json(self) -> bytes:
        return json.dumps(self.to_dict(), indent=2).encode()

    @classmethod
    def read(cls, directory: Path) -> TrainingPlan:
        """The plan of the run in a directory. Raises BadInput, and FileNotFoundError where there is no run."""
        path = directory / NAME
        values = records.parse(records.read_bytes(path), str(path))
        if not isinstance(values, Mapping) or values.get("format") != FORMAT:
            raise BadInput(f"{path} is not a plan this version can resume")
        stored = records.read(_StoredPlan, values, str(path))
        known = {field.name: getattr(stored, field.name) for field in fields(cls)}
        nested = {"model": ModelConfig.from_dict(stored.model), "training": TrainingConfig.from_dict(stored.training)}
        return cls(**{**known, **nested})


@dataclass(frozen=True)
class _StoredPlan:
    """A plan as its file holds it; the configurations have readers of their own."""

    format: int
    task: str
    variant: str
    preset: str
    architecture: str
    seed: int
    model: dict[str, Any]
    training: dict[str, Any]
    init_from: str | None = None
    init_commands: tuple[str, ...] = ()
    initial_seed: int | None = None
    execution: Execution | None = None


def differences(task: Task, plan: TrainingPlan) -> dict[str, Any]:
    """Settings that differ from the preset's, by name, without ``DERIVED`` and ``OWN_OPTIONS``.

    A run that started from a checkpoint has that checkpoint's model: its model settings are not compared. Empty where
    the task no longer has the preset.
    """
    preset = task.presets(plan.variant).get(plan.preset)
    if preset is None:
        return {}
    model, training = settings(preset, plan.architecture)
    usual = TrainingConfig.from_flat(**training).flat()
    found = plan.training.flat()
    if plan.init_from is None:
        usual = {**leaf_defaults(), **model, **usual}
        found = {**plan.model.flat(), **found}
    told = DERIVED | OWN_OPTIONS
    return {k: v for k, v in found.items() if k in usual and usual[k] != v and k not in told}


def command(task: Task, plan: TrainingPlan) -> str:
    """The command line that starts a run with this plan, with every setting that differs from the preset."""
    words = [f"gramsolve train {task.name} --variant {plan.variant} --preset {plan.preset}"]
    if plan.init_from is not None:
        words.append(f"--init-from {plan.init_from}")
    elif plan.architecture != task.presets(plan.variant)[plan.preset].architecture:
        words.append(f"--architecture {plan.architecture}")
    training = plan.training
    words.append(f"--protocol {training.data.protocol} --max-updates {training.schedule.updates} --seed {plan.seed}")
    words += [f"--set {name}={format_setting(value)}" for name, value in differences(task, plan).items()]
    return " ".join(words)


def format_setting(value: Any) -> str:
    """The text of a setting in ``--set NAME=TEXT``."""
    return value if isinstance(value, str) else json.dumps(value)


def parse_setting(text: str) -> Any:
    """The inverse of ``format_setting``: a number, true or false where the text is one in JSON, else the text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, int | float | bool | str) else text
