"""A small queens task and a solver of known answers: both contracts in full, without a model or a plugin.

Tests of the screen must not depend on trained weights or on what another package draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PIL import Image

from gramsolve.errors import BadInput
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance, TokenSpec, Variant
from gramsolve.tasks.capabilities import Capabilities
from gramsolve.tasks.data import Dataset
from gramsolve.tasks.drawing import Cell, Grid, View
from gramsolve.tasks.presets import Preset
from gramsolve.tasks.rules import Verdict
from gramsolve.tasks.task import Task

EMPTY, QUEEN = 1, 2


@dataclass(frozen=True)
class Board(Instance):
    """Columns of the given queens, -1 where a row is open."""

    columns: tuple[int, ...] = ()


def placements(given: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Every way to complete a board."""
    size, found = len(given), []

    def place(chosen: tuple[int, ...]) -> None:
        row = len(chosen)
        if row == size:
            found.append(chosen)
            return
        for column in range(size) if given[row] < 0 else (given[row],):
            if all(column != c and abs(column - c) != row - r for r, c in enumerate(chosen)):
                place((*chosen, column))

    place(())
    return found


class Queens(Task):
    """Queens on square boards."""

    name: ClassVar[str] = "queens"
    title: ClassVar[str] = "N-Queens"
    description: ClassVar[str] = "No two queens attack each other."
    default_variant: ClassVar[str] = "8x8"
    capabilities: ClassVar[Capabilities] = Capabilities(validator=True, exact_solver=True, given_cells=True)

    def variants(self) -> Sequence[Variant]:
        return [self.variant(name) for name in ("8x8", "10x10")]

    def variant(self, name: str) -> Variant:
        if not name.replace("x", "").isdigit():
            raise BadInput(f"no variant {name}")
        size = int(name.split("x")[0])
        return Variant(name, f"{size} queens", TokenSpec(3, 3, size * size, size * size, (size, size)))

    def presets(self, variant: str) -> Mapping[str, Preset]:
        return {}

    def parse(self, text: str, name: str = "") -> list[Instance]:
        rows = text.split()
        if any(len(row) != len(rows) for row in rows):
            raise BadInput("the board is not square")
        return [Board(f"{len(rows)}x{len(rows)}", "", tuple(row.find("Q") for row in rows))]

    def format(self, instance: Instance) -> str:
        return self.answer(instance, self.encode(instance))

    def answer(self, instance: Instance, outputs: Tokens) -> str:
        size = self.variant(instance.variant).spec.grid[0]
        return "\n".join("".join(".Q"[int(t == QUEEN)] for t in row) for row in outputs.reshape(size, size))

    def generate(self, variant: str, count: int, seed: int, difficulty: str | None = None) -> list[Instance]:
        size = self.variant(variant).spec.grid[0]
        rng = np.random.default_rng(seed)
        slope = [(2 * row + 1) % size if size % 2 else (2 * row + 1) % (size + 1) for row in range(size)]
        if size == 8:
            slope = [0, 4, 7, 5, 2, 6, 1, 3]
        made = []
        for index in range(count):
            kept = rng.permutation(size)[: 1 if size == 8 else size // 2]
            columns = tuple(slope[row] if row in kept else -1 for row in range(size))
            made.append(Board(variant, f"no. {seed + index}", columns))
        return list(made)

    def dataset(self, variant: str, protocol: str, seed: int = 0, **_: object) -> Dataset:
        raise NotImplementedError

    def encode(self, instance: Instance) -> Tokens:
        assert isinstance(instance, Board)
        return self._tokens(instance.columns)

    def _tokens(self, columns: tuple[int, ...]) -> Tokens:
        board = np.full((len(columns), len(columns)), EMPTY, dtype=np.uint8)
        for row, column in enumerate(columns):
            if column >= 0:
                board[row, column] = QUEEN
        return board.ravel()

    def decode(self, variant: str, inputs: Tokens) -> Instance:
        size = self.variant(variant).spec.grid[0]
        rows = inputs.reshape(size, size) == QUEEN
        return Board(variant, "", tuple(int(row.argmax()) if row.any() else -1 for row in rows))

    def check(self, variant: str, inputs: Tokens, outputs: Tokens) -> Verdict:
        size = self.variant(variant).spec.grid[0]
        boards = (outputs == QUEEN).reshape(-1, size, size)
        wrong = np.zeros(boards.shape, dtype=bool)
        for number, board in enumerate(boards):
            queens = np.argwhere(board)
            for row, column in queens:
                away = np.abs(queens - (row, column))
                attacked = (away[:, 0] == 0) | (away[:, 1] == 0) | (away[:, 0] == away[:, 1])
                wrong[number, row, column] = attacked.sum() > 1
        full = boards.sum(axis=(1, 2)) == size
        return Verdict(full & ~wrong.any(axis=(1, 2)), wrong.reshape(len(boards), -1))

    def enumerate(self, instance: Instance, limit: int) -> Tokens | None:
        assert isinstance(instance, Board)
        return np.array([self._tokens(columns) for columns in placements(instance.columns)[:limit]])

    def render(self, instance: Instance, view: View) -> Grid:
        given = self.encode(instance)
        size = self.variant(instance.variant).spec.grid[0]
        shown = given if view.tokens is None else view.tokens
        cells = []
        for place, (clue, token) in enumerate(zip(given, shown, strict=True)):
            queen = QUEEN in (clue, token)
            role = "given" if clue == QUEEN else "guess" if queen else "empty"
            before = None if view.previous is None else view.previous[place]
            cells.append(
                Cell(
                    text="♛" if queen else " ",
                    ascii="Q" if queen else ".",
                    role=role,
                    shade=(place // size + place) % 2,
                    confidence=None if view.confidence is None else float(view.confidence[place]),
                    violated=view.violations is not None and bool(view.violations[place]),
                    changed=before is not None and before != token,
                )
            )
        return Grid(tuple(tuple(cells[row * size : (row + 1) * size]) for row in range(size)))

    def image(self, instance: Instance, view: View, size: int) -> Image.Image:
        return Image.new("RGB", (size, size), "white")
