"""Reports as plain values, flat rows, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any


def plain(value: Any) -> Any:
    """JSON values: lists for tuples, and None for what is not a number, such as the error of one puzzle's mean."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def flat(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One dict for each row of a report and each of its buckets; ``solutions`` is ``all`` where rows have buckets."""
    rows: list[dict[str, Any]] = []
    for row in report["rows"]:
        figures = {name: value for name, value in row.items() if not isinstance(value, list)}
        if "buckets" not in row:
            rows.append(figures)
            continue
        place = {name: row[name] for name in ("depth", "width")}
        rows.append({**place, "solutions": "all", "puzzles": report["instances"], **figures})
        rows += [{**place, **bucket} for bucket in row["buckets"]]
    return rows


def as_csv(report: Mapping[str, Any]) -> str:
    """All figures of a report, a line each row, columns in the order they appear in."""
    rows = flat(report)
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def markdown(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of right-aligned columns, without a line end at its end."""
    lines = [f"| {' | '.join(titles)} |", f"|{' ---: |' * len(titles)}"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])
