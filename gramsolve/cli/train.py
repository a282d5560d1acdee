"""``gramsolve train``: a run with live progress, that can be interrupted at any moment and resumed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gramsolve.cli import common
from gramsolve.errors import BadInput
from gramsolve.model.architectures import ARCHITECTURES

if TYPE_CHECKING:
    from gramsolve.training.metrics import TrainingMetrics
    from gramsolve.training.train_options import TrainOptions, TrainResult


compile_option = click.option(
    "--compile",
    type=click.Choice(["auto", "on", "off"]),
    default="auto",
    show_default=True,
    help="torch.compile: a minute to start; auto tries it in long runs.",
)

architecture_option = click.option(
    "--architecture", help="The network and its training objective.  [default: the preset's, gram for most]"
)
match_params_option = click.option(
    "--match-params",
    metavar="ARCHITECTURE|NUMBER",
    help="Fit the hidden size to the parameter count of ARCHITECTURE with this preset, or to NUMBER.",
)
WIDEST = max(map(len, ARCHITECTURES))
ARCHITECTURES_TEXT = "\b\nArchitectures:\n" + "\n".join(
    f"{name:{WIDEST}}  {architecture.about}" for name, architecture in ARCHITECTURES.items()
)


@click.command(epilog=ARCHITECTURES_TEXT)
@click.argument("task")
@common.variant_option
@click.option("--preset", default="cpu", show_default=True, help="tiny, cpu, paper, ...; see `plugins info`.")
@architecture_option
@match_params_option
@click.option("--init-from", metavar="NAME|DIR", help="Go on from the weights of a checkpoint, with a new plan.")
@click.option("--protocol", help="How test puzzles are set apart (default: the preset's).")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a setting of the preset.")
@click.option("--max-time", type=common.Duration(), help="Stop, saved, after 9m or 1.5h; the plan stays.")
@click.option("--max-updates", type=int, help="The plan: updates in all.")
@click.option("--run-dir", type=click.Path(path_type=Path), help="[default: runs/TASK-VARIANT-PRESET[-ARCHITECTURE]]")
@click.option("--resume", is_flag=True, help="Go on with the run in --run-dir.")
@click.option("--output", type=click.Path(path_type=Path), help="Where the checkpoint goes (default: the run's own).")
@compile_option
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=1,
    help="Share the batch between so many processes of this machine: one for each GPU.",
)
@click.option("--tensorboard", is_flag=True, help="Write the curves for TensorBoard too, into the run directory.")
@common.seed_option
@common.device_options
@common.json_option
def train(task: str, **settings: Any) -> int:
    """Train a model for TASK on puzzles the plugin generates.

    The figure to watch is the prior's accuracy on held-out puzzles: what the model does alone.

    \b
    gramsolve train nqueens
    gramsolve train nqueens --max-time 9m      then: --resume
    gramsolve train nqueens --preset tiny --set beta=0.01
    gramsolve train sudoku --variant 6x6 --init-from sudoku-6x6 --max-updates 500
    """
    from gramsolve import api
    from gramsolve.training.train_options import TrainOptions

    options = TrainOptions(
        variant=settings["variant"],
        preset=settings["preset"],
        architecture=settings["architecture"],
        match=settings["match_params"],
        weights=settings["init_from"],
        protocol=settings["protocol"],
        overrides=_pairs(settings["overrides"]),
        run_dir=settings["run_dir"],
        resume=settings["resume"],
        output=settings["output"],
        max_seconds=settings["max_time"],
        max_updates=settings["max_updates"],
        seed=settings["seed"],
        device=settings["device"],
        threads=settings["threads"],
        compile=settings["compile"],
        tensorboard=settings["tensorboard"],
    )
    if options.output is not None:
        from gramsolve.checkpoints import store

        store.writable(options.output)  # better to hear of it now than after the run
    if settings["processes"] > 1 and not _launched():
        from gramsolve.training.plan import check

        check(task, options, settings["processes"])
        _launch(settings["processes"])
    with _saving_on_signals() as caught, _progress(settings["as_json"]) as on_report:
        result = api.train(task, options, on_report=on_report, stop=lambda: bool(caught))
    if not _leads():
        return 0
    for text in curves(result):
        common.note(text)
    _say_how_to_go_on(task, options, result)
    if settings["as_json"]:
        common.print_json(
            {
                "run_dir": str(result.run_dir),
                "checkpoint": str(result.checkpoint),
                "update": result.update,
                "updates": result.updates,
                "finished": result.finished,
                "seconds": round(result.seconds, 1),
            }
        )
    return 0 if not caught or result.finished else 128 + caught[0]


def _launched() -> bool:
    """Whether this is one of several processes that a launcher has started."""
    return "WORLD_SIZE" in os.environ


def _leads() -> bool:
    return os.environ.get("RANK", "0") == "0"


def _launch(processes: int) -> NoReturn:
    """Become torch's launcher, which starts this same command in every process, and anew when one is lost."""
    arguments = click.get_current_context().find_root().obj
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "--max-restarts", "3"]
    environment = {
        # With a shared store the rendezvous after a lost process fails.
        "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
        "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // processes)),
    }
    command = [sys.executable, *words, "-m", "gramsolve", *arguments]
    os.execve(sys.executable, command, {**environment, **os.environ})


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise BadInput(f"--set takes key=value, not {text!r}")
        pairs[key.strip()] = value.strip()
    return pairs


