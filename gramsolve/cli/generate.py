"""``gramsolve generate``: puzzles made to order, as text that ``solve`` reads."""

from __future__ import annotations

from typing import Any

import click

from gramsolve.cli import common
from gramsolve.errors import BadInput

COUNTED = 10_000


@click.command()
@click.argument("task")
@click.option("-n", "--number", default=1, show_default=True, help="How many.")
@click.option("--difficulty", help="A word or number the task understands; see `gramsolve plugins info TASK`.")
@click.option("--solutions", is_flag=True, help="With --json: count and give the solutions too.")
@common.variant_option
@common.seed_option
@common.json_option
def generate(
    task: str,
    number: int,
    difficulty: str | None,
    solutions: bool,
    variant: str | None,
    seed: int,
    as_json: bool,
) -> int:
    """Make puzzles of TASK.

    \b
    gramsolve generate nqueens -n 3 --difficulty hard
    gramsolve generate nqueens | gramsolve solve nqueens -
    """
    plugin = common.load_task(task)
    if not plugin.capabilities.conditional:
        raise BadInput(f"{plugin.title} has no puzzles: draw some with `gramsolve sample {task}`")
    if not 1 <= number <= 1_000_000:
        raise BadInput(f"number must lie between 1 and 1,000,000, not {number}")
    variant = plugin.variant(variant or plugin.default_variant).name
    texts = []
    for instance in plugin.generate(variant, number, seed, difficulty):
        text = plugin.format(instance)
        if not as_json:
            texts.append(text)
            continue
        document: dict[str, Any] = {"task": task, "variant": variant, "name": instance.name, "puzzle": text}
        if solutions:
            found = plugin.enumerate(instance, COUNTED)
            document["solutions"] = None if found is None else [plugin.answer(instance, row) for row in found]
        common.print_json(document)
    if texts:
        # Puzzles of one line stand one a line, as lists of them do everywhere.
        click.echo(("\n\n" if any("\n" in text for text in texts) else "\n").join(texts))
    return 0
