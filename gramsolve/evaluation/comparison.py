"""Checkpoints side by side on the same puzzles and seeds: which is better, and whether that may be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gramsolve.errors import BadInput
from gramsolve.evaluation import metrics
from gramsolve.evaluation.accuracy import AccuracyReport

MEASURES = ("accuracy", "vote", "lprm", "any_valid", "coverage")


@dataclass(frozen=True)
class Comparison:
    """``other`` against ``first`` in one measure at one depth and width; ``difference`` is other - first, ``error``
    half of its 95 % interval over puzzles, ``probability`` that of one as large by chance."""

    measure: str
    depth: int
    width: int
    first: float
    other: float
    difference: float
    error: float
    probability: float


def compare(first: AccuracyReport, other: AccuracyReport) -> list[Comparison]:
    """Every measure of two reports on the same puzzles. Raises BadInput where they are not the same."""
    same = ("task", "variant", "protocol", "instances", "seed", "halt", "augment")
    unlike = [name for name in same if getattr(first, name) != getattr(other, name)]
    places = [(row["depth"], row["width"]) for row in first.rows]
    if unlike or places != [(row["depth"], row["width"]) for row in other.rows]:
        raise BadInput(
            f"{first.checkpoint} and {other.checkpoint} were not measured on the same puzzles in the same way"
        )
    found = []
    for (depth, width), one, two in zip(places, first.puzzles, other.puzzles, strict=True):
        for measure in MEASURES:
            difference, error = metrics.paired_difference(one[measure], two[measure])
            found.append(
                Comparison(
                    measure,
                    depth,
                    width,
                    float(one[measure].mean()),
                    float(two[measure].mean()),
                    difference,
                    error,
                    metrics.paired_probability(one[measure], two[measure]),
                )
            )
    return found


def to_dict(reports: Sequence[AccuracyReport]) -> dict[str, Any]:
    """All reports, and each against the first, as JSON values."""
    against = {report.checkpoint: [c.__dict__ for c in compare(reports[0], report)] for report in reports[1:]}
    return {"reports": [report.to_dict() for report in reports], "first": reports[0].checkpoint, "against": against}