@contextmanager
def _saving_on_signals() -> Iterator[list[int]]:
    """First SIGINT or SIGTERM: finish the update, save, say how to resume. The second quits at once."""
    caught: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        if _launched():  # The launcher repeats what the terminal sent already.
            caught.append(number)
            return
        if caught:
            raise KeyboardInterrupt
        caught.append(number)
        common.note("\nsaving; once more to quit at once")

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(as_json: bool) -> Iterator[Callable[[TrainingMetrics], None]]:
    """A live bar on a terminal; plain lines, one a held-out check, elsewhere; JSON lines with --json."""
    console = common.stderr_console()
    if as_json or not console.is_terminal:

        def plain(report: TrainingMetrics) -> None:
            if report.ce:
                if as_json:
                    common.print_json(report.to_dict())
                else:
                    common.note(line(report))
                for warning in report.warnings:
                    common.note(f"warning: {warning}")

        yield plain
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        MofNCompleteColumn(separator=" of "),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(),
        console=console,
    )
    with bar:
        handle = bar.add_task("", total=None, figures="starting")

        def live(report: TrainingMetrics) -> None:
            figures = f"{report.rate:.1f}/s  loss {report.loss:.3f}"
            bar.update(handle, total=report.updates, completed=report.update, figures=figures)
            if report.ce:
                bar.console.print(line(report))
            for warning in report.warnings:
                bar.console.print(f"warning: {warning}", style="bold")

        yield live


def line(report: TrainingMetrics) -> str:
    """One held-out check in one line: last step of each figure, prior first because it is what counts."""
    parts = [
        f"update {report.update:,}",
        f"prior {report.prior_accuracy[-1]:.1%}",
        f"posterior {report.posterior_accuracy[-1]:.1%}",
        f"CE {report.ce[-1]:.2f}",
    ]
    if report.kl:
        parts.append(f"KL {sum(report.kl):.2f} nats")
    if report.utilisation is not None:
        parts.append(f"{report.utilisation:.0%} of the matmul ceiling")
    return ", ".join([*parts, f"{report.rate:.1f} updates/s", f"{report.seconds / 60:.1f} min"])


def curves(result: TrainResult) -> list[str]:
    """The run in a few lines: how each figure, at the last supervision step, has moved from its first check to now."""
    from gramsolve.display.sparkline import sparkline
    from gramsolve.training.run_dir import RunDirectory

    reports = RunDirectory(result.run_dir).reports()
    if len(reports) < 2:
        return []
    plain = common.plain_text(common.stderr_console())
    lines = []
    for name, key, form in (
        ("prior", "prior_accuracy", "{:.1%}"),
        ("posterior", "posterior_accuracy", "{:.1%}"),
        ("CE", "ce", "{:.2f}"),
        ("KL", "kl", "{:.2f}"),
    ):
        every = [report[key] for report in reports if report.get(key)]
        values = [sum(value) if key == "kl" else value[-1] for value in every]
        if values:
            bounds = (0.0, 1.0) if "accuracy" in key else (0.0, None)
            drawn = sparkline(values, low=bounds[0], high=bounds[1], ascii=plain)
            lines.append(f"{name:9} {form.format(values[0]):>7} {drawn} {form.format(values[-1])}")
    return lines


def _say_how_to_go_on(task: str, options: TrainOptions, result: TrainResult) -> None:
    done = f"{result.update:,} of {result.updates:,} updates in {result.seconds / 60:.1f} min"
    if result.finished:
        common.note(f"finished: {done}; weights in {result.checkpoint}")
        common.note(f"measure them: gramsolve eval {task} --checkpoint {result.checkpoint}")
    else:
        common.note(f"saved: {done}")
        common.note(f"go on with: gramsolve train {task} --run-dir {result.run_dir} --resume")
