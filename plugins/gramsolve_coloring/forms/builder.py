"""From named vertices and edges to a graph, and what there is to say about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Line, Reading, counted, shortened
from gramsolve_coloring.graph import COLOURS, MOST_COLOURS, MOST_VERTICES, Edge, Graph, simple, variant_for

LONGEST_NAME = 100
MOST_EDGES = 2_000_000
WISH = re.compile(r"(?:c|#|%|//)\s*colou?rs?\s*[:=]?\s*(\d{1,3})", re.IGNORECASE)
COMMENTS = ("#", "%", "//")


class Builder:
    """Vertices in the order in which they are named, and edges between them. Numbers are sorted in the end, so that the
    graph that is written is the one that is read."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.edges: list[Edge] = []
        self.loops = 0

    def vertex(self, name: str, line: int = 1) -> int:
        """The number of a vertex. Raises BadInput for a name, or a number of vertices, that is too large."""
        known = self.names.get(name)
        if known is not None:
            return known
        if len(name) > LONGEST_NAME:
            raise BadInput(f"line {line}: a vertex name of {len(name):,} characters; {LONGEST_NAME} is the most")
        if not name or not name.isprintable():
            raise BadInput(f"line {line}: {shortened(name)} is no name of a vertex")
        if len(self.names) == MOST_VERTICES:
            raise BadInput(f"line {line}: more than {MOST_VERTICES} vertices; that is the most in a graph")
        self.names[name] = len(self.names)
        return len(self.names) - 1

    def edge(self, first: str, second: str, line: int = 1) -> None:
        """An edge, with its vertices if they are new."""
        a, b = self.vertex(first, line), self.vertex(second, line)
        if len(self.edges) == MOST_EDGES:
            raise BadInput(f"line {line}: more than {MOST_EDGES:,} edges; that is the most that is read")
        if a == b:
            self.loops += 1
        else:
            self.edges.append((a, b))

    def count(self, vertices: int, first: int, line: int = 1) -> None:
        """Vertices that are numbered from ``first``."""
        if vertices > MOST_VERTICES:
            raise BadInput(f"line {line}: a graph of {vertices} vertices; {MOST_VERTICES} is the most")
        for number in range(first, first + vertices):
            self.vertex(str(number), line)

    def graph(
        self, colours: int, remarks: Iterable[str] = (), *, in_order: bool = False
    ) -> tuple[Graph, tuple[str, ...]]:
        """The graph, and the remarks with those of its own; ``in_order`` leaves numbers where they were named.

        Raises BadInput where there is no vertex.
        """
        if not self.names:
            raise BadInput("a graph without vertices")
        ordered, edges = list(self.names), self.edges
        if not in_order and all(name.isascii() and name.isdecimal() and len(name) < 19 for name in ordered):
            ordered = sorted(ordered, key=int)
            place = {self.names[name]: i for i, name in enumerate(ordered)}
            edges = [(place[a], place[b]) for a, b in edges]
        labels = () if ordered == [str(i) for i in range(1, len(ordered) + 1)] else tuple(ordered)
        graph = Graph(variant_for(len(ordered), colours), "", len(ordered), simple(edges), labels)
        loops = ("edges from a vertex to itself are left out",) if self.loops else ()
        return graph, (*remarks, *loops)


def colours_in(lines: Iterable[Line]) -> int:
    """The number of colours that a comment such as ``# colors 4`` asks for. Raises BadInput for one out of range."""
    colours = COLOURS
    for number, line in lines:
        if wish := WISH.fullmatch(line.strip()):
            colours = int(wish[1])
            if not 2 <= colours <= MOST_COLOURS:
                raise BadInput(f"line {number}: {colours} colours; 2 to {MOST_COLOURS} are supported")
    return colours


def without_comments(lines: Iterable[Line]) -> list[Line]:
    """Lines with content, stripped; a line that begins with ``#``, ``%`` or ``//`` is a comment."""
    stripped = ((number, line.strip()) for number, line in lines)
    return [(n, line) for n, line in stripped if line and not line.startswith(COMMENTS) and not WISH.fullmatch(line)]


def reading(found: Sequence[tuple[Graph, tuple[str, ...]]], form: str = "") -> Reading:
    """Graphs with their remarks as what was read."""
    graphs = [graph for graph, _ in found]
    remarks = tuple(dict.fromkeys(remark for _, some in found for remark in some))
    if len(graphs) == 1:
        graph = graphs[0]
        edges = counted(len(graph.edges), "edge") if graph.edges else "no edges"
        summary = f"a graph of {counted(graph.vertices, 'vertex', 'vertices')}, {edges}"
    else:
        sizes = [graph.vertices for graph in graphs] or [0]
        span = f"{min(sizes)} to {max(sizes)}" if min(sizes) < max(sizes) else str(max(sizes))
        summary = f"{counted(len(graphs), 'graph')} of {span} vertices"
    return Reading(tuple(graphs), summary, remarks, form)
