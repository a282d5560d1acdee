"""``gramsolve eval``: the figures of a checkpoint on held-out puzzles, or of unconditional samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gramsolve.cli import inputs, outputs, processes
from gramsolve.cli.help_sections import SectionedCommand
from gramsolve.errors import BadInput
from gramsolve.inference.options import Halt

if TYPE_CHECKING:
    from gramsolve.evaluation.accuracy import AccuracyEvaluation
    from gramsolve.inference.solver import Solver

DEPTHS, WIDTHS, STEPS = (1, 4, 8, 16), (1, 5, 20), 16
"""Default depths and widths; the default depth of --elbo for checkpoints that do not name theirs, and of
--diversity."""


class Mode(StrEnum):
    """What is measured. Every mode but accuracy is an option of the same name."""

    ACCURACY = "accuracy"
    COMPARE = "compare"
    UNCONDITIONAL = "unconditional"
    ELBO = "elbo"
    DIVERSITY = "diversity"


class EvalHalt(StrEnum):
    """What stops the trajectories of a measurement."""

    NEVER = Halt.NEVER.value
    HEAD = Halt.HEAD.value


MODES_OF = {
    "protocol": {Mode.ACCURACY, Mode.COMPARE, Mode.ELBO, Mode.DIVERSITY},
    "limit": {Mode.ACCURACY, Mode.COMPARE, Mode.ELBO, Mode.DIVERSITY},
    "width": {Mode.ACCURACY, Mode.COMPARE, Mode.DIVERSITY},
    "halt": {Mode.ACCURACY, Mode.COMPARE},
    "augment": {Mode.ACCURACY, Mode.COMPARE},
    "adapt": {Mode.ACCURACY},
    "freeze": {Mode.ACCURACY},
    "number": {Mode.UNCONDITIONAL},
    "temperature": {Mode.UNCONDITIONAL},
    "beta": {Mode.ELBO},
    "buckets": {Mode.ACCURACY},
    "plot": {Mode.ACCURACY, Mode.UNCONDITIONAL},
    "card": {Mode.ACCURACY, Mode.UNCONDITIONAL},
    "processes": {Mode.ACCURACY, Mode.COMPARE, Mode.UNCONDITIONAL},
    "cache_dir": {Mode.ACCURACY, Mode.UNCONDITIONAL},
    "max_time": {Mode.ACCURACY, Mode.UNCONDITIONAL},
    "checkpoint": {Mode.ACCURACY, Mode.UNCONDITIONAL, Mode.ELBO, Mode.DIVERSITY},
}
"""The modes in which an option has a meaning. Options that are not listed have one in all modes."""


@dataclass(frozen=True, kw_only=True)
class EvalCommand(inputs.SolverChoice, inputs.AdaptChoice):
    """One call of ``gramsolve eval``; a field for each option. Options that contradict each other raise BadInput."""

    task: str
    names: tuple[str, ...] = ()
    compare: bool = False
    unconditional: bool = False
    elbo: bool = False
    diversity: bool = False
    protocol: str | None = None
    limit: int | None = None
    width: tuple[int, ...] | None = None
    depth: tuple[int, ...] | None = None
    halt: EvalHalt = EvalHalt.NEVER
    augment: int = 1
    number: int = 10_000
    temperature: float = 1.0
    beta: float | None = None
    seed: int = 0
    buckets: bool = False
    plot: bool = False
    output: tuple[Path, ...] = ()
    card: bool = False
    as_json: bool = False
    ascii: bool = False
    processes: int = 1
    cache_dir: Path | None = None
    max_time: float | None = None
    typed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        asked, mode = self._asked(), self.mode
        if len(asked) > 1:
            raise BadInput(f"--{asked[0]} and --{asked[1]} are two measurements: give two commands")
        if (self.names and not self.compare) or (self.compare and len(self.names) < 2):
            raise BadInput(
                "to compare, name two checkpoints or more: gramsolve eval TASK --compare A B; for one: --checkpoint"
            )
        for name, modes in MODES_OF.items():
            if name in self.typed and mode not in modes:
                raise BadInput(self._meaningless(name, modes))
        super().__post_init__()
        if self.adapt is not None and self.card:
            raise BadInput("--card cannot go with --adapt")
        outputs.check(self.output, (".json",) if mode is Mode.COMPARE else outputs.SUFFIXES)
        if self.max_time is not None and self.cache_dir is None:
            raise BadInput("--max-time needs --cache-dir DIR, where the next call finds the finished work")

    def _asked(self) -> list[Mode]:
        given = (self.compare, self.unconditional, self.elbo, self.diversity)
        modes = (Mode.COMPARE, Mode.UNCONDITIONAL, Mode.ELBO, Mode.DIVERSITY)
        return [mode for mode, asked in zip(modes, given, strict=True) if asked]

    @property
    def mode(self) -> Mode:
        return next(iter(self._asked()), Mode.ACCURACY)

    def _meaningless(self, name: str, modes: set[Mode]) -> str:
        option = f"--{name.replace('_', '-')}"
        if self.mode is Mode.COMPARE and name in ("checkpoint", "card", "cache_dir"):
            return f"{option} is for one checkpoint, and --compare for several"
        if self.mode is Mode.ACCURACY:
            return f"{option} means nothing without {' and '.join(f'--{mode}' for mode in sorted(modes))}"
        return f"{option} means nothing with --{self.mode}"

    @property
    def widths(self) -> tuple[int, ...]:
        """Trajectories for each puzzle."""
        return self.width or WIDTHS

    @property
    def depths(self) -> tuple[int, ...]:
        """Supervision steps."""
        return self.depth or DEPTHS

    @property
    def threads_each(self) -> int | None:
        """CPU threads of each process."""
        return processes.threads(self.threads, self.processes)

    def solver(self) -> Solver:
        """The solver to measure."""
        chosen = replace(self, threads=self.threads_each)
        return chosen.load_solver(self.task, unconditional=self.unconditional)

    def evaluation(self, solver: Solver, widths: tuple[int, ...]) -> AccuracyEvaluation:
        """The measurement of accuracy and coverage, not yet begun. Adapted weights answer every trajectory from a
        symmetric copy of its own unless --augment says otherwise."""
        from gramsolve import api

        adapted = self.adapt is not None and "augment" not in self.typed
        options = api.EvalOptions(
            protocol=self.protocol,
            widths=widths,
            depths=self.depths,
            limit=self.limit,
            seed=self.seed,
            halt=self.halt,
            augment=max(widths) if adapted else self.augment,
        )
        return api.evaluation(solver, options, self.adapt_settings())


@click.command(
    "eval",
    cls=SectionedCommand,
    sections={
        "What is measured (accuracy and coverage unless one of these is given)": tuple(Mode)[1:],
        "Weights and puzzles": ("variant", "checkpoint", "protocol", "limit"),
        "Search": ("width", "depth", "halt", "augment", "number", "temperature", "beta", "seed"),
        "Test-time training": ("adapt", "freeze"),
        "What to print and write": ("buckets", "plot", "output", "card", "as_json", "ascii"),
        "How to run": ("device", "threads", "processes", "cache_dir", "max_time"),
    },
)
@click.argument("task")
@click.argument("names", nargs=-1, metavar="[CHECKPOINT]...")
@click.option("--compare", is_flag=True, help="The named CHECKPOINTs, side by side on the same puzzles.")
@click.option(
    "--unconditional", is_flag=True, help="Unconditional samples: how many are valid, distinct, and new to training."
)
@click.option("--elbo", is_flag=True, help="The negative ELBO and the training surrogate, in nats for each puzzle.")
@click.option(
    "--diversity", is_flag=True, help="The distance between the trajectories of a puzzle after every supervision step."
)
@inputs.variant_option
@inputs.checkpoint_option
@click.option("--protocol", help="The split to test on.  [default: the split that the checkpoint was trained on]")
@click.option("--limit", type=int, help="Measure a seeded sample of this many test puzzles.  [default: all]")
@click.option(
    "--width",
    type=inputs.Numbers(),
    help="Trajectories for each puzzle, one number or several.  [default: 1,5,20; --diversity: 20]",
)
@click.option(
    "--depth",
    type=inputs.Numbers(),
    help="Supervision steps, one number or several.  [default: 1,4,8,16; --elbo: the depth of training; --diversity: "
    "every step to 16]",
)
@click.option(
    "--halt",
    type=inputs.OneOf(EvalHalt),
    default=EvalCommand.halt.value,
    show_default=True,
    help="Whether the halt head stops trajectories.",
)
@click.option(
    "--augment",
    default=EvalCommand.augment,
    metavar="N",
    help="Spread the trajectories over N symmetric copies of a puzzle, and measure two guesses.  [default: 1; --adapt: "
    "one copy for each trajectory]",
)
@inputs.adapt_options
@click.option(
    "-n", "--number", default=EvalCommand.number, show_default=True, help="With --unconditional: number of samples."
)
@click.option(
    "--temperature",
    default=EvalCommand.temperature,
    show_default=True,
    help="With --unconditional: scale of the prior's standard deviation.",
)
@click.option("--beta", type=float, help="With --elbo: KL weight of the surrogate.  [default: the weight of training]")
@inputs.seed_option
@click.option("--buckets", is_flag=True, help="Add a table by number of solutions: 1, 2-5, 6-20, 21-100, more.")
@click.option("--plot", is_flag=True, help="Add shaded grids over depth and width.")
@click.option(
    "-o",
    "--output",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Write the report as .json, .csv, .md or .png (curves over depth). May be given several times.",
)
@click.option("--card", is_flag=True, help="Write the figures into the checkpoint's model card.")
@inputs.json_option
@inputs.ascii_option
@inputs.device_options
@processes.processes_option
@click.option(
    "--cache-dir",
    type=click.Path(path_type=Path),
    help="Keep finished work in this folder, so that an interrupted evaluation resumes with identical results.",
)
@click.option("--max-time", type=inputs.Duration(), help="Stop after 9m or 1.5h with exit code 4. Needs --cache-dir.")
@inputs.parsed_into(EvalCommand)
def evaluate(command: EvalCommand) -> int:
    """Measure a checkpoint of TASK: accuracy and coverage of prior rollouts on held-out puzzles.

    \b
    gramsolve eval nqueens --checkpoint nqueens-8x8 --plot
    gramsolve eval nqueens --compare nqueens-8x8 runs/mine/checkpoint --depth 16
    gramsolve eval sudoku --unconditional -n 100000 -o boards.json -o boards.png
    gramsolve eval coloring --elbo --limit 100
    gramsolve eval coloring --diversity --width 20
    gramsolve eval arc --adapt 20s --limit 50 --cache-dir adapted

    With --cache-dir an evaluation that ends early, by --max-time, Ctrl-C or a crash, resumes when the command is given
    again. The results do not depend on the interruption or on the number of processes.
    """
    from gramsolve.cli import eval_modes

    return eval_modes.evaluate(command)
