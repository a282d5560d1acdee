"""``gramsolve data``: the data that tasks are trained and tested on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gramsolve.cli import inputs
from gramsolve.cli.terminal import note, print_json, progress_bar, stdout_console
from gramsolve.errors import BadInput, Missing

if TYPE_CHECKING:
    from gramsolve.data.library import Record
    from gramsolve.tasks.data import DataFile, Dataset, Split, TaskData


@dataclass(frozen=True)
class Row:
    """A line of ``data list``; ``kind`` is split, file or prepared, ``size`` is in bytes, 0 where nothing is stored."""

    task: str
    kind: str
    name: str
    state: str
    size: int = 0
    licence: str = ""
    holds: str = ""


@dataclass(frozen=True)
class Counts:
    """Inputs of a split, and the number of solutions: in all, and least, median and most for an input."""

    inputs: int
    solutions: int
    least: int
    median: float
    most: int

    @classmethod
    def of(cls, split: Split) -> Counts:
        import numpy as np

        counts = np.diff(split.offsets)
        least, most = int(counts.min()), int(counts.max())
        return cls(len(split), int(counts.sum()), least, float(np.median(counts)), most)


@dataclass(frozen=True)
class Summary:
    """A data set; ``path`` is its prepared directory, None for one that is built anew every time."""

    task: str
    variant: str
    protocol: str
    train: Counts
    test: Counts
    rule_ids: int
    note: str
    path: str | None

    @classmethod
    def of(cls, task: TaskData, variant: str, found: Dataset, path: Path) -> Summary:
        train, test = Counts.of(found.train), Counts.of(found.test)
        where = str(path) if path.exists() else None
        return cls(task.name, variant, found.protocol, train, test, len(found.rule_ids), found.note, where)


@click.group()
def data() -> None:
    """List, prepare and import the data that tasks are trained and tested on."""


@data.command("list")
@click.argument("task", required=False)
@inputs.json_option
def list_data(task: str | None, as_json: bool) -> int:
    """List splits, public files, imported files and prepared arrays, of TASK or of all tasks."""
    from gramsolve.data import cache, library
    from gramsolve.errors import GramsolveError
    from gramsolve.tasks import registry

    rows: list[Row] = []
    for name in [task] if task else registry.names():
        try:
            plugin = inputs.load_task(name)
        except GramsolveError:
            if task:
                raise
            continue
        rows += [Row(name, "split", protocol, "needs nothing") for protocol in plugin.protocols]
        kept = library.known_files(name)
        for data_file in plugin.data_files():
            if data_file.name not in kept:
                how = "can be downloaded" if data_file.urls else "can be imported"
                rows.append(Row(name, "file", data_file.name, how, data_file.size, data_file.licence, data_file.title))
        for record in kept.values():
            rows.append(Row(name, "file", record.name, "here", record.size, record.licence, record.holds))
        rows += [Row(name, "prepared", e.name, "here", e.size, "", str(e.path)) for e in cache.entries(name)]
    if as_json:
        print_json([asdict(row) for row in rows])
        return 0
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("task", "kind", "name", "state"):
        table.add_column(column, no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("what")
    for row in rows:
        size = _bytes(row.size) if row.size else ""
        what = ", ".join(part for part in (row.holds, row.licence) if part and row.kind == "file")
        table.add_row(row.task, row.kind, row.name, row.state, size, what)
    stdout_console().print(table)
    return 0


@data.command()
@click.argument("task")
@inputs.variant_option
@click.option("--protocol", help="Split, or name of a data file.  [default: the task's first split]")
@click.option(
    "--from", "place", type=click.Path(path_type=Path), help="Take public files from this folder, without network."
)
@click.option("--seed", default=0, show_default=True, help="The same seed gives the same split.")
@inputs.json_option
def prepare(task: str, variant: str | None, protocol: str | None, place: Path | None, seed: int, as_json: bool) -> int:
    """Download the public files of TASK, check their SHA-256, and build the arrays that training reads."""
    from gramsolve.data import cache

    plugin = inputs.load_task(task)
    variant = plugin.variant(variant or plugin.default_variant).name
    protocol = protocol or plugin.protocols[0]
    if place is not None and not place.is_dir():
        raise BadInput(f"there is no folder {place}")
    with progress_bar("building", keep=False) as bar:
        while True:
            try:
                found = cache.dataset(plugin, variant, protocol, seed, progress=bar.update)
                break
            except Missing as error:
                if not _get(plugin, protocol, place, str(error)):
                    raise
    summary = Summary.of(plugin, variant, found, cache.entry(plugin, variant, protocol, seed))
    if as_json:
        print_json(asdict(summary))
    else:
        _print(summary)
    return 0


@data.command("import")
@click.argument("task")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the data file.  [default: that of FILE]")
@click.option("--force", is_flag=True, help="Replace an imported file of the same name.")
@inputs.json_option
def import_file(task: str, file: Path, name: str | None, force: bool, as_json: bool) -> int:
    """Import FILE, so that TASK can be trained on it with --protocol NAME."""
    from gramsolve.data import library

    record = library.add(inputs.load_task(task), file, name, force=force)
    if as_json:
        print_json(asdict(record))
    else:
        click.echo(f"{record.name}: {record.holds}")
        note(f"train on it with `gramsolve train {task} --protocol {record.name}`")
    return 0


@data.command()
@click.argument("task")
@inputs.variant_option
@click.option("--protocol", help="Split, or name of a data file.  [default: the task's first split]")
@click.option("--seed", default=0, show_default=True, help="The same seed gives the same split.")
@click.option("--verify", "checked", is_flag=True, help="Check the SHA-256 of every prepared array.")
@inputs.json_option
def info(task: str, variant: str | None, protocol: str | None, seed: int, checked: bool, as_json: bool) -> int:
    """Describe a data set of TASK: counts, and the origin of its files."""
    from gramsolve.data import cache, library

    plugin = inputs.load_task(task)
    variant = plugin.variant(variant or plugin.default_variant).name
    protocol = protocol or plugin.protocols[0]
    path = cache.entry(plugin, variant, protocol, seed)
    problems = cache.verify(path) if checked and path.exists() else []
    if problems:
        raise BadInput(f"{path}: {'; '.join(problems)}; `gramsolve data clear {task}` and prepare it again")
    with progress_bar("building", keep=False) as bar:
        found = cache.dataset(plugin, variant, protocol, seed, progress=bar.update)
    summary, used = Summary.of(plugin, variant, found, path), cache.files_of(path)
    records = [record for name, record in library.known_files(task).items() if name in used]
    if as_json:
        print_json({**asdict(summary), "files": [asdict(record) for record in records]})
    else:
        _print(summary, records)
    return 0


@data.command()
@click.argument("task", required=False)
def clear(task: str | None) -> int:
    """Remove the prepared arrays of TASK or of all tasks. Downloaded and imported files stay."""
    from gramsolve.data import cache

    if task:
        inputs.load_task(task)
    click.echo(f"{_bytes(cache.clear(task))} freed")
    return 0


def _get(task: TaskData, protocol: str, place: Path | None, complaint: str) -> bool:
    """Fetch the public files that a protocol or an error message names; False if there are none."""
    from gramsolve.data import fetch, library

    kept = library.known_files(task.name)
    wanted = [data_file for data_file in task.data_files() if data_file.name not in kept]
    named = [
        data_file
        for data_file in wanted
        if data_file.name in re.split(r"[+:]", protocol) or f"{data_file.name!r}" in complaint
    ]
    for data_file in named:
        if place is not None:
            if fetch.from_folder(task.name, data_file, place) is None:
                name = library.published(data_file)
                raise Missing(f"{place} has no file that is {data_file.name}: it is published as {name}")
        else:
            _download(task, data_file)
    return bool(named)


def _download(task: TaskData, data_file: DataFile) -> None:
    from gramsolve.data import fetch

    with progress_bar(f"downloading {data_file.name}", keep=False) as bar:
        fetch.download(task.name, data_file, bar.update)
    note(f"downloaded {data_file.name}: {data_file.title} ({data_file.licence})")


def _print(summary: Summary, files: Sequence[Record] = ()) -> None:
    click.echo(f"{summary.task} {summary.variant}, {summary.protocol}")
    for split, counts in (("train", summary.train), ("test", summary.test)):
        solutions = ", one solution each"
        if counts.most > 1:
            solutions = f", {counts.least:,} to {counts.most:,} solutions each (median {counts.median:g})"
        if counts.inputs == 1:
            solutions = f", {counts.most:,} solutions"
        click.echo(f"{split:6}{counts.inputs:>9,} input{'' if counts.inputs == 1 else 's'}{solutions}")
    if summary.rule_ids:
        click.echo(f"rules {summary.rule_ids:>9,}")
    if summary.note:
        click.echo(f"note  {summary.note}")
    for record in files:
        click.echo(f"file  {record.name}: {record.holds}; {record.licence}; {record.origin}")
        click.echo(f"      sha256 {record.sha256}")
    if summary.path:
        click.echo(f"in    {summary.path}")


def _bytes(size: int) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:,.0f} {unit}"
        size //= 1000
    return f"{size:,} GB"
