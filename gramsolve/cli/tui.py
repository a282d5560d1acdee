"""``gramsolve tui``: choose, and watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from gramsolve.cli.common import (
    ascii_option,
    checkpoint_option,
    device_options,
    load_task,
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
@click.option(
    "--depth",
    type=int,
    help="Supervision steps at most [default: as last time, at first 16, and on to 128 while no board is valid].",
)
@click.option("--halt", default="auto", show_default=True, help="auto, head, valid or never.")
@click.option("--temperature", default=1.0, show_default=True, help="Scale of the noise.")
@seed_option
@device_options
@ascii_option
@click.option("--web", is_flag=True, help="Serve it to a browser.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --web: the address to serve on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="With --web.")
@click.pass_context
def tui(
    context: click.Context,
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
    web: bool,
    host: str,
    port: int,
) -> int:
    """Watch many trajectories solve one puzzle of TASK, live. Without TASK, choose one inside.

    Press ? inside for all keys.
    """
    from gramsolve.inference.options import SolveOptions
    from gramsolve.tui.launch import run
    from gramsolve.tui.settings import NAME, Preferences, folder

    if web:
        return _serve(context, host, port)
    preferences = Preferences(folder() / NAME)
    options = preferences.settings.options(SolveOptions(halt=halt, temperature=temperature, seed=seed))
    if width is not None:
        options = replace(options, width=width)
    if depth is not None:
        options = replace(options, depth=depth, max_depth=0)
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
        preferences=preferences,
    )


def _serve(context: click.Context, host: str, port: int) -> int:
    """Serve the same command without --web. What is wrong with it is said here rather than on a page."""
    from gramsolve.tui.web import serve

    given = context.params
    if given["task"] is not None:
        load_task(given["task"])
    if given["replay"] is not None:
        from gramsolve.inference import recording

        recording.read(given["replay"])
    if given["puzzle"] == "-":  # Standard input is here, and not where the application runs.
        given["puzzle"] = puzzle_text("-")
    serve(words(context, leaving=("web", "host", "port")), host, port)
    return 0


def words(context: click.Context, leaving: Sequence[str] = ()) -> list[str]:
    """What was typed after a command, without the options called ``leaving``."""
    options: list[str] = []
    arguments: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        typed = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        if name in leaving or not typed:
            continue
        value = str(context.params[name])
        if isinstance(parameter, click.Argument):
            arguments.append(value)
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            options.append(parameter.opts[0])
        else:
            options.append(f"{max(parameter.opts, key=len)}={value}")
    return [*options, "--", *arguments] if arguments else options
