"""Graphs and their colourings as text; ``forms`` reads graphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gramsolve.tasks import BadInput
from gramsolve_coloring.graph import (
    COLOURS,
    FIRST_COLOUR,
    Bytes,
    Graph,
    simple,
    size_of,
    variant_for,
)

if TYPE_CHECKING:
    import networkx as nx


def from_networkx(graph: nx.Graph, colours: int = COLOURS) -> Graph:
    """A networkx graph as a puzzle; its nodes keep their names as labels."""
    names = {node: i for i, node in enumerate(graph.nodes)}
    edges = simple([(names[a], names[b]) for a, b in graph.edges])
    return Graph(variant_for(len(names), colours), "", len(names), edges, tuple(map(str, names)))


def format(graph: Graph) -> str:
    """DIMACS, with the number of colours and the names of vertices in comments."""
    lines = [f"c colors {size_of(graph.variant)[1]}"]
    lines += [f"c vertex {i} = {name}" for i, name in enumerate(graph.labels, 1)]
    lines.append(f"p edge {graph.vertices} {len(graph.edges)}")
    return "\n".join([*lines, *(f"e {a + 1} {b + 1}" for a, b in graph.edges)])


def answer(graph: Graph, outputs: Bytes) -> str:
    """The colours of vertices 1, 2, 3..., as numbers from 1; ? where there is none."""
    colours = size_of(graph.variant)[1]
    numbers = outputs[: graph.vertices].astype(int) - FIRST_COLOUR + 1
    return " ".join(str(number) if 1 <= number <= colours else "?" for number in numbers)


def answers(graphs: Sequence[Graph], ranked: Sequence[Sequence[Bytes]]) -> str:
    """One DIMACS-like solution a graph: ``s col K``, then ``l VERTEX COLOUR``, vertices under their own names."""
    parts = []
    for graph, found in zip(graphs, ranked, strict=True):
        lines = [f"c {graph.name or 'graph'}, {graph.vertices} vertices"]
        if found:
            words = answer(graph, found[0]).split()
            lines += [f"s col {len({*words} - {'?'})}"]
            lines += [f"l {_word(label(graph, i))} {word}" for i, word in enumerate(words)]
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


def _word(name: str) -> str:
    """A name as one word: in quotes if there is a space in it."""
    return name if not any(map(str.isspace, name)) else '"' + name.replace('"', "'") + '"'
