"""Curves of a report over depth: accuracy and coverage, validity, nats, or distances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from gramsolve.display.chart import Line, Panel, chart
from gramsolve.evaluation import tables


def picture(report: tables.ReportValues) -> Image.Image:
    """A report, as ``to_dict`` gives it, as a chart."""
    panels = {
        "puzzles": _puzzles,
        "unconditional": _unconditional,
        "quality": _quality,
        "elbo": _elbo,
        "diversity": _diversity,
    }[report["kind"]](report)
    return chart(panels, title=tables.heading(report))


def _line(
    name: str, report: tables.ReportValues, figure: str, error: str | None = None, only: Mapping[str, Any] | None = None
) -> Line:
    rows = [row for row in report["rows"] if all(row[key] == value for key, value in (only or {}).items())]
    points = [(float(row["depth"]), row[figure]) for row in rows]
    return Line(name, points, None if error is None else [row[error] for row in rows])


def _puzzles(report: tables.ReportValues) -> list[Panel]:
    widths = sorted({row["width"] for row in report["rows"]})

    def lines(figure: str, error: str) -> list[Line]:
        return [_line(trajectories(w), report, figure, error, {"width": w}) for w in widths]

    return [
        Panel("right, by vote", lines("vote", "vote_error")),
        Panel("right, any of them", lines("any_valid", "any_valid_error")),
        Panel("coverage of all solutions", lines("coverage", "coverage_error")),
    ]


def trajectories(width: int) -> str:
    return f"{width} trajector{'y' if width == 1 else 'ies'}"


def _unconditional(report: tables.ReportValues) -> list[Panel]:
    lines = [
        _line("valid", report, "valid"),
        _line("distinct, of the valid", report, "distinct_share"),
        _line("of all boards", report, "found_share"),
        _line("seen in training, of the valid", report, "in_training"),
    ]
    return [Panel("shares of boards", [line for line in lines if any(y is not None for _, y in line.points)])]


def _quality(report: tables.ReportValues) -> list[Panel]:
    panels = []
    for figure in report["figures"]:
        if figure["curve"]:
            name = figure["name"]
            real = Line("real", [(float(row["depth"]), report["real"][name]) for row in report["rows"]], None)
            panels.append(Panel(figure["curve"], [_line("drawn", report, name), real], top=None, percent=False))
    return panels


def _elbo(report: tables.ReportValues) -> list[Panel]:
    names = {"bound": "negative ELBO", "surrogate": "surrogate", "kl": "KL", "ce": "cross-entropy"}
    lines = [_line(name, report, figure, f"{figure}_error") for figure, name in names.items()]
    return [Panel("nats a puzzle", lines, top=None, percent=False)]


def _diversity(report: tables.ReportValues) -> list[Panel]:
    return [
        Panel("distance, of |h|", [_line("distance", report, "relative", "relative_error")], top=None),
        Panel("distinct boards", [_line("boards", report, "boards", "boards_error")], top=None, percent=False),
        Panel("variance in a plane", [_line("in a plane", report, "plane", "plane_error")]),
    ]
