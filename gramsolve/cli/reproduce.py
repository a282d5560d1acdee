"""``gramsolve reproduce``: train, measure and document a checkpoint; an interrupted command resumes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gramsolve.cli import inputs, processes
from gramsolve.cli.eval import EvalCommand
from gramsolve.cli.eval_modes import evaluate
from gramsolve.cli.help_sections import SectionedCommand
from gramsolve.cli.sample import SampleCommand, draw_samples
from gramsolve.cli.terminal import note
from gramsolve.cli.train import (
    ARCHITECTURES_EPILOG,
    PLAN_SECTION,
    Compile,
    TrainCommand,
    is_launched,
    leads,
    plan_options,
    run_training,
)
from gramsolve.errors import OutOfTime

if TYPE_CHECKING:
    from gramsolve.checkpoints.checkpoint import CheckpointConfig

SAMPLES = 64
"""Samples on the sheet of a task without puzzles."""


@dataclass(frozen=True, kw_only=True)
class ReproduceCommand:
    """One call of ``gramsolve reproduce``; a field for each option."""

    task: str
    variant: str | None = None
    preset: str = "paper"
    architecture: str | None = None
    match_params: str | None = None
    protocol: str | None = None
    overrides: tuple[str, ...] = ()
    max_time: float | None = None
    max_updates: int | None = None
    run_dir: Path | None = None
    limit: int | None = None
    compile: Compile = Compile.AUTO
    processes: int = 1
    seed: int = 0
    device: str = "auto"
    threads: int | None = None

    def training(self, run_dir: Path, max_time: float | None) -> TrainCommand:
        """The training that starts or resumes the run in ``run_dir``."""
        return TrainCommand(
            task=self.task,
            variant=self.variant,
            preset=self.preset,
            architecture=self.architecture,
            match_params=self.match_params,
            protocol=self.protocol,
            overrides=self.overrides,
            max_time=max_time,
            max_updates=self.max_updates,
            run_dir=run_dir,
            resume=(run_dir / "plan.json").exists(),
            compile=self.compile,
            processes=self.processes,
            seed=self.seed,
            device=self.device,
            threads=self.threads,
        )


@click.command(
    epilog=ARCHITECTURES_EPILOG,
    cls=SectionedCommand,
    sections={
        "What is trained": PLAN_SECTION,
        "What is measured": ("limit",),
        "How to run": ("run_dir", "max_time", "device", "threads", "processes", "compile", "seed"),
    },
)
@click.argument("task")
@click.option(
    "--preset", default=ReproduceCommand.preset, show_default=True, help="tiny, cpu or paper; see `plugins info TASK`."
)
@plan_options
@click.option("--max-time", type=inputs.Duration(), help="Save and stop after 9m or 1.5h, with exit code 4.")
@click.option("--limit", type=int, help="Measure a seeded sample of this many test puzzles.  [default: all]")
@processes.processes_option
@inputs.seed_option
@inputs.device_options
@inputs.parsed_into(ReproduceCommand)
def reproduce(command: ReproduceCommand) -> int:
    """Train TASK with the paper's sizes, measure the checkpoint on all test puzzles and write its model card.

    Finished work stays in the run directory. After --max-time, Ctrl-C or a crash the same command resumes from there.

    \b
    until gramsolve reproduce nqueens --max-time 9m; do [ $? = 4 ] || break; done
    """
    from gramsolve.training.resolve import default_directory

    begun = time.monotonic()
    task = inputs.load_task(command.task)
    run_dir = command.run_dir or default_directory(task, command.training(Path(), None).options())
    checkpoint = run_dir / "checkpoint"

    def left() -> float | None:
        """Seconds that are left of --max-time, None without a limit."""
        return None if command.max_time is None else max(0.001, command.max_time - (time.monotonic() - begun))

    if not _is_trained(checkpoint):
        code = run_training(command.training(run_dir, left()))
        if code or not _is_trained(checkpoint):
            return code or _not_done(f"trained in part, in {run_dir}")
    variant = _config(checkpoint).variant
    if not task.capabilities.conditional:
        sheet = run_dir / "samples.png"
        draw_samples(
            SampleCommand(
                task=command.task,
                number=SAMPLES,
                output=sheet,
                variant=variant,
                checkpoint=str(checkpoint),
                processes=command.processes,
                seed=command.seed,
                device=command.device,
                threads=command.threads,
            )
        )
        return _done(checkpoint, f"{SAMPLES} samples in {sheet}")
    report = run_dir / "evaluation.json"
    measurement = EvalCommand(
        task=command.task,
        variant=variant,
        checkpoint=str(checkpoint),
        limit=command.limit,
        card=True,
        output=(report,),
        cache_dir=run_dir / "evaluation",
        max_time=left(),
        processes=command.processes,
        seed=command.seed,
        device=command.device,
        threads=command.threads,
    )
    try:
        evaluate(measurement)
    except OutOfTime as error:
        return _not_done(str(error))
    return _done(checkpoint, f"figures in its card and in {report}")


def _is_trained(checkpoint: Path) -> bool:
    """Whether there is a checkpoint of a finished plan."""
    if not (checkpoint / "config.json").exists():
        return False
    config = _config(checkpoint)
    return config.training is not None and config.provenance.updates_done >= config.training.schedule.updates


def _config(checkpoint: Path) -> CheckpointConfig:
    from gramsolve.checkpoints import store

    return store.read_config(checkpoint)


def _done(checkpoint: Path, what: str) -> int:
    if leads():
        note(f"done: weights in {checkpoint}, {what}")
    return 0


def _not_done(why: str) -> int:
    """Exit code 4, but 0 under a launcher, which would start this process again."""
    if leads():
        note(f"not done yet ({why}): give the same command again")
    return 0 if is_launched() else 4
