"""N-Queens: place N queens on an N x N board so that none attacks another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from gramsolve.tasks import (
    NO_FILES,
    Capabilities,
    Dataset,
    Grid,
    Instance,
    Preset,
    ProgressCallback,
    Relabelling,
    Structure,
    Task,
    Tokens,
    TokenSpec,
    Variant,
    Verdict,
    View,
    no_progress,
)
from gramsolve.tasks.forms import Form, Reading
from gramsolve_nqueens import check, data, encode, generator, notation, render
from gramsolve_nqueens.encode import EMPTY, QUEEN, Queens, boards_of, dihedral, size_of
from gramsolve_nqueens.enumerate import completions
from gramsolve_nqueens.forms import FORMS, read
from gramsolve_nqueens.presets import presets

LISTED = ("6x6", "8x8", "10x10")


class NQueens(Task):
    """Boards of 4x4 to 32x32; tokens 0 padding, 1 empty square, 2 queen."""

    name: ClassVar[str] = "nqueens"
    title: ClassVar[str] = "N-Queens"
    description: ClassVar[str] = "Place N queens on an N x N board so that no two share a row, column or diagonal."
    forms: ClassVar[tuple[Form, ...]] = FORMS
    default_variant: ClassVar[str] = "8x8"
    api_version: ClassVar[int] = 2
    capabilities: ClassVar[Capabilities] = Capabilities(
        validator=True, exact_solver=True, symmetries=True, structure=True, given_cells=True, editing=True
    )
    protocols: ClassVar[tuple[str, ...]] = data.PROTOCOLS
    difficulties: ClassVar[tuple[str, ...]] = tuple(generator.REMOVED)
    example: ClassVar[str] = """\
........
........
.Q......
........
........
Q.......
........
........"""

    def variants(self) -> Sequence[Variant]:
        return [self.variant(name) for name in LISTED]

    def variant(self, name: str) -> Variant:
        n = size_of(name)
        return Variant(name, f"{n} queens", TokenSpec(3, 3, n * n, n * n, grid=(n, n), blank=EMPTY))

    def structure(self, variant: str) -> Structure:
        """Rows and columns are alike, and so are the two kinds of diagonals."""
        row, column = np.divmod(np.arange(size_of(variant) ** 2), size_of(variant))
        lines = (row, column, row + column, row - column + size_of(variant) - 1)
        return Structure(QUEEN, 1, tuple(tuple(line.tolist()) for line in lines), (0, 0, 1, 1))

    def presets(self, variant: str) -> Mapping[str, Preset]:
        return presets(size_of(variant))

    def parse(self, text: str, name: str = "") -> list[Instance]:
        return self.read(text, name).puzzles()

    def read(self, text: str, name: str = "", *, form: str | None = None, variant: str | None = None) -> Reading:
        return read(text, name, form=form)

    def format(self, instance: Instance) -> str:
        return self.answer(instance, self.encode(instance))

    def answer(self, instance: Instance, outputs: Tokens) -> str:
        return notation.format(outputs, size_of(instance.variant))

    def edit(self, instance: Instance, cell: int, sign: str) -> Queens | None:
        board = _queens(instance)
        if sign not in ("", *notation.QUEENS, *notation.EMPTIES, " "):
            return None
        others = set(board.queens) - {cell}
        queens = others | {cell} if sign and sign in notation.QUEENS else others
        return replace(board, name="", queens=tuple(sorted(queens)))

    def generate(self, variant: str, count: int, seed: int, difficulty: str | None = None) -> list[Instance]:
        return list(generator.generate(size_of(variant), count, seed, difficulty))

    def dataset(
        self,
        variant: str,
        protocol: str,
        seed: int = 0,
        *,
        files: Mapping[str, Path] = NO_FILES,
        progress: ProgressCallback = no_progress,
    ) -> Dataset:
        return data.dataset(size_of(variant), protocol, seed)

    def symmetries(self, variant: str, count: int, rng: np.random.Generator) -> Relabelling:
        values = np.broadcast_to(np.arange(3, dtype=np.uint8), (count, 3))
        return Relabelling(dihedral(size_of(variant))[rng.integers(8, size=count)], values)

    def encode(self, instance: Instance) -> Tokens:
        board = _queens(instance)
        return encode.encode(board.queens, size_of(board.variant))

    def decode(self, variant: str, inputs: Tokens) -> Queens:
        return Queens(variant, queens=encode.decode(inputs, size_of(variant)))

    def check(self, variant: str, inputs: Tokens, outputs: Tokens) -> Verdict:
        return check.check(inputs, outputs, size_of(variant))

    def enumerate(self, instance: Instance, limit: int) -> Tokens | None:
        board = _queens(instance)
        found = completions(board.queens, size_of(board.variant), limit)
        return None if found is None else boards_of(found)

    def render(self, instance: Instance, view: View) -> Grid:
        board = _queens(instance)
        return render.grid(board, size_of(board.variant), view)

    def image(self, instance: Instance, view: View, size: int) -> Image.Image:
        board = _queens(instance)
        return render.image(board, size_of(board.variant), view, size)


def _queens(instance: Instance) -> Queens:
    if not isinstance(instance, Queens):
        raise TypeError(f"N-Queens draws and solves its own boards, not {type(instance).__name__}")
    return instance
