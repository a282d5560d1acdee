"""DIMACS: ``p edge N M`` and ``e u v``; ``p sp`` with ``a u v weight``, and the ``p tw`` files of PACE."""

from __future__ import annotations

import re
from itertools import pairwise

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Line, Reading, Text, counted, shortened
from gramsolve_coloring.forms.builder import Builder, colours_in, reading
from gramsolve_coloring.graph import MOST_VERTICES, Graph

PROBLEM = re.compile(r"\s*p\s+(?:col|edges?|coloring|graph|sp|tw|td|ds|vc|mis|max)\b", re.IGNORECASE)
EDGE = re.compile(r"\s*e\s+\d+\s+\d+\s*")
COMMENT = re.compile(r"c(?:\s.*)?|#.*")
NAME = re.compile(r"c\s+vertex\s+(\d{1,6})\s+=\s(.*)")
OTHERS = ("n", "d", "v", "x")


def accepts(text: Text) -> bool:
    """There is a problem line, or every line that is no comment is an edge line."""
    if any(PROBLEM.match(line) for _, line in text.filled):
        return True
    rest = [line for _, line in text.filled if not COMMENT.fullmatch(line)]
    return bool(rest) and all(EDGE.fullmatch(line) for line in rest)


def read(text: Text) -> Reading:
    """A graph ends where the next problem line begins; comments before a problem line belong to it."""
    lines = text.filled
    starts = [i for i, (_, line) in enumerate(lines) if line.split(None, 1)[0] == "p"]
    cuts = [0]
    for before, start in pairwise(starts):
        while start > before + 1 and COMMENT.fullmatch(lines[start - 1][1]):
            start -= 1
        cuts.append(start)
    return reading([_graph(lines[a:b]) for a, b in pairwise([*cuts, len(lines)])])


def _graph(lines: tuple[Line, ...]) -> tuple[Graph, tuple[str, ...]]:
    """Vertices are counted from 1, or from 0 where a vertex 0 is named. Self-loops, which published files hold, say
    nothing; every edge may be there in both directions."""
    declared: tuple[int, int | None] | None = None
    pairs: list[tuple[int, int, int]] = []
    names: dict[int, str] = {}
    for number, line in lines:
        if found := NAME.fullmatch(line):
            names[int(found[1])] = found[2].strip()
        if COMMENT.fullmatch(line):
            continue
        words = line.split()
        if words[0] == "p":
            declared = _problem(number, line, words)
        elif words[0] in ("e", "a") and len(words) >= 3 and _is_number(words[1]) and _is_number(words[2]):
            pairs.append((number, int(words[1]), int(words[2])))
        elif words[0] in ("e", "a"):
            raise BadInput(f"line {number}: {shortened(line)} is not `e VERTEX VERTEX`")
        elif len(words) == 2 and declared and _is_number(words[0]) and _is_number(words[1]):
            pairs.append((number, int(words[0]), int(words[1])))
        elif words[0] not in OTHERS:
            raise BadInput(f"line {number}: unknown line {shortened(line)}; DIMACS lines begin with c, p, n or e")
    first = 0 if any(0 in (a, b) for _, a, b in pairs) else 1
    largest = max((max(a, b) for _, a, b in pairs), default=0) - first + 1
    vertices = declared[0] if declared else largest
    if not 1 <= vertices <= MOST_VERTICES:
        raise BadInput(f"line {lines[0][0]}: a graph of {vertices} vertices; {MOST_VERTICES} is the most")
    builder = Builder()
    for vertex in range(first, first + vertices):
        builder.vertex(names.get(vertex, str(vertex - first + 1)), lines[0][0])
    labels = list(builder.names)
    if len(labels) != vertices:
        raise BadInput(f"line {lines[0][0]}: two vertices of one name")
    for number, a, b in pairs:
        if max(a, b) - first >= vertices:
            raise BadInput(f"line {number}: vertex {max(a, b)} in a graph of {vertices}")
        builder.edge(labels[a - first], labels[b - first], number)
    distinct = len({(min(a, b), max(a, b)) for _, a, b in pairs})
    remarks = []
    if declared and declared[1] is not None and declared[1] not in (len(pairs), distinct, 2 * distinct):
        is_there = f"{len(pairs):,} {'is' if len(pairs) == 1 else 'are'} there"
        remarks.append(f"{counted(declared[1], 'edge')} announced, {is_there}: the file may be cut short")
    return builder.graph(colours_in(lines), remarks, in_order=True)


def _problem(number: int, line: str, words: list[str]) -> tuple[int, int | None]:
    if len(words) < 3 or not _is_number(words[2]):
        raise BadInput(f"line {number}: {shortened(line)} is not `p edge VERTICES EDGES`")
    return int(words[2]), int(words[3]) if len(words) > 3 and _is_number(words[3]) else None


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < 10


FORM = Form("dimacs", "DIMACS: `p edge 3 2`, then `e 1 2` on every line", accepts, read)
