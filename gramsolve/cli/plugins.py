"""``gramsolve plugins``: the tasks that are installed, broken ones too."""

from __future__ import annotations

import dataclasses

import click

from gramsolve.cli import common


@click.group()
def plugins() -> None:
    """List the tasks that are installed."""


@plugins.command("list")
@common.json_option
def list_plugins(as_json: bool) -> int:
    """All tasks, with what is wrong with those that do not load."""
    from gramsolve.tasks import registry

    found = registry.listing()
    if as_json:
        common.print_json([dataclasses.asdict(info) for info in found])
        return 0
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("task", "from", "version", "status"):
        table.add_column(column)
    for info in found:
        status = info.status if not info.reason else f"{info.status}: {info.reason}"
        table.add_row(info.name, info.distribution, info.version, status)
    common.stdout_console().print(table)
    return 0


@plugins.command()
@click.argument("task")
@common.json_option
def info(task: str, as_json: bool) -> int:
    """What TASK offers: variants, presets, splits, an example."""
    plugin = common.load_task(task)
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
    }
    if as_json:
        common.print_json(values)
        return 0
    click.echo(f"{plugin.title}: {plugin.description}\n")
    click.echo(f"variants      {', '.join(values['variants'])}")
    for name, title in presets.items():
        click.echo(f"preset        {name}: {title}")
    click.echo(f"splits        {', '.join(values['protocols'])}")
    if plugin.difficulties:
        click.echo(f"difficulties  {', '.join(plugin.difficulties)}")
    if plugin.example:
        click.echo(f"\nexample\n{plugin.example}")
    return 0
