"""``gramsolve solve``: puzzles in, boards out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gramsolve.cli import adapt, common, printing
from gramsolve.cli.results import Results
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    import numpy as np

    from gramsolve.inference.events import Event, Finished, Step
    from gramsolve.inference.options import SolveOptions
    from gramsolve.inference.solver import Solver
    from gramsolve.tasks.base import Instance
    from gramsolve.tasks.task import Task

PATIENCE = 100
"""Trajectories for a puzzle of a file with --until valid: the few that resist would take longer than all others."""


@click.command()
@click.argument("task")
@click.argument("puzzle", required=False)
@click.option("-n", "--width", default=20, show_default=True, help="Trajectories side by side in one round.")
@click.option(
    "--depth",
    type=int,
    help="Supervision steps at most.  [default: 16, and on to 128 while no board is valid]",
)
@click.option(
    "--rank-by", default="valid,vote,lprm", show_default=True, help="Ranking rules; each breaks the ties before it."
)
@click.option("--halt", default="auto", show_default=True, help="When a trajectory stops: auto, head, valid, never.")
@click.option("--until", help="depth (one round), valid (the first valid board) or all.  [default: depth]")
@click.option("--all", "find_all", is_flag=True, help="Go on until hardly a solution can be unseen: --until all.")
@click.option("--missing-mass", default=0.02, show_default=True, help="For --all: the unseen mass to get below.")
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    help="Rounds at most for each puzzle, for --until valid and --all.  [default: 500; in a file with --until valid as "
    "many as make 100 trajectories]",
)
@click.option("--max-time", type=common.Duration(), help="Time budget for each puzzle, for example 30s or 5m.")
@click.option("--temperature", default=1.0, show_default=True, help="Scale of the noise.")
@click.option(
    "--augment",
    type=click.IntRange(min=1),
    metavar="N",
    help="Spread trajectories over N symmetric copies of a puzzle, their answers turned back.  [default: 1; one each "
    "with --all, and where votes alone choose]",
)
@click.option("--engine", default="neural", show_default=True, help="neural, or exact: the enumerator alone.")
@click.option("--max-solutions", default=8, show_default=True, help="Distinct solutions to print.")
@click.option("--record", type=click.Path(path_type=Path), help="Keep the whole run for --replay and export.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Also write the boards as a PNG.")
@click.option(
    "--save", type=click.Path(path_type=Path), help="Write the answers in the task's own file format (ARC: submission)."
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    help="Write answers as JSON lines as they come; the same command goes on where it was stopped.",
)
@click.option("--verify", help="exact: look every answer up among the solutions of exact search.")
@click.option("--hint", is_flag=True, help="Give away only the next cell: the one on which trajectories agree most.")
@adapt.adapt_options
@adapt.leave_out_option
@common.variant_option
@common.checkpoint_option
@common.seed_option
@common.device_options
@common.json_option
@common.ascii_option
@click.option("-q", "--quiet", is_flag=True, help="Print the best board alone, as text that can be read back.")
def solve(task: str, puzzle: str | None, **settings: Any) -> int:
    """Solve PUZZLE: text, a file, or - for stdin. Without it, the task's example.

    \b
    gramsolve solve nqueens "8/8/3Q4/8/8/8/8/8"
    gramsolve solve nqueens board.txt --all
    gramsolve solve nqueens - --until valid --max-time 30s < board.txt
    gramsolve solve sudoku thousand.txt --verify exact --results answers.jsonl
    gramsolve solve arc task.json --adapt 3m --save submission.json
    """
    from gramsolve.inference.options import MAX_DEPTH, SolveOptions

    plugin = common.load_task(task)
    adapt.check(settings, adapt.NOT_WITH)
    until = settings["until"] or ("all" if settings["find_all"] else "depth")
    if settings["find_all"] and until != "all":
        raise BadInput(f"--all means --until all: it cannot go with --until {until}")
    if settings["rounds"] is not None and until == "depth":
        raise BadInput("--rounds is for --until valid and --all, which go on: without them there is one round")
    options = SolveOptions(
        width=settings["width"],
        depth=SolveOptions.depth if settings["depth"] is None else settings["depth"],
        max_depth=MAX_DEPTH if settings["depth"] is None else 0,
        halt=settings["halt"],
        rank_by=tuple(rule.strip() for rule in settings["rank_by"].split(",")),
        until=until,
        missing_mass=settings["missing_mass"],
        max_seconds=settings["max_time"],
        max_rounds=SolveOptions.max_rounds if settings["rounds"] is None else settings["rounds"],
        temperature=settings["temperature"],
        augment=settings["augment"] or 0,
        seed=settings["seed"],
    )
    if settings["engine"] not in ("neural", "exact"):
        raise BadInput(f"engine must be neural or exact, not {settings['engine']!r}")
    if settings["verify"] not in (None, "exact"):
        raise BadInput(f"verify knows exact alone, not {settings['verify']!r}")
    if settings["engine"] == "exact" and (settings["verify"] or settings["results"] or settings["hint"]):
        raise BadInput("--verify, --results and --hint are for the neural engine")
    if settings["max_solutions"] < 1:
        raise BadInput(f"show must be at least 1, not {settings['shown']}")
    puzzles = common.read_puzzles(plugin, puzzle)
    if len(puzzles) > 1 and until == "valid" and settings["rounds"] is None and settings["max_time"] is None:
        options = replace(options, max_rounds=max(1, PATIENCE // options.width))
    for option, does in (("record", "keeps one run"), ("output", "keeps one run"), ("hint", "is for one puzzle")):
        if settings[option] and len(puzzles) > 1:
            raise BadInput(f"--{option} {does}, but there are {len(puzzles)} puzzles here")
    if settings["adapt"] is not None:
        return adapt.solve(plugin, puzzles, options, settings)
    if settings["engine"] == "exact":
        return _exact(plugin, puzzles, settings)
    if settings["hint"]:
        return _hint(plugin, puzzles[0], options, settings)
    return _neural(plugin, puzzles, options, settings)


def _neural(task: Task, puzzles: list[Instance], options: SolveOptions, settings: dict[str, Any]) -> int:
    """Solve a puzzle, or a file of them; the worst exit code of all."""
    results = Results(task, puzzles, settings)
    code, unsolved = 0, set[str]()
    # Answers taken up from --results are of the variant that was asked for too.
    fitted = (
        [task.to_variant(puzzle, settings["variant"]) for puzzle in puzzles] if settings["variant"] else list(puzzles)
    )
    with common.interruptible() as stop, ExitStack() as stack:
        if settings["results"] is not None:
            results.keep(stack, settings["results"])
        report = stack.enter_context(printing.counter(len(puzzles), len(puzzles) - len(results.left())))
        for index, instance, final in _answers(task, puzzles, results.left(), options, settings, stop):
            code = max(code, _outcome(final, options))
            if final.best is None or final.best.valid is False:
                unsolved.add(instance.variant)
            fitted[index] = instance
            results.take(index, instance, final)
            report(results.solved)
    ranked = [results.ranked.get(index, []) for index in range(len(puzzles))]
    common.save_answers(task, fitted, ranked, settings["save"])
    results.tell()
    if settings["checkpoint"] is None:
        _tell_of_others(task, unsolved)
    if stop():
        if settings["results"] is not None:
            common.note("the same command goes on from here")
        raise KeyboardInterrupt
    return max(code, results.code)


def _tell_of_others(task: Task, variants: Iterable[str]) -> None:
    """What else could be tried on puzzles of these variants."""
    from gramsolve.checkpoints import store

    for variant in sorted(variants):
        used = store.find(task.name, variant)
        others = [i.name for i in store.listing(task.name) if i.variant == variant and i.path != used.path]
        if others:
            common.note(f"other weights may do better: --checkpoint {' or '.join(others)}")


def _answers(
    task: Task,
    puzzles: Sequence[Instance],
    wanted: Sequence[int],
    options: SolveOptions,
    settings: dict[str, Any],
    stop: Callable[[], bool],
) -> Iterator[tuple[int, Instance, Finished]]:
    """(number from 0, puzzle as the checkpoint sees it, what came of it): together where that can be."""
    # A checkpoint that was named decides; else the puzzle's size asks for one.
    named = settings["variant"] or ("" if settings["checkpoint"] else None)
    together = len(puzzles) > 1 and options.until != "all" and options.max_seconds is None
    for variant in dict.fromkeys(puzzles[index].variant if named is None else named for index in wanted):
        solver = common.load_solver(task.name, variant or None, settings)
        group = [index for index in wanted if named is not None or puzzles[index].variant == variant]
        fitted = {index: task.to_variant(puzzles[index], solver.variant) for index in group}
        if together:
            from gramsolve.inference.batch import solve_many

            for index, final in solve_many(solver, list(fitted.items()), options, stop=stop):
                yield index, fitted[index], final
        else:
            for index, instance in fitted.items():
                if stop():
                    return
                progress = printing.progress(options) if len(puzzles) == 1 else nullcontext(lambda step, valid: None)
                with progress as report:
                    yield index, instance, _one(solver, instance, options, index, stop, report, settings["record"])


def _one(
    solver: Solver,
    instance: Instance,
    options: SolveOptions,
    index: int,
    stop: Callable[[], bool],
    report: Callable[[Step, int], None],
    record: Path | None,
) -> Finished:
    """Run one puzzle, and record it where that was asked for."""
    from gramsolve.inference.events import Finished, Step

    events: list[Event] = []
    for event in solver.run(instance, options, index=index, stop=stop):
        events.append(event)
        if isinstance(event, Step):
            report(event, int(event.valid.sum()) if event.valid is not None else 0)
    if record is not None:
        from gramsolve.inference import recording

        recording.write(record, solver.task, events)
        common.note(f"recorded: watch it with `gramsolve tui --replay {record}`")
    final = events[-1]
    assert isinstance(final, Finished)
    return final


def _hint(task: Task, puzzle: Instance, options: SolveOptions, settings: dict[str, Any]) -> int:
    """One cell of the answer; 1 when no trajectory is right, so that what they agree on is a guess."""
    from gramsolve.inference.events import Step
    from gramsolve.inference.hint import hint

    wanted = settings["variant"] or ("" if settings["checkpoint"] else puzzle.variant)
    solver = common.load_solver(task.name, wanted or None, settings)
    instance = task.to_variant(puzzle, solver.variant)
    last: Step | None = None
    with common.interruptible() as stop, printing.progress(options) as report:
        for event in solver.run(instance, options, stop=stop):
            if isinstance(event, Step):
                last = event
                report(event, int(event.valid.sum()) if event.valid is not None else 0)
    if stop():
        raise KeyboardInterrupt
    assert last is not None
    found = hint(task, instance, last)
    printing.hint(task, instance, found, settings)
    return 0 if found is None or found.valid or last.valid is None else 1


def _outcome(final: Finished, options: SolveOptions) -> int:
    """0 solved, 1 not solved, 4 out of time before the goal that was asked for."""
    if final.reason == "time" and options.until != "depth":
        return 4
    return 0 if final.best is not None and final.best.valid is not False else 1


def _exact(task: Task, puzzles: list[Instance], settings: dict[str, Any]) -> int:
    """The enumerator alone, for those who want the answer and not the show."""
    import time

    from gramsolve.inference.options import EXACT_LIMIT

    code = 0
    ranked: list[list[np.ndarray]] = []
    if settings["variant"]:
        puzzles = [task.to_variant(instance, settings["variant"]) for instance in puzzles]
    for number, instance in enumerate(puzzles, start=1):
        started = time.perf_counter()
        solutions = task.enumerate(instance, EXACT_LIMIT)
        if solutions is None:
            raise BadInput(
                f"{task.name} has no exact answer to this puzzle (no enumerator, or it gave up): use --engine neural"
            )
        seconds = time.perf_counter() - started
        printing.exact(task, instance, solutions, seconds, settings, several=len(puzzles) > 1, number=number)
        ranked.append(list(solutions))
        code = max(code, 0 if len(solutions) else 1)
    common.save_answers(task, puzzles, ranked, settings["save"])
    return code
