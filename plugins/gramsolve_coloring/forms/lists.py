"""Lines of names: edges, with weights or without, tables of edges, lists of neighbours, and adjacency matrices.

Graphs stand between empty lines; each is read in the form that its own lines have. Where lines can be read in two ways
that give different graphs, they are refused.
"""

from __future__ import annotations

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Line, Reading, Text
from gramsolve_coloring.forms import graph6, matrices, neighbours, pairs
from gramsolve_coloring.forms.builder import colours_in, reading, without_comments
from gramsolve_coloring.graph import COLOURS, Graph

Found = tuple[Graph, tuple[str, ...]]


def blocks(text: Text) -> list[list[Line]]:
    """Lines between empty lines, comments among them; a block of comments alone belongs to the next."""
    found: list[list[Line]] = [[]]
    for number, line in text.lines:
        if line.strip():
            found[-1].append((number, line.rstrip("\r\n")))
        elif without_comments(found[-1]):
            found.append([])
    return [block for block in found if without_comments(block)]


def accepts(text: Text) -> bool:
    """There is a line that is no comment."""
    return bool(blocks(text))


def read(text: Text) -> Reading:
    found: list[Found] = []
    names: dict[str, None] = {}
    for block in blocks(text):
        lines = without_comments(block)
        colours = colours_in(block)
        if matrices.accepts_lines(block):
            names["matrix"] = None
            found.append(matrices.read_lines(block, colours))
        elif graph6.accepts_lines(lines):
            names["graph6"] = None
            found += graph6.read_lines(lines, colours)
        elif neighbours.accepts_lines(lines):
            names["neighbours"] = None
            found.append(neighbours.read_lines(lines, colours))
        else:
            names["edges"] = None
            found.append(pairs.read_lines(lines, colours))
    return reading(found, ", ".join(names))


def _one(name: str, title: str, module: object, *, whole: bool = False) -> Form:
    """A form whose blocks are all read by one module, for those who name it."""
    reader = module.read_lines  # type: ignore[attr-defined]

    def read_blocks(text: Text) -> Reading:
        found = [reader(block if whole else without_comments(block), colours_in(block)) for block in blocks(text)]
        if not found:
            raise BadInput("there is no graph in the text")
        return reading(found)

    return Form(name, title, lambda text: False, read_blocks)


FORM = Form("lists", "lines of names; what they are is judged for every block between empty lines", accepts, read)
EDGES = _one("edges", "an edge on every line: `1 2`, `a - b`, `a,b,0.5`; a heading or counts may come first", pairs)
NEIGHBOURS = _one("neighbours", "a vertex and its neighbours on every line: `1: 2 3`, or networkx' `1 2 3`", neighbours)
MATRIX = _one("matrix", "an adjacency matrix, with names of rows and columns or without", matrices, whole=True)
assert COLOURS >= 2
