"""Boards as text: lines of 81 characters, grids with or without frames, and tables in CSV."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gramsolve.tasks import BadInput, Instance
from gramsolve_sudoku.geometry import BOXES, Boards, Geometry, Numbers, cell_name, geometry_of, units

LIMIT = 4_000_000
EMPTY = ".0_*-"
SIGNS = "123456789ABCDEFGHIJKLMNOP"
LENGTHS = {n * n: n for n in BOXES}
FRAME = re.compile(r"^[\s+\-=|│─━═┌┬┐├┼┤└┴┘╔╦╗╠╬╣╚╩╝║┃╋┏┳┓┣┫┗┻┛╟╢╤╧╪]+$")
BARS = re.compile(r"[|│║┃]")
RUN = re.compile(r"[0-9A-Za-z._*]+")


@dataclass(frozen=True)
class Puzzle(Instance):
    """``digits`` row by row, 0 where a cell is empty."""

    digits: bytes = b""


def parse(text: str) -> list[Puzzle]:
    """One or more boards. Raises BadInput with the line, and the cell, of what is wrong."""
    if len(text) > LIMIT:
        raise BadInput(
            f"the text has {len(text):,} characters; {LIMIT:,} is the most that is read: import larger files"
        )
    puzzles: list[Puzzle] = []
    rows: list[tuple[int, list[str]]] = []

    def finish() -> None:
        if rows:
            puzzles.append(_grid(rows))
            rows.clear()

    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        if not line.strip():
            finish()
            continue
        whole = _one_line(line)
        if whole is not None:
            finish()
            puzzles.append(_puzzle(list(whole), number))
        elif not FRAME.match(line) and not _is_heading(line):
            rows.append((number, _row(line, number)))
    finish()
    if not puzzles:
        raise BadInput("there is no board in the text: write 81 characters, digits and '.', or nine rows of nine")
    return puzzles


def _one_line(line: str) -> str | None:
    """The first field of a line that is a whole board; what follows it on the line says nothing here."""
    for field in re.split(r"[,;\t\s]", line):
        field = field.strip('"')
        if len(field) in LENGTHS and len(field) >= 16 and RUN.fullmatch(field):
            size = LENGTHS[len(field)]
            if size > 4 or set(field) <= set(EMPTY + SIGNS[:4]):
                return field
    return None


def _is_heading(line: str) -> bool:
    """A line of words such as ``puzzle,solution``."""
    return bool(re.search(r"[a-z]{4}", line)) and not re.search(r"[.\d]{4}", line)


def _row(line: str, number: int) -> list[str]:
    body = BARS.sub(" ", line).strip()
    words = body.replace(",", " ").split()
    # Numbers above nine are words; else every character is a cell.
    if (
        len(words) > 1
        and any(len(word) == 2 and word.isdecimal() and word[0] != "0" for word in words)
        and all(len(w) <= 2 for w in words)
    ):
        signs = [SIGNS[int(w) - 1] if w.isdecimal() and 1 <= int(w) <= len(SIGNS) else w for w in words]
    else:
        signs = list("".join(words))
    for sign in signs:
        if sign.upper() not in SIGNS and sign not in EMPTY:
            raise BadInput(f"line {number}: unknown character {sign!r}; use digits, and '.' for an empty cell")
    return signs


def _grid(rows: list[tuple[int, list[str]]]) -> Puzzle:
    number, first = rows[0]
    if len(first) not in BOXES or len(rows) != len(first):
        raise BadInput(f"line {number}: a board of {len(rows)} rows, the first of {len(first)} cells, is no Sudoku")
    for line, row in rows:
        if len(row) != len(first):
            raise BadInput(f"line {line}: this row has {len(row)} cells, the first has {len(first)}")
    return _puzzle([sign for _, row in rows for sign in row], number)


def _puzzle(signs: list[str], number: int) -> Puzzle:
    """Signs to digits. Signs 0 to F without G are hexadecimal digits: the sign 0 is then a digit only on 16x16 boards
    that use '.' for empty cells."""
    size = LENGTHS[len(signs)]
    base = 0 if size == 16 and "0" in signs and "." in signs and "G" not in map(str.upper, signs) else 1
    digits = bytearray()
    for cell, sign in enumerate(signs):
        if sign in EMPTY and not (base == 0 and sign == "0"):
            digits.append(0)
            continue
        value = "0123456789ABCDEF".find(sign.upper()) + 1 if base == 0 else SIGNS.find(sign.upper()) + 1
        if not 1 <= value <= size:
            name = cell_name(cell, size)
            raise BadInput(f"line {number}, {name}: {sign!r} is no digit of a {size}x{size} board")
        digits.append(value)
    geometry = geometry_of(f"{size}x{size}")
    if clash := contradiction(digits, geometry):
        first, second = (cell_name(cell, size) for cell in clash)
        raise BadInput(f"line {number}: the givens in {first} and {second} contradict each other")
    return Puzzle(geometry.name, digits=bytes(digits))


def contradiction(digits: Sequence[int], geometry: Geometry) -> tuple[int, int] | None:
    """The first two cells that see each other and hold the same digit, or None."""
    seen: dict[tuple[int, int, int], int] = {}
    lines = [unit.tolist() for unit in units(geometry)]
    for cell, digit in enumerate(digits):
        if digit:
            for kind, unit in enumerate(lines):
                other = seen.setdefault((kind, unit[cell], digit), cell)
                if other != cell:
                    return other, cell
    return None


def line(digits: Sequence[int]) -> str:
    """One character a cell, '.' for an empty one."""
    return "".join(SIGNS[digit - 1] if 1 <= digit <= len(SIGNS) else "." for digit in digits)


@dataclass(frozen=True)
class Listing:
    """The puzzles of a file, one a line.

    Attributes:
        boards: uint8 [B, cells].
        lines: int64 [B], the line of each, from 1.
        answers: uint8 [B, cells], the complete board right behind each on its line; zeros where there is none.
        others: lines that are no comment, no heading and not empty and hold no puzzle.
    """

    boards: Boards
    lines: Numbers
    answers: Boards
    others: tuple[int, ...]


def read_listing(data: bytes, geometry: Geometry) -> Listing:
    """All puzzles of a file: in every line the first whole board that has an empty cell, so that columns of answers are
    passed over."""
    cells, digits = geometry.cells, SIGNS[: min(geometry.size, 9)].encode()
    board = rb"(?<![0-9.A-Za-z])(?=[0-9.]*[.0])[.0%s]{%d}(?![0-9.A-Za-z])" % (digits, cells)
    row = re.compile(rb"(%s)(?:\"?[,;\t ]\"?([%s]{%d})(?![0-9.A-Za-z]))?" % (board, digits, cells))
    found, answers, lines, others = [], [], [], []
    blank = b"0" * cells
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", data), 1):
        match = None if line.startswith(b"#") else row.search(line)
        if match:
            found.append(match[1])
            answers.append(match[2] or blank)
            lines.append(number)
        elif line.strip(b"\x1a\0 \t") and not line.startswith(b"#") and (lines or not re.search(rb"[a-z]{4}", line)):
            others.append(number)
    return Listing(_boards(found, cells), np.array(lines, np.int64), _boards(answers, cells), tuple(others))


def _boards(lines: list[bytes], cells: int) -> Boards:
    signs = np.frombuffer(b"".join(lines), np.uint8).reshape(-1, cells)
    return np.where(signs == ord("."), 0, signs - ord("0")).astype(np.uint8)


def read_boards(data: bytes, geometry: Geometry) -> Boards:
    """The puzzles of a file, uint8 [B, cells], see ``read_listing``."""
    return read_listing(data, geometry).boards
