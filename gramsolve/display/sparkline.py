"""A curve in one line of text."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.-=+*#@"


def sparkline(
    values: Sequence[float],
    width: int = 40,
    *,
    low: float | None = None,
    high: float | None = None,
    ascii: bool = False,
) -> str:
    """``values`` as a row of at most ``width`` bars between ``low`` and ``high``, by default their own range; more of
    them than bars are averaged in runs of neighbours."""
    if not values:
        return ""
    signs, count = (ASCII if ascii else BLOCKS), min(width, len(values))
    edges = [round(i * len(values) / count) for i in range(count + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in itertools.pairwise(edges)]
    low, high = min(means) if low is None else low, max(means) if high is None else high
    span = high - low or 1.0
    return "".join(signs[max(0, min(len(signs) - 1, int((mean - low) / span * len(signs))))] for mean in means)
