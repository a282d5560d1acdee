"""A vertex and its neighbours on every line: ``1: 2 3``, and networkx' adjacency lists, ``1 2 3``."""

from __future__ import annotations

import re

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Line, shortened
from gramsolve_coloring.forms.brackets import NUMBER
from gramsolve_coloring.forms.builder import Builder
from gramsolve_coloring.graph import COLOURS, Graph

BETWEEN = re.compile(r"[\s,;\[\](){}]+")
REMARK = "the first name of a line is read as a vertex, the names behind it as its neighbours"


def accepts_lines(lines: list[Line]) -> bool:
    """A colon behind the first name of every line; or names between blanks, with every name at the head of one line and
    lines of different lengths, or with names where weights would be.

    Raises BadInput where lines can be edges with weights too, and the graphs differ.
    """
    if not lines:
        return False
    if all(_cut(line) for _, line in lines):
        return True
    if any(sign in line for _, line in lines for sign in ",;\t{:"):
        return False
    rows = [line.split() for _, line in lines]
    lengths = {len(row) for row in rows}
    heads = {row[0] for row in rows}
    if max(lengths) < 3 or len(heads) < len(rows) or not all(name in heads for row in rows for name in row):
        return False
    if lengths - {1, 2, 3}:
        return True
    weighted = all(len(row) < 3 or NUMBER.fullmatch(row[2]) for row in rows)
    if not weighted:
        return True
    if lengths == {3}:
        return False  # three numbers on every line are an edge and its weight, as everywhere
    edges = [{frozenset((row[0], name)) for row in rows for name in row[1:most]} for most in (2, 3)]
    if edges[0] != edges[1] and 1 not in lengths:
        raise BadInput(
            f"line {lines[0][0]}: these lines can be edges with weights, or vertices with their neighbours: write a "
            "colon behind the vertex, as in `1: 2 3`, or give every edge a weight"
        )
    return True


def _cut(line: str) -> tuple[str, str] | None:
    """What stands before and behind the colon that follows the first name of a line."""
    head, colon, rest = line.partition(":")
    head = head.strip()
    if not colon or not head or any(sign in head for sign in ",;{(") or "(" in rest or rest.startswith("//"):
        return None
    return head, rest


def read_lines(lines: list[Line], colours: int = COLOURS) -> tuple[Graph, tuple[str, ...]]:
    builder = Builder()
    listed: list[tuple[int, str, list[str]]] = []
    for number, line in lines:
        if found := _cut(line):
            head, others = found[0], [name for name in BETWEEN.split(found[1]) if name]
        else:
            head, *others = line.split()
        if not head:
            raise BadInput(f"line {number}: {shortened(line)} names no vertex")
        builder.vertex(head.strip("\"'"), number)
        listed.append((number, head.strip("\"'"), [name.strip("\"'") for name in others]))
    for number, head, others in listed:
        for other in others:
            builder.edge(head, other, number)
    return builder.graph(colours, (REMARK,))
