"""``gramsolve train``: a training run with live progress that can be interrupted and resumed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from gramsolve.cli import inputs
from gramsolve.cli.help_sections import SectionedCommand
from gramsolve.cli.terminal import is_ascii_only, note, print_json, progress_bar, stderr_console, stop_on_signal
from gramsolve.errors import BadInput
from gramsolve.model.architectures import ARCHITECTURES

if TYPE_CHECKING:
    from gramsolve.training.metrics import TrainingMetrics
    from gramsolve.training.train_options import TrainOptions, TrainResult


class Compile(StrEnum):
    """Whether torch.compile is used."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class TrainCommand:
    """One call of ``gramsolve train``; a field for each option. Options that contradict each other raise BadInput."""

    task: str
    variant: str | None = None
    preset: str = "cpu"
    architecture: str | None = None
    match_params: str | None = None
    init_from: str | None = None
    protocol: str | None = None
    overrides: tuple[str, ...] = ()
    max_time: float | None = None
    max_updates: int | None = None
    run_dir: Path | None = None
    resume: bool = False
    output: Path | None = None
    compile: Compile = Compile.AUTO
    processes: int = 1
    tensorboard: bool = False
    seed: int = 0
    device: str = "auto"
    threads: int | None = None
    as_json: bool = False

    def __post_init__(self) -> None:
        self.settings()

    def settings(self) -> Mapping[str, str]:
        """The values of --set by name."""
        pairs = {}
        for text in self.overrides:
            key, equals, value = text.partition("=")
            if not (key and equals and value):
                raise BadInput(f"--set takes key=value, not {text!r}")
            pairs[key.strip()] = value.strip()
        return pairs

    def options(self) -> TrainOptions:
        """The options of the training run."""
        from gramsolve.training.train_options import TrainOptions

        return TrainOptions(
            variant=self.variant,
            preset=self.preset,
            architecture=self.architecture,
            match_params=self.match_params,
            init_from=self.init_from,
            protocol=self.protocol,
            overrides=self.settings(),
            run_dir=self.run_dir,
            resume=self.resume,
            output=self.output,
            max_seconds=self.max_time,
            max_updates=self.max_updates,
            seed=self.seed,
            device=self.device,
            threads=self.threads,
            compile=self.compile,
            tensorboard=self.tensorboard,
        )


PLAN_SECTION = (
    "variant",
    "preset",
    "architecture",
    "match_params",
    "init_from",
    "protocol",
    "overrides",
    "max_updates",
)
plan_options = inputs.options(
    inputs.variant_option,
    click.option(
        "--architecture",
        type=click.Choice(list(ARCHITECTURES)),
        metavar="NAME",
        help="One of the architectures below.  [default: that of the preset, mostly gram]",
    ),
    click.option(
        "--match-params",
        metavar="NAME|NUMBER",
        help="Fit the hidden size: the parameter count of architecture NAME with this preset, or NUMBER.",
    ),
    click.option("--protocol", help="How test puzzles are set apart.  [default: that of the preset]"),
    click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a setting of the preset."),
    click.option("--max-updates", type=int, help="Number of updates in the plan.  [default: that of the preset]"),
    click.option(
        "--run-dir",
        type=click.Path(path_type=Path),
        help="Directory of the run.  [default: runs/TASK-VARIANT-PRESET[-ARCHITECTURE]]",
    ),
    click.option(
        "--compile",
        type=inputs.OneOf(Compile),
        default=TrainCommand.compile.value,
        show_default=True,
        help="Use torch.compile, which takes a minute to start. auto tries it in long runs.",
    ),
)
_WIDEST = max(map(len, ARCHITECTURES))
ARCHITECTURES_EPILOG = "\b\nArchitectures:\n" + "\n".join(
    f"  {name:{_WIDEST}}  {architecture.about}" for name, architecture in ARCHITECTURES.items()
)


@click.command(
    epilog=ARCHITECTURES_EPILOG,
    cls=SectionedCommand,
    sections={
        "What is trained": PLAN_SECTION,
        "How long": ("max_time", "resume"),
        "What to write": ("run_dir", "output", "tensorboard", "as_json"),
        "How to run": ("device", "threads", "processes", "compile", "seed"),
    },
)
@click.argument("task")
@click.option(
    "--preset", default=TrainCommand.preset, show_default=True, help="tiny, cpu, paper, ...; see `plugins info TASK`."
)
@plan_options
@click.option("--init-from", metavar="NAME|DIR", help="Start from the weights of a checkpoint, with a new plan.")
@click.option("--max-time", type=inputs.Duration(), help="Save and stop after 9m or 1.5h. The plan does not change.")
@click.option("--resume", is_flag=True, help="Resume the run in --run-dir.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Directory of the checkpoint.  [default: within --run-dir]"
)
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=TrainCommand.processes,
    show_default=True,
    metavar="N",
    help="Share the batch between N processes of this machine, one for each GPU.",
)
@click.option("--tensorboard", is_flag=True, help="Write the metrics for TensorBoard too, into the run directory.")
@inputs.seed_option
@inputs.device_options
@inputs.json_option
@inputs.parsed_into(TrainCommand)
def train(command: TrainCommand) -> int:
    """Train a model for TASK on puzzles that the plugin generates.

    The figure to watch is the accuracy of the prior on held-out puzzles, where the model sees no answer.

    \b
    gramsolve train nqueens
    gramsolve train nqueens --max-time 9m      then: --resume
    gramsolve train nqueens --preset tiny --set beta=0.01
    gramsolve train sudoku --variant 6x6 --init-from sudoku-6x6 --max-updates 500
    """
    return run_training(command)


