"""A board on every line: 81 characters, columns of a CSV file, HoDoKu's library and addresses with a board in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from gramsolve.tasks.forms import BadLine, Form, Reading, Text
from gramsolve_sudoku.notation import EMPTY, LENGTHS, SIGNS, Board, reading

WIDEST = 25
"""Cells of the widest row: what is longer is no row."""

FIELDS = re.compile(r"[,;\t\s|]+")
PIECES = re.compile(r"[^0-9A-Za-z.*_·-]+")
SIMPLE = re.compile(r"[^0-9A-Za-z.]+")
RUN = re.compile(r"[0-9A-Za-z._*·?-]+")
SMALL = re.compile(r"[0-9._*·?xX-]+")
PLACED = re.compile(r"\+[0-9A-Za-z]")


def is_board(field: str) -> bool:
    """Whether a word is a whole board by its length and signs; digits that its size does not have are named later."""
    size = LENGTHS.get(len(field), 0)
    if not any(map(str.isalnum, field)) and (len(set(field)) > 1 or field[:1] in "-"):
        return False  # a piece of a frame
    if size == 4:
        return len(field) == 16 and set(field) <= set(EMPTY + "·" + SIGNS[:4])
    return size > 0 and bool((SMALL if size < 10 else RUN).fullmatch(field))


def board_of(line: str) -> tuple[list[str], tuple[str, ...]] | None:
    """The cells of the board on a line and what is remarkable about it: the first board with an empty cell, so that
    columns of answers are passed over, or the first of all."""
    if line.startswith(":") and line.count(":") >= 4 and "+" in line:
        placed = PLACED.sub(".", line)
        found = _first(PIECES.split(placed))
        return None if found is None else (list(found), ("digits that were placed after the givens are left out",))
    found = _first([field.strip("\"'") for field in FIELDS.split(line)])
    if found is None:
        pieces = unquote(line) if "://" in line or "%" in line else line
        found = _first(PIECES.split(pieces)) or _first(SIMPLE.split(pieces))
    if found is not None:
        return list(found), ()
    for field in re.split(r"[,;\t]", line):
        words = field.strip(" \"'").split()
        if LENGTHS.get(len(words), 0) > 9:
            return words, ()
    return None


def _first(fields: list[str]) -> str | None:
    boards = [field for field in fields if is_board(field)]
    return next((board for board in boards if set(board) & set(EMPTY + "·?")), boards[0] if boards else None)


def accepts(text: Text) -> bool:
    """Some line holds a whole board, or a run of signs longer than any row. Sixteen lines of sixteen signs are a board
    of 16x16, not sixteen of 4x4."""
    sixteen = 0
    for _, line in text.filled:
        if line.startswith("#") or len(line) < 16:
            continue
        found = board_of(line)
        if (found is None and _longest(line) > WIDEST) or (found is not None and len(found[0]) > 16):
            return True
        sixteen += found is not None
    rows = sum(len(line.replace(" ", "")) == 16 for _, line in text.filled)
    return sixteen > 0 and (rows % 16 != 0 or rows < sixteen)


def _longest(line: str) -> int:
    """Cells of the longest run of digits and empty cells."""
    return max(
        (len(run) for run in re.findall(r"[0-9.]+", line) if set(run) & set(".0") and len(set(run)) > 2), default=0
    )


def read(text: Text) -> Reading:
    return reading(_boards(text), text)


def _boards(text: Text) -> Iterator[Board | BadLine]:
    for number, line in text.filled:
        if line.startswith("#"):
            continue
        found = board_of(line)
        if found is not None:
            yield Board(found[0], number, found[1])
        elif cells := _longest(line):
            size = min(LENGTHS.values(), key=lambda n: abs(n * n - cells))
            yield BadLine(number, f"{cells:,} cells; a board of {size}x{size} has {size * size}")
        elif not re.search(r"[A-Za-z]{2}", line):
            yield BadLine(number, "there is no board on this line")


FORM = Form(
    "lines", "a board on every line: 81 digits and '.', CSV columns, HoDoKu's library, addresses", accepts, read
)
