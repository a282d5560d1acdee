"""Puzzles and answers as text: task ids, JSON, rows of digits, and the submission file of the competition."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from gramsolve.tasks import BadInput
from gramsolve_arc.canvas import Tokens, grid_of
from gramsolve_arc.collection import is_name
from gramsolve_arc.formats import tasks_in
from gramsolve_arc.public import find
from gramsolve_arc.puzzle import COLOURS, ArcGrid, ArcPuzzle, ArcTask, puzzles_of, side_of
from gramsolve_arc.strict import quoted, refuse_huge, value_at

LIMIT = 1_000_000
"""Characters; the largest task of ARC has some twenty thousand."""

GUESSES = 2
NO_GRID = [[0, 0], [0, 0]]
"""What the competition's sample submission holds for every output, and so ours where there is no answer."""

SKIPPED = re.compile(r"(?:[\s,]+|#[^\n]*)*")
WORD = re.compile(r"[^\s,]+")

Submission = dict[str, list[dict[str, list[list[int]]]]]


def parse(text: str, name: str = "") -> list[ArcPuzzle]:
    """Ids and JSON values one after another; one puzzle for each test input of each task. A single task that does not
    say its id has that of its file, ``name``.

    Raises BadInput naming line, task, pair, row and cell of what is wrong.
    """
    if len(text) > LIMIT:
        raise BadInput(
            f"the text has {len(text):,} characters; {LIMIT:,} is the most that is read at once: "
            "import large files with `gramsolve data import`"
        )
    text = text.removeprefix("\ufeff")
    refuse_huge(text)
    tasks = list(_tasks(text))
    if len(tasks) == 1 and not tasks[0].name and is_name(name):
        tasks = [replace(tasks[0], name=name)]
    puzzles = [puzzle for task in tasks for puzzle in puzzles_of(task)]
    if not puzzles:
        raise BadInput("there is no ARC task in the text: give an id such as 007bbfb7, or the JSON of a task")
    return puzzles


def _tasks(text: str) -> Iterator[ArcTask]:
    position = 0
    while (position := _skipped(text, position)) < len(text):
        if text[position] in '{["':
            value, position = value_at(text, position)
            for collection in tasks_in(value).collections:
                yield from (collection.task(number) for number in range(len(collection)))
        else:
            word = WORD.match(text, position)
            assert word is not None
            task = find(word[0])
            if task is None:
                line = text.count("\n", 0, position) + 1
                raise BadInput(
                    f"line {line}: {quoted(word[0])} is no task of ARC-AGI-1 or ARC-AGI-2; "
                    "give an id such as 007bbfb7, or the JSON of a task"
                )
            yield task
            position = word.end()


def _skipped(text: str, position: int) -> int:
    """Where the next word begins, after spaces, commas and comments."""
    found = SKIPPED.match(text, position)
    return found.end() if found else position


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