def run_training(command: TrainCommand) -> int:
    """Train as ``gramsolve train`` does; returns the exit code."""
    from gramsolve import api

    options = command.options()
    if options.output is not None:
        from gramsolve.checkpoints import store

        store.writable(options.output)  # Raises BadInput now, not after the run.
    if command.processes > 1 and not is_launched():
        from gramsolve.training.resolve import check

        check(command.task, options, command.processes)
        _launch(command.processes)
    # The launcher repeats the signals that the terminal has sent to every process.
    signals = stop_on_signal(
        signal.SIGINT, signal.SIGTERM, message="\nsaving; press again to quit immediately", repeats=is_launched()
    )
    with signals as stop, _progress(command.as_json) as on_report:
        result = api.train(command.task, options, on_report=on_report, stop=stop)
    if not leads():
        return 0
    for text in curves(result):
        note(text)
    _print_next_step(command.task, result)
    if command.as_json:
        print_json(
            {
                "run_dir": str(result.run_dir),
                "checkpoint": str(result.checkpoint),
                "update": result.update,
                "updates": result.updates,
                "finished": result.finished,
                "seconds": round(result.seconds, 1),
            }
        )
    return 0 if result.finished else stop.exit_code


def is_launched() -> bool:
    """Whether a launcher has started this process as one of several."""
    return "WORLD_SIZE" in os.environ


def leads() -> bool:
    """Whether this process prints and writes for all."""
    return os.environ.get("RANK", "0") == "0"


def _launch(processes: int) -> NoReturn:
    """Become torch's launcher, which runs this command in every process, and starts it again when a process is lost."""
    arguments = click.get_current_context().find_root().obj
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "--max-restarts", "3"]
    environment = {
        # With a shared store the rendezvous after a lost process fails.
        "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
        "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // processes)),
    }
    command = [sys.executable, *words, "-m", "gramsolve", *arguments]
    os.execve(sys.executable, command, {**environment, **os.environ})


@contextmanager
def _progress(as_json: bool) -> Iterator[Callable[[TrainingMetrics], None]]:
    """Show progress: a bar on a terminal, a line for each held-out check, JSON lines with --json."""
    with progress_bar("updates", shown=not as_json) as bar:

        def report(metrics: TrainingMetrics) -> None:
            of = f"{metrics.update:,} of {metrics.updates:,}"
            bar.update(metrics.update, metrics.updates, f"{of}  {metrics.rate:.1f}/s  loss {metrics.loss:.3f}")
            if metrics.ce and as_json:
                print_json(metrics.to_dict())
            elif metrics.ce:
                bar.print(line(metrics))
            if metrics.ce or bar.is_shown:
                for warning in metrics.warnings:
                    bar.print(f"warning: {warning}", style="bold")

        if bar.is_shown:
            bar.update(0, None, "starting")
        yield report


def line(metrics: TrainingMetrics) -> str:
    """One held-out check in one line: each figure after the last step, that of the prior first because it counts."""
    parts = [
        f"update {metrics.update:,}",
        f"prior {metrics.prior_accuracy[-1]:.1%}",
        f"posterior {metrics.posterior_accuracy[-1]:.1%}",
        f"CE {metrics.ce[-1]:.2f}",
    ]
    if metrics.kl:
        parts.append(f"KL {sum(metrics.kl):.2f} nats")
    if metrics.utilisation is not None:
        parts.append(f"{metrics.utilisation:.0%} of the matmul ceiling")
    return ", ".join([*parts, f"{metrics.rate:.1f} updates/s", f"{metrics.seconds / 60:.1f} min"])


def curves(result: TrainResult) -> list[str]:
    """The run in a few lines: each figure after the last supervision step, from the first check to the last."""
    from gramsolve.display.sparkline import sparkline
    from gramsolve.training.run_dir import RunDirectory

    reports = RunDirectory(result.run_dir).metrics()
    if len(reports) < 2:
        return []
    plain = is_ascii_only(stderr_console())
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


def _print_next_step(task: str, result: TrainResult) -> None:
    done = f"{result.update:,} of {result.updates:,} updates in {result.seconds / 60:.1f} min"
    if result.finished:
        note(f"finished: {done}; weights in {result.checkpoint}")
        note(f"measure them: gramsolve eval {task} --checkpoint {result.checkpoint}")
    else:
        note(f"saved: {done}")
        note(f"resume it: gramsolve train {task} --run-dir {result.run_dir} --resume")
