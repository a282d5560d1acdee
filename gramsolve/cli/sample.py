"""``gramsolve sample``: boards out of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gramsolve.cli import common, printing, processes
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.inference.events import Event
    from gramsolve.inference.options import SolveOptions
    from gramsolve.inference.solver import Solver
    from gramsolve.tasks.base import Instance
    from gramsolve.work_sharing import WorkShare


@click.command()
@click.argument("task")
@click.option("-n", "--number", default=16, show_default=True, help="Samples to draw.")
@click.option(
    "--depth", type=int, help="Supervision steps at most.  [default: 64; of drawings four times those of training]"
)
@click.option("--halt", default="auto", show_default=True, help="auto, head, valid or never.")
@click.option("--temperature", default=1.0, show_default=True, help="Scale of the noise.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Contact sheet (.png) or, with --steps, .gif.")
@click.option("--steps", is_flag=True, help="With -o FILE.gif: show the boards forming, step by step.")
@processes.processes_option
@common.variant_option
@common.checkpoint_option
@common.seed_option
@common.device_options
@common.json_option
@common.ascii_option
def sample(task: str, **settings: Any) -> int:
    """Draw samples of TASK with no input at all: every one starts from a blank board."""
    from gramsolve.inference.events import Finished, Step
    from gramsolve.inference.options import SolveOptions, depth_to_sample

    output: Path | None = settings["output"]
    if settings["steps"] and (output is None or output.suffix.lower() != ".gif"):
        raise BadInput("--steps writes a GIF: name it with -o FILE.gif")
    plugin = common.load_task(task)
    count = settings["processes"]
    threads = processes.threads(settings["threads"], count)
    solver = common.load_solver(task, settings["variant"], {**settings, "threads": threads}, blank=True)
    options = SolveOptions(
        width=settings["number"],
        depth=depth_to_sample(plugin.capabilities.conditional, solver.recipe)
        if settings["depth"] is None
        else settings["depth"],
        halt=settings["halt"],
        temperature=settings["temperature"],
        augment=1,
        seed=settings["seed"],
    )
    instance = plugin.blank(solver.variant)
    with processes.sharing(count, threads=threads) as share:
        events = list(_events(solver, instance, options, share))
    if not share.is_leader:
        return 0
    frames, event = [event for event in events if isinstance(event, Step)], events[-1]
    assert isinstance(event, Finished)
    last = frames[-1]
    if settings["as_json"]:
        boards = [plugin.answer(instance, row) for row in last.tokens]
        valid = None if last.valid is None else [bool(v) for v in last.valid]
        common.print_json(
            {"task": task, "variant": solver.variant, **event.summary(), "boards": boards, "valid_boards": valid}
        )
    else:
        printing.samples(plugin, instance, last, ascii=settings["ascii"])
        click.echo(printing.sentence(event, drawn=True))
    if output is not None:
        if settings["steps"]:
            from gramsolve.inference.export import save_animation

            save_animation(plugin, instance, frames, output)
        else:
            printing.save_sheet(plugin, instance, list(last.tokens), [], output)
    return 0 if event.valid is None or event.valid else 1


def _events(solver: Solver, instance: Instance, options: SolveOptions, share: WorkShare) -> Iterator[Event]:
    """The events of one round, with progress shown; none in a process that does not lead."""
    from gramsolve.inference.events import Step
    from gramsolve.inference.sharding import sharded_rollout

    if share.size == 1:
        with printing.progress(options) as report:
            for event in solver.run(instance, options):
                if isinstance(event, Step):
                    report(event, int(event.valid.sum()) if event.valid is not None else 0)
                yield event
        return
    with common.bar("samples", shown=share.is_leader) as on_progress:
        frames = sharded_rollout(solver, instance, options, share, on_progress)
        if share.is_leader:
            yield from solver.run(instance, options, frames=frames)
        else:
            list(frames)  # does this process's share, and yields nothing
