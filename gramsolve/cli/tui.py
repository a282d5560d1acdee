"""``gramsolve tui``: choose a task, and watch it being solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from gramsolve.cli import inputs
from gramsolve.cli.help_sections import SectionedCommand
from gramsolve.errors import BadInput
from gramsolve.inference.options import Halt, SolveOptions


@dataclass(frozen=True, kw_only=True)
class TuiCommand(inputs.SolverChoice):
    """One call of ``gramsolve tui``; a field for each option. Options that contradict each other raise BadInput."""

    task: str | None = None
    puzzle: str | None = None
    replay: Path | None = None
    width: int | None = None
    depth: int | None = None
    halt: Halt = Halt.AUTO
    temperature: float = SolveOptions.temperature
    seed: int = 0
    ascii: bool = False
    web: bool = False
    host: str = "127.0.0.1"
    port: int = 8000

    def __post_init__(self) -> None:
        known = self.task or self.replay or self.checkpoint or self.web
        if not known and (self.puzzle is not None or self.variant is not None):
            raise BadInput("name the task that --puzzle and --variant belong to, for example `gramsolve tui nqueens`")

    def search(self, usual: SolveOptions) -> SolveOptions:
        """How to search: ``usual`` but for what the command line says."""
        if self.width is not None:
            usual = replace(usual, width=self.width)
        return usual if self.depth is None else replace(usual, depth=self.depth, max_depth=0)


@click.command(
    cls=SectionedCommand,
    sections={
        "What to watch": ("puzzle", "variant", "replay"),
        "Model": ("checkpoint", "device", "threads"),
        "Search": ("width", "depth", "halt", "temperature", "seed"),
        "How to show it": ("ascii", "web", "host", "port"),
    },
)
@click.argument("task", required=False)
@click.option("--puzzle", metavar="TEXT|FILE", help="The puzzle to watch.  [default: a generated one]")
@inputs.variant_option
@inputs.checkpoint_option
@click.option("--replay", type=click.Path(path_type=Path), help="Watch a recorded run.")
@click.option("-n", "--width", type=int, help="Trajectories in one round.  [default: as last time; at first 20]")
@click.option(
    "--depth",
    type=int,
    help="Supervision steps at most.  [default: as last time; at first 16, then up to 128 while no board is valid]",
)
@click.option(
    "--halt",
    type=inputs.OneOf(Halt),
    default=TuiCommand.halt.value,
    show_default=True,
    help="When a trajectory stops, see `gramsolve solve --help`.",
)
@click.option(
    "--temperature",
    default=TuiCommand.temperature,
    show_default=True,
    help="Scale of the prior's standard deviation.",
)
@inputs.seed_option
@inputs.device_options
@inputs.ascii_option
@click.option("--web", is_flag=True, help="Serve the application to a browser.")
@click.option("--host", default=TuiCommand.host, show_default=True, help="With --web: the address to serve on.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=TuiCommand.port,
    show_default=True,
    help="With --web: the port to serve on.",
)
@inputs.parsed_into(TuiCommand)
def tui(command: TuiCommand) -> int:
    """Watch many trajectories solve one puzzle of TASK, live. Without TASK, choose one inside.

    Press ? inside for all keys.

    \b
    gramsolve tui
    gramsolve tui nqueens --puzzle "8/8/3Q4/8/8/8/8/8"
    gramsolve tui --replay run.npz
    """
    from gramsolve.tui.launch import run
    from gramsolve.tui.settings import NAME, Preferences, folder

    if command.web:
        return _serve(click.get_current_context())
    preferences = Preferences(folder() / NAME)
    usual = SolveOptions(halt=command.halt, temperature=command.temperature, seed=command.seed)
    options = command.search(preferences.settings.options(usual))
    task, events = command.task, None
    if command.replay is not None:
        from gramsolve.inference import recording

        task, events = recording.read(command.replay)
    elif task is None and command.checkpoint is not None:
        from gramsolve.checkpoints import store

        task = store.get(command.checkpoint).task
    return run(
        task,
        variant=command.variant,
        puzzle=inputs.puzzle_text(command.puzzle) if command.puzzle is not None else None,
        checkpoint=command.checkpoint,
        options=options,
        device=command.device,
        threads=command.threads,
        events=events,
        recording=command.replay,
        ascii=command.ascii or None,
        preferences=preferences,
    )


def _serve(context: click.Context) -> int:
    """Serve the command without --web. A wrong task, recording or puzzle raises BadInput here, not on the page."""
    from gramsolve.tui.web import serve

    given = context.params
    if given["task"] is not None:
        inputs.load_task(given["task"])
    if given["replay"] is not None:
        from gramsolve.inference import recording

        recording.read(given["replay"])
    if given["puzzle"] == "-":  # The application has another standard input.
        given["puzzle"] = inputs.puzzle_text("-")
    serve(words(context, without=("web", "host", "port")), given["host"], given["port"])
    return 0


def words(context: click.Context, without: Sequence[str] = ()) -> list[str]:
    """The words of the command line after the command, without some options."""
    options: list[str] = []
    arguments: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        typed = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        if name in without or not typed:
            continue
        value = str(context.params[name])
        if isinstance(parameter, click.Argument):
            arguments.append(value)
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            options.append(parameter.opts[0])
        else:
            options.append(f"{max(parameter.opts, key=len)}={value}")
    return [*options, "--", *arguments] if arguments else options
