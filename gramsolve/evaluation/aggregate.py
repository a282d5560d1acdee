"""Figures from trajectories: each puzzle's own, their means, and means over puzzles by number of solutions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gramsolve.evaluation import metrics

BINARY = ("vote", "two_guesses", "lprm", "any_valid")
"""Figures of which a puzzle has one or none."""


def per_puzzle(
    width: int,
    tokens: npt.NDArray[np.uint8],
    value: npt.NDArray[np.floating],
    valid: npt.NDArray[np.bool_],
    solutions: npt.NDArray[np.int64],
    conflicts: npt.NDArray[np.int64] | None = None,
    *,
    guesses: bool = False,
) -> dict[str, npt.NDArray[Any]]:
    """Every puzzle's own figures, [M] each, from its first ``width`` trajectories.

    Args:
        tokens: [M, W, L] boards in canonical form; value: [M, W] of the value head; valid: [M, W].
        solutions: [M] how many each puzzle has; conflicts: [M, W] where the task counts them.
        guesses: whether two guesses count, as they do in ARC.
    """
    puzzle, winners = np.arange(len(tokens)), metrics.vote_winners(tokens, width)
    found = {
        "accuracy": valid[:, :width].mean(axis=1),
        "vote": valid[puzzle, winners],
        "lprm": valid[puzzle, value[:, :width].argmax(axis=1)],
        "any_valid": valid[:, :width].any(axis=1),
        "coverage": metrics.distinct_valid(tokens, valid, width) / solutions,
    }
    if guesses:
        found["two_guesses"] = metrics.two_guesses(tokens, valid, width)
    if conflicts is not None:
        found |= {"conflicts_first": conflicts[:, 0], "conflicts_vote": conflicts[puzzle, winners]}
    return found


def means(figures: dict[str, npt.NDArray[Any]], solutions: npt.NDArray[np.int64], width: int) -> dict[str, int | float]:
    """Means over puzzles with half of their 95 % intervals, Wilson's where a puzzle is right or not; conflicts are
    summed, as the paper does (section 4)."""
    found = np.rint(figures["coverage"] * solutions).astype(np.int64)
    row: dict[str, int | float] = {}
    row |= {
        "accuracy": float(figures["accuracy"].mean()),
        "accuracy_error": metrics.clustered_error(figures["accuracy"]),
    }
    for name in (name for name in BINARY if name in figures):
        share = float(figures[name].mean())
        row |= {name: share, f"{name}_error": metrics.binomial_error(share, len(solutions))}
    row |= {
        "coverage": metrics.coverage(found, solutions),
        "coverage_error": metrics.clustered_error(figures["coverage"]),
        "coverage_reachable": metrics.coverage_reachable(found, solutions, width),
        "coverage_bound": metrics.coverage_bound(solutions, width),
        "coverage_uniform": metrics.coverage_uniform(solutions, width),
    }
    return row | {name: int(values.sum()) for name, values in figures.items() if name.startswith("conflicts")}


def buckets(figures: dict[str, npt.NDArray[Any]], solutions: npt.NDArray[np.int64], width: int) -> list[dict[str, Any]]:
    """The same means over puzzles with 1, 2 to 5, 6 to 20, 21 to 100 and more solutions; empty buckets are left out."""
    return [
        {
            "solutions": name,
            "puzzles": int(inside.sum()),
            **means({key: values[inside] for key, values in figures.items()}, solutions[inside], width),
        }
        for name, inside in metrics.by_solutions(solutions)
    ]
