"""A view state in words: one board as lines that can be read aloud, copied and compared."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from gramsolve.display.terminal import UNSURE, clean
from gramsolve.tasks.arrays import Bools
from gramsolve.tasks.drawing import Cell
from gramsolve.tui.view.view_state import ViewState

MANY = 8
"""Changes that are named; of more only the number is given."""
FEW = 3
"""Equal cells in a row from which they are counted."""


def describe(state: ViewState) -> str:
    """The puzzle, the step and status, what has changed, and the board row by row or as its task describes it."""
    if state.instance is None:
        return "The puzzle is not there yet."
    return "\n".join([_puzzle(state), *_status(state), *_board(state)]) + "\n"


def describe_comparison(runs: Sequence[tuple[str, ViewState]], chosen: int) -> str:
    """The score of each run on a line, then the description of the chosen one."""
    lines = [f"{clean(name)}: {_score(state)}" for name, state in runs]
    name, state = runs[chosen]
    return "\n".join([*lines, "", f"On this board, {clean(name)}.", describe(state)])


def _score(state: ViewState) -> str:
    """A whole run in a line."""
    frame = state.frame
    if frame is None:
        return f"before the first step, {state.count} trajectories."
    facts = [f"step {frame.step.number} of {state.step_limit}"]
    if frame.valid is not None:
        facts.append(f"{frame.valid} of {frame.width} valid")
    known = f" of {state.exact}" if state.exact is not None else ""
    facts.append(f"{len(frame.answers)}{known} distinct {_judged(state)}")
    return f"{', '.join(facts)}."


def _judged(state: ViewState) -> str:
    return "answers" if state.frame is not None and state.frame.step.valid is None else "solutions"


def _puzzle(state: ViewState) -> str:
    instance = state.instance
    name = f", {clean(instance.name)}" if instance is not None and instance.name else ""
    return f"{clean(state.task.title)}, {clean(state.variant)}{name}."


def _status(state: ViewState) -> list[str]:
    """The step, the trajectory with its status, and a line on all trajectories."""
    frame, trajectory = state.frame, state.selected
    if frame is None or trajectory >= frame.width:
        steps = f" {len(state.frames)} steps are ready." if state.frames else ""
        return [f"The puzzle, before the first step.{steps}"]
    step, status = frame.step, state.status(trajectory)
    where = f"Step {step.number} of {state.step_limit}"
    where += f", round {step.round + 1}" if step.round else ""
    facts = [status.word] if state.searched else [status.word, f"{step.confidence[trajectory].mean():.0%} sure"]
    if step.violations is not None:
        wrong = int(step.violations[trajectory].sum())
        facts.append(f"{wrong or 'nothing'} wrong")
    first = state.offset
    if state.searched:
        known = f" of {state.exact}" if state.exact not in (None, frame.width) else ""
        which = f"Solution {trajectory} of 0 to {frame.width - 1}: {', '.join(facts)}."
        return [f"Found by exact search, no network took part. Solutions: {frame.width}{known}.", which]
    facts.append(f"expected {float(step.value[trajectory]):.0%} right")
    which = f"trajectory {first + trajectory} of {first} to {first + frame.width - 1}"
    lines = [f"{where}, {which}: {', '.join(facts)}."]
    words = [state.status(i).word for i in range(frame.width)]
    listed = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(sorted(words)))
    known = f" of {state.exact}" if state.exact is not None else ""
    return [*lines, f"All {frame.width}: {listed}. Distinct {_judged(state)}: {len(frame.answers)}{known}."]


def _board(state: ViewState) -> list[str]:
    """What has changed, then the board."""
    grid = state.grid(state.selected)
    described = _described(state)
    if grid is None:
        return ["This board cannot be drawn."]
    if described is not None:
        where = np.flatnonzero(_differing(state))
        return [*_changes(state, [described[i] for i in where]), "", *(_sentence(text) for text in described if text)]
    if grid.kind == "board":
        cells = [
            f"row {y} column {x}: {_cell(cell)}"
            for y, row in enumerate(grid.rows, start=1)
            for x, cell in enumerate(row, start=1)
            if cell.changed
        ]
        return [*_changes(state, cells), "", *(f"Row {n}: {_row(row)}." for n, row in enumerate(grid.rows, start=1))]
    changes = _changes(state, ["cell"] * int(_differing(state).sum()), named=False)
    if grid.kind == "picture":
        return [*changes, "", *(f"Row {n}: {_ink(row)}." for n, row in enumerate(grid.rows, start=1))]
    return [*changes, "", *_answer(state)]


def _differing(state: ViewState) -> Bools:
    """Cells of the selected board that the last step has changed, bool [L_out]; empty without a step before."""
    before, frame = state.previous, state.frame
    if before is None or frame is None or state.selected >= min(before.width, frame.width):
        return np.zeros(0, np.bool_)
    return before.step.tokens[state.selected] != frame.step.tokens[state.selected]


def _changes(state: ViewState, changed: Sequence[str], *, named: bool = True) -> list[str]:
    """One line on what is different from the step before."""
    before = state.previous
    if before is None:
        return []
    few = named and len(changed) <= MANY
    listed = "; ".join(changed) if few else f"{len(changed)} cells" if changed else ""
    return [f"Changed since step {before.step.number}: {listed or 'nothing'}."]


def _described(state: ViewState) -> list[str] | None:
    """Every position as its task describes it, with ``wrong`` and ``unsure`` added; None if the task has no words."""
    instance, frame, chosen = state.instance, state.frame, state.selected
    assert instance is not None
    step = None if frame is None or chosen >= frame.width else frame.step
    if not state.task.capabilities.descriptions:
        return None
    try:
        described = state.task.describe(instance, None if step is None else step.tokens[chosen])
    except Exception:  # A plugin's; the board can still be written.
        return None
    if step is None:
        return [clean(text) for text in described]
    wrong = np.zeros(len(described), np.bool_) if step.violations is None else step.violations[chosen]
    unsure = step.confidence[chosen] < UNSURE
    return [
        clean(text) + (", wrong" if bad else ", unsure" if open else "") if text else ""
        for text, bad, open in zip(described, wrong, unsure, strict=True)
    ]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _row(row: Sequence[Cell]) -> str:
    """The cells in words; several equal ones are counted."""
    listed = []
    for word, run in groupby(_cell(cell) for cell in row):
        count = len(list(run))
        listed += [f"{word} {count} times"] if count >= FEW else [word] * count
    return ", ".join(listed)


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
    """A sign as it is described: a chess queen is a queen."""
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


def _answer(state: ViewState) -> list[str]:
    """A drawing of a task that says nothing of it: the answer as its text, or else the puzzle."""
    instance, frame = state.instance, state.frame
    assert instance is not None
    try:
        if frame is None:
            return [clean(line) for line in state.task.format(instance).splitlines()]
        text = state.task.answer(instance, frame.step.tokens[state.selected])
    except Exception as error:  # A plugin's; the screen stays.
        return [f"{clean(state.task.name)} cannot write this board: {type(error).__name__}."]
    lines = ["The answer as text:", *(clean(line) for line in text.splitlines())]
    if frame.step.violations is not None:
        wrong = np.flatnonzero(frame.step.violations[state.selected]) + 1
        lines.append(f"Wrong: number {', '.join(map(str, wrong))}." if len(wrong) else "Nothing is wrong.")
    return lines
