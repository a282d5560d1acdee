"""N-Queens: place N queens on an N x N board so that none attacks another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from gramsolve.tasks import (
    BadInput,
    Check,
    Dataset,
    Grid,
    Instance,
    Preset,
    Symmetry,
    Task,
    TokenSpec,
    Variant,
    View,
)
from gramsolve.tasks.task import Tokens
from gramsolve_nqueens import data
from gramsolve_nqueens.check import check
from gramsolve_nqueens.encode import EMPTY, QUEEN, boards_of, dihedral
from gramsolve_nqueens.enumerate import completions
from gramsolve_nqueens.presets import presets

LISTED = (6, 8, 10)
SMALLEST, LARGEST = 4, 32


@dataclass(frozen=True)
class Queens(Instance):
    """A board with some queens given: ``queens`` are their squares, row * N + column, in rising order."""

    queens: tuple[int, ...] = ()


class NQueens(Task):
    name = "nqueens"
    title = "N-Queens"
    description = "Place N queens on an N x N board so that no two share a row, column or diagonal."
    default_variant = "8x8"
    protocols = ("paper", "symmetry")

    def variants(self) -> Sequence[Variant]:
        return [self.variant(f"{n}x{n}") for n in LISTED]

    def variant(self, name: str) -> Variant:
        n = size_of(name)
        return Variant(name, f"{n} queens", TokenSpec(3, 3, n * n, n * n, grid=(n, n), blank=EMPTY))

    def presets(self, variant: str) -> Mapping[str, Preset]:
        return presets(size_of(variant))

    def parse(self, text: str) -> list[Instance]:
        raise NotImplementedError

    def format(self, variant: str, tokens: Tokens) -> str:
        raise NotImplementedError

    def generate(self, variant: str, count: int, seed: int, difficulty: str | None = None) -> list[Instance]:
        raise NotImplementedError

    def dataset(self, variant: str, protocol: str, seed: int = 0) -> Dataset:
        return data.dataset(size_of(variant), protocol, seed)

    def symmetries(self, variant: str, count: int, rng: np.random.Generator) -> Symmetry:
        n = size_of(variant)
        values = np.broadcast_to(np.arange(3, dtype=np.uint8), (count, 3))
        return Symmetry(dihedral(n)[rng.integers(8, size=count)], values)

    def encode(self, instance: Instance) -> Tokens:
        assert isinstance(instance, Queens)
        tokens = np.full(size_of(instance.variant) ** 2, EMPTY, np.uint8)
        tokens[list(instance.queens)] = QUEEN
        return tokens

    def decode(self, variant: str, inputs: Tokens) -> Queens:
        return Queens(variant, queens=tuple(int(i) for i in np.flatnonzero(inputs == QUEEN)))

    def check(self, variant: str, inputs: Tokens, outputs: Tokens) -> Check:
        return check(inputs, outputs, size_of(variant))

    def enumerate(self, instance: Instance, limit: int) -> Tokens:
        assert isinstance(instance, Queens)
        n = size_of(instance.variant)
        fixed = np.full(n, -1, np.int64)
        for square in instance.queens:
            fixed[square // n] = square % n
        return boards_of(completions(fixed, limit))

    def render(self, instance: Instance, view: View) -> Grid:
        raise NotImplementedError

    def image(self, instance: Instance, view: View, size: int) -> Image.Image:
        raise NotImplementedError


def size_of(variant: str) -> int:
    """N of ``NxN``. Raises BadInput for anything else."""
    rows, x, columns = variant.partition("x")
    if not (x and rows.isdecimal() and rows == columns and SMALLEST <= int(rows) <= LARGEST):
        raise BadInput(
            f"unknown variant {variant!r}: use NxN with N from {SMALLEST} to {LARGEST}, for example 8x8"
        )
    return int(rows)
