"""``gramsolve checkpoints``: list, describe, verify and convert trained weights."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from gramsolve.cli import inputs
from gramsolve.cli.terminal import note, print_json, stdout_console


@click.group()
def checkpoints() -> None:
    """List, describe, verify and convert trained weights."""


@checkpoints.command("list")
@click.argument("task", required=False)
@inputs.json_option
def list_checkpoints(task: str | None, as_json: bool) -> int:
    """List all checkpoints, or those of TASK."""
    from gramsolve.checkpoints import store

    if task is not None:
        inputs.load_task(task)
    found = store.listing(task)
    if as_json:
        print_json([{**dataclasses.asdict(info), "path": str(info.path)} for info in found])
        return 0
    if not found:
        note("no checkpoints yet: train one with `gramsolve train nqueens`")
        return 0
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("name", "task", "variant", "parameters", "created", "where"):
        table.add_column(column, justify="right" if column == "parameters" else "left")
    for info in found:
        where = f"broken: {info.problem}" if info.problem else info.origin
        table.add_row(info.name, info.task, info.variant, f"{info.parameters:,}", info.created, where)
    stdout_console().print(table)
    return 0


@checkpoints.command()
@click.argument("checkpoint")
@inputs.json_option
def info(checkpoint: str, as_json: bool) -> int:
    """Print the model card of CHECKPOINT, a name or a directory."""
    from gramsolve.checkpoints import store
    from gramsolve.checkpoints.config import plain

    found = store.get(checkpoint)
    config = store.read_config(found.path)
    if as_json:
        print_json({"name": found.name, "path": str(found.path), **plain(config)})
        return 0
    card = found.path / "README.md"
    if card.exists():
        from rich.markdown import Markdown

        console = stdout_console()
        text = card.read_text(encoding="utf-8", errors="replace")
        console.print(Markdown(text) if console.is_terminal else text, markup=False)
    else:
        click.echo(f"{found.name}: {found.task} {found.variant}, {found.parameters:,} parameters, no card")
    return 0


@checkpoints.command()
@click.argument("names", metavar="[CHECKPOINT]...", nargs=-1)
@inputs.json_option
def verify(names: tuple[str, ...], as_json: bool) -> int:
    """Check sizes, SHA-256 and contents of CHECKPOINT, or of all checkpoints. Exit code 1 if one is broken."""
    from gramsolve.checkpoints import store

    chosen = [store.get(name) for name in names] if names else store.listing()
    problems = {info.name: store.verify(info.path) for info in chosen}
    if as_json:
        print_json(problems)
    else:
        for name, found in problems.items():
            click.echo(f"{name}: {'; '.join(found) or 'whole'}")
    return 1 if any(problems.values()) else 0


@checkpoints.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
def convert(directory: Path) -> int:
    """Convert the checkpoint in DIRECTORY from format 1 to the format that this version reads.

    The directory is replaced as a whole or not at all. Values of weights stay identical.
    """
    from gramsolve.checkpoints.convert import convert as convert_checkpoint

    convert_checkpoint(directory)
    note(f"converted {directory}")
    return 0
