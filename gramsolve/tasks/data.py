"""The data of a task: generated puzzles, train and test splits, public files and demonstrations."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from gramsolve.errors import BadInput
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance, TaskBase

ProgressCallback = Callable[[int, int], None]
"""(done, total) of long work; total is 0 while it is unknown."""


def no_progress(done: int, total: int) -> None:
    """A ProgressCallback that does nothing."""


NO_FILES: Mapping[str, Path] = MappingProxyType({})


@dataclass(frozen=True)
class Split:
    """Inputs with all their solutions, in compressed-row form. Arrays may be memory-mapped.

    Attributes:
        inputs: [M, L_in] distinct inputs.
        outputs: [S, L_out] pool of solutions.
        offsets: int64 [M + 1]; the solutions of input ``i`` are ``members[offsets[i]:offsets[i + 1]]``.
        members: int32 [offsets[M]] rows of ``outputs``.
        rule_ids: int32 [M] numbers of the rules the inputs belong to, see ``Dataset.rule_ids``, or None for a
            task with one rule. Distinct inputs then means distinct pairs of input and rule.
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
    """A train and a test split.

    Attributes:
        protocol: the name of the way they were separated.
        rule_ids: the names of the rules of a task that has many, such as the puzzles of ARC; the model learns one
            embedding for each. Number ``i`` in a split is ``rule_ids[i - 1]``; 0 is a rule outside the training data.
        note: one sentence to show with the data, such as what was left out.
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
        inputs: [n, L_in], as ``TaskCodec.encode`` gives those of puzzles.
        outputs: [n, L_out] their solutions, in canonical form.
        classes: int64 [n], equal for pairs of which one is a symmetric copy of the other, so that training on one
            reveals the other.
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


class TaskData(TaskBase):
    """Makes puzzles and data sets."""

    protocols: ClassVar[tuple[str, ...]] = ("symmetry",)
    """Names of the ways ``dataset`` can separate train from test, all of which work for every variant listed and
    with no file at all; the first is the default. Names of files may be accepted too."""
    data_version: ClassVar[int] = 1
    """Raised whenever ``dataset`` would give something else for the same arguments: cached data is built anew."""
    difficulties: ClassVar[tuple[str, ...]] = ()
    """Words ``generate`` understands, easiest first. It may understand others, such as a number of clues."""
    example: ClassVar[str] = ""
    """A puzzle in this task's own text form, shown in help and used by examples."""

    @abstractmethod
    def generate(self, variant: str, count: int, seed: int, difficulty: str | None = None) -> list[Instance]:
        """``count`` solvable puzzles, the same for the same seed."""

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

        Called rarely: the result is kept on disk and memory-mapped from then on.

        Args:
            files: public and imported files that are at hand, by name; look up only those that are used.

        Raises BadInput for an unknown protocol and for one the variant cannot have, Missing for a file not at hand.
        """

    def data_files(self) -> Sequence[DataFile]:
        """Public files this task can use. What it needs at once it carries in its package or generates."""
        return ()

    def inspect(self, path: Path) -> str:
        """Look at a data file of the user's, whole, before it is imported; one line that says what it holds.

        Raises BadInput naming file and line of what cannot be understood.
        """
        raise BadInput(f"{self.title} uses no data files")

    def demonstrations(self, instance: Instance) -> Demonstrations:
        """The solved examples that the puzzle itself shows of its rule, possibly none. The puzzle's own answer must not
        be among them. Models can be adapted to them before they solve the puzzle. Capability ``demonstrations``."""
        raise self.lacks("demonstrations")
