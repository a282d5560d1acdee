"""Symmetries of a family of puzzles, as maps of puzzles and solutions, and as what is interchangeable."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from gramsolve.tasks.arrays import Tokens


@dataclass(frozen=True)
class Structure:
    """Which symbols and positions of the output layout are interchangeable, for models that build on it.

    Inputs share the layout of outputs, or begin with it before a header, or are graphs over its positions.

    Attributes:
        first_symbol, symbols: tokens ``first_symbol`` to ``first_symbol + symbols - 1`` can be renamed among themselves
            in a puzzle and its solution alike, such as digits; at least one.
        groups: partitions of the positions, each by the number of the group a position is in, such as its row.
        group_types: a number for each of ``groups``, from 0; those of one type are interchangeable, such as rows and
            columns.
        pairs: inputs are graphs over the output's positions: a token for each pair of them, the upper triangle row by
            row, 0 for a pair with an absent position. Positions are then interchangeable too.
    """

    first_symbol: int
    symbols: int
    groups: tuple[tuple[int, ...], ...] = ()
    group_types: tuple[int, ...] = ()
    pairs: bool = False


class Symmetry(ABC):
    """A batch of B symmetries, one a row: they map puzzles to puzzles and solutions to solutions.

    Where it is a dataclass whose arrays have B rows, as is usual, ``take`` need not be defined.
    """

    @abstractmethod
    def inputs(self, tokens: Tokens) -> Tokens:
        """Transform input tokens [B, L_in]."""

    @abstractmethod
    def outputs(self, tokens: Tokens) -> Tokens:
        """Transform output tokens [B, L_out]."""

    @abstractmethod
    def inverse(self) -> Symmetry:
        """The symmetries that undo these."""

    def source_cells(self, tokens: Tokens) -> npt.NDArray[np.int64] | None:
        """The cell of outputs [B, L_out] that each cell of the transformed ones came from: int64 [B, L_out]. None where
        it is unknown."""
        return None

    def take(self, rows: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> Self:
        """The symmetries of some rows."""
        if not is_dataclass(self):
            raise NotImplementedError(f"{type(self).__name__} is no dataclass and has no `take` of its own")
        arrays = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(self, **{name: a[rows] for name, a in arrays.items() if isinstance(a, np.ndarray)})


@dataclass(frozen=True)
class Relabelling(Symmetry):
    """Symmetries of a layout that inputs and outputs share: where each token goes and what it turns into.

    Attributes:
        positions: int64 [B, L]; ``new[b, i] = values[b, old[b, positions[b, i]]]``.
        values: uint8 [B, V].
    """

    positions: npt.NDArray[np.int64]
    values: Tokens

    def inputs(self, tokens: Tokens) -> Tokens:
        moved = np.take_along_axis(tokens, self.positions, axis=1)
        return np.take_along_axis(self.values, moved.astype(np.int64), axis=1)

    outputs = inputs

    def source_cells(self, tokens: Tokens) -> npt.NDArray[np.int64]:
        return self.positions

    def inverse(self) -> Relabelling:
        return Relabelling(np.argsort(self.positions, axis=1), np.argsort(self.values, axis=1).astype(np.uint8))
