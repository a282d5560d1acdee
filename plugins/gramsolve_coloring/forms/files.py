"""Graph files that networkx reads: GML, GraphML and Pajek.

None of its readers for them needs scipy, pydot or lxml. GraphML goes through ``markup.tree`` first, which refuses
entities and bounds depth and size.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Reading, Text, shortened
from gramsolve.tasks.markup import tree
from gramsolve_coloring.forms.builder import Builder, colours_in, reading
from gramsolve_coloring.graph import MOST_VERTICES

DIRECTED = "directed edges are read as undirected"
HUGE = re.compile(r"\d{19}")
DEEPEST = 20


def from_networkx(text: Text, what: str, load: Callable[[], Any]) -> Reading:
    """The graph that a reader of networkx gives. Whatever the reader raises becomes one line."""
    if found := HUGE.search(text.content):
        line = text.content.count("\n", 0, found.start()) + 1
        raise BadInput(f"line {line}: a number of more than 18 digits")
    try:
        graph = load()
    except BadInput:
        raise
    except (Exception, RecursionError) as error:  # strangers' files meet every corner of a reader
        said = " ".join(str(error).split())
        raise BadInput(f"not {what}: {shortened(said, 80) if said else type(error).__name__}") from None
    builder = Builder()
    for node in graph.nodes:
        builder.vertex(" ".join(str(node).split()))
    if len(builder.names) != len(graph):
        raise BadInput("two vertices of one name")
    for first, second in graph.edges():
        builder.edge(" ".join(str(first).split()), " ".join(str(second).split()))
    return reading([builder.graph(colours_in(text.filled), (DIRECTED,) if graph.is_directed() else ())])


def accepts_gml(text: Text) -> bool:
    """``graph [`` stands at the beginning of a line, with nothing but comments and keys before it."""
    return bool(re.search(r"^[ \t]*graph\s*\[", text.content[:20_000], re.MULTILINE)) and "node" in text.content


def read_gml(text: Text) -> Reading:
    depth = deepest = 0
    for sign in re.findall(r'"[^"]*"|[\[\]]', text.content):
        depth += (sign == "[") - (sign == "]")
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise BadInput(f"brackets nested too deeply: {DEEPEST} is the most")

    def load() -> Any:
        import networkx as nx

        plain = text.content.encode("ascii", "xmlcharrefreplace").decode()
        try:
            return nx.parse_gml(plain, label="label")
        except nx.NetworkXError as error:
            if "label" not in str(error):
                raise
            return nx.parse_gml(plain, label="id")

    return from_networkx(text, "GML", load)


def accepts_graphml(text: Text) -> bool:
    """The text is XML with an element ``graphml``."""
    return bool(re.match(r"<[?!A-Za-z]", text.start)) and bool(re.search(r"<(?:\w+:)?graphml\b", text.content[:20_000]))


def read_graphml(text: Text) -> Reading:
    root = tree(text.content)
    if sum(element.tag == "node" for element in root.walk()) > MOST_VERTICES:
        raise BadInput(f"more than {MOST_VERTICES} vertices; that is the most in a graph")

    def load() -> Any:
        import networkx as nx

        return nx.parse_graphml(text.content)

    return from_networkx(text, "GraphML", load)


def accepts_pajek(text: Text) -> bool:
    """A line begins with ``*Vertices``."""
    return bool(re.search(r"^[ \t]*\*vertices\b", text.content[:20_000], re.IGNORECASE | re.MULTILINE))


def read_pajek(text: Text) -> Reading:
    def load() -> Any:
        import networkx as nx

        return nx.parse_pajek(_with_all_vertices(text))

    return from_networkx(text, "Pajek", load)


def _with_all_vertices(text: Text) -> list[str]:
    """The lines of a file with a line for every vertex, which networkx expects and Pajek does not ask for."""
    lines: list[str] = []
    known: set[str] = set()
    wanted, inside = 0, False
    for number, line in text.filled:
        if line.startswith("%"):
            continue
        if line.startswith("*"):
            if inside:
                lines += [f'{v} "{v}"' for v in range(1, wanted + 1) if str(v) not in known]
            words = line.split()
            inside = words[0].lower() == "*vertices"
            if inside:
                if len(words) < 2 or not words[1].isdecimal() or len(words[1]) > 6 or int(words[1]) > MOST_VERTICES:
                    raise BadInput(f"line {number}: {shortened(line)}: up to {MOST_VERTICES} vertices are read")
                wanted = int(words[1])
                line = f"*Vertices {wanted}"
        elif inside:
            words = line.split(None, 1)
            known.add(words[0])
            line = line if len(words) > 1 else f'{words[0]} "{words[0]}"'
        lines.append(line)
    if inside:
        lines += [f'{v} "{v}"' for v in range(1, wanted + 1) if str(v) not in known]
    return lines


GML = Form("gml", "GML: `graph [ node [ id 1 ] edge [ source 1 target 2 ] ]`", accepts_gml, read_gml)
GRAPHML = Form("graphml", "GraphML; entities are not read", accepts_graphml, read_graphml)
PAJEK = Form("pajek", "Pajek: `*Vertices 3`, `*Edges`", accepts_pajek, read_pajek)
