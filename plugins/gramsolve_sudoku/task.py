"""Sudoku: every digit once in every row, column and box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PIL import Image

from gramsolve.tasks import (
    NO_FILES,
    BadInput,
    Capabilities,
    DataFile,
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
from gramsolve_sudoku import check, data, generator, notation, render, search
from gramsolve_sudoku.forms import FORMS, read
from gramsolve_sudoku.geometry import geometry_of, units
from gramsolve_sudoku.nearest import nearest_solutions
from gramsolve_sudoku.notation import EMPTY, SIGNS, Puzzle
from gramsolve_sudoku.presets import presets
from gramsolve_sudoku.symmetry import random_symmetries

LISTED = ("4x4", "6x6", "9x9")


class Sudoku(Task):
    """Boards of 4x4 to 25x25; tokens 0 padding, 1 empty, then the digits."""

    name: ClassVar[str] = "sudoku"
    title: ClassVar[str] = "Sudoku"
    description: ClassVar[str] = "Fill the board so that every row, column and box has every digit once."
    forms: ClassVar[tuple[Form, ...]] = FORMS
    default_variant: ClassVar[str] = "9x9"
    api_version: ClassVar[int] = 2
    capabilities: ClassVar[Capabilities] = Capabilities(
        validator=True,
        exact_solver=True,
        nearest_solution=True,
        symmetries=True,
        structure=True,
        given_cells=True,
        editing=True,
    )
    protocols: ClassVar[tuple[str, ...]] = data.PROTOCOLS
    data_version: ClassVar[int] = 4
    difficulties: ClassVar[tuple[str, ...]] = tuple(generator.WISHES)
    example: ClassVar[str] = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"

    def variants(self) -> Sequence[Variant]:
        return [self.variant(name) for name in LISTED]

    def variant(self, name: str) -> Variant:
        geometry = geometry_of(name)
        size, cells = geometry.size, geometry.cells
        spec = TokenSpec(size + 2, size + 2, cells, cells, grid=(size, size))
        return Variant(name, f"boxes of {geometry.rows} x {geometry.columns}", spec)

    def structure(self, variant: str) -> Structure:
        """Digits can be renamed; rows and columns are alike where boxes are square."""
        geometry = geometry_of(variant)
        groups = tuple(tuple(unit.tolist()) for unit in units(geometry))
        return Structure(check.FIRST_DIGIT, geometry.size, groups, (0, 0, 1) if geometry.square else (0, 1, 2))

    def presets(self, variant: str) -> Mapping[str, Preset]:
        return presets(geometry_of(variant).size)

    def parse(self, text: str, name: str = "") -> list[Instance]:
        return self.read(text, name).puzzles()

    def read(self, text: str, name: str = "", *, form: str | None = None, variant: str | None = None) -> Reading:
        return read(text, name, form=form, variant=variant)

    def format(self, instance: Instance) -> str:
        puzzle = _puzzle(instance)
        return notation.line(puzzle.digits, puzzle.alphabet)

    def answer(self, instance: Instance, outputs: Tokens) -> str:
        size = geometry_of(instance.variant).size
        digits = [int(token) - 1 if 2 <= token < size + 2 else 0 for token in outputs]
        return notation.line(digits, _puzzle(instance).alphabet)

    def answers(self, instances: Sequence[Instance], ranked: Sequence[Sequence[Tokens]]) -> str:
        """``puzzle,solution`` lines with a heading."""
        lines = ["puzzle,solution"]
        for instance, found in zip(instances, ranked, strict=True):
            lines.append(f"{self.format(instance)},{self.answer(instance, found[0]) if found else ''}")
        return "\n".join(lines) + "\n"

    def to_variant(self, instance: Instance, variant: str) -> Puzzle:
        """Boxes of another shape on a board of the same size."""
        puzzle, geometry = _puzzle(instance), geometry_of(variant)
        if len(puzzle.digits) != geometry.cells:
            raise BadInput(f"this puzzle is {puzzle.variant}, not {variant}")
        if notation.contradiction(puzzle.digits, geometry):
            raise BadInput(f"the givens of this puzzle contradict each other on {variant}")
        return replace(puzzle, variant=variant)

    def edit(self, instance: Instance, cell: int, sign: str) -> Puzzle | None:
        puzzle = _puzzle(instance)
        digit = 0 if sign == "" or sign in EMPTY + " " else SIGNS.find(sign.upper()) + 1
        if sign not in ("", " ") and sign not in EMPTY and not 1 <= digit <= geometry_of(puzzle.variant).size:
            return None
        digits = bytearray(puzzle.digits)
        digits[cell] = digit
        return replace(puzzle, name="", digits=bytes(digits))

    def generate(self, variant: str, count: int, seed: int, difficulty: str | None = None) -> list[Instance]:
        for what, value in (("count", count), ("seed", seed)):
            if value < 0:
                raise BadInput(f"{what} cannot be negative, not {value}")
        rng = np.random.default_rng([seed, *f"{variant} {difficulty}".encode()])
        boards = generator.puzzles(geometry_of(variant), count, rng, difficulty)
        name = difficulty or "mixed"
        return [Puzzle(variant, f"{name} {seed}-{i}", board.tobytes()) for i, board in enumerate(boards, 1)]

    def data_files(self) -> Sequence[DataFile]:
        return data.DATA_FILES

    def inspect(self, path: Path) -> str:
        return data.inspect(path, geometry_of(self.default_variant))

    def dataset(
        self,
        variant: str,
        protocol: str,
        seed: int = 0,
        *,
        files: Mapping[str, Path] = NO_FILES,
        progress: ProgressCallback = no_progress,
    ) -> Dataset:
        return data.dataset(geometry_of(variant), protocol, seed, files, progress)

    def symmetries(self, variant: str, count: int, rng: np.random.Generator) -> Relabelling:
        return random_symmetries(geometry_of(variant), count, rng)

    def encode(self, instance: Instance) -> Tokens:
        return np.frombuffer(_puzzle(instance).digits, np.uint8) + np.uint8(1)

    def decode(self, variant: str, inputs: Tokens) -> Puzzle:
        geometry = geometry_of(variant)
        if inputs.shape != (geometry.cells,) or inputs.min() < 1 or inputs.max() > geometry.size + 1:
            raise ValueError(f"a board of {variant} has tokens [{geometry.cells}] from 1 to {geometry.size + 1}")
        return Puzzle(variant, digits=(inputs - np.uint8(1)).astype(np.uint8).tobytes())

    def check(self, variant: str, inputs: Tokens, outputs: Tokens) -> Verdict:
        return check.check(inputs, outputs, geometry_of(variant))

    def enumerate(self, instance: Instance, limit: int) -> Tokens | None:
        puzzle = _puzzle(instance)
        board = np.frombuffer(puzzle.digits, np.uint8)
        found = search.solutions(board, geometry_of(puzzle.variant), limit)
        return None if found is None else found + np.uint8(1)

    def nearest_solution(
        self, variant: str, inputs: Tokens, outputs: Tokens, rng: np.random.Generator
    ) -> tuple[Tokens, npt.NDArray[np.bool_]]:
        givens, boards = (np.maximum(tokens, 1) - np.uint8(1) for tokens in (inputs, outputs))
        found, solved = nearest_solutions(givens, boards, geometry_of(variant), rng)
        return found + np.uint8(1), solved

    def render(self, instance: Instance, view: View) -> Grid:
        return render.grid(_puzzle(instance), geometry_of(instance.variant), view)

    def image(self, instance: Instance, view: View, size: int) -> Image.Image:
        return render.image(_puzzle(instance), geometry_of(instance.variant), view, size)


def _puzzle(instance: Instance) -> Puzzle:
    if not isinstance(instance, Puzzle):
        raise TypeError(f"Sudoku draws and solves its own boards, not {type(instance).__name__}")
    return instance
