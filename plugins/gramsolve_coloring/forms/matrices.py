"""Adjacency matrices: rows of 0 and 1 with or without blanks, symmetric numbers, and tables with names of rows and
columns."""

from __future__ import annotations

import re

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Line
from gramsolve_coloring.forms.brackets import NUMBER
from gramsolve_coloring.forms.builder import Builder, without_comments
from gramsolve_coloring.graph import COLOURS, MOST_VERTICES, Graph

REMARK = "read as an adjacency matrix"
NOTHING = {"", "0", "-", ".", "inf", "Inf", "INF", "nan", "NaN", "x", "∞"}

Matrix = tuple[list[str], list[list[str]], list[int]]
"""Names of the vertices or nothing, the entries, and the lines of the rows."""


def _matrix(block: list[Line]) -> Matrix | None:
    """The matrix that a block of lines is by its shape, or None."""
    kept = {number for number, _ in without_comments(block)}
    lines = [(number, line) for number, line in block if number in kept]
    size = len(lines)
    if not 2 <= size <= MOST_VERTICES + 1:
        return None
    numbers = [number for number, _ in lines]
    solid = [re.sub(r"[\s,;]", "", line) for _, line in lines]
    if all(len(row) == size and set(row) <= {"0", "1"} for row in solid):
        return [], [list(row) for row in solid], numbers
    sign = next((sign for sign in "\t;," if all(sign in line for _, line in lines)), "")
    rows = [[field.strip(' "') for field in (line.split(sign) if sign else line.split())] for _, line in lines]
    if all(len(row) == size for row in rows):
        names = rows[0][1:]
        if sign and not rows[0][0] and [row[0] for row in rows[1:]] == names and len(set(names)) == len(names):
            return names, [row[1:] for row in rows[1:]], numbers[1:]
        return ([], rows, numbers) if size > 2 and _is_symmetric(rows) else None
    if not sign and size > 2 and len(rows[0]) == size - 1 and [row[0] for row in rows[1:]] == rows[0]:
        entries = [row[1:] for row in rows[1:]]
        if all(len(row) == size - 1 and all(map(_is_entry, row)) for row in entries):
            return rows[0], entries, numbers[1:]
    return None


def _is_symmetric(rows: list[list[str]]) -> bool:
    """Numbers, the same above and below the diagonal, and nothing on it."""
    return all(
        rows[i][j] == rows[j][i] and (rows[i][j] in NOTHING if i == j else bool(_is_entry(rows[i][j])))
        for i in range(len(rows))
        for j in range(i + 1)
    )


def _is_entry(entry: str) -> bool:
    return entry in NOTHING or NUMBER.fullmatch(entry) is not None


def accepts_lines(block: list[Line]) -> bool:
    """As many rows as columns, and entries of a matrix: 0 and 1, or the same numbers above and below the diagonal. Two
    rows are a matrix only where they are those of one edge."""
    found = _matrix(block)
    if found is None:
        return False
    names, rows, _ = found
    return len(rows) > 2 or bool(names) or _is_symmetric(rows)


def read_lines(block: list[Line], colours: int = COLOURS) -> tuple[Graph, tuple[str, ...]]:
    found = _matrix(block)
    if found is None:
        raise BadInput(f"line {block[0][0]}: these lines are no square matrix of numbers")
    names, rows, lines = found
    builder = Builder()
    names = names or [str(i) for i in range(1, len(rows) + 1)]
    for name in names:
        builder.vertex(name, lines[0])
    for i, row in enumerate(rows):
        if len(row) != len(rows):
            raise BadInput(f"line {lines[i]}: {len(row)} entries in a matrix of {len(rows)} rows")
        for entry in row:
            if not _is_entry(entry):
                raise BadInput(f"line {lines[i]}: {entry[:40]!r} is no entry of an adjacency matrix")
    there = [[entry not in NOTHING and float(entry) != 0 for entry in row] for row in rows]
    for i, present in enumerate(there):
        for j in range(len(there)):
            if present[j] != there[j][i]:
                raise BadInput(f"line {lines[i]}: the matrix is not symmetric: row {i + 1}, column {j + 1}")
            if present[j] and j < i:
                builder.edge(names[j], names[i], lines[i])
    return builder.graph(colours, (REMARK,))
