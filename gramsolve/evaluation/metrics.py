"""Metrics of puzzles with several solutions: M puzzles, W trajectories each, S_i solutions of puzzle i."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def distinct_valid(tokens: npt.NDArray[np.uint8], valid: npt.NDArray[np.bool_], width: int) -> npt.NDArray[np.int64]:
    """Distinct valid boards among the first ``width`` trajectories: tokens [M, W, L], valid [M, W] -> int64 [M]."""
    counts = [
        len({row.tobytes() for row in boards[:width][ok[:width]]}) for boards, ok in zip(tokens, valid, strict=True)
    ]
    return np.array(counts, dtype=np.int64)


def coverage(found: npt.NDArray[np.int64], solutions: npt.NDArray[np.int64]) -> float:
    """Mean share of all solutions that were found (the paper's coverage, section 4)."""
    return float(np.mean(found / solutions))


def coverage_bound(solutions: npt.NDArray[np.int64], width: int) -> float:
    """The most that ``width`` samples can cover: mean of min(W, S) / S."""
    return float(np.mean(np.minimum(width, solutions) / solutions))


def coverage_uniform(solutions: npt.NDArray[np.int64], width: int) -> float:
    """The mean coverage of a sampler that is uniform over each puzzle's solutions: 1 - (1 - 1/S)^W."""
    return float(np.mean(1 - (1 - 1 / solutions) ** width))


def coverage_reachable(found: npt.NDArray[np.int64], solutions: npt.NDArray[np.int64], width: int) -> float:
    """Mean share of min(W, S) that was found."""
    return float(np.mean(found / np.minimum(width, solutions)))


BUCKETS = (("1", 1, 1), ("2-5", 2, 5), ("6-20", 6, 20), ("21-100", 21, 100), ("more", 101, None))
"""Puzzles by their number of solutions: name, fewest, most."""


def by_solutions(solutions: npt.NDArray[np.int64]) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """The name of each bucket that is not empty, and which puzzles are in it: bool [M]."""
    for name, fewest, most in BUCKETS:
        inside = solutions >= fewest
        if most is not None:
            inside &= solutions <= most
        if inside.any():
            yield name, inside


def ranked(boards: npt.NDArray[np.uint8]) -> list[int]:
    """The first trajectory of each distinct board of [W, L], the most common one first, of equals the earlier."""
    counts: dict[bytes, int] = {}
    first: dict[bytes, int] = {}
    for i, row in enumerate(boards):
        key = row.tobytes()
        counts[key] = counts.get(key, 0) + 1
        first.setdefault(key, i)
    return [first[key] for key in sorted(counts, key=lambda key: (-counts[key], first[key]))]


def vote_winners(tokens: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.int64]:
    """For each puzzle the first trajectory that holds the most common of ``width`` boards: [M, W, L] -> int64 [M]."""
    return np.array([ranked(boards[:width])[0] for boards in tokens], dtype=np.int64)


def two_guesses(tokens: npt.NDArray[np.uint8], valid: npt.NDArray[np.bool_], width: int) -> npt.NDArray[np.bool_]:
    """Whether one of the two most common of ``width`` boards is right: [M, W, L], [M, W] -> bool [M]."""
    return np.array([ok[ranked(boards[:width])[:2]].any() for boards, ok in zip(tokens, valid, strict=True)])


def binomial_error(share: float, count: int) -> float:
    """Half width of the 95 % Wilson interval of ``share`` observed in ``count`` trials."""
    z = 1.96
    return float(z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))


def wilson(successes: int, count: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share of ``count`` independent trials; all of [0, 1] where there were none."""
    if count == 0:
        return 0.0, 1.0
    z, share = 1.96, successes / count
    middle, half = (share + z * z / (2 * count)) / (1 + z * z / count), binomial_error(share, count)
    return max(0.0, middle - half), min(1.0, middle + half)


def clustered_error(values: Sequence[float] | npt.NDArray[np.float64]) -> float:
    """1.96 standard errors of a mean of per-puzzle values; trajectories of one puzzle are not independent."""
    array = np.asarray(values, dtype=np.float64)
    return float(1.96 * array.std(ddof=1) / math.sqrt(len(array))) if len(array) > 1 else float("nan")


def paired_difference(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> tuple[float, float]:
    """Mean of other - one over the same puzzles, and half of its 95 % interval: [M], [M] -> (difference, error)."""
    difference = other.astype(np.float64) - one.astype(np.float64)
    return float(difference.mean()), clustered_error(difference)


def paired_probability(one: npt.NDArray[Any], other: npt.NDArray[Any], flips: int = 10_000) -> float:
    """Probability of a mean difference at least as large if it were chance which of two systems got which value.

    A sign-flip test (Fisher 1935) over puzzles that differ: exact for up to 13 of them, from ``flips`` seeded draws
    otherwise, the observed one included.
    """
    difference = other.astype(np.float64) - one.astype(np.float64)
    difference = difference[difference != 0]
    count = len(difference)
    if count == 0:
        return 1.0
    if count <= 13:
        bits = np.arange(2**count)[:, None] >> np.arange(count) & 1
        sums = (2 * bits - 1) @ difference
        return float(np.mean(np.abs(sums) >= abs(difference.sum()) - 1e-9))
    rng = np.random.default_rng(0)
    sums = np.array([rng.choice((-1.0, 1.0), count) @ difference for _ in range(flips)])
    return float((1 + np.sum(np.abs(sums) >= abs(difference.sum()) - 1e-9)) / (1 + flips))
