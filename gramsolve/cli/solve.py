"""``gramsolve solve``: puzzles in, boards out."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from gramsolve.cli import common, show
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    import numpy as np

    from gramsolve.inference.events import Event, Finished
    from gramsolve.inference.options import SolveOptions
    from gramsolve.inference.solver import Solver
    from gramsolve.tasks.task import Instance, Task


@click.command()
@click.argument("task")
@click.argument("puzzle", required=False)
@click.option("-n", "--width", default=20, show_default=True, help="Trajectories side by side in one round.")
@click.option("--depth", default=16, show_default=True, help="Supervision steps at most.")
@click.option(
    "--select", default="valid,vote,lprm", show_default=True, help="Ranking rules; each breaks the ties before it."
)
@click.option("--halt", default="auto", show_default=True, help="When a trajectory stops: auto, head, valid, never.")
@click.option("--until", help="depth (one round), valid (the first valid board) or all.  [default: depth]")
@click.option("--all", "find_all", is_flag=True, help="Go on until hardly a solution can be unseen: --until all.")
@click.option("--unseen", default=0.02, show_default=True, help="For --all: the unseen mass to get below.")
@click.option("--max-time", type=common.Duration(), help="Time budget for each puzzle, for example 30s or 5m.")
@click.option("--temperature", default=1.0, show_default=True, help="Scale of the noise.")
@click.option("--engine", default="neural", show_default=True, help="neural, or exact: the enumerator alone.")
@click.option("--show", "shown", default=8, show_default=True, help="Distinct solutions to print.")
@click.option("--record", type=click.Path(path_type=Path), help="Keep the whole run for --replay and export.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Also write the boards as a PNG.")
@click.option(
    "--save", type=click.Path(path_type=Path), help="Write the answers in the task's own file format (ARC: submission)."
)
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
    """
    from gramsolve.inference.options import SolveOptions

    plugin = common.load_task(task)
    until = settings["until"] or ("all" if settings["find_all"] else "depth")
    if settings["find_all"] and until != "all":
        raise BadInput(f"--all means --until all: it cannot go with --until {until}")
    options = SolveOptions(
        width=settings["width"],
        depth=settings["depth"],
        halt=settings["halt"],
        select=tuple(rule.strip() for rule in settings["select"].split(",")),
        until=until,
        unseen=settings["unseen"],
        max_seconds=settings["max_time"],
        temperature=settings["temperature"],
        seed=settings["seed"],
    )
    if settings["engine"] not in ("neural", "exact"):
        raise BadInput(f"engine must be neural or exact, not {settings['engine']!r}")
    if settings["shown"] < 1:
        raise BadInput(f"show must be at least 1, not {settings['shown']}")
    puzzles = common.read_puzzles(plugin, puzzle)
    for option in ("record", "output"):
        if settings[option] is not None and len(puzzles) > 1:
            raise BadInput(f"--{option} keeps one run, but there are {len(puzzles)} puzzles here")
    if settings["engine"] == "exact":
        return _exact(plugin, puzzles, settings)
    return _neural(plugin, puzzles, options, settings)


def _neural(task: Task, puzzles: list[Instance], options: SolveOptions, settings: dict[str, Any]) -> int:
    """Solve in order; the worst exit code of all puzzles."""
    solvers: dict[str, Solver] = {}
    code, solved = 0, 0
    answered: list[Instance] = []
    ranked: list[list[np.ndarray]] = []
    with _interruptible() as stop:
        for index, instance in enumerate(puzzles):
            # A checkpoint that was named decides; else the puzzle's size asks for one.
            wanted = settings["variant"] or ("" if settings["checkpoint"] else instance.variant)
            if wanted not in solvers:
                solvers[wanted] = common.load_solver(task.name, wanted or None, settings)
            instance = task.fit(instance, solvers[wanted].variant)
            events: list[Event] = []
            final = _run(solvers[wanted], instance, options, index, stop, events)
            answered.append(instance)
            ranked.append([candidate.tokens for candidate in final.candidates])
            code = max(code, _outcome(final, options))
            solved += bool(final.best and final.best.valid is not False)
            show.result(task, instance, final, settings, several=len(puzzles) > 1, number=index + 1)
            if settings["record"] is not None:
                from gramsolve.inference import recording

                recording.write(settings["record"], task, events)
                common.note(f"recorded: watch it with `gramsolve tui --replay {settings['record']}`")
            if stop():
                _save(task, answered, ranked, settings["save"])
                raise KeyboardInterrupt
    _save(task, answered, ranked, settings["save"])
    if len(puzzles) > 1:
        common.note(f"{solved} of {len(puzzles)} puzzles solved")
    return code


def _save(task: Task, instances: list[Instance], ranked: list[list[np.ndarray]], path: Path | None) -> None:
    """Write the answers so far where --save says."""
    if path is None:
        return
    from gramsolve import files

    try:
        files.write_bytes(path, task.answers(instances, ranked).encode())
    except OSError as error:
        raise BadInput(f"cannot write the answers to {path}: {error.strerror}") from error
    common.note(f"wrote {path}")


def _run(
    solver: Solver, instance: Instance, options: SolveOptions, index: int, stop: Any, events: list[Event]
) -> Finished:
    """Run one puzzle under a progress line; ``events`` receives everything."""
    from gramsolve.inference.events import Finished, Step

    found = 0
    with show.progress(options) as report:
        for event in solver.run(instance, options, index=index, stop=stop):
            events.append(event)
            if isinstance(event, Step):
                found = int(event.valid.sum()) if event.valid is not None else 0
                report(event, found)
    final = events[-1]
    assert isinstance(final, Finished)
    return final


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
        puzzles = [task.fit(instance, settings["variant"]) for instance in puzzles]
    for number, instance in enumerate(puzzles, start=1):
        started = time.perf_counter()
        solutions = task.enumerate(instance, EXACT_LIMIT)
        if solutions is None:
            raise BadInput(
                f"{task.name} has no exact answer to this puzzle (no enumerator, or it gave up): use --engine neural"
            )
        seconds = time.perf_counter() - started
        show.exact(task, instance, solutions, seconds, settings, several=len(puzzles) > 1, number=number)
        ranked.append(list(solutions))
        code = max(code, 0 if len(solutions) else 1)
    _save(task, puzzles, ranked, settings["save"])
    return code


@contextmanager
def _interruptible() -> Iterator[Any]:
    """First Ctrl-C ends the run at its next step, so that the best so far is printed; the second quits."""
    pressed: list[int] = []

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
