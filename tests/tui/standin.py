"""A small queens task and a solver of known answers: both contracts in full, without a model or a plugin.

Tests of the screen must not depend on trained weights or on what another package draws.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PIL import Image

from gramsolve.errors import BadInput
from gramsolve.inference.events import Candidate, Event, Finished, Solution, Started, Step
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks.task import (
    Cell,
    Dataset,
    Grid,
    Instance,
    Preset,
    Task,
    Tokens,
    TokenSpec,
    Variant,
    Verdict,
    View,
)

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

    def dataset(self, variant: str, protocol: str, seed: int = 0, **_: object) -> Dataset:  # type: ignore[override]
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

    def check(self, variant: str, inputs: Tokens, outputs: Tokens) -> Verdict | None:
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


class KnownAnswers:
    """Walks every trajectory from noise to one of the enumerated solutions, and each fifth one astray.

    ``gate``, where given, is waited for before every step after the first ``free`` ones, so that a test can
    look at a run in the middle of its work.
    """

    def __init__(self, task: Task, variant: str, gate: threading.Event | None = None, free: int = 3) -> None:
        self.task = task
        self.variant = variant
        self.checkpoint = f"{task.name}-{variant}"
        self.gate = gate
        self.free = free

    def run(
        self,
        instance: Instance,
        options: SolveOptions | None = None,
        *,
        index: int = 0,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Event]:
        options = options or SolveOptions()
        answers = self.task.enumerate(instance, 1000)
        assert answers is not None
        yield Started(instance, self.checkpoint, options.width, options.depth, options.seed, exact=len(answers))
        rng = np.random.default_rng((options.seed, index))
        width, length = options.width, answers.shape[1]
        goal = answers[rng.integers(len(answers), size=width)]
        for row in range(3, width, 5):
            queens = np.flatnonzero(goal[row] == QUEEN)
            moved = queens[rng.integers(len(queens) // 2, len(queens))]
            goal[row, moved] = EMPTY
            goal[row, moved + 1 if (moved + 1) % 8 else moved - 1] = QUEEN
        settle = rng.integers(2, max(3, options.depth - 3), size=(width, length))
        done = settle.max(axis=1)
        noise = rng.random((options.depth, width, length))
        home = rng.normal(size=(width, 6)) * [4, 2, 1, 1, 1, 1]
        inputs = np.repeat(self.task.encode(instance)[None], width, axis=0)
        seen: dict[bytes, Candidate] = {}
        steps = 0
        step: Step | None = None
        for number in range(1, options.depth + 1):
            if stop is not None and stop():
                break
            if self.gate is not None and number > self.free:
                while not self.gate.wait(0.01):
                    if stop is not None and stop():
                        return
            known = settle <= number
            tokens = np.where(known, goal, np.where(noise[number - 1] < 0.06, QUEEN, EMPTY)).astype(np.uint8)
            tokens = np.where(inputs == QUEEN, inputs, tokens)
            sure = np.where(known, 0.99 - 0.04 * noise[number - 1], 0.45 + 0.03 * number).astype(np.float32)
            sure = np.where((tokens == EMPTY) & known, np.float32(0.995), sure).clip(0, 1)
            checked = self.task.check(self.variant, inputs, tokens)
            assert checked is not None
            running = done > number
            steps += int((done >= number).sum())
            level = known.mean(axis=1).astype(np.float32)
            step = Step(
                round=0,
                number=number,
                tokens=tokens,
                confidence=sure,
                halt=level**4,
                value=0.5 + 0.5 * level * (1 - checked.violations.mean(axis=1).astype(np.float32)),
                running=running,
                valid=checked.valid,
                violations=checked.violations,
                latent=(level[:, None] * home).astype(np.float32),
                seconds=0.075 * number,
            )
            yield step
            for row in np.flatnonzero(checked.valid):
                key = tokens[row].tobytes()
                if key not in seen:
                    seen[key] = Candidate(tokens[row], 1, 1.0, True, int(row), number)
                    yield Solution(seen[key], len(seen))
            if not running.any():
                break
        right = 0 if step is None or step.valid is None else int(step.valid.sum())
        yield Finished(
            tuple(seen.values()),
            width,
            right,
            len(seen),
            steps,
            0.0 if step is None else step.seconds,
            0.05,
            len(answers),
            "depth",
        )
