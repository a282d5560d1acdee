"""Relabelling vertices: a graph and its colouring are moved alike, and colours are named anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gramsolve.tasks import Symmetry
from gramsolve.tasks.kernel import Kernel
from gramsolve_coloring.graph import FIRST_COLOUR, Bytes, Numbers, pairs


@dataclass(frozen=True)
class Shuffle(Symmetry):
    """``orders`` int64 [B, N]: vertex ``i`` of the new graph was ``orders[b, i]``. Absent vertices move too, since
    outputs alone do not tell which they are; inputs say it of every graph."""

    orders: Numbers

    def inputs(self, tokens: Bytes) -> Bytes:
        room = self.orders.shape[1]
        first, second = pairs(room)
        a, b = self.orders[:, first], self.orders[:, second]
        low, high = np.minimum(a, b), np.maximum(a, b)
        return np.take_along_axis(tokens, low * room - low * (low + 1) // 2 + high - low - 1, axis=1)

    def outputs(self, tokens: Bytes) -> Bytes:
        return np.asarray(_renamed(np.ascontiguousarray(np.take_along_axis(tokens, self.orders, axis=1))))

    def source_cells(self, tokens: Bytes) -> Numbers:
        return self.orders

    def inverse(self) -> Shuffle:
        return Shuffle(np.argsort(self.orders, axis=1))


@Kernel
def _renamed(tokens: Bytes) -> Bytes:
    """Colours named by first occurrence; tokens that are none stay."""
    tidy = tokens.copy()
    names = np.empty(256, np.uint8)
    for b in range(len(tokens)):
        names[:] = 0
        following = FIRST_COLOUR
        for i in range(tokens.shape[1]):
            token = tokens[b, i]
            if token >= FIRST_COLOUR:
                if names[token] == 0:
                    names[token] = following
                    following += 1
                tidy[b, i] = names[token]
    return tidy
