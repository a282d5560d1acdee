"""``gramsolve plugins``: installed tasks, and new ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from gramsolve.cli import inputs
from gramsolve.cli.terminal import print_json, stdout_console
from gramsolve.errors import BadInput


@click.group()
def plugins() -> None:
    """List installed tasks, create a new one, and check it against the task contract."""


@plugins.command("list")
@inputs.json_option
def list_plugins(as_json: bool) -> int:
    """List all tasks with their capabilities, or with the reason why one does not load."""
    from gramsolve.tasks import registry

    found = registry.listing()
    if as_json:
        print_json([dataclasses.asdict(info) for info in found])
        return 0
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("task", "from", "version", "status", "capabilities"):
        table.add_column(column)
    for info in found:
        status = info.status if not info.reason else f"{info.status}: {info.reason}"
        table.add_row(info.name, info.distribution, info.version, status, ", ".join(info.capabilities))
    stdout_console().print(table)
    return 0


@plugins.command()
@click.argument("task")
@inputs.json_option
def info(task: str, as_json: bool) -> int:
    """Print the variants, presets, splits, capabilities and an example of TASK."""
    plugin = inputs.load_task(task)
    presets = {name: preset.title for name, preset in plugin.presets(plugin.default_variant).items()}
    values = {
        "name": plugin.name,
        "title": plugin.title,
        "description": plugin.description,
        "variants": [variant.name for variant in plugin.variants()],
        "presets": presets,
        "protocols": list(plugin.protocols),
        "difficulties": list(plugin.difficulties),
        "example": plugin.example,
        "capabilities": list(plugin.capabilities.declared()),
    }
    formats = {form.name: form.title for form in plugin.forms}
    values["formats"] = formats
    values["data_files"] = [data_file.name for data_file in plugin.data_files()]
    if as_json:
        print_json(values)
        return 0
    click.echo(f"{plugin.title}: {plugin.description}\n")
    click.echo(f"variants      {', '.join(values['variants'])}")
    for name, title in presets.items():
        click.echo(f"preset        {name}: {title}")
    click.echo(f"splits        {', '.join(values['protocols'])}")
    if plugin.difficulties:
        click.echo(f"difficulties  {', '.join(plugin.difficulties)}")
    if values["data_files"]:
        click.echo(f"files         {', '.join(values['data_files'])}")
    click.echo(f"capabilities  {', '.join(values['capabilities'])}")
    for name, title in formats.items():
        click.echo(f"format        {name}: {title}")
    if plugin.example:
        click.echo(f"\nexample\n{plugin.example}")
    return 0


@plugins.command()
@click.argument("name")
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    help="Directory of the plugin.  [default: ./gramsolve-NAME]",
)
def new(name: str, directory: Path | None) -> int:
    """Create a plugin called NAME: a small working puzzle to be replaced."""
    from gramsolve.tasks import registry, scaffold

    if name in registry.built_in():
        raise BadInput(f"{name} is one of gramsolve's own tasks: choose another name")
    folder = scaffold.write(name, directory or Path(f"gramsolve-{name}"))
    click.echo(f"wrote {folder}")
    click.echo(f"check it:    gramsolve plugins check {folder}")
    click.echo(f"install it:  pip install -e {folder}")
    click.echo(f"train it:    gramsolve train {name} --preset tiny")
    return 0


@plugins.command()
@click.argument("name")
@click.option("--variant", help="Check this variant alone.  [default: all variants]")
@inputs.json_option
def check(name: str, variant: str | None, as_json: bool) -> int:
    """Check a task against the contract: NAME of an installed task, or the directory of a plugin."""
    from gramsolve.tasks import scaffold
    from gramsolve.tasks.testing import CHECKS

    task = scaffold.from_folder(Path(name)) if Path(name).is_dir() else inputs.load_task(name)
    rows = []
    for chosen in [variant] if variant else [item.name for item in task.variants()]:
        for title, test in CHECKS.items():
            broken = ""
            try:
                test(task, chosen)
            except Exception as error:  # A plugin may raise anything; the check reports it.
                broken = " ".join(str(error).split()) or type(error).__name__
                if not isinstance(error, AssertionError):
                    broken = f"{type(error).__name__}: {broken}"
            rows.append({"variant": chosen, "check": title, "ok": not broken, "broken": broken})
            if not as_json:
                click.echo(f"{'ok  ' if not broken else 'FAIL'}  {chosen:10} {title:12} {broken}".rstrip())
    failed = sum(not row["ok"] for row in rows)
    if as_json:
        print_json(rows)
    else:
        click.echo(f"{len(rows) - failed} of {len(rows)} checks passed")
    return 1 if failed else 0
