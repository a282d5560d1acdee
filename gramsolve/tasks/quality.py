"""The quality of samples: what a task measures of boards that no validator judges, such as images.

A quality measure is a module of its own in the plugin, which ``Capabilities.quality`` names and which is imported when
samples are measured. It may import what a plugin must not import otherwise, such as torch for a classifier; its
arguments and results are numpy arrays and plain values.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import TaskBase
from gramsolve.tasks.data import Dataset

Kept = npt.NDArray[Any]
"""What is kept of n samples until all have been drawn: [n, ...]."""


@dataclass(frozen=True)
class Figure:
    """One figure of a report and how it is shown.

    Attributes:
        name: its key in the rows of a report.
        title: the heading of its column.
        form: how it is written, a format string.
        curve: the title of its curve over depth in charts; "" for none.
        shares: the title of its shaded column over depth in the terminal, for a share in [0, 1]; "" for none.
    """

    name: str
    title: str
    form: str = "{}"
    curve: str = ""
    shares: str = ""


@dataclass(frozen=True)
class QualityResult:
    """The figures of each set of samples, and of as many real ones, by ``Figure.name``; other names may be added."""

    samples: Sequence[dict[str, Any]]
    real: dict[str, Any]


class Quality(ABC):
    """Measures samples of one variant. Raises Missing where its own files are not there."""

    noun: ClassVar[str] = "samples"
    """What samples are called, in the plural."""
    least: ClassVar[int] = 1
    """The fewest samples that can be measured."""
    figures: ClassVar[tuple[Figure, ...]]
    note: ClassVar[str]
    """What the figures mean, in sentences."""

    def __init__(self, variant: str) -> None:
        self.variant = variant

    @abstractmethod
    def keep(self, outputs: Tokens) -> Kept:
        """Outputs [n, L_out] in the form that ``measure`` takes them; smaller is better."""

    @abstractmethod
    def measure(self, samples: Sequence[Kept], data: Dataset, seed: int) -> QualityResult:
        """The figures of several sets of samples beside those of as many real ones, drawn with ``seed``."""

    @abstractmethod
    def remark(self, real: dict[str, Any]) -> str:
        """The figures of real samples in a sentence."""


def load(task: TaskBase, variant: str) -> Quality:
    """The quality measure that the task names. Whatever its module raises comes through."""
    module, _, name = task.capabilities.quality.partition(":")
    kind = getattr(import_module(module), name)
    if not issubclass(kind, Quality):
        raise TypeError(f"{task.capabilities.quality} is not a subclass of gramsolve.tasks.quality.Quality")
    made: Quality = kind(variant)
    return made


def real_sample(count: int, number: int, seed: int) -> npt.NDArray[np.int64]:
    """``number`` of ``count`` rows, or all of them, without repetition: int64."""
    return np.random.default_rng(seed).choice(count, min(number, count), replace=False)
