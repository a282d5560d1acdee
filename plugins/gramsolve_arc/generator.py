"""Puzzles: test inputs of the ARC-AGI-1 training tasks, drawn at random."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gramsolve.tasks import BadInput
from gramsolve_arc.public import library
from gramsolve_arc.puzzle import ArcPuzzle, puzzles_of

DIFFICULTIES = ("small", "medium", "large")
"""Thirds of the puzzles that fit a canvas, by their largest side: small grids are not always easy, but easier."""


def generate(variant: str, side: int, count: int, seed: int, difficulty: str | None) -> list[ArcPuzzle]:
    """``count`` puzzles; the first ones stay the same when more are asked for, and none repeats before all were drawn.

    Raises BadInput for an unknown difficulty or a negative number.
    """
    if difficulty is not None and difficulty not in DIFFICULTIES:
        raise BadInput(f"unknown difficulty {difficulty!r}: choose from {', '.join(DIFFICULTIES)}")
    for what, value in (("count", count), ("seed", seed)):
        if value < 0:
            raise BadInput(f"{what} cannot be negative, not {value}")
    known = _puzzles(variant, side)
    if difficulty is not None:
        third = DIFFICULTIES.index(difficulty)
        known = known[third * len(known) // 3 : (third + 1) * len(known) // 3]
    rng = np.random.default_rng([seed, side])
    drawn: list[ArcPuzzle] = []
    while len(drawn) < count:
        drawn += [known[i] for i in rng.permutation(len(known))[: count - len(drawn)]]
    return drawn


@lru_cache(maxsize=4)
def _puzzles(variant: str, side: int) -> tuple[ArcPuzzle, ...]:
    """All that fit, the smallest first."""
    training = library("arc1").training
    sides = training.sides()
    order = [number for number in np.argsort(sides, kind="stable") if sides[number] <= side]
    return tuple(puzzle for number in order for puzzle in puzzles_of(training.task(number), variant))
