"""The pages name only what there is: options, settings, files, and links with their headings."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click
import pytest

from gramsolve.cli.main import cli
from gramsolve.config.training import TrainingConfig
from gramsolve.model.config import ModelConfig

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for pattern in ("README.md", "docs/*.md", "plugins/*/README.md", "checkpoints/*/README.md", "benchmarks/README.md")
    for path in ROOT.glob(pattern)
)
TORCHRUN = {"--standalone", "--nproc-per-node", "--max-restarts", "--nnodes", "--rdzv-id", "--rdzv-backend"}
OTHERS = TORCHRUN | {
    "--rdzv-endpoint",
    "--nodes",
    "--ntasks-per-node",
    "--gpus-per-node",
    "--time",
    "--signal",
    "--logdir",
}
"""Options of torchrun, Slurm and TensorBoard."""

pages = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from options(found, context)


def fields(kind: Any) -> Iterator[str]:
    """Names of a configuration's fields, those of its groups included."""
    for name, hint in get_type_hints(kind).items():
        yield name
        for part in (hint, *get_args(hint)):
            if dataclasses.is_dataclass(part):
                yield from fields(part)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_every_option_exists(page: Path) -> None:
    known = {*options(cli, click.Context(cli)), "--help", *OTHERS}
    for script in (ROOT / "benchmarks").glob("*.py"):
        known |= set(re.findall(r'"(--[a-z-]+)"', script.read_text(encoding="utf-8")))
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", page.read_text(encoding="utf-8")))
    assert named <= known


@pages
def test_every_setting_exists(page: Path) -> None:
    named = set(re.findall(r"--set ([a-z_0-9]+)=", page.read_text(encoding="utf-8"))) - {"key", "name"}
    assert named <= {*fields(TrainingConfig), *fields(ModelConfig)}


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not link.startswith("http"):
            name, _, anchor = link.partition("#")
            target = (page.parent / name).resolve() if name else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link
    for name in re.findall(r"\b((?:tests|gramsolve|benchmarks|docs|plugins)/[\w/]+\.py)\b", text):
        assert (ROOT / name).exists(), name
