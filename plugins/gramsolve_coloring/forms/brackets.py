"""Graphs in brackets: tuples and lists of edges, matrices, lists and dicts of neighbours, node-link JSON and the like.

networkx has readers for node-link, adjacency and Cytoscape JSON. They ask for fields that only networkx writes; these
read what d3, vis.js and others write too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Reading, Text
from gramsolve.tasks.nested import Value, nested
from gramsolve_coloring.forms.builder import MOST_EDGES, Builder, colours_in, reading
from gramsolve_coloring.graph import MOST_VERTICES, Graph

START = re.compile(r"(?:[\w.]{1,60}\s*(?:=|:(?=\s*\[\s*[\[(])))?\s*(?:[A-Za-z_][\w.]{0,40}\()?\s*[\[({]")
NUMBER = re.compile(r"[-+]?\d{1,18}(?:\.\d{0,30})?(?:[eE][-+]?\d{1,3})?")
ENDS = (("source", "target"), ("from", "to"), ("u", "v"), ("start", "end"), ("src", "dst"))
NAMES = ("id", "key", "name", "label")

WEIGHTS = "third numbers taken as weights"
DATA = "what is said of edges is left out"

Found = list[tuple[Graph, tuple[str, ...]]]


def accepts(text: Text) -> bool:
    """The first line that is no comment begins with a bracket, perhaps behind a name."""
    first = next((line for _, line in text.filled if not line.startswith(("#", "%", "//"))), "")
    return bool(START.match(first))


def read(text: Text) -> Reading:
    """Parts between empty lines are graphs of their own where their brackets are closed."""
    colours = colours_in(text.filled)
    content = "\n".join("" if line.lstrip().startswith(("%", "//")) else line for _, line in text.lines)
    parts = [part for part in re.split(r"\n[ \t]*\n", content) if part.strip()]
    try:
        values = [found for found in map(nested, parts) if found]
    except BadInput:
        values = [nested(content)]
    found = [graph for value in values for graph in _graphs(value, colours)]
    if not found:
        raise BadInput("the brackets hold no graph: write edges such as (1, 2), (2, 3)")
    return reading(found)


def _graphs(value: Value, colours: int) -> Found:
    """The graphs of a value: one, or one for each of its items."""
    while isinstance(value, list) and len(value) == 1 and isinstance(value[0], list | dict) and not _is_pair(value[0]):
        value = value[0]
    if isinstance(value, dict):
        return [_object(value, colours)]
    if not isinstance(value, list) or not value:
        return []
    if _is_vertices_and_edges(value):
        vertices, edges = value
        return [_edges(_items(edges), colours, _items(vertices))]
    if _is_matrix(value):
        return [_matrix(value, colours)]
    if all(_is_pair(item) for item in value):
        if (neighbours := _neighbours(value)) is not None:
            listed, paired = _of_neighbours(neighbours, colours), _edges(value, colours)
            if listed[0].edges != paired[0].edges:
                raise BadInput(
                    "these pairs can be edges, or the neighbours of every vertex: write edges as (1, 2), or "
                    "neighbours as {0: [1, 2]}"
                )
        return [_edges(value, colours)]
    if (neighbours := _neighbours(value)) is not None:
        return [_of_neighbours(neighbours, colours)]
    if all(isinstance(item, list | dict) and not _is_pair(item) for item in value):
        return [graph for item in value for graph in _graphs(item, colours)]
    raise BadInput("the brackets hold neither edges, nor a matrix, nor neighbours: write edges such as (1, 2), (2, 3)")


def _items(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []


def _is_name(value: Value) -> bool:
    return isinstance(value, str) and bool(value)


def _is_pair(value: Value) -> bool:
    """Two names, perhaps with a weight or with data in braces."""
    if not isinstance(value, list) or not 2 <= len(value) <= 3 or not (_is_name(value[0]) and _is_name(value[1])):
        return False
    return len(value) == 2 or isinstance(value[2], dict) or value[2] in ([], None) or _is_number(value[2])


def _is_number(value: Value) -> bool:
    return isinstance(value, str) and NUMBER.fullmatch(value) is not None


def _is_vertices_and_edges(value: list[Value]) -> bool:
    """``[1, 2, 3], [(1, 2), (2, 3)]``."""
    if len(value) != 2 or not isinstance(value[0], list) or not isinstance(value[1], list) or not value[1]:
        return False
    names = {name for name in value[0] if isinstance(name, str)}
    edges = [edge for edge in value[1] if isinstance(edge, list) and _is_pair(edge)]
    return len(names) == len(value[0]) and len(edges) == len(value[1]) and all({*edge[:2]} <= names for edge in edges)


def _is_matrix(value: list[Value]) -> bool:
    """As many rows as columns, all of them numbers, the same above and below the diagonal, which is zero. Two rows are
    a matrix only where they are those of one edge."""
    size = len(value)
    if size < 2 or not all(isinstance(row, list) and len(row) == size and all(map(_is_number, row)) for row in value):
        return False
    rows = [[float(str(entry)) for entry in _items(row)] for row in value]
    if size > 2 and {entry for row in rows for entry in row} <= {0.0, 1.0}:
        return True
    return all(rows[i][i] == 0 and rows[i][j] == rows[j][i] for i in range(size) for j in range(i + 1))


def _matrix(value: list[Value], colours: int) -> tuple[Graph, tuple[str, ...]]:
    rows = [[float(str(entry)) != 0 for entry in _items(row)] for row in value]
    builder = Builder()
    builder.count(len(rows), 1)
    for i, row in enumerate(rows):
        for j in range(i):
            if row[j] != rows[j][i]:
                raise BadInput(f"the matrix is not symmetric: row {i + 1}, column {j + 1}")
            if row[j]:
                builder.edge(str(j + 1), str(i + 1))
    return builder.graph(colours, ("read as an adjacency matrix",))


def _edges(
    pairs: Sequence[Value], colours: int, vertices: Sequence[Value] = (), remarks: Sequence[str] = ()
) -> tuple[Graph, tuple[str, ...]]:
    builder = Builder()
    told = list(remarks)
    for vertex in vertices:
        builder.vertex(str(vertex))
    for pair in pairs:
        assert isinstance(pair, list)
        builder.edge(str(pair[0]), str(pair[1]))
        if len(pair) == 3:
            told.append(WEIGHTS if isinstance(pair[2], str) else DATA)
    return builder.graph(colours, dict.fromkeys(told))


def _neighbours(value: list[Value]) -> dict[str, list[str]] | None:
    """Lists of neighbours, one for each vertex from 0 or from 1, if every edge is there from both its ends."""
    if len(value) > MOST_VERTICES or not all(isinstance(row, list) for row in value):
        return None
    rows = [[str(entry) for entry in _items(row)] for row in value if all(map(_is_name, _items(row)))]
    if len(rows) != len(value) or not any(rows):
        return None
    for first in (0, 1):
        listed = {str(i): row for i, row in enumerate(rows, first)}
        known = {name: set(row) for name, row in listed.items()}
        if all(other in known and name in known[other] for name, row in listed.items() for other in row):
            return listed
    return None


def _of_neighbours(listed: dict[str, list[str]], colours: int) -> tuple[Graph, tuple[str, ...]]:
    builder = Builder()
    for name in listed:
        builder.vertex(name)
    for name, others in listed.items():
        for other in others:
            builder.edge(name, other)
    return builder.graph(colours, ("read as the neighbours of every vertex",))


def _object(value: dict[str, Value], colours: int) -> tuple[Graph, tuple[str, ...]]:
    """Node-link JSON of networkx, d3 and vis.js, Cytoscape's, networkx' adjacency JSON, or a dict of neighbours."""
    inner = value.get("graph")
    if isinstance(inner, dict) and ("edges" in inner or "links" in inner):
        value = inner
    inner = value.get("elements")
    if isinstance(inner, dict):
        value = inner
    wish = value.get("colors", value.get("colours"))
    if isinstance(wish, str):
        colours = colours_in([(1, f"# colors {wish}")])
    remarks = ["directed edges are read as undirected"] if str(value.get("directed")).lower() == "true" else []
    nodes = value.get("nodes", value.get("vertices"))
    links = value.get("links", value.get("edges"))
    adjacency = value.get("adjacency")
    if isinstance(links, list) or (isinstance(adjacency, list) and isinstance(nodes, list)):
        return _nodes_and_links(nodes, links, adjacency, colours, remarks)
    listed = {name: _names(some) for name, some in value.items()}
    if all(some is not None for some in listed.values()):
        return _of_neighbours({name: some for name, some in listed.items() if some is not None}, colours)
    raise BadInput('the object holds no graph: write {"nodes": [...], "links": [{"source": 1, "target": 2}]}')


def _names(value: Value) -> list[str] | None:
    """The neighbours in a list or in a dict of data by neighbour."""
    names = list(value) if isinstance(value, dict | list) else None
    if names is None or not all(isinstance(name, str) and name for name in names):
        return None
    return [str(name) for name in names]


def _nodes_and_links(
    nodes: Value, links: Value, adjacency: Value, colours: int, remarks: list[str]
) -> tuple[Graph, tuple[str, ...]]:
    builder = Builder()
    names: list[str] = []
    if isinstance(nodes, str) and _is_number(nodes) and len(nodes) < 7:
        numbered_from_0 = any("0" in _ends(link) for link in _items(links))
        builder.count(int(float(nodes)), 0 if numbered_from_0 else 1)
    for number, node in enumerate(nodes if isinstance(nodes, list | dict) else []):
        name = _name(node, number)
        builder.vertex(name)
        names.append(name)
    indexed = bool(names) and isinstance(nodes, list) and isinstance(nodes[0], dict) and "id" not in _flat(nodes[0])
    for link in _items(links):
        ends = _ends(link)
        if len(ends) != 2 or len(builder.edges) > MOST_EDGES:
            raise BadInput("a link without two ends: source and target are its vertices")
        if indexed and not set(ends) <= set(builder.names):
            ends = [names[int(end)] if end.isdecimal() and int(end[:9]) < len(names) else end for end in ends]
        builder.edge(ends[0], ends[1])
    for name, row in zip(names, _items(adjacency), strict=False):
        for other in _items(row):
            builder.edge(name, _name(other, -1))
    return builder.graph(colours, remarks)


def _flat(value: Value) -> dict[str, Value]:
    """The fields of an object, those of its ``data`` among them."""
    if not isinstance(value, dict):
        return {}
    data = value.get("data")
    return {**value, **data} if isinstance(data, dict) else value


def _name(node: Value, number: int) -> str:
    if isinstance(node, str):
        return node
    fields = _flat(node)
    found = next((fields[key] for key in NAMES if isinstance(fields.get(key), str)), None)
    return str(found) if found is not None else str(number)


def _ends(link: Value) -> list[str]:
    if isinstance(link, list) and _is_pair(link):
        return [str(link[0]), str(link[1])]
    fields = _flat(link)
    for first, second in ENDS:
        if first in fields and second in fields:
            return [_name(fields[first], -1), _name(fields[second], -1)]
    return []


FORM = Form(
    "brackets",
    "edges as (1, 2), lists of lists, dicts of neighbours, matrices, node-link and Cytoscape JSON",
    accepts,
    read,
)
