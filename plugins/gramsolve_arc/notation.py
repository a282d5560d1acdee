"""Puzzles and answers as text: task ids, JSON, rows of digits, and the submission file of the competition."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from gramsolve_arc.canvas import Tokens, grid_of
from gramsolve_arc.puzzle import COLOURS, ArcGrid, ArcPuzzle, ArcTask, side_of

GUESSES = 2
NO_GRID = [[0, 0], [0, 0]]
"""What the competition's sample submission holds for every output, and so ours where there is no answer."""

Submission = dict[str, list[dict[str, list[list[int]]]]]


def format(puzzle: ArcPuzzle) -> str:
    """The task's JSON with the one test input that the puzzle asks for, and without its output."""
    named = {"name": puzzle.task.name} if puzzle.task.name else {}
    shown = [{"input": _rows(before), "output": _rows(after)} for before, after in puzzle.task.demonstrations]
    task = {**named, "train": shown, "test": [{"input": _rows(puzzle.question)}]}
    return json.dumps(task, separators=(",", ":"))


def answer(puzzle: ArcPuzzle, outputs: Tokens) -> str:
    """A grid as rows of digits, with ``?`` for what is no colour; ``?`` alone where there is no grid at all."""
    grid = grid_of(outputs, side_of(puzzle.variant))
    return "\n".join("".join(str(c) if c < COLOURS else "?" for c in row) for row in grid) or "?"


def answers(puzzles: Sequence[ArcPuzzle], ranked: Sequence[Sequence[Tokens]]) -> str:
    """The submission file: two attempts for every test input of every task, in order.

    Where there is one answer it is given twice, and where there is none, or the input was not among the puzzles, the
    attempts are the sample submission's empty grid. A task without a name is called ``task-1`` and so on.
    """
    tasks: dict[str, tuple[ArcTask, int]] = {}
    submission: Submission = {}
    for number, (puzzle, found) in enumerate(zip(puzzles, ranked, strict=True), start=1):
        name = puzzle.task.name or next((n for n, (task, _) in tasks.items() if task == puzzle.task), f"task-{number}")
        attempts = submission.setdefault(name, [])
        if name not in tasks or tasks[name][0] != puzzle.task:
            # Another part of a task that was already met, each with some of its inputs, goes after the first.
            tasks[name] = puzzle.task, len(attempts)
            attempts += [_attempts([], 0) for _ in puzzle.task.tests]
        attempts[tasks[name][1] + puzzle.index] = _attempts(found, side_of(puzzle.variant))
    return json.dumps(submission, separators=(",", ":")) + "\n"


def _attempts(found: Sequence[Tokens], side: int) -> dict[str, list[list[int]]]:
    grids = [_colours(grid_of(tokens, side)) or NO_GRID for tokens in found[:GUESSES]] or [NO_GRID]
    return {f"attempt_{i + 1}": grids[min(i, len(grids) - 1)] for i in range(GUESSES)}


def _rows(grid: ArcGrid) -> list[list[int]]:
    return [list(row) for row in grid]


def _colours(grid: ArcGrid) -> list[list[int]]:
    """Rows of colours; a cell that is none is black, since a submission can hold nothing else."""
    return [np.where(cells < COLOURS, cells, 0).tolist() for cells in (np.frombuffer(row, np.uint8) for row in grid)]
