"""A curve in one line of text."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.:-=+*#"


def sparkline(
    values: Sequence[float],
    width: int = 40,
    *,
    low: float | None = None,
    high: float | None = None,
    newest: bool = False,
    ascii: bool = False,
) -> str:
    """``values`` as a row of at most ``width`` bars of eight heights.

    Args:
        low, high: values of the lowest and the highest bar; by default those of the bars shown.
        newest: show the last ``width`` values; otherwise all values, neighbours averaged where they are more.
        ascii: use ASCII characters.
    """
    if newest:
        values = values[-width:] if width > 0 else ()
    if not values:
        return ""
    signs, count = (ASCII if ascii else BLOCKS), min(width, len(values))
    edges = [round(i * len(values) / count) for i in range(count + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in itertools.pairwise(edges)]
    low, high = min(means) if low is None else low, max(means) if high is None else high
    span = high - low or 1.0
    shares = (max(0.0, min(1.0, (mean - low) / span)) for mean in means)
    return "".join(signs[round(share * (len(signs) - 1))] for share in shares)
