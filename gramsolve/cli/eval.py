"""``gramsolve eval``: the figures of a checkpoint on held-out puzzles."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gramsolve.cli import common
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.evaluation.protocol import EvalReport


@click.command("eval")
@click.argument("task")
@common.variant_option
@common.checkpoint_option
@click.option("--protocol", help="The split to test on (default: the one the checkpoint was trained on).")
@click.option("--width", default="1,5,20", show_default=True, type=common.Numbers(), help="Trajectories a puzzle.")
@click.option("--depth", default="1,4,8,16", show_default=True, type=common.Numbers(), help="Supervision steps.")
@click.option("--limit", type=int, help="A seeded sample of the test puzzles instead of all.")
@click.option("--halt", default="never", show_default=True, help="never, or head: stop by the halt head.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Also write the report as JSON.")
@click.option("--card", is_flag=True, help="Write the figures into the checkpoint's model card.")
@common.seed_option
@common.device_options
@common.json_option
def evaluate(task: str, **settings: Any) -> int:
    """Accuracy and coverage of a checkpoint of TASK, from prior rollouts on held-out puzzles."""
    from gramsolve import api

    solver = common.load_solver(task, settings["variant"], settings)
    with _progress() as on_progress:
        report = api.evaluate(
            solver,
            protocol=settings["protocol"],
            widths=settings["width"],
            depths=settings["depth"],
            limit=settings["limit"],
            seed=settings["seed"],
            halt=settings["halt"],
            on_progress=on_progress,
        )
    text = json.dumps(report.to_dict(), indent=2)
    if settings["output"] is not None:
        try:
            settings["output"].write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise BadInput(f"cannot write {settings['output']}: {error.strerror}") from error
    if settings["card"]:
        _update_card(report, settings)
    if settings["as_json"]:
        common.print_json(report.to_dict())
    else:
        _table(report)
    return 0


def _update_card(report: EvalReport, settings: dict[str, Any]) -> None:
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


def _table(report: EvalReport) -> None:
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


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    console = common.stderr_console()
    if not console.is_terminal:
        yield lambda done, total: None
        return
    from rich.progress import Progress

    with Progress(console=console) as bar:
        handle = bar.add_task("puzzles", total=None)
        yield lambda done, total: bar.update(handle, completed=done, total=total)
