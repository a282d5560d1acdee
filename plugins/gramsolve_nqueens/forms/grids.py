"""Rows of signs, with or without frames, and FEN; boards stand one below the other."""

from __future__ import annotations

from gramsolve.tasks.forms import Form, Reading, Text
from gramsolve_nqueens.encode import LARGEST, SMALLEST, Queens
from gramsolve_nqueens.forms.boards import reading
from gramsolve_nqueens.notation import Row, is_border, puzzle, row, slashed

ROOTS = {n * n: n for n in range(SMALLEST, LARGEST + 1)}


def accepts(text: Text) -> bool:
    """There is a line that is neither a comment nor part of a frame."""
    return any(not line.startswith("#") and not is_border(line) for _, line in text.filled)


def read(text: Text) -> Reading:
    boards: list[Queens] = []
    remarks: list[str] = []
    rows: list[Row] = []

    def finish() -> None:
        if rows:
            parts, whole = _parts(rows)
            boards.extend(puzzle(part) for part in parts)
            if whole:
                remarks.append("every line is read as a whole board")
            rows.clear()

    for number, line in text.lines:
        if line.lstrip().startswith("#") or is_border(line):
            continue
        if not line.strip():
            finish()
        elif "/" in line:
            finish()
            boards.append(puzzle(slashed(line, number)))
        else:
            rows.append(row(line, number, 1))
    finish()
    return reading(boards, remarks)


def _parts(rows: list[Row]) -> tuple[list[list[Row]], bool]:
    """Rows of one width cut into boards, and whether every line is one, as lines of n² signs that make no board are."""
    width = len(rows[0])
    if any(len(one) != width for one in rows) or width == 0:
        return [rows], False
    if width >= SMALLEST and len(rows) % width == 0:
        return [rows[i : i + width] for i in range(0, len(rows), width)], False
    if n := ROOTS.get(width):
        return [[one[i : i + n] for i in range(0, width, n)] for one in rows], True
    return [rows], False


FORM = Form("grid", "rows of signs such as . and Q, with or without frames, and FEN: 8/3Q4/8/8/8/8/8/8", accepts, read)
