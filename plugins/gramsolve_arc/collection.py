"""Many tasks in columns: every grid in one array of cells, every pair a row of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import BadInput
from gramsolve_arc.canvas import Numbers, Tokens, draw
from gramsolve_arc.puzzle import COLOURS, LARGEST, ArcGrid, ArcTask
from gramsolve_arc.strict import described, quoted

PARTS = ("train", "test")
LONGEST_NAME = 100


@dataclass(frozen=True)
class Grids:
    """``cells`` uint8 are colours row by row; grid ``i`` begins at ``starts[i]``. The rest is int64 [G]."""

    cells: Tokens
    starts: Numbers
    heights: Numbers
    widths: Numbers

    def __getitem__(self, number: int) -> ArcGrid:
        start, height, width = self.starts[number], self.heights[number], self.widths[number]
        block = self.cells[start : start + height * width].reshape(height, width)
        return tuple(row.tobytes() for row in block)

    def canvases(self, which: npt.NDArray[np.integer], side: int) -> Tokens:
        """The grids numbered ``which`` [n] as tokens uint8 [n, side * side]."""
        return draw(self.cells, self.starts[which], self.heights[which], self.widths[which], side)


@dataclass(frozen=True)
class Collection:
    """Tasks by name, their pairs in order: demonstrations of a task before its tests.

    Attributes:
        names: one a task, distinct.
        tasks: int64 [P] the task of each pair.
        tests: bool [P] whether it is a test pair.
        inputs, outputs: int64 [P] numbers of its grids; an output that is not known is -1.
    """

    names: tuple[str, ...]
    tasks: Numbers
    tests: npt.NDArray[np.bool_]
    inputs: Numbers
    outputs: Numbers
    grids: Grids

    def __len__(self) -> int:
        return len(self.names)

    def sides(self) -> Numbers:
        """The largest side of any known grid of each task: int64 [T]."""
        sizes = np.append(np.maximum(self.grids.heights, self.grids.widths), 0)
        largest = np.zeros(len(self), np.int64)
        np.maximum.at(largest, self.tasks, np.maximum(sizes[self.inputs], sizes[self.outputs]))
        return largest

    def task(self, number: int) -> ArcTask:
        pairs = np.flatnonzero(self.tasks == number)
        shown, asked = pairs[~self.tests[pairs]], pairs[self.tests[pairs]]
        demonstrations = tuple((self.grids[self.inputs[p]], self.grids[self.outputs[p]]) for p in shown)
        return ArcTask(self.names[number], demonstrations, tuple(self.grids[self.inputs[p]] for p in asked))

    def solutions(self) -> dict[str, list[ArcGrid]]:
        """The test outputs of every task that has all of them, by name, in order."""
        known: dict[str, list[ArcGrid]] = {}
        for number, name in enumerate(self.names):
            outputs = self.outputs[(self.tasks == number) & self.tests]
            if (outputs >= 0).all():
                known[name] = [self.grids[output] for output in outputs]
        return known


def collect(tasks: Mapping[str, object]) -> Collection:
    """Read JSON values of tasks by name; a name may be empty where there is only one.

    Raises BadInput naming task, pair, side, row and cell of the first thing that is wrong.
    """
    rows: list[tuple[int, bool, int, int]] = []
    grids: list[object] = []
    for number, (name, value) in enumerate(tasks.items()):
        for part in PARTS:
            for pair in _pairs(name, value, part):
                output = pair.get("output")
                if part == "test" and output == []:
                    output = None  # some publish an unknown answer as a grid of no rows
                rows.append((number, part == "test", len(grids), -1 if output is None else len(grids) + 1))
                grids += [pair["input"]] if output is None else [pair["input"], output]
    columns = np.array(rows, np.int64).reshape(-1, 4)
    owners, tests = columns[:, 0], columns[:, 1].astype(np.bool_)
    read = _grids(grids)
    if read is None:
        _explain(list(tasks), owners, tests, columns[:, 2:], grids)
    assert read is not None
    return Collection(tuple(tasks), owners, tests, columns[:, 2], columns[:, 3], read)


def label(name: str) -> str:
    """How messages call a task."""
    return f"task {name if name.isprintable() and len(name) <= 40 else quoted(name)}" if name else "the task"


def is_name(value: object) -> bool:
    """Whether a task may be called so."""
    return isinstance(value, str) and len(value) <= LONGEST_NAME and value.isprintable()


def _pairs(name: str, value: object, part: str) -> Iterator[dict[str, object]]:
    """The pairs of one part of a task, checked down to its grids but not into them."""
    if not is_name(name):
        raise BadInput(f"{quoted(name)} is no name for a task: at most {LONGEST_NAME} printable characters, please")
    if not isinstance(value, dict):
        raise BadInput(f'{label(name)} is {described(value)}; a task is an object with "train" and "test"')
    pairs = value.get(part)
    if not isinstance(pairs, list):
        what = f"is {described(pairs)}" if part in value else "is not there"
        raise BadInput(f'{label(name)}: "{part}" {what}; it must be a list of pairs of grids')
    if part == "test" and not pairs:
        raise BadInput(f'{label(name)}: "test" is empty; it must hold at least one input')
    for number, pair in enumerate(pairs, start=1):
        where = f"{label(name)}, {part} pair {number}"
        if not isinstance(pair, dict):
            raise BadInput(f'{where} is {described(pair)}; a pair is an object with "input" and "output"')
        for side in ("input", "output") if part == "train" else ("input",):
            if pair.get(side) is None:
                raise BadInput(f"{where} has no {side}")
        yield pair


def _grids(values: Sequence[object]) -> Grids | None:
    """All grids at once, or None if any is not a rectangle of 1 to 30 rows and columns of whole numbers 0 to 9."""
    if set(map(type, values)) - {list}:
        return None
    heights = np.fromiter(map(len, values), np.int64, len(values))  # type: ignore[arg-type]
    rows: list[list[object]] = list(chain.from_iterable(values))  # type: ignore[arg-type]
    if set(map(type, rows)) - {list} or (len(heights) and not 1 <= heights.min() <= heights.max() <= LARGEST):
        return None
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    widths = lengths[np.cumsum(heights) - heights]
    if (lengths != np.repeat(widths, heights)).any() or (len(rows) and not 1 <= lengths.min() <= lengths.max()):
        return None
    if len(widths) and widths.max() > LARGEST:
        return None
    cells: list[Any] = list(chain.from_iterable(rows))
    if set(map(type, cells)) - {int} or (cells and not 0 <= min(cells) <= max(cells) < COLOURS):
        return None
    areas = heights * widths
    return Grids(np.array(cells, np.uint8), np.cumsum(areas) - areas, heights, widths)


def _explain(
    names: Sequence[str],
    owners: Numbers,
    tests: npt.NDArray[np.bool_],
    places: Numbers,
    grids: Sequence[object],
) -> None:
    """Raise BadInput for the first grid that is wrong; ``places`` [P, 2] are the grids of each pair."""
    for pair, (owner, test) in enumerate(zip(owners, tests, strict=True)):
        number = 1 + int(((owners == owner) & (tests == test))[:pair].sum())
        for side, grid in zip(("input", "output"), places[pair], strict=True):
            if grid >= 0:
                where = f"{label(names[owner])}, {PARTS[int(test)]} pair {number}, {side}"
                check_grid(grids[grid], where)


def check_grid(value: object, where: str) -> None:
    """Raise BadInput saying what is wrong with one grid, if anything is."""
    if not isinstance(value, list):
        raise BadInput(f"{where} is {described(value)}; a grid is a list of rows")
    if not 1 <= len(value) <= LARGEST:
        raise BadInput(f"{where} has {len(value):,} rows; grids have 1 to {LARGEST}")
    for r, row in enumerate(value, start=1):
        if not isinstance(row, list):
            raise BadInput(f"{where}, row {r} is {described(row)}; a row is a list of colours 0 to 9")
        if not 1 <= len(row) <= LARGEST:
            raise BadInput(f"{where}, row {r} has {len(row):,} cells; rows have 1 to {LARGEST}")
        if len(row) != len(value[0]):
            raise BadInput(f"{where}, row {r} has {len(row)} cells, row 1 has {len(value[0])}")
        for c, cell in enumerate(row, start=1):
            if type(cell) is not int or not 0 <= cell < COLOURS:
                raise BadInput(
                    f"{where}, row {r}, cell {c} is {described(cell)}; colours are whole numbers from 0 to 9"
                )
