"""Help texts: complete, in sections, and without references to what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from gramsolve.cli.help_sections import SectionedCommand
from gramsolve.cli.inputs import OneOf
from gramsolve.cli.main import cli

MANY = 12
"""Options of a command from which on its help has sections."""


def every(group: click.Group, *names: str) -> Iterator[tuple[str, click.Command]]:
    """All commands by their full name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from every(command, *names, name)
        yield " ".join([*names, name]), command


COMMANDS = dict(every(cli))


def texts(command: click.Command) -> Iterator[str]:
    yield command.help or ""
    for param in command.params:
        if isinstance(param, click.Option):
            yield param.help or ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_a_sentence(name: str) -> None:
    command = COMMANDS[name]
    for text in texts(command):
        sentence = text.split("\b")[0].strip()
        assert re.match(r"[A-Z\[.`]|tiny", sentence) or sentence.startswith("auto"), (name, text)
        assert re.search(r"[.\]]$", sentence), (name, text)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_help_text_that_points_below_has_something_below(name: str) -> None:
    command = COMMANDS[name]
    if any(re.search(r"\bbelow\b", text) for text in texts(command)):
        assert command.epilog, f"`gramsolve {name} --help` says below, and nothing is below"


@pytest.mark.parametrize("name", COMMANDS)
def test_long_help_has_sections_that_name_every_option_once(name: str) -> None:
    command = COMMANDS[name]
    options = [param.name for param in command.params if isinstance(param, click.Option)]
    if len(options) < MANY:
        return
    assert isinstance(command, SectionedCommand), name
    listed = [option for names in command.sections.values() for option in names]
    assert len(listed) == len(set(listed)) and set(listed) >= set(options) - {"help"}


def test_values_of_enumerations_are_named_by_help_and_completion() -> None:
    seen = set()
    for command in COMMANDS.values():
        context = click.Context(command)
        for param in command.params:
            if isinstance(param.type, OneOf):
                seen.add(param.name)
                values = [item.value for item in param.type.shell_complete(context, param, "")]
                assert values == [str(choice) for choice in param.type.choices]
                assert "|".join(values) in param.make_metavar(context) or len(values) == 1
    assert seen >= {"halt", "until", "engine", "verify", "compile"}
