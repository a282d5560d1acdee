"""The plugin contract: everything the rest of gramsolve needs to know about a puzzle.

A plugin depends on this package and on nothing else of gramsolve. Tokens are small integers; the model sees
only tokens. Arrays are numpy, C-contiguous, ``uint8`` unless said otherwise. Shapes use B for the batch, L_in and
L_out for the token lengths.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from PIL import Image

from gramsolve.errors import BadInput
from gramsolve.tasks.symmetry import Symmetry

API_VERSION = 1
"""Raised whenever a plugin written for the previous number could stop working."""

Tokens = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

ProgressCallback = Callable[[int, int], None]
"""(done, total) of something long; total is 0 while it is unknown."""


def no_progress(done: int, total: int) -> None:
    """A ProgressCallback that nobody watches."""


NO_FILES: Mapping[str, Path] = MappingProxyType({})


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
        outputs: [S, L_out] pool of solutions.
        offsets: int64 [M + 1]; the solutions of input ``i`` are ``members[offsets[i]:offsets[i + 1]]``.
        members: int32 [offsets[M]] rows of ``outputs``.
        rule_ids: int32 [M] numbers of the rules the inputs belong to, see ``Dataset.rule_ids``, or None for a
            task with one rule. Distinct inputs then means distinct pairs of input and identity.
    """

    inputs: Tokens
    outputs: Tokens
    offsets: npt.NDArray[np.int64]
    members: npt.NDArray[np.int32]
    rule_ids: npt.NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    def solutions(self, index: int) -> Tokens:
        """All solutions of input ``index``: [n, L_out]."""
        return self.outputs[self.members[self.offsets[index] : self.offsets[index + 1]]]


