"""``gramsolve sample``: boards without input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gramsolve.cli import inputs, printing, processes
from gramsolve.cli.help_sections import SectionedCommand
from gramsolve.cli.terminal import print_json, progress_bar
from gramsolve.errors import BadInput
from gramsolve.inference.options import Halt, SolveOptions, depth_to_sample

if TYPE_CHECKING:
    from gramsolve.inference.events import Event
    from gramsolve.inference.solver import Solver
    from gramsolve.tasks.base import Instance
    from gramsolve.work_sharing import WorkShare


@dataclass(frozen=True, kw_only=True)
class SampleCommand(inputs.SolverChoice):
    """One call of ``gramsolve sample``; a field for each option. Options that contradict each other raise BadInput."""

    task: str
    number: int = 16
    depth: int | None = None
    halt: Halt = Halt.AUTO
    temperature: float = SolveOptions.temperature
    output: Path | None = None
    steps: bool = False
    processes: int = 1
    seed: int = 0
    as_json: bool = False
    ascii: bool = False

    def __post_init__(self) -> None:
        if self.steps and (self.output is None or self.output.suffix.lower() != ".gif"):
            raise BadInput("--steps writes a GIF: name it with -o FILE.gif")


@click.command(
    cls=SectionedCommand,
    sections={
        "Model": ("variant", "checkpoint"),
        "Sampling": ("number", "depth", "halt", "temperature", "seed"),
        "What to print and write": ("output", "steps", "as_json", "ascii"),
        "How to run": ("device", "threads", "processes"),
    },
)
@click.argument("task")
@click.option("-n", "--number", default=SampleCommand.number, show_default=True, help="Number of samples.")
@click.option(
    "--depth",
    type=int,
    help="Supervision steps at most.  [default: 64; on tasks without puzzles four times the depth of training]",
)
@click.option(
    "--halt",
    type=inputs.OneOf(Halt),
    default=SampleCommand.halt.value,
    show_default=True,
    help="When a sample stops: at a valid board, by the halt head, at the last step, or (auto) at a valid board if the "
    "task has a validator and by the halt head if it has none.",
)
@click.option(
    "--temperature",
    default=SampleCommand.temperature,
    show_default=True,
    help="Scale of the prior's standard deviation.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Draw a contact sheet (.png) or, with --steps, a .gif."
)
@click.option("--steps", is_flag=True, help="With -o FILE.gif: show the boards at every step.")
@processes.processes_option
@inputs.variant_option
@inputs.checkpoint_option
@inputs.seed_option
@inputs.device_options
@inputs.json_option
@inputs.ascii_option
@inputs.parsed_into(SampleCommand)
def sample(command: SampleCommand) -> int:
    """Sample boards of TASK unconditionally: every trajectory starts from an empty board.

    \b
    gramsolve sample sudoku -n 9
    gramsolve sample mnist -n 64 -o digits.png
    gramsolve sample nqueens -o boards.gif --steps
    """
    return draw_samples(command)


def draw_samples(command: SampleCommand) -> int:
    """Sample as ``gramsolve sample`` does; returns the exit code."""
    from gramsolve.inference.events import Finished, Step

    task = inputs.load_task(command.task)
    if not task.capabilities.unconditional:
        raise BadInput(f"{task.title} has no blank input to sample boards from")
    threads = processes.threads(command.threads, command.processes)
    solver = replace(command, threads=threads).load_solver(command.task, unconditional=True)
    depth = command.depth
    if depth is None:
        depth = depth_to_sample(task.capabilities.conditional, solver.checkpoint.training)
    options = SolveOptions(
        width=command.number,
        depth=depth,
        halt=command.halt,
        temperature=command.temperature,
        augment=1,
        seed=command.seed,
        exact=True,
    )
    instance = task.blank(solver.variant)
    with processes.sharing(command.processes, threads=threads) as share:
        events = list(_events(solver, instance, options, share))
    if not share.is_leader:
        return 0
    steps, final = [event for event in events if isinstance(event, Step)], events[-1]
    assert isinstance(final, Finished)
    last = steps[-1]
    if command.as_json:
        boards = [task.answer(instance, row) for row in last.tokens]
        valid = None if last.valid is None else [bool(v) for v in last.valid]
        print_json(
            {"task": task.name, "variant": solver.variant, **final.summary(), "boards": boards, "valid_boards": valid}
        )
    else:
        printing.samples(task, instance, last, ascii=command.ascii)
        click.echo(printing.sentence(final, drawn=True))
    if command.output is not None:
        if command.steps:
            from gramsolve.inference.export import save_animation

            save_animation(task, instance, steps, command.output)
        else:
            printing.save_sheet(task, instance, list(last.tokens), [], command.output)
    return 0 if final.valid is None or final.valid else 1


def _events(solver: Solver, instance: Instance, options: SolveOptions, share: WorkShare) -> Iterator[Event]:
    """The events of one round, with progress shown; none in a process that does not lead."""
    from gramsolve.inference.sharding import sharded_rollout

    if share.size == 1:
        with progress_bar("sampling", keep=False) as bar:
            for event in solver.run(instance, options):
                printing.show_step(bar, event, options)
                yield event
        return
    with progress_bar("samples", shown=share.is_leader) as bar:
        steps = sharded_rollout(solver, instance, options, share, bar.update)
        if share.is_leader:
            yield from solver.run(instance, options, steps=steps)
        else:
            list(steps)  # does this process's share, and yields nothing
