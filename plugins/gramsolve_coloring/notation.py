"""Graphs as text: DIMACS, edge lists, adjacency matrices and graph6."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import networkx as nx
import numpy as np

from gramsolve.tasks import BadInput
from gramsolve_coloring.graph import (
    COLOURS,
    FIRST_COLOUR,
    MOST_COLOURS,
    MOST_VERTICES,
    Bytes,
    Edge,
    Graph,
    simple,
    size_of,
    variant_for,
)

LIMIT = 4_000_000
WISH = re.compile(r"^\s*(?:c|#)\s*colou?rs?\s*[:=]?\s*(\d{1,3})\s*$", re.IGNORECASE)
DIMACS = re.compile(r"^\s*[pe]\s")
PROBLEM = re.compile(r"^\s*p\s")
COMMENT = re.compile(r"^\s*(c(\s.*)?|#.*)$")
PAIR = re.compile(r"^\s*([^\s,;:>-]+)\s*(?:[\s,;:]|--?>?)\s*([^\s,;:>-]+)\s*(?:[,;\s]\s*[-+.\deE]+)?\s*$")

Line = tuple[int, str]


def parse(text: str) -> list[Graph]:
    """One or more graphs. Raises BadInput with the line of what is wrong."""
    if len(text) > LIMIT:
        raise BadInput(f"the text has {len(text):,} characters; {LIMIT:,} is the most that is read")
    lines = list(enumerate(text.removeprefix("\ufeff").splitlines(), 1))
    if not any(line.strip() and not COMMENT.match(line) for _, line in lines):
        raise BadInput(
            "there is no graph in the text: write DIMACS (`p edge 3 2`, `e 1 2`) or an edge on every line: `1 2`"
        )
    for number, line in lines:
        if not line.replace("\t", " ").isprintable():
            raise BadInput(f"line {number}: this is not text")
    return [_graph(block) for block in _blocks(lines)]


def _blocks(lines: list[Line]) -> list[list[Line]]:
    """Graphs stand between empty lines; a DIMACS file may have some inside, and ends where the next ``p`` begins."""
    if any(DIMACS.match(line) for _, line in lines):
        starts = [i for i, (_, line) in enumerate(lines) if PROBLEM.match(line)]
        # Comments before a problem line belong to it.
        cuts = [0]
        for before, start in pairwise(starts):
            while start > before + 1 and (COMMENT.match(lines[start - 1][1]) or not lines[start - 1][1].strip()):
                start -= 1
            cuts.append(start)
        return [lines[a:b] for a, b in pairwise([*cuts, len(lines)])]
    blocks: list[list[Line]] = [[]]
    for number, line in lines:
        if line.strip():
            blocks[-1].append((number, line))
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if any(not COMMENT.match(line) for _, line in block)]


def _graph(block: list[Line]) -> Graph:
    colours = COLOURS
    for number, line in block:
        if wish := WISH.match(line):
            colours = int(wish[1])
            if not 2 <= colours <= MOST_COLOURS:
                raise BadInput(f"line {number}: {colours} colours; 2 to {MOST_COLOURS} are supported")
    content = [(number, line.strip()) for number, line in block if line.strip() and not COMMENT.match(line)]
    if any(DIMACS.match(line) for _, line in content):
        vertices, edges, labels = _dimacs(content)
    elif len(content) > 1 and all(set(line) <= set("01 ,\t") for _, line in content) and _is_square(content):
        vertices, edges, labels = _matrix(content)
    elif len(content) == 1 and not PAIR.match(content[0][1]):
        vertices, edges, labels = _graph6(*content[0])
    else:
        vertices, edges, labels = _list(content)
    if not 1 <= vertices <= MOST_VERTICES:
        raise BadInput(f"line {block[0][0]}: a graph of {vertices} vertices; {MOST_VERTICES} is the most")
    return Graph(variant_for(vertices, colours), "", vertices, simple(edges), labels)


def _dimacs(content: list[Line]) -> tuple[int, list[Edge], tuple[str, ...]]:
    """``p edge N M`` and ``e u v``, counted from 1, or from 0 where a vertex 0 is named. Self-loops, which published
    files hold, say nothing; every edge may be there in both directions."""
    declared, pairs = None, []
    for number, line in content:
        words = line.split()
        if words[0] == "p":
            if len(words) < 3 or not words[2].isdecimal():
                raise BadInput(f"line {number}: {line[:40]!r} is not `p edge VERTICES EDGES`")
            declared = int(words[2])
        elif words[0] == "e":
            if len(words) < 3 or not (words[1].isdecimal() and words[2].isdecimal()):
                raise BadInput(f"line {number}: {line[:40]!r} is not `e VERTEX VERTEX`")
            pairs.append((number, int(words[1]), int(words[2])))
        elif words[0] not in ("n", "d", "v", "x"):
            raise BadInput(f"line {number}: unknown line {line[:40]!r}; DIMACS lines begin with c, p, n or e")
    first = 0 if any(0 in (a, b) for _, a, b in pairs) else 1
    largest = max((max(a, b) for _, a, b in pairs), default=0) - first + 1
    vertices = declared if declared is not None else largest
    for number, a, b in pairs:
        if max(a, b) - first >= vertices:
            raise BadInput(f"line {number}: vertex {max(a, b)} in a graph of {vertices}")
    return vertices, [(a - first, b - first) for _, a, b in pairs], ()


def _list(content: list[Line]) -> tuple[int, list[Edge], tuple[str, ...]]:
    """An edge a line, its ends named in any way; one name alone is a vertex without neighbours."""
    names: dict[str, int] = {}
    edges: list[Edge] = []
    for number, line in content:
        if len(line.split()) == 1 and not re.search(r"[,;:-]", line):
            names.setdefault(line, len(names))
            continue
        found = PAIR.match(line)
        if not found:
            raise BadInput(f"line {number}: {line[:40]!r} is not an edge: write two vertices, such as `1 2`")
        first, second = (names.setdefault(name, len(names)) for name in found.groups())
        edges.append((first, second))
    if len(names) > MOST_VERTICES:
        raise BadInput(f"line {content[0][0]}: a graph of {len(names)} vertices; {MOST_VERTICES} is the most")
    if all(name.isdecimal() for name in names):
        # Numbers keep their order, so that what is written is found again.
        ordered = sorted(names, key=int)
        number_of = {names[name]: i for i, name in enumerate(ordered)}
        edges = [(number_of[a], number_of[b]) for a, b in edges]
        return len(names), edges, tuple(ordered) if ordered != [str(i + 1) for i in range(len(ordered))] else ()
    return len(names), edges, tuple(names)


def _is_square(content: list[Line]) -> bool:
    return all(len(re.sub(r"[\s,]", "", line)) == len(content) for _, line in content)


def _matrix(content: list[Line]) -> tuple[int, list[Edge], tuple[str, ...]]:
    rows = [re.sub(r"[\s,]", "", line) for _, line in content]
    for i, (number, _) in enumerate(content):
        for j in range(len(rows)):
            if rows[i][j] != rows[j][i]:
                raise BadInput(f"line {number}: the matrix is not symmetric: row {i + 1}, column {j + 1}")
    return len(rows), [(i, j) for i in range(len(rows)) for j in range(i) if rows[i][j] == "1"], ()


def _graph6(number: int, line: str) -> tuple[int, list[Edge], tuple[str, ...]]:
    try:
        if len(line) > 100_000 or not line.isascii():
            raise ValueError
        graph = nx.from_graph6_bytes(line.removeprefix(">>graph6<<").encode())
    except (nx.NetworkXError, ValueError, IndexError):
        raise BadInput(f"line {number}: {line[:40]!r} is neither an edge nor a graph in graph6 form") from None
    return len(graph), [(int(a), int(b)) for a, b in graph.edges], ()


def from_networkx(graph: nx.Graph, colours: int = COLOURS) -> Graph:
    """A networkx graph as a puzzle; its nodes keep their names as labels."""
    names = {node: i for i, node in enumerate(graph.nodes)}
    edges = simple([(names[a], names[b]) for a, b in graph.edges])
    return Graph(variant_for(len(names), colours), "", len(names), edges, tuple(map(str, names)))


def format(graph: Graph) -> str:
    """DIMACS, with the number of colours in a comment."""
    lines = [f"c colors {size_of(graph.variant)[1]}", f"p edge {graph.vertices} {len(graph.edges)}"]
    return "\n".join([*lines, *(f"e {a + 1} {b + 1}" for a, b in graph.edges)])


def answer(graph: Graph, outputs: Bytes) -> str:
    """The colours of vertices 1, 2, 3..., as numbers from 1; ? where there is none."""
    colours = size_of(graph.variant)[1]
    numbers = outputs[: graph.vertices].astype(int) - FIRST_COLOUR + 1
    return " ".join(str(number) if 1 <= number <= colours else "?" for number in numbers)


def answers(graphs: Sequence[Graph], ranked: Sequence[Sequence[Bytes]]) -> str:
    """One DIMACS-like solution a graph: ``s col K``, then ``l VERTEX COLOUR``."""
    parts = []
    for graph, found in zip(graphs, ranked, strict=True):
        lines = [f"c {graph.name or 'graph'}, {graph.vertices} vertices"]
        if found:
            words = answer(graph, found[0]).split()
            lines += [f"s col {len({*words} - {'?'})}", *(f"l {i} {word}" for i, word in enumerate(words, 1))]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def to_variant(graph: Graph, variant: str) -> Graph:
    """The same graph with another room or another number of colours. Raises BadInput where it is too large."""
    room, _ = size_of(variant)
    if graph.vertices > room:
        raise BadInput(f"this graph has {graph.vertices} vertices, {variant} has room for {room}")
    return replace(graph, variant=variant)


def label(graph: Graph, vertex: int) -> str:
    return graph.labels[vertex] if graph.labels else str(np.int64(vertex) + 1)
