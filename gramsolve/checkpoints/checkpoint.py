"""Records of a checkpoint: what is known without its weights, and what a loaded model carries. Imports no torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gramsolve.config.training import TrainingConfig
from gramsolve.errors import BadInput
from gramsolve.model.config import ModelConfig


@dataclass(frozen=True)
class Provenance:
    """How weights came to be: enough to train them again.

    Attributes:
        command: the command that trains them; ``init_commands`` are the commands of the checkpoints that training
            started from, the first one first.
        preset, architecture: names of the settings that ``command`` starts from.
        seed: of the run. ``initial_seed``: of the first run of the chain, which decides z_0; None means ``seed``.
        updates_done: updates that the weights have had; ``TrainingConfig.schedule.updates`` is the plan.
        seconds: wall time of the run.
        device, machine, threads, torch: hardware and library that trained them.
        held_out_accuracy: accuracy of single prior trajectories at the last held-out check, after each step.
    """

    command: str = ""
    preset: str = ""
    architecture: str = "gram"
    seed: int = 0
    initial_seed: int | None = None
    updates_done: int = 0
    seconds: float = 0.0
    device: str = ""
    machine: str = ""
    threads: int = 0
    torch: str = ""
    held_out_accuracy: tuple[float, ...] = ()
    init_commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measured:
    """The deepest and widest row of the last evaluation that was written into the model card.

    ``accuracy`` is that of one trajectory, ``accuracy_error`` half of its 95 % interval; None where there is none.
    """

    protocol: str = ""
    puzzles: int = 0
    seed: int = 0
    depth: int = 0
    width: int = 0
    accuracy: float | None = None
    accuracy_error: float | None = None
    coverage: float | None = None


@dataclass(frozen=True)
class WeightsFile:
    """Size and SHA-256 (in hexadecimal) of a file of weights."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class CheckpointFacts:
    """The content of config.json but for the shape of the model.

    Attributes:
        task, variant: what the model solves; ``token_spec`` is the digest of the variant's token layout.
        training: the settings it was trained with; None where they are not known.
        rule_ids: names of the rules that have an embedding, see ``Dataset.rule_ids``.
        measured: figures of the last evaluation.
        files: the files of weights by name; ``parameters`` is the number of learned values.
        created: date, as YYYY-MM-DD.
    """

    task: str
    variant: str
    token_spec: str
    training: TrainingConfig | None = None
    provenance: Provenance = field(default_factory=Provenance)
    rule_ids: tuple[str, ...] = ()
    measured: Measured | None = None
    parameters: int = 0
    files: dict[str, WeightsFile] = field(default_factory=dict)
    created: str = ""

    def __post_init__(self) -> None:
        for name in self.files:
            if not re.fullmatch(r"[\w.-]+\.safetensors", name):
                raise BadInput(f"bad name of a weights file {name!r}")


@dataclass(frozen=True)
class CheckpointConfig(CheckpointFacts):
    """The content of config.json. ``model`` is the shape of the network."""

    model: ModelConfig = field(kw_only=True)


@dataclass(frozen=True)
class CheckpointInfo:
    """What is known of a checkpoint without loading its weights. ``problem`` says why it is unusable.

    ``origin`` is where it was found: ``environment``, ``user``, ``bundled``, ``path`` for a directory by name, or
    ``memory`` for a model that is not stored.
    """

    name: str
    path: Path
    origin: str
    task: str = ""
    variant: str = ""
    parameters: int = 0
    created: str = ""
    training: TrainingConfig | None = None
    provenance: Provenance = field(default_factory=Provenance)
    measured: Measured | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose weights were loaded. ``Solver`` carries it; nothing looks the checkpoint up again.

    Attributes:
        info: name, path, task, variant and size.
        model: the network's shape.
        training: the settings it was trained with; None where they are not known.
        provenance: how it was trained.
        rule_ids: names of the rules that have an embedding, see ``Dataset.rule_ids``.
        files: the files of weights by name.
    """

    info: CheckpointInfo
    model: ModelConfig
    training: TrainingConfig | None = None
    provenance: Provenance = field(default_factory=Provenance)
    rule_ids: tuple[str, ...] = ()
    files: Mapping[str, WeightsFile] = field(default_factory=dict)

    @classmethod
    def unsaved(
        cls, name: str, task: str, variant: str, model: ModelConfig, rule_ids: tuple[str, ...] = ()
    ) -> Checkpoint:
        """The record of a model that was built in memory."""
        return cls(CheckpointInfo(name, Path(), "memory", task, variant), model, rule_ids=rule_ids)
