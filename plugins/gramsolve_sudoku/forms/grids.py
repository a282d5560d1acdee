"""A board as rows of signs, with or without frames: plain rows, bands, Simple Sudoku's .ss, HoDoKu's frame, the
numbered blocks of Project Euler. Boards stand one below the other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Line, Reading, Text, shortened
from gramsolve_sudoku.geometry import BOXES
from gramsolve_sudoku.notation import EMPTIES, SIGNS, Board, reading

FRAME = re.compile(r"[\s+\-=|*.:'`,│─━═┌┬┐├┼┤└┴┘╔╦╗╠╬╣╚╩╝║┃╋┏┳┓┣┫┗┻┛╟╢╤╧╪╭╮╰╯]+")
SOLID = re.compile(r"-{3}|[=─━═]{2}")
BARS = re.compile(r"[|│║┃]")
HEADING = re.compile(r"(?:grid|puzzle|board|sudoku|game|level|no|nr)\b[\w\s.:#-]*", re.IGNORECASE)
LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXY")

Row = tuple[int, list[str]]


def is_heading(line: str) -> bool:
    """A line of words, such as ``Grid 01`` or ``puzzle,solution``."""
    if HEADING.fullmatch(line):
        return True
    return bool(re.search(r"[a-z]{4}", line.replace("x", "."))) and not re.search(r"[.\d]{4}", line)


def row(line: str, number: int, crosses: bool) -> list[str]:
    """The cells of a row. Numbers above nine are words; else every character is a cell, x an empty one if ``crosses``.

    Raises BadInput naming the line of a sign that no board has.
    """
    words = BARS.sub(" ", line).replace(",", " ").split()
    if len(words) > 9 and len(words) in BOXES and all(len(word) <= 2 for word in words):
        signs = words
    else:
        signs = list("".join(words))
    for sign in signs:
        known = sign in EMPTIES or (sign.isascii() and sign.isdecimal()) or sign.upper() in LETTERS
        if not known or (sign == "x" and not crosses):
            raise BadInput(f"line {number}: unknown character {shortened(sign)}; use digits, and '.' for an empty cell")
    return signs


def boards(lines: tuple[Line, ...]) -> Iterator[Board]:
    """The boards of rows. Headings and, where every part is of whole boards, empty lines stand between them; an empty
    line between bands says nothing.

    Raises BadInput for rows that make no board.
    """
    dashes = _dashes_are_cells(lines)
    parts: list[list[Row]] = [[]]
    filled = (line for _, line in lines if not (line.startswith("#") or _is_frame(line) or is_heading(line)))
    crosses = not any(sign in EMPTIES or sign == "0" for line in filled for sign in line)
    previous = 0
    for number, line in lines:
        if line.startswith("#"):
            previous = number
            continue
        if is_heading(line):
            yield from _chunks(parts)
            parts = [[]]
        elif (dashes == len(line) and set(line) == {"-"}) or not _is_frame(line):
            if number > previous + 1 and parts[-1]:
                parts.append([])
            parts[-1].append((number, row(line, number, crosses)))
        previous = number
    yield from _chunks(parts)


def _is_frame(line: str) -> bool:
    """A line of a frame, or of bars alone; dots and stars alone are empty cells."""
    if not FRAME.fullmatch(line):
        return False
    return bool(SOLID.search(line)) or not set(line) & set(".*-:'`,")


def _dashes_are_cells(lines: tuple[Line, ...]) -> int:
    """The width of rows in which ``-`` stands beside digits for an empty cell; 0 where it is part of frames alone."""
    for _, line in lines:
        compact = line.replace(" ", "")
        if (
            "-" in compact
            and "|" not in compact
            and any(sign.isdecimal() for sign in compact)
            and len(compact) in BOXES
        ):
            return len(line)
    return 0


def _chunks(parts: list[list[Row]]) -> Iterator[Board]:
    parts = [part for part in parts if part]
    if not all(len(part[0][1]) in BOXES and len(part) % len(part[0][1]) == 0 for part in parts):
        parts = [[row for part in parts for row in part]]
    for part in parts:
        start = 0
        while start < len(part):
            number, first = part[start]
            size = len(first)
            rows = part[start : start + size]
            if size not in BOXES or len(rows) != size:
                raise BadInput(
                    f"line {number}: a board of {len(rows)} rows, the first of {size} cells, is no Sudoku; "
                    f"nine rows of nine, or 81 signs on one line, are one"
                )
            for other, cells in rows:
                if len(cells) != size:
                    raise BadInput(f"line {other}: this row has {len(cells)} cells, the first has {size}")
            yield Board([cell for _, cells in rows for cell in cells], number)
            start += size


def accepts(text: Text) -> bool:
    """Something stands there that is neither a comment nor a heading."""
    return any(not line.startswith("#") and not is_heading(line) for _, line in text.filled)


def read(text: Text) -> Reading:
    return reading(boards(text.filled), text)


FORM = Form("grid", "rows of signs with or without frames, boards one below the other", accepts, read)
assert set(SIGNS) <= set("0123456789") | LETTERS
