"""Lists of lists, of strings or of numbers, as JSON, Python and numpy write them, and objects that hold some."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Reading, Text
from gramsolve.tasks.nested import Value, nested
from gramsolve_sudoku.forms.lines import is_board
from gramsolve_sudoku.geometry import BOXES
from gramsolve_sudoku.notation import LENGTHS, Board, reading

START = re.compile(r"(?:[\w.<>\[\] ]{1,60}[=:]\s*)?(?:[A-Za-z_][\w.]{0,40}\()?\s*[\[({]")
ANSWERS = re.compile(r"sol(?:ution|ved)|answer", re.IGNORECASE)


def accepts(text: Text) -> bool:
    """The text begins with a bracket, perhaps behind a name."""
    return any(START.match(line) for _, line in text.filled[:3] if not line.startswith("#"))


def read(text: Text) -> Reading:
    remarks: list[str] = []
    found = reading(_boards(nested(text.content), remarks), text)
    if not found.entries:
        raise BadInput(
            "the brackets hold no board: nine lists of nine cells are one, and so are nine texts of nine signs"
        )
    return Reading(found.entries, found.summary, (*found.remarks, *remarks))


def _boards(value: Value, remarks: list[str]) -> Iterator[Board]:
    board = _board(value)
    if board is not None:
        yield Board(board, 1)
    elif isinstance(value, list):
        for item in value:
            yield from _boards(item, remarks)
    elif isinstance(value, dict):
        for key, item in value.items():
            if ANSWERS.search(key):
                remarks.append("answers are left out")
            else:
                yield from _boards(item, remarks)


def _board(value: Value) -> list[str | None] | None:
    """The cells of a value that is one board, or None."""
    if isinstance(value, str):
        return list(value) if is_board(value) else None
    if not isinstance(value, list):
        return None
    if len(value) == 1 or len(value) not in {*BOXES, *LENGTHS}:
        return None
    if all(isinstance(row, list) for row in value) and len(value) in BOXES:
        rows = [_row(row, len(value)) for row in value]
        return None if None in rows else [cell for row in rows if row is not None for cell in row]
    words = [word for word in value if word is None or isinstance(word, str)]
    if len(words) != len(value):
        return None
    if len(value) in BOXES and all(word is not None and len(word) == len(value) for word in words):
        return [cell for word in words if word is not None for cell in word]
    if len(value) in LENGTHS and all(word is None or len(word) <= 2 for word in words):
        return words
    return None


def _row(value: Value, size: int) -> list[str | None] | None:
    """``size`` cells, or one text of them."""
    if not isinstance(value, list):
        return None
    if len(value) == 1 and isinstance(value[0], str) and len(value[0]) == size:
        return list(value[0])
    cells = [cell for cell in value if cell is None or (isinstance(cell, str) and len(cell) <= 2)]
    return cells if len(value) == size == len(cells) else None


FORM = Form("list", "nested lists or texts as JSON, Python and numpy write them; None is an empty cell", accepts, read)
