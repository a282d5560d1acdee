"""The squares of queens as in chess: ``a1 b5 c8``, on 8x8 unless a size stands before them, as in ``10x10: a1 j10``."""

from __future__ import annotations

import re

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Line, Reading, Text, shortened
from gramsolve_nqueens.encode import LARGEST, Queens
from gramsolve_nqueens.forms.boards import reading
from gramsolve_nqueens.notation import board

SIZE = re.compile(r"(\d{1,2})(?:\s*x\s*(\d{1,2}))?\s*:?\s+|(\d{1,2})(?:\s*x\s*(\d{1,2}))?\s*:\s*")
SQUARE = re.compile(r"Q?([a-z])([1-9]\d?)", re.ASCII)
BETWEEN = re.compile(r"[\s,;]+")
CHESS = 8

Squares = list[tuple[int, int]]
"""Columns and ranks, from 1."""


def _squares(line: str) -> tuple[int | None, Squares] | None:
    """The size that a line names, and its squares; None for a line that is something else."""
    size = None
    if found := SIZE.match(line):
        size = int(found[1] or found[3])
        other = found[2] or found[4]
        if other and int(other) != size:
            return None
        line = line[found.end() :]
    words = [word for word in BETWEEN.split(line.strip()) if word]
    squares = [SQUARE.fullmatch(word) for word in words]
    if not words or not all(squares):
        return None
    return size, [(ord(square[1]) - ord("a") + 1, int(square[2])) for square in squares if square]


def _lines(text: Text) -> list[Line]:
    return [(number, line) for number, line in text.filled if not line.startswith(("#", "%", "//"))]


def accepts(text: Text) -> bool:
    """Every line is a list of squares."""
    lines = _lines(text)
    return bool(lines) and all(_squares(line) for _, line in lines)


def read(text: Text) -> Reading:
    found: list[tuple[int, int | None, Squares]] = []
    for number, line in _lines(text):
        squares = _squares(line)
        if squares is None:
            raise BadInput(f"line {number}: {shortened(line)} is no list of squares such as a1 b5")
        found.append((number, *squares))
    if len(found) > 1 and all(len(squares) == 1 and size is None for _, size, squares in found):
        found = [(found[0][0], None, [square for _, _, squares in found for square in squares])]
    made = [_board(*one) for one in found]
    return reading([one for one, _ in made], [said for _, said in made if said])


def _board(line: int, size: int | None, squares: Squares) -> tuple[Queens, str]:
    """A board of the size that is named; of as many rows as there are queens where they fill all rows and columns; else
    of chess."""
    largest = max(max(square) for square in squares)
    full = set(range(1, len(squares) + 1))
    if size is None:
        size = CHESS
        if full == {column for column, _ in squares} == {rank for _, rank in squares} and len(squares) >= 4:
            size = len(squares)
        elif largest > CHESS:
            raise BadInput(f"line {line}: a square beyond 8x8: write the size first, as in {largest}x{largest}: a1")
        remark = f"squares are read on {size}x{size}, since no size is named"
    else:
        remark = ""
    if largest > size or size > LARGEST:
        raise BadInput(f"line {line}: a square beyond {size}x{size}")
    return board([(size - rank) * size + column - 1 for column, rank in set(squares)], size, line), remark


FORM = Form("squares", "squares of chess: a1 b5 c8, or 10x10: a1 j10", accepts, read)
