"""Large lists of puzzles, one a line, read at once as arrays."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from gramsolve_sudoku.geometry import Boards, Geometry, Numbers
from gramsolve_sudoku.notation import SIGNS


@dataclass(frozen=True)
class Listing:
    """The puzzles of a file, one a line.

    Attributes:
        boards: uint8 [B, cells].
        lines: int64 [B], the line of each, from 1, or its place where ``unit`` is not ``line``.
        answers: uint8 [B, cells], the complete board right behind each on its line; zeros where there is none.
        others: lines that are no comment, no heading and not empty and hold no puzzle.
    """

    boards: Boards
    lines: Numbers
    answers: Boards
    others: tuple[int, ...]
    unit: str = "line"


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
