"""Exact search for colourings in canonical form: colours are named by first occurrence, so none is found twice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gramsolve.tasks.kernel import Kernel
from gramsolve_coloring.graph import FIRST_COLOUR, Bytes, Graph

BUDGET = 20_000_000
"""Choices after which a search gives up; a few seconds."""

Colours = npt.NDArray[np.int64]


@Kernel
def _dsatur(adjacent: npt.NDArray[np.bool_], colours: int, limit: int, budget: int) -> tuple[Bytes, bool]:
    """Up to ``limit`` colourings uint8 [S, n], colours from 0 in the order of the search, and whether the budget was
    enough. The vertex with fewest colours left is next, of equals the one with most neighbours; a new colour is only
    ever the next unused one."""
    n = len(adjacent)
    degree = adjacent.sum(axis=1)
    taken = np.zeros((n, colours), np.int32)
    left = np.full(n, colours, np.int64)
    colour = np.full(n, -1, np.int64)
    order = np.zeros(n + 1, np.int64)
    used = np.zeros(n + 2, np.int64)
    found = np.empty((16, n), np.uint8)
    count, depth, tried = 0, 0, 0
    arriving = True
    while depth >= 0:
        if arriving:
            if depth == n:
                if count == len(found):
                    larger = np.empty((2 * count, n), np.uint8)
                    larger[:count] = found
                    found = larger
                for v in range(n):
                    found[count, v] = colour[v]
                count += 1
                if count == limit:
                    return found[:count], True
                arriving = False
                depth -= 1
                continue
            best = -1
            for v in range(n):
                if colour[v] < 0 and (
                    best < 0 or left[v] < left[best] or (left[v] == left[best] and degree[v] > degree[best])
                ):
                    best = v
            order[depth] = best
            choice = 0
        else:
            best = order[depth]
            old = colour[best]
            colour[best] = -1
            for w in range(n):
                if adjacent[best, w]:
                    taken[w, old] -= 1
                    if taken[w, old] == 0:
                        left[w] += 1
            choice = old + 1
        top = min(used[depth] + 1, colours)
        while choice < top and taken[best, choice] > 0:
            choice += 1
        if choice >= top:
            arriving = False
            depth -= 1
            continue
        tried += 1
        if tried > budget:
            return found[:count], False
        colour[best] = choice
        for w in range(n):
            if adjacent[best, w]:
                if taken[w, choice] == 0:
                    left[w] -= 1
                taken[w, choice] += 1
        used[depth + 1] = max(used[depth], choice + 1)
        depth += 1
        arriving = True
    return found[:count], True


@Kernel
def _small(adjacent: npt.NDArray[np.uint32], sizes: Colours, colours: int) -> tuple[npt.NDArray[np.int64], Bytes]:
    """All canonical colourings of B graphs of up to 32 vertices, in lexicographic order.

    ``adjacent`` [B, N] are bit masks of neighbours and ``sizes`` [B] numbers of vertices. Returns offsets int64 [B + 1]
    and colours uint8 [S, N], 0 on absent vertices and from 1 elsewhere.
    """
    batch, room = adjacent.shape
    offsets = np.zeros(batch + 1, np.int64)
    found = np.zeros((max(1024, batch), room), np.uint8)
    count = 0
    masks = np.zeros(colours, np.uint32)
    colour = np.zeros(room + 1, np.int64)
    used = np.zeros(room + 1, np.int64)
    for b in range(batch):
        n = sizes[b]
        masks[:] = 0
        depth, colour[0], used[0] = 0, -1, 0
        while depth >= 0:
            if depth == n:
                if count == len(found):
                    larger = np.zeros((2 * count, room), np.uint8)
                    larger[:count] = found
                    found = larger
                for v in range(n):
                    found[count, v] = colour[v] + 1
                count += 1
                depth -= 1
                continue
            bit = np.uint32(1) << np.uint32(depth)
            choice = colour[depth]
            if choice >= 0:
                masks[choice] &= ~bit
            choice += 1
            top = min(used[depth] + 1, colours)
            while choice < top and masks[choice] & adjacent[b, depth]:
                choice += 1
            if choice >= top:
                depth -= 1
                continue
            colour[depth] = choice
            masks[choice] |= bit
            used[depth + 1] = max(used[depth], choice + 1)
            depth += 1
            if depth < n:
                colour[depth] = -1
        offsets[b + 1] = count
    return offsets, found[:count].copy()


def matrix(graph: Graph) -> npt.NDArray[np.bool_]:
    """Adjacency bool [n, n]."""
    adjacent = np.zeros((graph.vertices, graph.vertices), np.bool_)
    if graph.edges:
        first, second = np.array(graph.edges).T
        adjacent[first, second] = adjacent[second, first] = True
    return adjacent


def colourings(graph: Graph, room: int, colours: int, limit: int, budget: int = BUDGET) -> Bytes | None:
    """Canonical colourings as output tokens uint8 [S, N] in a fixed order; None where the budget ends first."""
    if limit <= 0:
        return np.empty((0, room), np.uint8)
    found, enough = _dsatur(matrix(graph), colours, limit, budget)
    if not enough:
        return None
    tokens = np.zeros((len(found), room), np.uint8)
    tokens[:, : graph.vertices] = _renamed(found) + FIRST_COLOUR
    return tokens


def all_colourings(
    adjacency: npt.NDArray[np.bool_], sizes: Colours, colours: int
) -> tuple[npt.NDArray[np.int64], Bytes]:
    """Every canonical colouring of graphs bool [B, N, N], N <= 32, with ``sizes`` [B] vertices: offsets int64 [B + 1]
    and output tokens uint8 [S, N]."""
    bits = (np.uint32(1) << np.arange(adjacency.shape[2], dtype=np.uint32))[None, None]
    masks = np.bitwise_or.reduce(np.where(adjacency, bits, np.uint32(0)), axis=2)
    offsets, found = _small(np.ascontiguousarray(masks), np.ascontiguousarray(sizes, np.int64), colours)
    return offsets, np.where(found > 0, found + (FIRST_COLOUR - 1), 0).astype(np.uint8)


def chromatic_number(graph: Graph, budget: int = BUDGET) -> int | None:
    """The least number of colours, or None when the budget of some search ends first."""
    adjacent = matrix(graph)
    for colours in range(clique(adjacent), graph.vertices + 1):
        found, enough = _dsatur(adjacent, colours, 1, budget)
        if len(found):
            return colours
        if not enough:
            return None
    return graph.vertices


def clique(adjacent: npt.NDArray[np.bool_]) -> int:
    """The size of a large clique, which no fewer colours can serve: grown from every vertex by the neighbour that keeps
    most others."""
    best = min(1, len(adjacent))
    for start in range(len(adjacent)):
        kept, size = adjacent[start].copy(), 1
        while kept.any():
            chosen = int(np.where(kept, (adjacent & kept).sum(axis=1), -1).argmax())
            kept &= adjacent[chosen]
            size += 1
        best = max(best, size)
    return best


def _renamed(found: Bytes) -> Bytes:
    """Colours uint8 [S, n] renamed by first occurrence."""
    result = np.empty_like(found)
    names = np.full((len(found), 256), 255, np.uint8)
    following = np.zeros(len(found), np.uint8)
    rows = np.arange(len(found))
    for vertex in range(found.shape[1]):
        now = found[:, vertex]
        new = names[rows, now] == 255
        names[rows[new], now[new]] = following[new]
        following[new] += 1
        result[:, vertex] = names[rows, now]
    return result
