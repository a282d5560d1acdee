"""Reports on the terminal: tables, shaded grids, checkpoints side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from gramsolve.cli.terminal import is_ascii_only, stdout_console

if TYPE_CHECKING:
    from gramsolve.evaluation import tables
    from gramsolve.evaluation.accuracy import AccuracyReport

PLOTTED = {
    "puzzles": (("vote", "right, by vote"), ("coverage", "coverage of all solutions")),
    "unconditional": (("valid", "valid"), ("distinct_share", "distinct, of the valid")),
}
"""Figures that --plot shows, by kind of report, each with its title; a quality measure names its own."""


def show(report: Mapping[str, Any], *, buckets: bool = False, plot: bool = False, ascii: bool = False) -> None:
    """Print a report as ``to_dict`` gives it."""
    from gramsolve.evaluation import tables

    click.echo(tables.heading(report))
    _print(tables.main_table(report))
    if buckets:
        found = tables.bucket_table(report)
        if found is None:
            click.echo("All puzzles are in one bucket of the number of solutions.")
        else:
            click.echo(f"{found.title}:")
            _print(found)
    if plot:
        own = [(figure["name"], figure["shares"]) for figure in report.get("figures", ()) if figure["shares"]]
        for figure, title in PLOTTED.get(report["kind"], own):
            grid(report["rows"], figure, title, ascii=ascii)
    click.echo(" ".join(tables.remarks(report)))


def _print(shown: tables.Table) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in shown.titles:
        table.add_column(title, justify="right")
    for row in shown.rows:
        table.add_row(*row)
    stdout_console().print(table)


def grid(rows: Sequence[Mapping[str, Any]], figure: str, title: str, *, ascii: bool) -> None:
    """Print a share over depth (downwards) and width (to the right), each with its number, a bar and a shade."""
    from rich.table import Table
    from rich.text import Text

    from gramsolve.display.palette import DARK
    from gramsolve.display.sparkline import sparkline

    console = stdout_console()
    ascii = ascii or is_ascii_only(console)
    widths = sorted({row.get("width", 0) for row in rows})
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("depth", justify="right")
    for width in widths:
        table.add_column(f"width {width}" if width else "", justify="left")
    for depth in sorted({row["depth"] for row in rows}):
        cells = []
        for width in widths:
            value = next((r[figure] for r in rows if r["depth"] == depth and r.get("width", 0) == width), None)
            if value is None:
                cells.append(Text("-"))
                continue
            bar = sparkline([value], 1, low=0.0, high=1.0, ascii=ascii)
            style = f"{DARK.guess_ink} on {DARK.confidence(value)}"
            cells.append(Text(f" {bar} {value:6.1%} ", style=style))
        table.add_row(str(depth), *cells)
    click.echo(f"{title}:")
    console.print(table)


def show_comparison(reports: Sequence[AccuracyReport]) -> None:
    """Print a line for each measure and a column for each checkpoint, with its difference from the first one."""
    from rich.table import Table

    from gramsolve.evaluation.comparison import compare

    first = reports[0]
    click.echo(
        f"{first.instances} of {first.of} test puzzles ({first.protocol} split), "
        f"{first.trajectories:,} trajectories each, seed {first.seed}, halt {first.halt}"
    )
    table = Table(box=None, pad_edge=False)
    for title in ("depth", "width", "", first.checkpoint):
        table.add_column(title, justify="right")
    for report in reports[1:]:
        for title in (report.checkpoint, "difference", "p"):
            table.add_column(title, justify="right")
    for line in zip(*(compare(first, report) for report in reports[1:]), strict=True):
        one = line[0]
        cells = [str(one.depth), str(one.width), one.measure.replace("_", " "), f"{one.first:.2%}"]
        for other in line:
            cells += [f"{other.other:.2%}", f"{other.difference:+.2%} ± {other.error:.2%}", f"{other.probability:.3g}"]
        table.add_row(*cells)
    stdout_console().print(table)
    click.echo(
        "± half of a 95 % interval over puzzles. p: of a difference as large by chance (sign flips over puzzles). "
        "Where there is none, one in twenty is below 0.05."
    )
