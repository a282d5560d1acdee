"""The plugin contract: everything the rest of gramsolve needs to know about a puzzle.

A plugin depends on this package and on nothing else of gramsolve. Tokens are small integers; the model sees
only tokens. Arrays are numpy, C-contiguous, ``uint8`` unless said otherwise. Shapes use B for the batch, L_in and
L_out for the token lengths.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from PIL import Image

API_VERSION = 1
"""Raised whenever a plugin written for the previous number could stop working."""

Tokens = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TokenSpec:
    """How a variant looks to the model.

    Attributes:
        input_vocab, output_vocab: number of token ids; ids run from 0.
        input_length, output_length: L_in and L_out.
        grid: (rows, columns) of the output layout, so that positions and displays know the geometry.
        pad: the id that stands for "nothing here"; never a target.
        blank: the id that fills an input which says nothing (unconditional generation).
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
    """One puzzle. Plugins subclass it with whatever their puzzle is made of."""

    variant: str
    name: str = ""


@dataclass(frozen=True)
class Split:
    """Inputs with all their solutions, in compressed-row form. Arrays may be memory-mapped.

    Attributes:
        inputs: [M, L_in] distinct inputs.
        outputs: [S, L_out] pool of distinct solutions.
        offsets: int64 [M + 1]; the solutions of input ``i`` are ``members[offsets[i]:offsets[i + 1]]``.
        members: int32 [offsets[M]] rows of ``outputs``.
    """

    inputs: Tokens
    outputs: Tokens
    offsets: npt.NDArray[np.int64]
    members: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.inputs)

    def solutions(self, index: int) -> Tokens:
        """All solutions of input ``index``: [n, L_out]."""
        return self.outputs[self.members[self.offsets[index] : self.offsets[index + 1]]]


@dataclass(frozen=True)
class Dataset:
    """A train and a test split; ``protocol`` names how they were separated."""

    protocol: str
    train: Split
    test: Split


@dataclass(frozen=True)
class Check:
    """What the validator found: ``valid`` [B] and, per output cell, ``violations`` [B, L_out]."""

    valid: Bools
    violations: Bools


@dataclass(frozen=True)
class Cell:
    """One cell of a drawn board.

    ``text`` is one character for Unicode terminals, ``ascii`` its plain stand-in. ``role`` is ``given`` (part of the
    puzzle), ``guess`` (placed by the solver), ``empty`` (known to be empty or not yet decided) or ``blank`` (outside
    the board). ``shade`` alternates the background of neighbouring cells or boxes (0 or 1). ``confidence`` is the
    model's probability of what it wrote, or None. ``changed`` marks a cell that differs from the frame before.
    """

    text: str
    ascii: str
    role: str = "empty"
    shade: int = 0
    confidence: float | None = None
    violated: bool = False
    changed: bool = False


@dataclass(frozen=True)
class Grid:
    """A board at one moment, ready to draw anywhere: rows of cells of equal length."""

    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0]) if self.rows else 0


@dataclass(frozen=True)
class View:
    """What there is to draw at one moment of one trajectory.

    ``tokens`` None draws the puzzle alone. ``confidence`` float32 [L_out] in [0, 1], ``violations`` bool [L_out] and
    ``previous`` tokens [L_out] of the frame before are optional.
    """

    tokens: Tokens | None = None
    confidence: npt.NDArray[np.float32] | None = None
    violations: Bools | None = None
    previous: Tokens | None = None


@dataclass(frozen=True)
class Preset:
    """Named settings: overrides of ``ModelConfig`` and ``TrainingConfig`` fields, checked when used."""

    title: str
    model: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Symmetry:
    """A batch of B symmetries of a fixed layout: where each token goes and what it turns into.

    Attributes:
        positions: int64 [B, L]; ``new[b, i] = values[b, old[b, positions[b, i]]]``.
        values: uint8 [B, V].
    """

    positions: npt.NDArray[np.int64]
    values: Tokens

    def apply(self, tokens: Tokens) -> Tokens:
        """Transform tokens [B, L]."""
        moved = np.take_along_axis(tokens, self.positions, axis=1)
        return np.take_along_axis(self.values, moved.astype(np.int64), axis=1)

    def inverse(self) -> Symmetry:
        """The symmetries that undo these."""
        return Symmetry(np.argsort(self.positions, axis=1), np.argsort(self.values, axis=1).astype(np.uint8))


