"""``gramsolve tui``: watch."""

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


@click.command()
@click.argument("task", default="nqueens")
@click.option("--puzzle", metavar="TEXT|FILE", help="The puzzle to watch (default: a generated one).")
@variant_option
@checkpoint_option
@click.option("--replay", type=click.Path(path_type=Path), help="Watch a recorded run instead.")
@click.option("-n", "--width", default=20, show_default=True, help="Trajectories side by side.")
@click.option("--depth", default=16, show_default=True, help="Supervision steps at most.")
@click.option("--halt", default="auto", show_default=True, help="auto, head, valid or never.")
@click.option("--temperature", default=1.0, show_default=True, help="Scale of the noise.")
@seed_option
@device_options
@ascii_option
def tui(
    task: str,
    puzzle: str | None,
    variant: str | None,
    checkpoint: str | None,
    replay: Path | None,
    width: int,
    depth: int,
    halt: str,
    temperature: float,
    seed: int,
    device: str,
    threads: int | None,
    ascii: bool,
) -> int:
    """Watch many trajectories solve one puzzle of TASK, live. Press ? inside for all keys."""
    from gramsolve.inference.options import SolveOptions
    from gramsolve.tui.launch import run

    options = SolveOptions(width=width, depth=depth, halt=halt, temperature=temperature, seed=seed)
    events = None
    if replay is not None:
        from gramsolve.inference import recording

        task, events = recording.read(replay)
    return run(
        task,
        variant=variant,
        puzzle=puzzle_text(puzzle) if puzzle is not None else None,
        checkpoint=checkpoint,
        options=options,
        device=device,
        threads=threads,
        events=events,
        ascii=ascii or None,
    )
