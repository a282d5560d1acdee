"""Variants, instances and the names of a task: what all parts of the contract refer to."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

from gramsolve.tasks.capabilities import Capabilities


@dataclass(frozen=True)
class TokenSpec:
    """How a variant looks to the model.

    Attributes:
        input_vocab, output_vocab: number of token ids; ids run from 0.
        input_length, output_length: L_in and L_out.
        grid: (rows, columns) of the output layout, so that positions and displays know the geometry.
        pad: the id of a position outside the puzzle; never a target.
        blank: the id that fills an input without givens (unconditional generation).
    """

    input_vocab: int
    output_vocab: int
    input_length: int
    output_length: int
    grid: tuple[int, int]
    pad: int = 0
    blank: int = 1

    def digest(self) -> str:
        """Short hash of the layout; a checkpoint made for another layout is refused by it."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Variant:
    """One size or flavour of a task, for example ``8x8``."""

    name: str
    title: str
    spec: TokenSpec


@dataclass(frozen=True)
class Instance:
    """One puzzle. Plugins subclass it with the data of their puzzles."""

    variant: str
    name: str = ""


class TaskBase(ABC):
    """The name of a task, its variants and its capabilities."""

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    default_variant: ClassVar[str]
    capabilities: ClassVar[Capabilities] = Capabilities()

    @abstractmethod
    def variants(self) -> Sequence[Variant]:
        """The variants worth listing; ``variant`` may accept more."""

    @abstractmethod
    def variant(self, name: str) -> Variant:
        """Look a variant up by name. Raises BadInput with the names that exist."""

    def lacks(self, capability: str) -> NotImplementedError:
        """The error of an optional method that was called although the task does not declare its capability."""
        return NotImplementedError(f"the task {self.name} declares no {capability!r} among its capabilities")
