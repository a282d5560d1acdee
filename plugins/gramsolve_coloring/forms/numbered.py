"""Files of numbers behind a line of counts: Matrix Market and METIS."""

from __future__ import annotations

import re

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Line, Reading, Text, counted, shortened
from gramsolve_coloring.forms.builder import Builder, colours_in, reading, without_comments
from gramsolve_coloring.graph import MOST_VERTICES

NUMBER = re.compile(r"\d{1,9}")


def accepts_matrix_market(text: Text) -> bool:
    """The text begins with ``%%MatrixMarket``."""
    return text.start[:14].lower() == "%%matrixmarket"


def read_matrix_market(text: Text) -> Reading:
    """Entries of a sparse matrix, or all of a dense one, as edges; their values say nothing."""
    header = text.filled[0][1].lower().split()
    lines = without_comments(text.filled)
    if len(header) < 5 or header[1] != "matrix" or header[2] not in ("coordinate", "array"):
        raise BadInput(f"line 1: {shortened(text.filled[0][1])} is no header of a Matrix Market file")
    if not lines:
        raise BadInput("there is no line of sizes in the Matrix Market file")
    number, sizes = lines[0][0], _numbers(*lines[0])
    if len(sizes) < 2 or sizes[0] != sizes[1] or not 1 <= sizes[0] <= MOST_VERTICES:
        raise BadInput(f"line {number}: a square matrix of up to {MOST_VERTICES} rows is a graph")
    builder = Builder()
    builder.count(sizes[0], 1, number)
    remarks = []
    if header[2] == "array":
        _dense(builder, lines[1:], sizes[0], header[4])
    else:
        for number, line in lines[1:]:
            words = line.split()
            first, second = _numbers(number, " ".join(words[:2]))
            if not 1 <= min(first, second) <= max(first, second) <= sizes[0]:
                raise BadInput(f"line {number}: {shortened(line)} names no entry of {sizes[0]} rows")
            builder.edge(str(first), str(second), number)
        if len(sizes) > 2 and sizes[2] != len(lines) - 1:
            remarks.append(f"{counted(sizes[2], 'entry', 'entries')} announced, {len(lines) - 1:,} are there")
        if header[3] != "pattern":
            remarks.append("values are left out")
    if header[4] == "general":
        remarks.append("directed edges are read as undirected")
    return reading([builder.graph(colours_in(text.filled), remarks)])


def _dense(builder: Builder, lines: list[Line], size: int, symmetry: str) -> None:
    """Column by column, all of it or the lower triangle."""
    places = [
        (row, column)
        for column in range(size)
        for row in range(0 if symmetry == "general" else column + (symmetry == "skew-symmetric"), size)
    ]
    if len(lines) != len(places):
        raise BadInput(f"a dense matrix of {size} rows has {len(places):,} values, not {len(lines):,}")
    for (row, column), (number, line) in zip(places, lines, strict=True):
        if row != column and line.strip("+-0.eE"):
            builder.edge(str(row + 1), str(column + 1), number)


def _numbers(number: int, line: str) -> list[int]:
    words = line.split()
    if len(words) < 2 or not all(NUMBER.fullmatch(word) for word in words):
        raise BadInput(f"line {number}: {shortened(line)} is not a line of whole numbers")
    return [int(word) for word in words]


def _metis_lines(text: Text) -> list[Line]:
    """The lines that are no comments, also empty ones: a vertex without neighbours has one."""
    lines = [(number, line.strip()) for number, line in text.lines if not line.lstrip().startswith(("%", "#"))]
    while lines and not lines[0][1]:
        lines.pop(0)
    return lines


def metis(text: Text) -> tuple[list[list[int]], str] | None:
    """Neighbours of every vertex, from 1, and a remark, if the text is exactly a METIS file: counts of vertices and
    edges, then a line for every vertex, every edge in both directions."""
    lines = _metis_lines(text)
    words = lines[0][1].split() if lines else []
    if not 2 <= len(words) <= 4 or not all(NUMBER.fullmatch(word) for word in words):
        return None
    vertices, edges, form = int(words[0]), int(words[1]), words[2].zfill(3) if len(words) > 2 else "000"
    if not 1 <= vertices <= MOST_VERTICES or edges == 0 or set(form) - {"0", "1"} or len(form) != 3:
        return None
    rows = [line for _, line in lines[1:]]
    while len(rows) > vertices and not rows[-1]:
        rows.pop()
    rows += [""] * (vertices - len(rows)) if vertices - len(rows) <= 1 else []
    if len(rows) != vertices:
        return None
    skipped = int(form[0]) + (int(words[3]) if len(words) > 3 else int(form[1]))
    neighbours: list[list[int]] = []
    for row in rows:
        entries = row.split()[skipped:]
        if not all(NUMBER.fullmatch(entry) for entry in entries):
            return None
        neighbours.append([int(entry) for entry in (entries[::2] if form[2] == "1" else entries)])
    pairs = {(a, b) for a, some in enumerate(neighbours, 1) for b in some}
    if len(pairs) != 2 * edges or sum(map(len, neighbours)) != 2 * edges or any((b, a) not in pairs for a, b in pairs):
        return None
    return neighbours, "weights are left out" if form != "000" else ""


def accepts_metis(text: Text) -> bool:
    """Every count is right and every edge is there from both its ends."""
    return metis(text) is not None


def read_metis(text: Text) -> Reading:
    found = metis(text)
    if found is None:
        raise BadInput("this is not METIS: counts of vertices and edges, then the neighbours of every vertex")
    neighbours, remark = found
    builder = Builder()
    builder.count(len(neighbours), 1)
    for vertex, some in enumerate(neighbours, 1):
        for other in some:
            builder.edge(str(vertex), str(other))
    return reading([builder.graph(colours_in(text.filled), (remark,) if remark else ())])


MATRIX_MARKET = Form(
    "matrixmarket",
    "Matrix Market: `%%MatrixMarket matrix coordinate pattern symmetric`",
    accepts_matrix_market,
    read_matrix_market,
)
METIS = Form("metis", "METIS: counts, then the neighbours of every vertex on its line", accepts_metis, read_metis)
