"""The symmetries of ARC: the eight turns of the square, and permutations of the colours.

A grid is turned within its own rectangle and stays at the top left of the canvas, so where a cell goes depends on the
size of the grid: no fixed permutation of positions does it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gramsolve.tasks import Symmetry
from gramsolve_arc.canvas import HEADER, TURNS, Numbers, Tokens, sources, transform, turn
from gramsolve_arc.puzzle import COLOURS, FIRST_COLOUR, TURN

FIXED = 1
"""Colours that are never permuted, counted from 0: black is the background of most tasks."""

_PROBES = [turn(np.arange(6).reshape(2, 3), number).tolist() for number in range(TURNS)]
AFTER = np.array(
    [[_PROBES.index(turn(np.array(first), then).tolist()) for first in _PROBES] for then in range(TURNS)], np.uint8
)
"""``AFTER[then, first]`` is the turn that does what ``first`` and after it ``then`` do."""
UNDO = (AFTER == 0).argmax(axis=0).astype(np.uint8)
"""The turn that undoes each turn."""


@dataclass(frozen=True)
class ArcSymmetry(Symmetry):
    """``turns`` uint8 [B] in 0..7 and ``colours`` uint8 [B, 10]: what each colour becomes.

    Canvases come out in canonical form, so undoing gives back the canonical form of what there was. A header that
    says nothing, as in the blank puzzle, goes on saying nothing.
    """

    side: int
    turns: Tokens
    colours: Tokens

    def outputs(self, tokens: Tokens) -> Tokens:
        return transform(tokens, self.turns, self.colours, self.side)

    def inputs(self, tokens: Tokens) -> Tokens:
        area = self.side * self.side
        if tokens.ndim != 2 or tokens.shape[1] != area + HEADER:
            raise ValueError(f"inputs must be [B, {area + HEADER}], not {list(tokens.shape)}")
        canvases, header = self.outputs(tokens[:, :area]), tokens[:, area:]
        turned = _looked_up(AFTER[self.turns], header[:, :1], TURN)
        return np.hstack((canvases, turned, _looked_up(self.colours, header[:, 1:], FIRST_COLOUR)))

    def source_cells(self, tokens: Tokens) -> Numbers:
        return sources(tokens, self.turns, self.side)

    def inverse(self) -> ArcSymmetry:
        return ArcSymmetry(self.side, UNDO[self.turns], np.argsort(self.colours, axis=1).astype(np.uint8))


def random_symmetries(side: int, count: int, rng: np.random.Generator) -> ArcSymmetry:
    """``count`` symmetries, uniformly drawn."""
    turns = rng.integers(TURNS, size=count, dtype=np.uint8)
    colours = np.tile(np.arange(COLOURS, dtype=np.uint8), (count, 1))
    colours[:, FIXED:] = rng.permuted(colours[:, FIXED:], axis=1)
    return ArcSymmetry(side, turns, colours)


def _looked_up(table: Tokens, tokens: Tokens, base: int) -> Tokens:
    """Tokens ``base + i`` become ``base + table[b, i]``; others stay what they are."""
    known = (tokens >= base) & (tokens < base + table.shape[1])
    numbers = np.where(known, tokens - base, 0).astype(np.int64)
    return np.where(known, base + np.take_along_axis(table, numbers, axis=1), tokens).astype(np.uint8)
