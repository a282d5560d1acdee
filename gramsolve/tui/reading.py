"""A moment in words: one board as lines that can be read aloud, copied and compared, without colours or frames."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from gramsolve.display.terminal import UNSURE, clean
from gramsolve.tasks.task import Cell, Grid
from gramsolve.tui.moment import Moment

MANY = 8
"""Changes that are named; of more only the number is told."""
FEW = 3
"""Equal cells in a row from which they are counted."""


def words(moment: Moment) -> str:
    """What is shown, where it stands, what has changed, and the board row by row."""
    if moment.instance is None:
        return "The puzzle is not there yet."
    grid = moment.grid(moment.selected)
    lines = [_what(moment), *_standing(moment)]
    if grid is None:
        return "\n".join([*lines, "This board cannot be drawn."])
    changes = _changes(moment, grid)
    lines += [changes] if changes else []
    return "\n".join([*lines, "", *_board(moment, grid)]) + "\n"


def _what(moment: Moment) -> str:
    instance = moment.instance
    name = f", {clean(instance.name)}" if instance is not None and instance.name else ""
    return f"{clean(moment.task.title)}, {clean(moment.variant)}{name}."


def _standing(moment: Moment) -> list[str]:
    """The step, the trajectory and how it stands; then all trajectories together."""
    frame, trajectory = moment.frame, moment.selected
    if frame is None or trajectory >= frame.width:
        steps = f" {len(moment.frames)} steps are ready." if moment.frames else ""
        return [f"The puzzle, before the first step.{steps}"]
    step, mark = frame.step, moment.mark(trajectory)
    where = f"Step {step.number} of {max(moment.depth, step.number)}"
    where += f", round {step.round + 1}" if step.round else ""
    facts = [mark.word, f"{step.confidence[trajectory].mean():.0%} sure"]
    if step.violations is not None:
        wrong = int(step.violations[trajectory].sum())
        facts.append(f"{wrong} cell{'' if wrong == 1 else 's'} wrong")
    facts.append(f"expected {float(step.value[trajectory]):.0%} right")
    lines = [f"{where}, trajectory {trajectory + 1} of {frame.width}: {', '.join(facts)}."]
    marks = [moment.mark(i).word for i in range(frame.width)]
    told = ", ".join(f"{marks.count(word)} {word}" for word in dict.fromkeys(sorted(marks)))
    known = f" of {moment.exact}" if moment.exact is not None else ""
    judged = "solutions" if step.valid is not None else "answers"
    return [*lines, f"All {frame.width}: {told}. Distinct {judged}: {len(frame.found)}{known}."]


def _changes(moment: Moment, grid: Grid) -> str:
    """One line on what is different from the step before."""
    before, frame = moment.previous, moment.frame
    if before is None or frame is None:
        return ""
    since = f"since step {before.step.number}"
    if grid.kind != "board":
        count = int((before.step.tokens[moment.selected] != frame.step.tokens[moment.selected]).sum())
        return f"Changed {since}: {count or 'nothing'}."
    cells = [
        f"row {y} column {x} {_cell(cell)}"
        for y, row in enumerate(grid.rows, start=1)
        for x, cell in enumerate(row, start=1)
        if cell.changed
    ]
    if len(cells) > MANY:
        return f"Changed {since}: {len(cells)} cells."
    return f"Changed {since}: {'; '.join(cells) or 'nothing'}."


def _board(moment: Moment, grid: Grid) -> list[str]:
    if grid.kind == "board":
        return [f"Row {number}: {_row(row)}." for number, row in enumerate(grid.rows, start=1)]
    if grid.kind == "picture":
        return [f"Row {number}: {_ink(row)}." for number, row in enumerate(grid.rows, start=1)]
    return _answer(moment)


def _row(row: Sequence[Cell]) -> str:
    """The cells in words; several equal ones are counted."""
    told = []
    for word, run in groupby(_cell(cell) for cell in row):
        count = len(list(run))
        told += [f"{word} {count} times"] if count >= FEW else [word] * count
    return ", ".join(told)


def _cell(cell: Cell) -> str:
    """``empty``, ``given queen``, ``5 unsure``, ``7 wrong``."""
    if cell.role == "blank":
        return "outside"
    if cell.role == "empty":
        return "empty wrong" if cell.violated else "empty"
    parts = ["given", _name(cell)] if cell.role == "given" else [_name(cell)]
    if cell.violated:
        parts.append("wrong")
    elif cell.role == "guess" and cell.confidence is not None and cell.confidence < UNSURE:
        parts.append("unsure")
    return " ".join(parts)


def _name(cell: Cell) -> str:
    """A sign as it is said: a chess queen is a queen."""
    if cell.text.isascii():
        return clean(cell.text)
    with contextlib.suppress(TypeError, ValueError):
        return unicodedata.name(cell.text).split()[-1].lower()
    return clean(cell.ascii)


def _ink(row: Sequence[Cell]) -> str:
    """The columns of a picture's row that are on."""
    on = [number for number, cell in enumerate(row, start=1) if cell.role in ("given", "guess")]
    spans = []
    for _, run in groupby(enumerate(on), lambda pair: pair[1] - pair[0]):
        columns = [column for _, column in run]
        spans.append(str(columns[0]) if len(columns) == 1 else f"{columns[0]} to {columns[-1]}")
    return ", ".join(spans) or "nothing"


def _answer(moment: Moment) -> list[str]:
    """A drawing says nothing row by row: the answer as its task writes it, or else the puzzle."""
    instance, frame = moment.instance, moment.frame
    assert instance is not None
    try:
        if frame is None:
            return [clean(line) for line in moment.task.format(instance).splitlines()]
        text = moment.task.answer(instance, frame.step.tokens[moment.selected])
    except Exception as error:  # A plugin's; the screen stays.
        return [f"{clean(moment.task.name)} cannot write this board: {type(error).__name__}."]
    lines = ["The answer as text:", *(clean(line) for line in text.splitlines())]
    if frame.step.violations is not None:
        wrong = np.flatnonzero(frame.step.violations[moment.selected]) + 1
        lines.append(f"Wrong: number {', '.join(map(str, wrong))}." if len(wrong) else "Nothing is wrong.")
    return lines