@dataclass(frozen=True)
class Dataset:
    """A train and a test split; ``protocol`` names how they were separated.

    ``rule_ids`` names the rules of a task that has many, such as the puzzles of ARC: the model learns one embedding
    for each. Number ``i`` in a split is ``rule_ids[i - 1]``; 0 is a rule never seen. ``note`` is what else
    there is to say of it, in a sentence, such as what was left out.
    """

    protocol: str
    train: Split
    test: Split
    rule_ids: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Demonstrations:
    """The pairs that show what a puzzle's rule is, in the order shown.

    Attributes:
        inputs: [n, L_in], as ``Task.encode`` gives those of puzzles.
        outputs: [n, L_out] their solutions, in canonical form.
        classes: int64 [n], equal for pairs of which one is a symmetric copy of the other: who has seen one of them has
            seen them all.
    """

    inputs: Tokens
    outputs: Tokens
    classes: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class DataFile:
    """A file of public data that a task can use.

    Attributes:
        name: short, for the command line and as a protocol, for example ``17_clue``.
        title: what it is, in one line.
        licence: as its publisher states it.
        size, sha256: of the file as published; 0 and empty for a file that only users have, judged by its content.
        urls: public addresses, tried in order; empty for a file that can only be imported.
        suffix: ending of the stored file, for example ``.csv.xz``, which says how it is compressed.
    """

    name: str
    title: str
    licence: str
    size: int = 0
    sha256: str = ""
    urls: tuple[str, ...] = ()
    suffix: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the validator found: ``valid`` [B] and, per output cell, ``violations`` [B, L_out]."""

    valid: Bools
    violations: Bools


@dataclass(frozen=True)
class Cell:
    """One cell of a drawn board.

    ``text`` is one character for Unicode terminals, ``ascii`` its plain stand-in. ``role`` is ``given`` (part of the
    puzzle), ``guess`` (placed by the solver), ``empty`` (known to be empty or not yet decided), ``line`` (a connection
    or frame that is drawn, not decided) or ``blank`` (outside the board). ``shade`` alternates the background of
    neighbouring cells or boxes (0 or 1). ``confidence`` is the model's probability of what it wrote, or None.
    ``changed`` marks a cell that differs from the frame before. ``fill`` is a colour ``#rrggbb`` that belongs to the
    content, as in ARC; the text must tell it too, for terminals without colours.
    """

    text: str
    ascii: str
    role: str = "empty"
    shade: int = 0
    confidence: float | None = None
    violated: bool = False
    changed: bool = False
    fill: str | None = None


@dataclass(frozen=True)
class Grid:
    """A board at one moment, ready to draw anywhere: rows of cells of equal length.

    ``kind`` says how cells may be drawn: those of a ``board`` are roughly square and may be enlarged; those of a
    ``picture`` are pixels, on where the role is given or guess, and may be packed into half blocks or braille; those
    of a ``drawing`` are characters side by side, neither enlarged nor packed.
    """

    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    kind: str = "board"

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0]) if self.rows else 0


@dataclass(frozen=True)
class View:
    """What there is to draw at one moment of one trajectory.

    ``tokens`` None draws the puzzle alone. ``confidence`` float32 [L_out] in [0, 1], ``violations`` bool [L_out] and
    ``previous`` tokens [L_out] of the frame before are optional. ``room`` is the number of (lines, columns) of the
    terminal there is; drawings should fit into it, everything else may ignore it.
    """

    tokens: Tokens | None = None
    confidence: npt.NDArray[np.float32] | None = None
    violations: Bools | None = None
    previous: Tokens | None = None
    room: tuple[int, int] | None = None

    def facts(self, count: int) -> Iterator[tuple[int | None, float | None, bool, bool]]:
        """Token, confidence, whether it breaks a rule and whether it has changed, of each of ``count`` positions."""
        nothing, never = [None] * count, [False] * count
        wrong = never if self.violations is None else self.violations.tolist()
        if self.tokens is None:
            return zip(nothing, nothing, wrong, never, strict=True)
        sure = nothing if self.confidence is None else self.confidence.tolist()
        changed = never if self.previous is None else (self.tokens != self.previous).tolist()
        return zip(self.tokens.tolist(), sure, wrong, changed, strict=True)


@dataclass(frozen=True)
class Structure:
    """What is interchangeable, for models to build on, in a layout that inputs and outputs share, or that inputs begin
    with before a header, or over whose positions the input is a graph.

    Attributes:
        first_symbol, symbols: tokens ``first_symbol`` to ``first_symbol + symbols - 1`` can be renamed among themselves
            in a puzzle and its solution alike, such as digits; at least one.
        families: each gives every position the number of the group it is in, such as its row.
        kinds: a number for each family, from 0; families of one kind are interchangeable, such as rows and columns.
        pairs: inputs are graphs over the output's positions: a token for each pair of them, the upper triangle row by
            row, 0 for a pair with an absent position. Positions are then interchangeable too.
    """

    first_symbol: int
    symbols: int
    families: tuple[tuple[int, ...], ...] = ()
    kinds: tuple[int, ...] = ()
    pairs: bool = False


@dataclass(frozen=True)
class Preset:
    """Named settings: overrides of ``ModelConfig`` and ``TrainingConfig`` fields, checked when used.

    ``systems``: further overrides of ``ModelConfig`` for a system that has other sizes here, by its name. ``arch``: the
    system that is trained where no other is asked for.
    """

    title: str
    model: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    systems: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    arch: str = "gram"


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
    """Names of the ways ``dataset`` can separate train from test, all of which work for every variant listed and
    with no file at all; the first is the default. Names of files may be accepted too."""
    data_version: ClassVar[int] = 1
    """Raised whenever ``dataset`` would give something else for the same arguments: cached data is built anew."""
    difficulties: ClassVar[tuple[str, ...]] = ()
    """Words ``generate`` understands, easiest first. It may understand others, such as a number of clues."""
    example: ClassVar[str] = ""
    """A puzzle in this task's own text form, shown in help and used by demonstrations."""

    # What there is

    @abstractmethod
    def variants(self) -> Sequence[Variant]:
        """The variants worth listing; ``variant`` may accept more."""

    @abstractmethod
    def variant(self, name: str) -> Variant:
        """Look a variant up by name. Raises BadInput with the names that exist."""

    def structure(self, variant: str) -> Structure | None:
        """What is interchangeable, for models with the ``relations`` or ``planes`` mixer; None where nothing is."""
        return None

    @abstractmethod
    def presets(self, variant: str) -> Mapping[str, Preset]:
        """At least ``tiny`` (seconds, for tests), ``cpu`` (about an hour on two cores) and ``paper``."""

    # Text in and out

    @abstractmethod
    def parse(self, text: str, name: str = "") -> list[Instance]:
        """Read one or more puzzles. Raises BadInput in one line naming the line or cell that is wrong.

        ``name`` is that of the file the text comes from, without its ending, for tasks whose files are called after
        the puzzle.
        """

    @abstractmethod
    def format(self, instance: Instance) -> str:
        """A puzzle as text that ``parse`` reads back."""

    @abstractmethod
    def answer(self, instance: Instance, outputs: Tokens) -> str:
        """One answer, outputs [L_out], as text in the form people write it. Tokens may be anything."""

    def answers(self, instances: Sequence[Instance], ranked: Sequence[Sequence[Tokens]]) -> str:
        """A file of answers to several puzzles in the form the field exchanges them: ``ranked[i]`` are the answers to
        ``instances[i]``, best first, possibly none. By default the best ones as text between empty lines."""
        best = [self.answer(i, found[0]) if found else "" for i, found in zip(instances, ranked, strict=True)]
        return "\n\n".join(best) + "\n"

    def describe(self, instance: Instance, outputs: Tokens | None) -> Sequence[str] | None:
        """Every position of an answer, outputs [L_out], as people say it, such as ``vertex 3: B``; of the puzzle where
        there is no answer yet, None. A text is empty for a position the puzzle does not have. Tokens may be anything.

        None, the default, for tasks whose board says it all row by row.
        """
        return None

    def edit(self, instance: Instance, cell: int, sign: str) -> Instance | None:
        """The puzzle with ``sign`` (one character, or nothing to clear) typed into a cell of its board, the cell being
        a position of ``TokenSpec.grid``; None for a sign that means nothing there, or a task without such a board.
        What is typed may contradict itself: the check marks it.
        """
        return None

    def to_variant(self, instance: Instance, variant: str) -> Instance:
        """The same puzzle as one of another, larger variant. Raises BadInput where that makes no sense."""
        if instance.variant == variant:
            return instance
        raise BadInput(f"this puzzle is {instance.variant}, not {variant}")

    # Puzzles and data

    @abstractmethod
    def generate(self, variant: str, count: int, seed: int, difficulty: str | None = None) -> list[Instance]:
        """``count`` solvable puzzles, the same for the same seed."""

    def data_files(self) -> Sequence[DataFile]:
        """Public files this task can use. What it needs out of the box it carries in its package or generates."""
        return ()

    def inspect(self, path: Path) -> str:
        """Look at a data file of the user's, whole, before it is imported; one line that says what it holds.

        Raises BadInput naming file and line of what cannot be understood.
        """
        raise BadInput(f"{self.title} uses no data files")

    @abstractmethod
    def dataset(
        self,
        variant: str,
        protocol: str,
        seed: int = 0,
        *,
        files: Mapping[str, Path] = NO_FILES,
        progress: ProgressCallback = no_progress,
    ) -> Dataset:
        """Train and test splits. No input of one, nor a symmetric copy where the protocol says so, is in the other.

        Called rarely: what it returns is kept on disk and memory-mapped from then on.

        Args:
            files: sources and imported files that are at hand, by name; look up only what is used.

        Raises BadInput for an unknown protocol and for one the variant cannot have, Missing for a file not at hand.
        """

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

    def rule_id(self, instance: Instance) -> str:
        """Name of the rule a puzzle belongs to, for a task with many; see ``Dataset.rule_ids``."""
        return ""

    def demonstrations(self, instance: Instance) -> Demonstrations | None:
        """What the puzzle itself shows of its rule, possibly nothing; None for a task whose puzzles show no examples.

        Models can be adapted to them before they attack the puzzle. The puzzle's own answer must not be among them.
        """
        return None

    # Truth

    def canonical(self, variant: str, inputs: Tokens, outputs: Tokens) -> Tokens:
        """Outputs [B, L_out] with everything made equal that means the same, such as the names of colours or what is
        written outside the board. Answers are compared, counted and shown in this form. Outputs may hold anything.
        """
        return outputs

    @abstractmethod
    def check(self, variant: str, inputs: Tokens, outputs: Tokens) -> Verdict | None:
        """Validate outputs [B, L_out] against inputs [B, L_in], or None for a task without constraints."""

    def conflicts(self, variant: str, inputs: Tokens, outputs: Tokens) -> npt.NDArray[np.int64] | None:
        """Violated constraints of each output, int64 [B], where the field counts them; None elsewhere."""
        return None

    def enumerate(self, instance: Instance, limit: int) -> Tokens | None:
        """Up to ``limit`` exact solutions [S, L_out] in a fixed order, or None where that cannot be done."""
        return None

    def nearest_solution(
        self, variant: str, inputs: Tokens, outputs: Tokens, rng: np.random.Generator
    ) -> tuple[Tokens, Bools] | None:
        """A solution of each input [B, L_in] near to its outputs [B, L_out], and whether one was found [B]; None where
        the task cannot look for one.

        Training learns from it what to make of a board that is wrong, where the solutions are too many to be listed.
        Outputs may hold anything.
        """
        return None

    def score(
        self, variant: str, inputs: Tokens, outputs: Tokens, targets: Tokens
    ) -> tuple[Bools, npt.NDArray[np.float32]]:
        """(right [B], accuracy [B] in [0, 1]) of outputs: what the halt head and the value head learn.

        With a validator any valid output is right, whatever the sampled target; without one it must equal it, in
        canonical form.
        """
        checked = self.check(variant, inputs, outputs)
        if checked is None:
            same = self.canonical(variant, inputs, outputs) == targets
            return same.all(axis=1), same.mean(axis=1, dtype=np.float32)
        return checked.valid, 1.0 - checked.violations.mean(axis=1, dtype=np.float32)

    # Pictures

    @abstractmethod
    def render(self, instance: Instance, view: View) -> Grid:
        """A board at one moment as a neutral grid of cells."""

    def context(self, instance: Instance) -> Grid | None:
        """What belongs beside the board for people to follow, such as the demonstrations of an ARC puzzle."""
        return None

    @abstractmethod
    def image(self, instance: Instance, view: View, size: int) -> Image.Image:
        """The same moment as an RGB picture, ``size`` pixels on its longer side."""
