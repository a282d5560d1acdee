"""``gramsolve solve``: puzzles in, boards out."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gramsolve.cli import inputs, printing
from gramsolve.cli.help_sections import SectionedCommand
from gramsolve.cli.results import Results, find_answers, note_other_weights, solving_bar
from gramsolve.cli.terminal import note, stop_on_signal
from gramsolve.errors import BadInput
from gramsolve.inference.options import MAX_DEPTH, MAX_TRAJECTORIES, Halt, Rule, Search, SolveOptions, Until

if TYPE_CHECKING:
    from gramsolve.inference.events import Finished
    from gramsolve.tasks.forms import Reading
    from gramsolve.tasks.task import Task

PATIENCE = 100
"""Trajectories for each puzzle of a file with --until valid. A few unsolved puzzles would take most of the time."""
NOT_WITH_ADAPT = (
    *("record", "results", "hint", "verify", "until", "find_all", "rounds", "max_time"),
    *("missing_mass", "max_solutions", "augment", "search"),
)
"""Options that mean nothing with --adapt."""


FORMATS = (
    "sudoku xml, sdk, list, lines, table, pencilmarks, grid; "
    "nqueens list, squares, columns, columns0, columns1, grid; "
    "coloring graphml, dot, gml, pajek, matrixmarket, graph6, dimacs, brackets, metis, lists, edges, neighbours, "
    "matrix; arc json, ids"
)
"""Names of the notations that the tasks of this package read. Asking the tasks would make --help slow."""


class Engine(StrEnum):
    """What solves the puzzle: the network, or the task's exact solver."""

    NEURAL = "neural"
    EXACT = "exact"


class Verify(StrEnum):
    """What checks the answers."""

    EXACT = "exact"


