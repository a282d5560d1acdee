"""The paper's tables with our figures beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tables.reports import EQUAL, Result
from tables.text import NOT_RUN, markdown

SAME = {"gram-none": "hrm"}
"""Two names of one architecture where the sizes are fitted to GRAM's: one of them is enough."""


def beside(table: dict[str, Any], results: Sequence[Result]) -> list[str]:
    """One of the paper's tables, two lines an architecture, and a third where there are small models."""
    files = {(r.architecture, r.puzzle): r for r in results}
    rows = []

    def cells_of(found: Sequence[Result | None]) -> list[str]:
        pairs = zip(table["columns"], found, strict=True)
        return [NOT_RUN if result is None else f"{cell_of(result, column)} {result.link}" for column, result in pairs]

    for architecture, name, cells in table["rows"]:
        rows.append([name, "paper", *("-" if cell is None else cell for cell in cells)])
        ours = [files.get((architecture, column["file"])) for column in table["columns"]]
        names = (architecture, SAME.get(architecture, architecture))
        equal = [
            next((found for name in names if (found := files.get((name, f"{column['file']}-{EQUAL}")))), None)
            for column in table["columns"]
        ]
        if any(ours) or not any(equal):
            rows.append(["", "ours", *cells_of(ours)])
        if any(equal):
            rows.append(["", "ours, small and equal", *cells_of(equal)])
    return [f"## {table['title']}", table["note"], markdown(["", "", *(c["title"] for c in table["columns"])], rows)]


def cell_of(result: Result, column: dict[str, Any]) -> str:
    """A figure of the deepest and widest row, in the paper's units, with its error; before it that of the paper's
    ``depth``, where that is another."""
    row, name, depth = result.best(), column["figure"], column.get("depth")
    if depth is not None and row["depth"] != depth:
        same = next((one for one in result.rows if one["depth"] == depth), None)
        shallow = NOT_RUN if same is None else figure(same, name, column)
        return f"{shallow}; {figure(row, name, column)} after {row['depth']}"
    return figure(row, name, column)


def figure(row: dict[str, Any], name: str, column: dict[str, Any]) -> str:
    value = row.get(name)
    if value is None:
        return NOT_RUN
    if not column.get("percent"):
        return str(value)
    error = row.get(f"{name}_error")
    if f"{name}_low" in row:
        error = (row[f"{name}_high"] - row[f"{name}_low"]) / 2
    return f"{100 * value:.2f}" + ("" if error is None else f" ± {100 * error:.2f}")
