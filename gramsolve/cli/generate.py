"""``gramsolve generate``: new puzzles, as text that ``solve`` reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from gramsolve.cli import inputs
from gramsolve.cli.terminal import print_json
from gramsolve.errors import BadInput

MAX_SOLUTIONS = 10_000
"""Solutions listed for a puzzle at most."""


@dataclass(frozen=True, kw_only=True)
class GenerateCommand:
    """One call of ``gramsolve generate``; a field for each option. A value out of range raises BadInput."""

    task: str
    number: int = 1
    difficulty: str | None = None
    solutions: bool = False
    variant: str | None = None
    seed: int = 0
    as_json: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 1_000_000:
            raise BadInput(f"--number must lie between 1 and 1,000,000, not {self.number}")


@click.command()
@click.argument("task")
@click.option("-n", "--number", default=GenerateCommand.number, show_default=True, help="Number of puzzles.")
@click.option("--difficulty", help="A word or number of the task; see `gramsolve plugins info TASK`.")
@click.option("--solutions", is_flag=True, help="With --json: list the solutions of every puzzle too.")
@inputs.variant_option
@inputs.seed_option
@inputs.json_option
@inputs.parsed_into(GenerateCommand)
def generate(command: GenerateCommand) -> int:
    """Generate puzzles of TASK.

    \b
    gramsolve generate nqueens -n 3 --difficulty hard
    gramsolve generate nqueens | gramsolve solve nqueens -
    """
    task = inputs.load_task(command.task)
    if not task.capabilities.conditional:
        raise BadInput(f"{task.title} has no puzzles: sample it with `gramsolve sample {task.name}`")
    variant = task.variant(command.variant or task.default_variant).name
    texts = []
    for instance in task.generate(variant, command.number, command.seed, command.difficulty):
        text = task.format(instance)
        if not command.as_json:
            texts.append(text)
            continue
        document: dict[str, Any] = {"task": task.name, "variant": variant, "name": instance.name, "puzzle": text}
        if command.solutions:
            found = task.enumerate(instance, MAX_SOLUTIONS)
            document["solutions"] = None if found is None else [task.answer(instance, row) for row in found]
        print_json(document)
    if texts:
        # Puzzles of one line stand one a line, as in files of puzzles.
        click.echo(("\n\n" if any("\n" in text for text in texts) else "\n").join(texts))
    return 0