@dataclass(frozen=True, kw_only=True)
class SolveCommand(inputs.SolverChoice, inputs.AdaptChoice):
    """One call of ``gramsolve solve``; a field for each option. Options that contradict each other raise BadInput."""

    task: str
    puzzle: str | None = None
    form: str | None = None
    width: int = SolveOptions.width
    depth: int | None = None
    search: Search = Search.AUTO
    rank_by: tuple[Rule, ...] = tuple(Rule)
    halt: Halt = Halt.AUTO
    until: Until | None = None
    find_all: bool = False
    missing_mass: float = SolveOptions.missing_mass
    rounds: int | None = None
    max_time: float | None = None
    temperature: float = SolveOptions.temperature
    augment: int | None = None
    engine: Engine = Engine.NEURAL
    max_solutions: int = 8
    record: Path | None = None
    output: Path | None = None
    save: Path | None = None
    results: Path | None = None
    verify: Verify | None = None
    hint: bool = False
    seed: int = 0
    as_json: bool = False
    ascii: bool = False
    quiet: bool = False
    typed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.find_all and self.until not in (None, Until.ALL):
            raise BadInput(f"--all means --until all: it cannot go with --until {self.until}")
        if self.rounds is not None and self.goal is Until.DEPTH:
            raise BadInput("--rounds is for --until valid and --all: without them there is one round")
        if self.max_solutions < 1:
            raise BadInput(f"--max-solutions must be at least 1, not {self.max_solutions}")
        if self.engine is Engine.EXACT and (self.verify or self.results or self.hint):
            raise BadInput("--verify, --results and --hint are for the neural engine")
        if self.adapt is not None:
            for name in NOT_WITH_ADAPT:
                if name in self.typed:
                    option = "all" if name == "find_all" else name.replace("_", "-")
                    raise BadInput(f"--{option} cannot go with --adapt")
            if self.engine is Engine.EXACT:
                raise BadInput("--engine exact cannot go with --adapt: exact search does not learn")
        self.options()

    @property
    def goal(self) -> Until:
        """When sampling ends."""
        return self.until or (Until.ALL if self.find_all else Until.DEPTH)

    def options(self, puzzles: int = 1) -> SolveOptions:
        """How each of so many puzzles is searched. Raises BadInput for values out of range."""
        rounds = SolveOptions.max_rounds if self.rounds is None else self.rounds
        if puzzles > 1 and self.goal is Until.VALID and self.rounds is None and self.max_time is None:
            rounds = max(1, PATIENCE // self.width)
        return SolveOptions(
            width=self.width,
            depth=SolveOptions.depth if self.depth is None else self.depth,
            max_depth=MAX_DEPTH if self.depth is None else 0,
            search=self.search,
            halt=self.halt,
            rank_by=self.rank_by,
            until=self.goal,
            missing_mass=self.missing_mass,
            max_seconds=self.max_time,
            max_rounds=rounds,
            temperature=self.temperature,
            augment=self.augment or 0,
            seed=self.seed,
            # The count of solutions is shown unless only the best board is printed.
            exact=not self.quiet or self.as_json or self.record is not None,
        )

    def check_count(self, puzzles: int) -> None:
        """Raises BadInput for options of one puzzle when there are several."""
        for option, value, does in (
            ("record", self.record, "keeps one run"),
            ("output", self.output, "keeps one run"),
            ("hint", self.hint, "is for one puzzle"),
        ):
            if value and puzzles > 1:
                raise BadInput(f"--{option} {does}, but there are {puzzles} puzzles here")


@click.command(
    cls=SectionedCommand,
    sections={
        "Puzzle": ("form",),
        "Model": ("variant", "checkpoint", "engine", "device", "threads"),
        "Search": ("width", "depth", "search", "halt", "temperature", "augment", "rank_by", "seed"),
        "When to stop": ("until", "find_all", "missing_mass", "rounds", "max_time"),
        "Test-time training": ("adapt", "freeze", "no_leave_out"),
        "What to print": ("max_solutions", "hint", "verify", "as_json", "ascii", "quiet"),
        "Files to write": ("output", "record", "save", "results"),
    },
)
@click.argument("task")
@click.argument("puzzle", required=False)
@click.option(
    "--format",
    "form",
    metavar="NAME",
    help=f"Notation of PUZZLE, judged by its content where none is named: {FORMATS}. `gramsolve plugins info TASK` "
    "describes them.",
)
@click.option("-n", "--width", default=SolveCommand.width, show_default=True, help="Trajectories in one round.")
@click.option(
    "--depth",
    type=int,
    help=f"Supervision steps of a round.  [default: 16; with --search restart up to {MAX_DEPTH} while no board is "
    "valid]",
)
@click.option(
    "--search",
    type=inputs.OneOf(Search),
    default=SolveCommand.search.value,
    show_default=True,
    help="What follows a round without a valid board: nothing (the network alone), restarts with other noise and up to "
    f"{MAX_DEPTH} steps, or rounds that take some cells as given, up to {MAX_TRAJECTORIES} trajectories. auto: "
    "hypotheses for puzzles with given cells and rules, else restart.",
)
@click.option(
    "--rank-by",
    type=inputs.SomeOf(Rule),
    default=",".join(SolveCommand.rank_by),
    show_default=True,
    help="Rules that rank the answers. Each one breaks the ties of the rules before it.",
)
@click.option(
    "--halt",
    type=inputs.OneOf(Halt),
    default=SolveCommand.halt.value,
    show_default=True,
    help="When a trajectory stops: at a valid board, by the halt head, at the last step, or (auto) at a valid board if "
    "the task has a validator and by the halt head if it has none.",
)
@click.option(
    "--until",
    type=inputs.OneOf(Until),
    help="When sampling ends: after one round, at the first valid board, or when hardly a solution is missing.  "
    "[default: depth]",
)
@click.option("--all", "find_all", is_flag=True, help="Short for --until all.")
@click.option(
    "--missing-mass",
    default=SolveCommand.missing_mass,
    show_default=True,
    help="For --all: sample until the estimated probability of a missing solution is at most this.",
)
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    help=f"For --until valid and --all: rounds at most for each puzzle.  [default: {SolveOptions.max_rounds}; with "
    f"--until valid and several puzzles, as many rounds as make {PATIENCE} trajectories]",
)
@click.option("--max-time", type=inputs.Duration(), help="Time limit for each puzzle, for example 30s or 5m.")
@click.option(
    "--temperature",
    default=SolveCommand.temperature,
    show_default=True,
    help="Scale of the prior's standard deviation.",
)
@click.option(
    "--augment",
    type=click.IntRange(min=1),
    metavar="N",
    help="Spread the trajectories over N symmetric copies of the puzzle, and map their answers back.  [default: 1; one "
    "copy for each trajectory with --all, and on tasks without a validator]",
)
@click.option(
    "--engine",
    type=inputs.OneOf(Engine),
    default=SolveCommand.engine.value,
    show_default=True,
    help="The network, or the task's exact solver alone.",
)
@click.option(
    "--max-solutions",
    default=SolveCommand.max_solutions,
    show_default=True,
    help="Distinct solutions to print at most.",
)
@click.option(
    "--record", type=click.Path(path_type=Path), help="Record the run for `gramsolve tui --replay` and `export`."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Draw the boards as a PNG.")
@click.option(
    "--save", type=click.Path(path_type=Path), help="Write the answers in the task's own file format (ARC: submission)."
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    help="Write each answer as a line of JSON when it is found. Giving the command again resumes after the last line.",
)
@click.option(
    "--verify", type=inputs.OneOf(Verify), help="Compare every answer with the solutions that exact search finds."
)
@click.option("--hint", is_flag=True, help="Print one cell: the one that most valid trajectories agree on.")
@inputs.adapt_options
@click.option(
    "--no-leave-out",
    is_flag=True,
    help="With --adapt: use all demonstrations for the answer, and leave none out to measure confidence.",
)
@inputs.variant_option
@inputs.checkpoint_option
@inputs.seed_option
@inputs.device_options
@inputs.json_option
@inputs.ascii_option
@click.option("-q", "--quiet", is_flag=True, help="Print the best board alone, as text that `solve` reads.")
@inputs.parsed_into(SolveCommand)
def solve(command: SolveCommand) -> int:
    """Solve PUZZLE: a text, a file, or - for standard input. Without PUZZLE, solve the task's example.

    \b
    gramsolve solve nqueens "8/8/3Q4/8/8/8/8/8"
    gramsolve solve nqueens board.txt --all
    gramsolve solve nqueens - --until valid --max-time 30s < board.txt
    gramsolve solve sudoku thousand.txt --verify exact --results answers.jsonl
    gramsolve solve arc task.json --adapt 3m --save submission.json
    """
    task = inputs.load_task(command.task)
    reading = inputs.read_puzzles(task, command.puzzle, form=command.form, variant=command.variant, quiet=command.quiet)
    command.check_count(len(reading.entries))
    return max(_solved(task, reading, command), 1 if reading.bad else 0)


def _solved(task: Task, reading: Reading, command: SolveCommand) -> int:
    """Solve the puzzles that were read in the way the options ask for; returns the largest exit code."""
    if command.adapt is None and command.engine is Engine.NEURAL and not command.hint:
        return _neural(task, reading, command)
    from gramsolve.cli import solve_modes

    puzzles = reading.good
    if command.adapt is not None:
        return solve_modes.adapted(task, puzzles, command)
    if command.engine is Engine.EXACT:
        return solve_modes.exact(task, reading, command)
    return solve_modes.hint(task, puzzles[0], command)


def _neural(task: Task, reading: Reading, command: SolveCommand) -> int:
    """Solve one puzzle or several; returns the largest exit code."""
    puzzles = reading.good
    load = cache(partial(command.load_solver, task.name))
    results = Results(task, reading, command, load)
    options = command.options(len(puzzles))
    code, unsolved = 0, set[str]()
    # Answers from an earlier call with --results belong to the chosen variant too.
    fitted = [task.to_variant(puzzle, command.variant) for puzzle in puzzles] if command.variant else list(puzzles)
    with stop_on_signal() as stop, ExitStack() as stack:
        if command.results is not None:
            results.keep(stack, command.results)
        bar = stack.enter_context(solving_bar(len(puzzles), len(results.ranked)))
        for index, instance, final in find_answers(puzzles, results.left(), options, command, load, stop, bar):
            code = max(code, _exit_code(final, options))
            if final.best is None or final.best.valid is False:
                unsolved.add(instance.variant)
            fitted[index] = instance
            results.take(index, instance, final)
            if len(puzzles) > 1:
                bar.update(len(results.ranked), len(puzzles), f"{results.solved:,} solved")
    if command.save is not None:
        printing.save_answers(task, fitted, [results.ranked.get(i, []) for i in range(len(puzzles))], command.save)
    results.finish()
    if command.checkpoint is None and unsolved:
        note_other_weights(load(variant) for variant in sorted(unsolved))
    if stop():
        if command.results is not None:
            note("the same command resumes from here")
        raise KeyboardInterrupt
    return max(code, results.code)


def _exit_code(final: Finished, options: SolveOptions) -> int:
    """0 solved, 1 not solved, 4 out of time before the goal."""
    if final.reason == "time" and options.until != Until.DEPTH:
        return 4
    return 0 if final.best is not None and final.best.valid is not False else 1
