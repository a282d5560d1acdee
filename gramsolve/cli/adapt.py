"""``--adapt`` of ``solve`` and ``eval``: test-time training on the demonstrations of each task."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from gramsolve.cli import common, printing
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.adaptation.adapt import AdaptationResult
    from gramsolve.adaptation.options import AdaptationProgress, AdaptOptions, Budget
    from gramsolve.inference.events import Finished
    from gramsolve.inference.options import SolveOptions
    from gramsolve.tasks.base import Instance
    from gramsolve.tasks.task import Task

NOT_WITH = (
    "record",
    "results",
    "hint",
    "verify",
    "until",
    "find_all",
    "rounds",
    "max_time",
    "missing_mass",
    "max_solutions",
    "augment",
)
"""Options of ``solve`` that mean nothing with --adapt; so does --engine exact."""
SPELLING = {"find_all": "all"}


class BudgetOfTask(click.ParamType):
    """``20s``, ``3m`` or, in updates, ``200u``."""

    name = "budget"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "TIME|UPDATESu"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Budget:
        from gramsolve.adaptation.options import Budget

        if isinstance(value, Budget):
            return value
        text = value.strip().lower()
        if found := re.fullmatch(r"(\d{1,9})\s*u", text):
            return Budget(updates=int(found[1]))
        try:
            return Budget(seconds=common.Duration().convert(text, None, None))
        except click.BadParameter:
            self.fail(f"{value!r} is no time to adapt: write 20s or 3m, or 200u for 200 updates", param, ctx)


adapt_options = common.options(
    click.option(
        "--adapt",
        type=BudgetOfTask(),
        help="First fit a copy of the weights to the demonstrations of each task, for 3m or 200u (updates).",
    ),
    click.option("--freeze", is_flag=True, help="With --adapt: leave the weights alone, fit the task's embedding."),
)
leave_out_option = click.option(
    "--no-leave-out",
    is_flag=True,
    help="With --adapt: all of it for the answer; no demonstrations left out to measure confidence.",
)


def check(settings: Mapping[str, Any], names: Sequence[str] = ()) -> None:
    """Raises BadInput for options that mean nothing without --adapt and, of ``names``, for those that do with it."""
    if settings["adapt"] is None:
        for name in ("freeze", "no_leave_out"):
            if settings.get(name):
                raise BadInput(f"--{name.replace('_', '-')} means nothing without --adapt")
        return
    for name in names:
        if common.typed(name):
            option = SPELLING.get(name, name).replace("_", "-")
            raise BadInput(f"--{option} cannot go with --adapt")


def options(settings: Mapping[str, Any]) -> AdaptOptions | None:
    """What the options ask for; None without --adapt."""
    from gramsolve.adaptation.options import AdaptOptions

    if settings["adapt"] is None:
        return None
    return AdaptOptions(settings["adapt"], not settings["freeze"], not settings.get("no_leave_out", False))


def solve(task: Task, puzzles: list[Instance], search: SolveOptions, settings: dict[str, Any]) -> int:
    """Adapt to each task of a file in turn, always from the checkpoint's weights, and print two guesses a puzzle."""
    from gramsolve import api
    from gramsolve.adaptation.adapt import together

    if settings["engine"] == "exact":
        raise BadInput("--engine exact cannot go with --adapt: exact search learns nothing")
    chosen = options(settings)
    assert chosen is not None
    groups = together(task, puzzles)  # Says at once that there are no demonstrations.
    ranked: list[list[Any]] = [[] for _ in puzzles]
    # A checkpoint that was named decides; else the puzzle's size asks for one.
    named = settings["variant"] or ("" if settings["checkpoint"] else None)
    solvers = {
        variant: common.load_solver(task.name, variant or None, settings)
        for variant in dict.fromkeys(puzzles[group[0]].variant if named is None else named for group in groups)
    }
    # Before anything is learned, whether all of them fit.
    fitted = [solvers[puzzle.variant if named is None else named].to_variant(puzzle) for puzzle in puzzles]
    with common.interruptible() as stop:
        for place, group in enumerate(groups, start=1):
            solver = solvers[puzzles[group[0]].variant if named is None else named]
            label = f"task {place} of {len(groups)}: " if len(groups) > 1 else ""
            with _progress(label) as report:
                found = api.adapt(
                    solver, [fitted[i] for i in group], chosen, search, indices=group, on_progress=report, stop=stop
                )
            for number, final in zip(group, found.answers, strict=True):
                ranked[number] = [candidate.tokens for candidate in final.candidates]
                _show(task, fitted[number], final, found, settings, number=number + 1, several=len(puzzles) > 1)
            if not settings["as_json"] and not settings["quiet"]:
                _tell(found)
            if stop():
                break
    common.save_answers(task, fitted, ranked, settings["save"])
    if stop():
        raise KeyboardInterrupt
    return 0


def _show(
    task: Task,
    instance: Instance,
    final: Finished,
    found: AdaptationResult,
    settings: dict[str, Any],
    *,
    number: int,
    several: bool,
) -> None:
    """Two guesses at one puzzle, with their votes."""
    from gramsolve.adaptation.adapt import GUESSES

    guesses = final.candidates[:GUESSES]
    if settings["as_json"]:
        from gramsolve.inference.export import document

        told = [{"board": task.answer(instance, guess.tokens), "votes": guess.votes} for guess in guesses]
        adapted = {"budget": str(settings["adapt"]), "weights": not settings["freeze"], **found.to_dict()}
        common.print_json({"number": number, **document(task, instance, final), "guesses": told, "adapt": adapted})
    elif settings["quiet"]:
        printing.answer(task.answer(instance, guesses[0].tokens), several)
    else:
        if several:
            click.echo(f"puzzle {number}")
        captions = [f"guess {i}, x{guess.votes}" for i, guess in enumerate(guesses, start=1)]
        printing.guesses(task, instance, list(zip(guesses, captions, strict=True)), ascii=settings["ascii"])
        votes = " and ".join(str(guess.votes) for guess in guesses)
        one = "; there is no second answer" if len(guesses) < GUESSES else ""
        distinct = f"{len(final.candidates)} distinct answer{'' if len(final.candidates) == 1 else 's'}"
        click.echo(f"{votes} of {final.trajectories} votes, {distinct}{one}")
    if settings["output"] is not None:
        words = [f"{guess.votes} of {final.trajectories}" for guess in guesses]
        printing.save_sheet(task, instance, [guess.tokens for guess in guesses], words, settings["output"])


def _tell(found: AdaptationResult) -> None:
    """How it went, in two lines."""
    stopped = ", interrupted" if found.stopped else ""
    click.echo(f"adapted: {found.updates:,} updates in {found.seconds:.1f} s, loss {found.loss:.3f}{stopped}")
    if found.cross_validation is not None:
        click.echo(str(found.cross_validation))


@contextmanager
def _progress(label: str) -> Iterator[Callable[[AdaptationProgress], None]]:
    """A bar on stderr over the budget of one task; nothing at all off a terminal."""
    console = common.stderr_console()
    if not console.is_terminal:
        yield lambda progress: None
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    with Bar(BarColumn(bar_width=24), TextColumn("{task.description}"), console=console, transient=True) as bar:
        handle = bar.add_task(f"{label}starting", total=1.0)

        def report(progress: AdaptationProgress) -> None:
            minutes, seconds = divmod(round(progress.left), 60)
            figures = f"{progress.rate:.1f} updates/s  loss {progress.loss:.3f}  {minutes}:{seconds:02} left"
            bar.update(handle, completed=progress.share, description=f"{label}{progress.stage}  {figures}")

        yield report