class Task(ABC):
    """A puzzle family. One stateless object per task; methods take a variant name or an instance."""

    api_version: ClassVar[int] = API_VERSION
    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    default_variant: ClassVar[str]
    conditional: ClassVar[bool] = True
    """False for tasks that are only sampled, such as images."""
    protocols: ClassVar[tuple[str, ...]] = ("symmetry",)
    """Names of the ways ``dataset`` can separate train from test; the first is the default."""
    difficulties: ClassVar[tuple[str, ...]] = ()
    """Words ``generate`` understands, easiest first."""
    example: ClassVar[str] = ""
    """A puzzle in this task's own text form, shown in help and used by demonstrations."""

    # What there is

    @abstractmethod
    def variants(self) -> Sequence[Variant]:
        """The variants worth listing; ``variant`` may accept more."""

    @abstractmethod
    def variant(self, name: str) -> Variant:
        """Look a variant up by name. Raises BadInput with the names that exist."""

    @abstractmethod
    def presets(self, variant: str) -> Mapping[str, Preset]:
        """At least ``tiny`` (seconds, for tests), ``cpu`` (about an hour on two cores) and ``paper``."""

    # Text in and out

    @abstractmethod
    def parse(self, text: str) -> list[Instance]:
        """Read one or more puzzles. Raises BadInput in one line naming the line or cell that is wrong."""

    @abstractmethod
    def format(self, variant: str, tokens: Tokens) -> str:
        """Output or input tokens [L] as text that ``parse`` reads back."""

    # Puzzles and data

    @abstractmethod
    def generate(self, variant: str, count: int, seed: int, difficulty: str | None = None) -> list[Instance]:
        """``count`` solvable puzzles, the same for the same seed."""

    @abstractmethod
    def dataset(self, variant: str, protocol: str, seed: int = 0) -> Dataset:
        """Train and test splits. No input of one is in the other."""

    def symmetries(self, variant: str, count: int, rng: np.random.Generator) -> Symmetry | None:
        """``count`` random symmetries that map puzzles to puzzles and solutions to solutions, or None."""
        return None

    # Tokens

    @abstractmethod
    def encode(self, instance: Instance) -> Tokens:
        """Input tokens [L_in] of a puzzle."""

    @abstractmethod
    def decode(self, variant: str, inputs: Tokens) -> Instance:
        """The puzzle whose input tokens are ``inputs`` [L_in]: the inverse of ``encode``."""

    def blank(self, variant: str) -> Instance:
        """The puzzle that says nothing: the start of unconditional generation."""
        spec = self.variant(variant).spec
        return self.decode(variant, np.full(spec.input_length, spec.blank, dtype=np.uint8))

    # Truth

    @abstractmethod
    def check(self, variant: str, inputs: Tokens, outputs: Tokens) -> Check | None:
        """Validate outputs [B, L_out] against inputs [B, L_in], or None for a task without constraints."""

    def enumerate(self, instance: Instance, limit: int) -> Tokens | None:
        """Up to ``limit`` exact solutions [S, L_out] in a fixed order, or None where that cannot be done."""
        return None

    def score(
        self, variant: str, inputs: Tokens, outputs: Tokens, targets: Tokens
    ) -> tuple[Bools, npt.NDArray[np.float32]]:
        """(right [B], accuracy [B] in [0, 1]) of outputs: what the halt head and the value head learn.

        With a validator any valid output is right, whatever the sampled target; without one it must equal it.
        """
        checked = self.check(variant, inputs, outputs)
        if checked is None:
            same = outputs == targets
            return same.all(axis=1), same.mean(axis=1, dtype=np.float32)
        return checked.valid, 1.0 - checked.violations.mean(axis=1, dtype=np.float32)

    # Pictures

    @abstractmethod
    def render(self, instance: Instance, view: View) -> Grid:
        """A board at one moment as a neutral grid of cells."""

    @abstractmethod
    def image(self, instance: Instance, view: View, size: int) -> Image.Image:
        """The same moment as an RGB picture, ``size`` pixels on its longer side."""
