"""The column of the queen in every row: ``15863724``, ``1 5 8 6 3 7 2 4`` or ``0, 4, 7, 5, 2, 6, 1, 3``, one board a
line, or one number a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Line, Reading, Text
from gramsolve_nqueens.encode import LARGEST, SMALLEST, Queens
from gramsolve_nqueens.forms.boards import reading
from gramsolve_nqueens.notation import board

COMMENTS = ("#", "%", "//")
BETWEEN = re.compile(r"[\s,;]+")
NONE = {"", "-1", ".", "-", "_", "?", "x", "X", "*", "None"}
"""What stands for a row without a queen."""


def remark(first: int) -> str:
    return f"numbers are read as the column of the queen in every row, counted from {first}"


def queens(words: Sequence[str | None], line: int, first: int | None = None) -> tuple[Queens, str]:
    """The board of columns, and how they were counted.

    Columns are counted from 0 where a 0 is there once, and from 1 where the largest is the size of the board. Several
    zeros beside a larger number stand for rows without a queen. Raises BadInput where nothing tells.
    """
    n = len(words)
    values = [None if word is None or word in NONE else int(word) for word in words]
    known = [value for value in values if value is not None]
    if first is None:
        if n in known or known.count(0) > 1:
            first = 1
        elif 0 in known:
            first = 0
        elif known:
            raise BadInput(
                f"line {line}: nothing tells whether these columns are counted from 0 or from 1: use the format "
                "columns0 or columns1, or draw the board"
            )
        else:
            first = 1
    squares = []
    for row, value in enumerate(values):
        if value is None or (first == 1 and value == 0):
            continue
        if not first <= value < first + n:
            raise BadInput(f"line {line}: {value} is no column of {n}, counted from {first}")
        squares.append(row * n + value - first)
    return board(squares, n, line), remark(first)


def _words(line: str) -> list[str] | None:
    """The columns on a line, or None for a line that is none."""
    words = [word for word in BETWEEN.split(line.strip(" ,;")) if word]
    if len(words) == 1 and line.isascii() and line.isdecimal() and SMALLEST <= len(line) <= 9:
        digits = sorted(line)
        ordered = [str(i) for i in range(len(line) + 1)]
        return list(line) if digits in (ordered[:-1], ordered[1:]) else None
    if not SMALLEST <= len(words) <= LARGEST or not all(map(is_column, words)):
        return None
    numbers = {word for word in words if word.isdecimal()}
    return words if numbers - {"0", "1"} else None


def is_column(word: str) -> bool:
    return word in NONE or (word.isascii() and word.isdecimal() and len(word) <= 2 and int(word) <= LARGEST)


def _lines(text: Text) -> list[Line]:
    lines = ((number, line.strip("[](){} ")) for number, line in text.filled if not line.startswith(COMMENTS))
    return [(number, line) for number, line in lines if line]


def _boards(text: Text) -> list[tuple[int, list[str]]] | None:
    lines = _lines(text)
    if SMALLEST <= len(lines) <= LARGEST and all(is_column(line) for _, line in lines):
        words = [line for _, line in lines]
        if {word for word in words if word.isdecimal()} - {"0", "1"}:
            return [(lines[0][0], words)]
    found = [(number, _words(line)) for number, line in lines]
    known = [(number, words) for number, words in found if words is not None]
    return known if known and len(known) == len(found) else None


def accepts(text: Text) -> bool:
    """Every line is a list of numbers up to its length, one of them above 1; or the lines together are one."""
    return _boards(text) is not None


def reader(first: int | None) -> Form:
    def read(text: Text) -> Reading:
        found = _boards(text)
        if found is None:
            raise BadInput("these are no columns: write the column of the queen in every row, as in 1 5 8 6 3 7 2 4")
        made = [queens(words, number, first) for number, words in found]
        return reading([one for one, _ in made], [said for _, said in made])

    if first is None:
        return Form("columns", "the column of the queen in every row, counted from 0 or from 1", accepts, read)
    return Form(
        f"columns{first}", f"the column of the queen in every row, counted from {first}", lambda text: False, read
    )


FORMS = (reader(None), reader(0), reader(1))
