"""``gramsolve eval``: the figures of a checkpoint on held-out puzzles."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gramsolve.cli import common, workers
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.evaluation.protocol import EvalReport


@click.command("eval")
@click.argument("task")
@click.argument("names", nargs=-1, metavar="[CHECKPOINT]...")
@click.option("--compare", is_flag=True, help="Measure the CHECKPOINTs named on the same puzzles, side by side.")
@common.variant_option
@common.checkpoint_option
@click.option("--protocol", help="The split to test on (default: the one the checkpoint was trained on).")
@click.option("--width", default="1,5,20", show_default=True, type=common.Numbers(), help="Trajectories a puzzle.")
@click.option("--depth", default="1,4,8,16", show_default=True, type=common.Numbers(), help="Supervision steps.")
@click.option("--limit", type=int, help="A seeded sample of the test puzzles instead of all.")
@click.option("--halt", default="never", show_default=True, help="never, or head: stop by the halt head.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Also write the report as JSON.")
@click.option("--card", is_flag=True, help="Write the figures into the checkpoint's model card.")
@workers.processes_option
@click.option("--parts", type=click.Path(path_type=Path), help="Keep what is done here; the same command goes on.")
@click.option("--max-time", type=common.Duration(), help="Stop after 9m or 1.5h, with exit code 4; needs --parts.")
@common.seed_option
@common.device_options
@common.json_option
def evaluate(task: str, names: tuple[str, ...], **settings: Any) -> int:
    """Accuracy and coverage of a checkpoint of TASK, from prior rollouts on held-out puzzles.

    \b
    gramsolve eval nqueens --checkpoint nqueens-8x8
    gramsolve eval nqueens --compare nqueens-8x8 runs/mine/checkpoint --depth 16

    With --parts a measurement can be cut short, by --max-time, Ctrl-C or worse, and gone on with: the figures are
    those of one that was not, whatever the number of processes.
    """
    from gramsolve import api

    until = None if settings["max_time"] is None else time.monotonic() + settings["max_time"]
    if until is not None and settings["parts"] is None:
        raise BadInput("--max-time needs --parts DIR, where the next call finds what this one did")
    if names or settings["compare"]:
        return _compare(task, names, settings)
    threads = workers.threads(settings["threads"], settings["processes"])
    solver = common.load_solver(task, settings["variant"], {**settings, "threads": threads})
    evaluation = api.evaluation(
        solver,
        protocol=settings["protocol"],
        widths=settings["width"],
        depths=settings["depth"],
        limit=settings["limit"],
        seed=settings["seed"],
        halt=settings["halt"],
    )
    with (
        workers.sharing(settings["processes"], folder=settings["parts"], threads=threads, until=until) as share,
        common.bar("puzzles", shown=share.leads) as on_progress,
    ):
        report = evaluation.run(share, on_progress)
    if report is None:
        return 0
    if settings["output"] is not None:
        write_report(report, settings["output"])
    if settings["card"]:
        update_card(report, settings)
    if settings["as_json"]:
        common.print_json(report.to_dict())
    else:
        table(report)
    return 0


def _compare(task: str, names: tuple[str, ...], settings: dict[str, Any]) -> int:
    """Every checkpoint against the first, on the same puzzles with the same seed."""
    from gramsolve import api
    from gramsolve.evaluation import comparison

    if not settings["compare"] or len(names) < 2:
        raise BadInput(
            "to compare, name two checkpoints or more: gramsolve eval TASK --compare A B; for one: --checkpoint"
        )
    for option in ("checkpoint", "card", "parts"):
        if settings[option]:
            raise BadInput(f"--{option} is for one checkpoint, and --compare for several")
    threads = workers.threads(settings["threads"], settings["processes"])
    solvers = [
        common.load_solver(task, settings["variant"], {**settings, "checkpoint": name, "threads": threads})
        for name in names
    ]
    protocols = {solver.trained_on for solver in solvers}
    if len({solver.variant for solver in solvers}) > 1:
        raise BadInput(
            f"these are for {' and '.join(sorted({s.variant for s in solvers}))}: compare what solves the same"
        )
    if settings["protocol"] is None and len(protocols) > 1:
        splits = ", ".join(sorted(map(str, protocols)))
        raise BadInput(
            f"they were trained on different splits ({splits}): name one with --protocol, "
            "and remember that its test puzzles may be training puzzles of the others"
        )
    reports = []
    with workers.sharing(settings["processes"], folder=None, threads=threads, until=None) as share:
        for solver, name in zip(solvers, names, strict=True):
            evaluation = api.evaluation(
                solver,
                protocol=settings["protocol"],
                widths=settings["width"][-1:],
                depths=settings["depth"],
                limit=settings["limit"],
                seed=settings["seed"],
                halt=settings["halt"],
            )
            with common.bar(name, shown=share.leads) as on_progress:
                report = evaluation.run(share, on_progress)
            if report is not None:
                reports.append(replace(report, checkpoint=name))
    if not reports:
        return 0
    if settings["output"] is not None:
        write_json(comparison.to_dict(reports), settings["output"])
    if settings["as_json"]:
        common.print_json(comparison.to_dict(reports))
    else:
        side_by_side(reports)
    return 0


def write_report(report: EvalReport, path: Path) -> None:
    """The report as JSON, whole or not at all."""
    write_json(report.to_dict(), path)


def write_json(values: Mapping[str, Any], path: Path) -> None:
    from gramsolve import files

    try:
        files.write_bytes(path, (json.dumps(values, indent=2) + "\n").encode())
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}") from error


def update_card(report: EvalReport, settings: Mapping[str, Any]) -> None:
    """Put the figures into the card of the checkpoint that ``settings`` name."""
    from gramsolve import files
    from gramsolve.checkpoints import store
    from gramsolve.evaluation import card

    path = store.find(report.task, report.variant, settings["checkpoint"]).path / "README.md"
    words = [f"gramsolve eval {report.task} --checkpoint {report.checkpoint} --protocol {report.protocol}"]
    words += [f"--{name} {','.join(str(n) for n in settings[name])}" for name in ("width", "depth")]
    if settings["limit"] is not None:
        words.append(f"--limit {settings['limit']}")
    if report.halt != "never":
        words.append(f"--halt {report.halt}")
    words.append(f"--seed {report.seed}")
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else f"# {report.checkpoint}\n"
        files.write_bytes(path, card.insert(text, report, " ".join(words)).encode())
    except OSError as error:
        raise BadInput(f"cannot write the card {path}: {error.strerror}") from error
    common.note(f"wrote {path}")


COLUMNS = (
    ("depth", "depth", "{}"),
    ("width", "width", "{}"),
    ("accuracy", "one trajectory", "{:.2%}"),
    ("accuracy_error", "±", "{:.2%}"),
    ("vote", "vote", "{:.1%}"),
    ("lprm", "LPRM", "{:.1%}"),
    ("any_valid", "any valid", "{:.1%}"),
    ("coverage", "coverage", "{:.3f}"),
    ("coverage_error", "±", "{:.3f}"),
    ("coverage_bound", "bound", "{:.3f}"),
    ("coverage_uniform", "uniform", "{:.3f}"),
    ("mean_steps", "steps", "{:.1f}"),
    ("conflicts_first", "conflicts, first", "{}"),
    ("conflicts_vote", "vote", "{}"),
)


def table(report: EvalReport) -> None:
    from rich.table import Table

    console = common.stdout_console()
    click.echo(
        f"{report.checkpoint} on {report.instances} of {report.of} test puzzles ({report.protocol} split), "
        f"{report.trajectories:,} trajectories, seed {report.seed}, halt {report.halt}, "
        f"{report.seconds:.0f} s on {report.device} with {report.threads} threads"
    )
    table = Table(box=None, pad_edge=False)
    columns = [column for column in COLUMNS if column[0] in report.rows[0]]
    for _, title, _ in columns:
        table.add_column(title, justify="right")
    for row in report.rows:
        table.add_row(*(form.format(row[name]) for name, _, form in columns))
    console.print(table)
    click.echo(
        "± half of a 95 % interval over puzzles. bound: the most this width can cover; uniform: a perfect sampler."
    )


def side_by_side(reports: Sequence[EvalReport]) -> None:
    """Each measure in a line, each checkpoint in a column, the others with their difference from the first."""
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
    common.stdout_console().print(table)
    click.echo(
        "± half of a 95 % interval over puzzles. p: of a difference as large by chance (sign flips over puzzles). "
        "Where there is none, one in twenty is below 0.05."
    )
