"""``gramsolve tui``: choose, and watch."""

from __future__ import annotations

from pathlib import Path

import click

from gramsolve.cli.common import (
    ascii_option,
    checkpoint_option,
    device_options,
    puzzle_text,
    seed_option,
    variant_option,
)
from gramsolve.errors import BadInput


@click.command()
@click.argument("task", required=False)
@click.option("--puzzle", metavar="TEXT|FILE", help="The puzzle to watch (default: a generated one).")
@variant_option
@checkpoint_option
@click.option("--replay", type=click.Path(path_type=Path), help="Watch a recorded run instead.")
@click.option("-n", "--width", type=int, help="Trajectories side by side [default: as last time, at first 20].")
@click.option("--depth", type=int, help="Supervision steps at most [default: as last time, at first 16].")
@click.option("--halt", default="auto", show_default=True, help="auto, head, valid or never.")
@click.option("--temperature", default=1.0, show_default=True, help="Scale of the noise.")
@seed_option
@device_options
@ascii_option
def tui(
    task: str | None,
    puzzle: str | None,
    variant: str | None,
    checkpoint: str | None,
    replay: Path | None,
    width: int | None,
    depth: int | None,
    halt: str,
    temperature: float,
    seed: int,
    device: str,
    threads: int | None,
    ascii: bool,
) -> int:
    """Watch many trajectories solve one puzzle of TASK, live. Without TASK, choose one inside.

    Press ? inside for all keys.
    """
    from gramsolve.inference.options import SolveOptions
    from gramsolve.tui.launch import run
    from gramsolve.tui.settings import NAME, Memory, folder

    memory = Memory(folder() / NAME)
    habits = memory.settings
    options = SolveOptions(
        width=habits.width if width is None else width,
        depth=habits.depth if depth is None else depth,
        halt=halt,
        temperature=temperature,
        seed=seed,
    )
    events = None
    if replay is not None:
        from gramsolve.inference import recording

        task, events = recording.read(replay)
    elif task is None and checkpoint is not None:
        from gramsolve.checkpoints import store

        task = store.get(checkpoint).task
    elif task is None and (puzzle is not None or variant is not None):
        raise BadInput("name the task that --puzzle and --variant belong to, for example `gramsolve tui nqueens`")
    return run(
        task,
        variant=variant,
        puzzle=puzzle_text(puzzle) if puzzle is not None else None,
        checkpoint=checkpoint,
        options=options,
        device=device,
        threads=threads,
        events=events,
        recording=replay,
        ascii=ascii or None,
        memory=memory,
    )
