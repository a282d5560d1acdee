"""``gramsolve solve`` with --hint, --engine exact or --adapt."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from gramsolve.cli import printing
from gramsolve.cli.results import run, solving_bar
from gramsolve.cli.terminal import ProgressBar, print_json, progress_bar, stop_on_signal
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    import numpy as np

    from gramsolve.adaptation.adapt import AdaptationResult
    from gramsolve.adaptation.options import AdaptationProgress
    from gramsolve.cli.solve import SolveCommand
    from gramsolve.inference.events import Finished
    from gramsolve.tasks.base import Instance
    from gramsolve.tasks.forms import Reading
    from gramsolve.tasks.task import Task


def hint(task: Task, puzzle: Instance, command: SolveCommand) -> int:
    """Print one cell of the answer; 1 when no trajectory is valid, so that the cell is a guess."""
    from gramsolve.inference import hint as hints
    from gramsolve.inference.events import Step

    solver = command.load_solver(task.name, command.variant_for(puzzle))
    problem = solver.problem(puzzle)
    options = replace(command.options(), exact=False)
    with stop_on_signal() as stop, solving_bar() as bar:
        events = run(solver, problem, options, stop, bar)
    if stop():
        raise KeyboardInterrupt
    last = [event for event in events if isinstance(event, Step)][-1]
    found = hints.hint(task, problem.instance, last)
    printing.hint(task, problem.instance, found, command)
    return 0 if found is None or found.valid or last.valid is None else 1


def exact(task: Task, reading: Reading, command: SolveCommand) -> int:
    """Solve with the task's exact solver alone. With --quiet a bad line of the file is an empty line."""
    from gramsolve.inference.options import EXACT_LIMIT
    from gramsolve.tasks.forms import BadLine

    code = 0
    ranked: list[list[np.ndarray]] = []
    several = len(reading.entries) > 1
    puzzles: list[Instance] = []
    for number, entry in enumerate(reading.entries, start=1):
        if isinstance(entry, BadLine):
            if command.quiet and not command.as_json:
                printing.answer("", several)
            continue
        instance = task.to_variant(entry, command.variant) if command.variant else entry
        puzzles.append(instance)
        started = time.perf_counter()
        solutions = task.enumerate(instance, EXACT_LIMIT)
        if solutions is None:
            raise BadInput(
                f"{task.name} has no exact answer to this puzzle (no enumerator, or it gave up): use --engine neural"
            )
        seconds = time.perf_counter() - started
        printing.exact(task, instance, solutions, seconds, command, several=several, number=number)
        ranked.append(list(solutions))
        code = max(code, 0 if len(solutions) else 1)
    if command.save is not None:
        printing.save_answers(task, puzzles, ranked, command.save)
    return code


def adapted(task: Task, puzzles: Sequence[Instance], command: SolveCommand) -> int:
    """Adapt to each task of a file in turn, always from the checkpoint's weights, and print two guesses a puzzle."""
    from gramsolve import api
    from gramsolve.adaptation.adapt import together

    chosen = command.adapt_settings()
    assert chosen is not None
    groups = together(task, puzzles)  # Raises BadInput for puzzles without demonstrations, before weights are loaded.
    ranked: list[list[np.ndarray]] = [[] for _ in puzzles]
    variants = [command.variant_for(puzzle) for puzzle in puzzles]
    solvers = {
        variant: command.load_solver(task.name, variant)
        for variant in dict.fromkeys(variants[group[0]] for group in groups)
    }
    # Raises BadInput for a puzzle that does not fit, before any training.
    fitted = [solvers[variant].problem(puzzle).instance for variant, puzzle in zip(variants, puzzles, strict=True)]
    with stop_on_signal() as stop:
        for place, group in enumerate(groups, start=1):
            label = f"task {place} of {len(groups)}: " if len(groups) > 1 else ""
            with progress_bar(f"{label}starting", keep=False) as bar:
                found = api.adapt(
                    solvers[variants[group[0]]],
                    [fitted[i] for i in group],
                    chosen,
                    command.options(),
                    indices=group,
                    on_progress=partial(_show_progress, bar, label),
                    stop=stop,
                )
            for number, final in zip(group, found.answers, strict=True):
                ranked[number] = [candidate.tokens for candidate in final.candidates]
                _print_guesses(task, fitted[number], final, found, command, number=number + 1, of=len(puzzles))
            if not command.as_json and not command.quiet:
                stopped = ", interrupted" if found.stopped else ""
                click.echo(
                    f"adapted: {found.updates:,} updates in {found.seconds:.1f} s, loss {found.loss:.3f}{stopped}"
                )
                if found.cross_validation is not None:
                    click.echo(str(found.cross_validation))
            if stop():
                break
    if command.save is not None:
        printing.save_answers(task, fitted, ranked, command.save)
    if stop():
        raise KeyboardInterrupt
    return 0


def _show_progress(bar: ProgressBar, label: str, progress: AdaptationProgress) -> None:
    minutes, seconds = divmod(round(progress.left), 60)
    text = f"{progress.rate:.1f} updates/s  loss {progress.loss:.3f}  {minutes}:{seconds:02} left"
    bar.update(progress.share, 1.0, text, f"{label}{progress.stage}")


def _print_guesses(
    task: Task,
    instance: Instance,
    final: Finished,
    found: AdaptationResult,
    command: SolveCommand,
    *,
    number: int,
    of: int,
) -> None:
    """Print the two guesses at one puzzle, with their votes."""
    from gramsolve.adaptation.adapt import GUESSES

    guesses = final.candidates[:GUESSES]
    if command.as_json:
        from gramsolve.inference.export import document

        boards = [{"board": task.answer(instance, guess.tokens), "votes": guess.votes} for guess in guesses]
        details = {"budget": str(command.adapt), "weights": not command.freeze, **found.to_dict()}
        print_json({"number": number, **document(task, instance, final), "guesses": boards, "adapt": details})
    elif command.quiet:
        printing.answer(task.answer(instance, guesses[0].tokens), several=of > 1)
    else:
        if of > 1:
            click.echo(f"puzzle {number}")
        captions = [f"guess {i}, x{guess.votes}" for i, guess in enumerate(guesses, start=1)]
        printing.guesses(task, instance, list(zip(guesses, captions, strict=True)), ascii=command.ascii)
        votes = " and ".join(str(guess.votes) for guess in guesses)
        one = "; there is no second answer" if len(guesses) < GUESSES else ""
        distinct = f"{len(final.candidates)} distinct answer{'' if len(final.candidates) == 1 else 's'}"
        click.echo(f"{votes} of {final.trajectories} votes, {distinct}{one}")
    if command.output is not None:
        words = [f"{guess.votes} of {final.trajectories}" for guess in guesses]
        printing.save_sheet(task, instance, [guess.tokens for guess in guesses], words, command.output)
