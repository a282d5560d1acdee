"""The paper's data: Erdos-Renyi graphs that K colours can colour, each with all its colourings in canonical form.

* ``isomorphism``: no test graph is a relabelled copy of a training graph, so that permuting vertices in training is
  honest. Training also has smaller graphs, so that a model serves any number of vertices up to its room.
* ``paper``: distinct labelled graphs, as in the paper; relabelled copies may cross.

The paper does not state the probability of an edge; 0.4 gives about as many colourings as it reports.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import BadInput, Dataset, Split
from gramsolve_coloring.graph import EDGE, NO_EDGE, PAD, Numbers, pairs
from gramsolve_coloring.search import all_colourings

PROTOCOLS = ("isomorphism", "paper")
PROBABILITY = 0.4
COUNTS = {8: (7002, 255), 10: (13465, 192)}
"""Graphs to train and to test on, as in the paper; other sizes have ``OTHERS``."""
OTHERS = (8000, 250)
SMALLER = 0.2
"""Smaller graphs in training, as a share of the full ones."""
SMALLEST, LARGEST = 5, 12
ROUNDS = 4
"""Rounds of refinement; enough to tell most small graphs apart."""

Matrices = npt.NDArray[np.bool_]


@lru_cache(maxsize=4)
def dataset(room: int, colours: int, protocol: str, seed: int) -> Dataset:
    """Both splits. Raises BadInput for an unknown protocol and for sizes that have none."""
    if protocol not in PROTOCOLS:
        raise BadInput(f"unknown protocol {protocol!r}: choose from {', '.join(PROTOCOLS)}")
    if not SMALLEST <= room <= LARGEST:
        raise BadInput(f"no data set for {room} vertices: {SMALLEST} to {LARGEST} have one")
    rng = np.random.default_rng([seed, room, colours])
    wanted_train, wanted_test = COUNTS.get(room, OTHERS)
    if room < min(COUNTS):
        wanted_train, wanted_test = 300, 60
    graphs = distinct(room, colours, (wanted_train + wanted_test) * 5 // 4, rng)
    classes = np.arange(len(graphs))
    if protocol == "isomorphism":
        classes = np.unique(invariants(graphs), return_inverse=True)[1]
    order = rng.permutation(classes.max() + 1)
    sizes = np.bincount(classes)[order]
    held = np.zeros(len(order), np.bool_)
    held[order[np.cumsum(sizes) - sizes < wanted_test]] = True
    test = graphs[held[classes]][:wanted_test]
    train = graphs[~held[classes]][:wanted_train]
    sizes_train = np.full(len(train), room)
    if protocol == "isomorphism":
        parts, numbers = [train], [sizes_train]
        for n in range(3, room):
            few = distinct(n, colours, int(SMALLER * wanted_train / (room - 3)), rng)
            parts.append(np.pad(few, ((0, 0), (0, room - n), (0, room - n))))
            numbers.append(np.full(len(few), n))
        train, sizes_train = np.concatenate(parts), np.concatenate(numbers)
    return Dataset(protocol, split(train, sizes_train, colours), split(test, np.full(len(test), room), colours))


def distinct(n: int, colours: int, count: int, rng: np.random.Generator) -> Matrices:
    """Up to ``count`` distinct random graphs bool [B, n, n] that ``colours`` colours can colour; fewer where hardly any
    more turn up."""
    count_pairs = n * (n - 1) // 2
    seen = np.empty((0, count_pairs), np.bool_)
    for _ in range(20):
        drawn = rng.random((2 * count, count_pairs)) < PROBABILITY
        offsets, _ = all_colourings(_matrices(drawn, n), np.full(len(drawn), n), colours)
        every = np.concatenate([seen, drawn[np.diff(offsets) > 0]])
        _, where = np.unique(every, axis=0, return_index=True)
        before, seen = len(seen), every[np.sort(where)][:count]
        if len(seen) == count or len(seen) == before:
            break
    return _matrices(seen, n)


def _matrices(edges: npt.NDArray[np.bool_], n: int) -> Matrices:
    first, second = pairs(n)
    adjacency = np.zeros((len(edges), n, n), np.bool_)
    adjacency[:, first, second] = adjacency[:, second, first] = edges
    return adjacency


def invariants(graphs: Matrices) -> npt.NDArray[np.uint64]:
    """A number for each graph bool [B, n, n] that is the same for isomorphic ones, by colour refinement. Others may
    share it, which costs a little room for choice and no honesty."""

    def mixed(values: npt.NDArray[np.uint64], salt: int) -> npt.NDArray[np.uint64]:
        values = (values + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15)
        values ^= values >> np.uint64(29)
        values *= np.uint64(0xBF58476D1CE4E5B9)
        return values ^ (values >> np.uint64(32))

    neighbours = graphs.astype(np.uint64)
    labels = graphs.sum(axis=2).astype(np.uint64)
    for salt in range(1, ROUNDS + 1):
        messages = (neighbours * mixed(labels, salt)[:, None, :]).sum(axis=2)
        triangles = (neighbours * np.einsum("bij,bjk->bik", neighbours, neighbours)).sum(axis=2)
        labels = mixed(labels, 100 + salt) + messages + mixed(triangles, 200 + salt)
    return np.asarray(mixed(labels, 300).sum(axis=1))


def split(graphs: Matrices, sizes: Numbers, colours: int) -> Split:
    """Graphs bool [B, N, N] with ``sizes`` [B] vertices as inputs with all their canonical colourings."""
    room = graphs.shape[1]
    first, second = pairs(room)
    inputs = np.where(graphs[:, first, second], EDGE, NO_EDGE)
    inputs = np.where(second[None] < sizes[:, None], inputs, PAD).astype(np.uint8)
    offsets, found = all_colourings(graphs, sizes, colours)
    pool, members = np.unique(found, axis=0, return_inverse=True)
    return Split(inputs, pool, offsets, members.ravel().astype(np.int32))


def planted(n: int, colours: int, probability: float, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Edges of a random graph that a hidden colouring allows, about as many as without it."""
    hidden = rng.integers(colours, size=n)
    first, second = pairs(n)
    allowed = hidden[first] != hidden[second]
    chosen = allowed & (rng.random(len(first)) < min(1.0, probability * colours / (colours - 1)))
    return [(int(first[i]), int(second[i])) for i in np.flatnonzero(chosen)]
