"""``gramsolve reproduce``: from nothing to measured weights, in as many sittings as it takes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import click

from gramsolve.cli import common, processes
from gramsolve.cli.eval import evaluate
from gramsolve.cli.sample import sample
from gramsolve.cli.train import architecture_option, compile_option, match_params_option, train
from gramsolve.errors import OutOfTime

DIGITS = 64
"""Samples on the sheet of a task that has no puzzles to be right about."""


@click.command()
@click.argument("task")
@common.variant_option
@click.option("--preset", default="paper", show_default=True, help="tiny, cpu or paper; see `plugins info`.")
@architecture_option
@match_params_option
@click.option("--protocol", help="How test puzzles are set apart (default: the preset's).")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a setting of the preset.")
@click.option("--max-time", type=common.Duration(), help="Stop, saved, after 9m or 1.5h, with exit code 4.")
@click.option("--max-updates", type=int, help="The plan: updates in all.")
@click.option("--run-dir", type=click.Path(path_type=Path), help="[default: runs/TASK-VARIANT-PRESET[-ARCHITECTURE]]")
@click.option("--limit", type=int, help="Measure a seeded sample of the test puzzles instead of all.")
@compile_option
@processes.processes_option
@common.seed_option
@common.device_options
@click.pass_context
def reproduce(context: click.Context, task: str, **settings: Any) -> int:
    """Train TASK with the paper's sizes, measure the weights on all test puzzles and write their model card.

    What was done stays in the run directory and the same command goes on from it, after --max-time, Ctrl-C or a lost
    machine, until it says that it is done.

    \b
    until gramsolve reproduce nqueens --max-time 9m; do [ $? = 4 ] || break; done
    """
    from gramsolve.training.plan import usual_directory
    from gramsolve.training.train_options import TrainOptions

    begun, limit = time.monotonic(), settings.pop("max_time")
    plugin = common.load_task(task)
    options = TrainOptions(
        variant=settings["variant"], preset=settings["preset"], architecture=settings["architecture"]
    )
    run_dir: Path = settings["run_dir"] or usual_directory(plugin, options)
    checkpoint = run_dir / "checkpoint"

    def left() -> float | None:
        """Seconds of this sitting, or None where it has no end."""
        return None if limit is None else max(0.001, limit - (time.monotonic() - begun))

    if not _is_trained(checkpoint):
        only = {k: v for k, v in settings.items() if k != "limit"}
        resume = (run_dir / "plan.json").exists()
        code: int = context.invoke(train, task=task, **{**only, "run_dir": run_dir}, max_time=left(), resume=resume)
        if code or not _is_trained(checkpoint):
            return code or _not_done(f"trained in part, in {run_dir}")
    variant = _config(checkpoint)["variant"]
    common_settings = {name: settings[name] for name in ("processes", "seed", "device", "threads")}
    where = {"variant": variant, "checkpoint": str(checkpoint), **common_settings}
    if not plugin.capabilities.conditional:
        context.invoke(sample, task=task, number=DIGITS, output=run_dir / "samples.png", **where)
        return _done(checkpoint, f"{DIGITS} samples in {run_dir / 'samples.png'}")
    report = run_dir / "evaluation.json"
    more = {"limit": settings["limit"], "cache_dir": run_dir / "evaluation", "max_time": left()}
    try:
        context.invoke(evaluate, task=task, card=True, output=(report,), **more, **where)
    except OutOfTime as error:
        return _not_done(str(error))
    return _done(checkpoint, f"figures in its card and in {report}")


def _is_trained(checkpoint: Path) -> bool:
    """Whether there are weights of a whole plan."""
    if not (checkpoint / "config.json").exists():
        return False
    training = _config(checkpoint)["training"]
    return bool(training.get("done", 0) >= training.get("updates", 1))


def _config(checkpoint: Path) -> dict[str, Any]:
    from gramsolve.checkpoints import store

    return store.read_config(checkpoint)


def _done(checkpoint: Path, what: str) -> int:
    if _leads():
        common.note(f"done: weights in {checkpoint}, {what}")
    return 0


def _not_done(why: str) -> int:
    """Exit code 4, except from a process that a launcher would start again for it."""
    if _leads():
        common.note(f"not done yet ({why}): give the same command again")
    return 0 if "WORLD_SIZE" in os.environ else 4


def _leads() -> bool:
    return os.environ.get("RANK", "0") == "0"
