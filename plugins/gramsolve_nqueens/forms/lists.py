"""Boards in brackets, as JSON, Python and numpy write them: lists of strings, matrices of 0 and 1, lists of columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Reading, Text
from gramsolve.tasks.nested import Value, nested
from gramsolve_nqueens.encode import LARGEST, SMALLEST, Queens
from gramsolve_nqueens.forms import columns
from gramsolve_nqueens.forms.boards import reading
from gramsolve_nqueens.notation import Sign, puzzle

START = re.compile(r"(?:[\w.]{1,60}\s*=)?\s*(?:[A-Za-z_][\w.]{0,40}\()?\s*[\[({]")
EMPTIES = {"", " ", "0", "False", "false"}
QUEENS = {"True", "true", "1"}


def accepts(text: Text) -> bool:
    """The first line that is no comment begins with a bracket, perhaps behind a name."""
    first = next((line for _, line in text.filled if not line.startswith(("#", "%", "//"))), "")
    return bool(START.match(first))


def read(text: Text) -> Reading:
    found = list(_boards(nested(text.content)))
    if not found:
        raise BadInput("the brackets hold no board: write a text for every row, or the queen's column in every row")
    return reading([one for one, _ in found], [said for _, said in found if said])


def _boards(value: Value) -> Iterator[tuple[Queens, str]]:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        raise BadInput("the brackets hold something that is no board")
    rows = _rows(value)
    if rows is not None:
        yield puzzle([[Sign(char, 1, 1) for char in row] for row in rows]), ""
        return
    words = [word for word in value if word is None or isinstance(word, str)]
    if len(words) == len(value) and SMALLEST <= len(value) <= LARGEST:
        if not all(word is None or columns.is_column(word) for word in words):
            raise BadInput("the brackets hold neither rows of a board nor columns of queens")
        yield columns.queens(words, 1)
        return
    for item in value:
        yield from _boards(item)


def _rows(value: list[Value]) -> list[list[str]] | None:
    """The signs of every row where a value is a board, or None."""
    if len(value) < 2:
        return None
    rows: list[list[str]] = []
    for row in value:
        if isinstance(row, str) and len(row) == len(value) and not (len(value) < 3 and row.isdecimal()):
            rows.append(list(row))
        elif isinstance(row, list) and len(row) == len(value) and all(_is_sign(cell) for cell in row):
            rows.append([_sign(cell) for cell in row])
        else:
            return None
    return rows


def _is_sign(cell: Value) -> bool:
    return cell is None or (isinstance(cell, str) and (len(cell) <= 1 or cell in EMPTIES | QUEENS))


def _sign(cell: Value) -> str:
    if cell is None or cell in EMPTIES:
        return "."
    return "Q" if cell in QUEENS else str(cell)


FORM = Form("list", "lists of texts, matrices of 0 and 1, lists of columns, in brackets", accepts, read)
