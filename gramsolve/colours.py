"""Mixing of colours, for pictures and terminals."""

from __future__ import annotations


def mix(low: str, high: str, amount: float) -> str:
    """The colour at share ``amount`` between ``low`` and ``high``, all ``#rrggbb``. Shares are clipped to 0 to 1."""
    amount = min(1.0, max(0.0, amount))
    pairs = [(int(low[i : i + 2], 16), int(high[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * amount):02x}" for a, b in pairs)
