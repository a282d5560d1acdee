"""Stored reports by name."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tables.text import NOT_RUN, count, duration

WIDTH = 20
EQUAL = "equal"
"""What the names of their results end in: ``gram-sudoku-4x4-equal.json``, made by benchmarks/architectures.py."""


@dataclass(frozen=True)
class Result:
    """A stored report: ``architecture`` and ``puzzle`` (task, variant and what follows) are its name,
    ``number`` its place in the list of runs."""

    name: str
    architecture: str
    puzzle: str
    number: int
    report: dict[str, Any]

    @property
    def model(self) -> dict[str, Any]:
        model: dict[str, Any] = self.report["provenance"]["model"]
        return model

    @property
    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.report["rows"]
        return rows

    def best(self) -> dict[str, Any]:
        """The row of the largest depth and width."""
        return max(self.rows, key=lambda row: (row["depth"], row.get("width", 0)))

    @property
    def link(self) -> str:
        return f"[{self.number}](#runs)"


def stored(folder: Path) -> list[Result]:
    """All results of a folder by name. Raises ValueError for one that is not what its name says."""
    found = []
    for number, path in enumerate(sorted(folder.glob("*.json")), start=1):
        report = json.loads(path.read_text(encoding="utf-8"))
        puzzle = f"{report['task']}-{report['variant']}"
        match = re.fullmatch(rf"(.+?)-({re.escape(puzzle)}(-.+)?)", path.stem)
        if match is None or "provenance" not in report:
            raise ValueError(f"{path} is not ARCHITECTURE-{puzzle}.json as `gramsolve eval -o` writes it")
        found.append(Result(path.stem, match[1], match[2], number, report))
    return found


def at_width(result: Result) -> dict[str, Any]:
    """The deepest row of ``WIDTH`` trajectories, or of the most there are below."""
    deepest = max(row["depth"] for row in result.rows)
    return max(
        (row for row in result.rows if row["depth"] == deepest),
        key=lambda row: (row["width"] <= WIDTH, row["width"] if row["width"] <= WIDTH else -row["width"]),
    )


def runs(results: Sequence[Result]) -> list[str]:
    """Command, hardware, time and seed of everything above."""
    parts = ["## Runs"]
    for r in results:
        told, model = r.report["provenance"], r.model
        machine = f"{told['hardware']['machine']}, {r.report['threads']} of {told['hardware']['cores']} cores"
        machine = told["hardware"].get("accelerator", machine)
        what = f"{r.report['boards']:,} {r.report.get('noun', 'boards')}" if "boards" in r.report else ""
        what = what or f"{r.report['instances']:,} of {r.report['of']:,} test puzzles, `{r.report['protocol']}` split"
        lines = [
            f"**{r.number}. {r.name}**: {what}; seed {r.report['seed']}; {duration(r.report['seconds'])} on "
            f"{machine}; {told['date']}, gramsolve {told['gramsolve']}, torch {told['torch']}.",
            f"`{told['command']}`",
            f"Weights `{model['checkpoint']}` ({model['architecture']}): {model['parameters']:,} parameters, "
            f"{count(model['updates'])} updates of {count(model['batch'])}, seed {model['seed']}, "
            f"{duration(model['training_seconds'])} on {model['training_device']} ({model['training_machine']}, "
            f"{model['training_threads']} threads).",
        ]
        if model["training_command"]:
            lines.append(f"`{model['training_command']}`")
        parts.append("  \n".join(lines))
    return parts if results else [*parts, f"{NOT_RUN.capitalize()}."]
