"""Graphs as vertices and edges, and their layouts as tokens.

A variant ``NvKc`` has room for N vertices and K colours. Input tokens are the upper triangle of the adjacency matrix
row by row: 0 a pair with an absent vertex, 1 no edge, 2 edge. Output tokens: 0 an absent vertex, 3, 4, 5... colours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import BadInput, Instance

PAD, NO_EDGE, EDGE = 0, 1, 2
FIRST_COLOUR = 3
MOST_VERTICES, MOST_COLOURS = 1000, 64
COLOURS = 3
"""Where nothing says how many there are."""
LISTED = (8, 10)

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Edge = tuple[int, int]


@dataclass(frozen=True)
class Graph(Instance):
    """``edges`` are pairs of vertices from 0, the smaller first, sorted and distinct. ``labels`` are the names vertices
    had where they were read, if those were not 1, 2, 3..."""

    vertices: int = 0
    edges: tuple[Edge, ...] = ()
    labels: tuple[str, ...] = ()


def size_of(variant: str) -> tuple[int, int]:
    """(N, K) of ``NvKc``. Raises BadInput for anything else."""
    found = re.fullmatch(r"([1-9]\d{0,3})v([1-9]\d?)c", variant)
    if found:
        room, colours = int(found[1]), int(found[2])
        if 2 <= room <= MOST_VERTICES and 2 <= colours <= MOST_COLOURS:
            return room, colours
    raise BadInput(
        f"unknown variant {variant!r}: use NvKc with N up to {MOST_VERTICES} vertices and K up to {MOST_COLOURS} "
        "colours, for example 8v3c"
    )


def variant_for(vertices: int, colours: int) -> str:
    """The smallest listed room, or exactly what is needed."""
    room = next((room for room in LISTED if room >= vertices), max(2, vertices))
    return f"{room}v{colours}c"


@lru_cache(maxsize=64)
def pairs(room: int) -> tuple[Numbers, Numbers]:
    """First and second vertex of every input token: int64 [N (N - 1) / 2] each."""
    first, second = np.triu_indices(room, 1)
    return first.astype(np.int64), second.astype(np.int64)


def place(first: int, second: int, room: int) -> int:
    """The input token of a pair, first < second."""
    return first * room - first * (first + 1) // 2 + second - first - 1


def encode(graph: Graph, room: int) -> Bytes:
    """Input tokens uint8 [N (N - 1) / 2]; absent vertices come last."""
    _, second = pairs(room)
    tokens = np.where(second < graph.vertices, NO_EDGE, PAD).astype(np.uint8)
    for a, b in graph.edges:
        tokens[place(a, b, room)] = EDGE
    return tokens


def present(inputs: Bytes, room: int) -> npt.NDArray[np.bool_]:
    """Which vertices exist: bool [B, N] of inputs [B, N (N - 1) / 2]. A vertex is absent when all its pairs are."""
    first, second = pairs(room)
    known = np.zeros((len(inputs), room), np.bool_)
    there = inputs != PAD
    for vertex in range(room):
        known[:, vertex] = there[:, (first == vertex) | (second == vertex)].any(axis=1)
    return known


def decode(variant: str, tokens: Bytes) -> Graph:
    """The graph of input tokens, its absent vertices dropped. Raises ValueError for tokens that no graph has."""
    room, _ = size_of(variant)
    first, second = pairs(room)
    if tokens.shape != (len(first),) or (tokens > EDGE).any():
        raise ValueError(f"a graph of {variant} has tokens [{len(first)}] up to {EDGE}, not {list(tokens.shape)}")
    kept = np.flatnonzero(present(tokens[None], room)[0])
    number = {int(vertex): i for i, vertex in enumerate(kept)}
    edges = [(number[int(first[t])], number[int(second[t])]) for t in np.flatnonzero(tokens == EDGE)]
    return Graph(variant, vertices=max(len(kept), 1), edges=tuple(sorted(edges)))


def simple(edges: list[Edge]) -> tuple[Edge, ...]:
    """Sorted distinct edges without self-loops."""
    return tuple(sorted({(min(a, b), max(a, b)) for a, b in edges if a != b}))
