"""Reports of measurements: the fields that all of them have, and their JSON values."""

from __future__ import annotations

import math
from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypedDict

import torch

from gramsolve.inference.solver import Solver

Row = Mapping[str, Any]
"""The figures of one depth, or of one depth and width, by name."""
NOT_STORED: Mapping[str, bool] = {"stored": False}
"""Metadata of a field that ``to_dict`` leaves out."""


@dataclass(frozen=True, kw_only=True)
class EvalReport(ABC):
    """What was measured on what. Every kind of measurement has a final subclass, whose ``rows`` it documents.

    Attributes:
        protocol: the split; None where the checkpoint does not name the one it was trained on.
        seed: of the noise and of a sample of the test puzzles.
        seconds: of the work, summed over the processes that shared it.
        device, threads: what the model ran on.
    """

    kind: ClassVar[str]
    """The name of the measurement in stored reports."""

    task: str
    variant: str
    checkpoint: str
    protocol: str | None
    seed: int
    seconds: float
    device: str
    threads: int
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        stored = [field.name for field in fields(self) if field.metadata.get("stored", True)]
        values = {name: getattr(self, name) for name in stored}
        return plain({"kind": self.kind, **values, "seconds": round(self.seconds, 1)})


@dataclass(frozen=True, kw_only=True)
class HeldOutReport(EvalReport):
    """A measurement on ``instances`` of the ``of`` test puzzles of a split."""

    protocol: str
    instances: int
    of: int


@dataclass(frozen=True, kw_only=True)
class GenerationReport(EvalReport):
    """A measurement of ``boards`` boards that ``processes`` processes sampled unconditionally."""

    boards: int
    temperature: float
    processes: int


class Origin(TypedDict):
    """The fields of a report that follow from its solver."""

    task: str
    variant: str
    checkpoint: str
    device: str
    threads: int


def origin(solver: Solver) -> Origin:
    """The fields of a report that follow from its solver."""
    return {
        "task": solver.task.name,
        "variant": solver.variant,
        "checkpoint": solver.name,
        "device": str(solver.device),
        "threads": torch.get_num_threads(),
    }


def plain(value: Any) -> Any:
    """JSON values: lists for tuples, and None for what is not a number, such as the error of one puzzle's mean."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
