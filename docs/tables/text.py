"""Figures and tables as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

NOT_RUN = "not run"


def percent(row: dict[str, Any], name: str) -> str:
    """A share in per cent with its error."""
    scaled = {key: None if row.get(key) is None else 100 * row[key] for key in (name, f"{name}_error")}
    return with_error(scaled, name, "{:.2f}")


def with_error(row: dict[str, Any], name: str, form: str) -> str:
    value, error = row.get(name), row.get(f"{name}_error")
    if value is None:
        return "-"
    return form.format(value) + ("" if error is None else f" ± {form.format(error)}")


def count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "an unknown time"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def markdown(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(titles)} |", f"| --- |{' ---: |' * (len(titles) - 1)}"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])
