"""How results look: boards and sentences for people, one JSON document for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gramsolve.cli import common

if TYPE_CHECKING:
    import numpy as np
    from rich.text import Text

    from gramsolve.inference.events import Candidate, Finished, Step
    from gramsolve.inference.hint import Hint
    from gramsolve.inference.options import SolveOptions
    from gramsolve.tasks.base import Instance
    from gramsolve.tasks.drawing import Grid, View
    from gramsolve.tasks.task import Task

SMALL = (9, 24)
"""Lines and columns of a drawing that is one of several."""
PICTURES = 6
"""Pictures side by side."""


def result(
    task: Task,
    instance: Instance,
    final: Finished,
    settings: dict[str, Any],
    *,
    several: bool,
    number: int,
    extra: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """What a solved puzzle prints: board, counts, distinct solutions. ``extra`` goes into its JSON."""
    best = final.best
    if settings["as_json"]:
        from gramsolve.inference.export import document

        common.print_json({**document(task, instance, final), **extra})
    elif settings["quiet"]:
        answer(task.answer(instance, best.tokens) if best else "", several)
    else:
        console = common.stdout_console()
        ascii = settings["ascii"] or common.plain_text(console)
        if several:
            console.print(f"puzzle {number}", style="bold")
        valid = [c for c in final.candidates if c.valid is not False]
        _print_context(task, instance, console, ascii)
        if best is not None and best not in valid:
            console.print("no valid board; the best attempt:")
        first = [(best, "")] if best is not None else []
        _print_boards(task, instance, first, console, ascii, size=(3, 1))
        console.print(sentence(final))
        shown = valid[: settings["max_solutions"]]
        if len(valid) > 1:
            more = f", the first {len(shown)}" if len(shown) < len(valid) else ""
            kind = "answers" if final.valid is None else "solutions"
            console.print(f"\ndistinct {kind}{more}:")
            captioned = [(c, f"x{c.votes}" if c.votes else "in passing") for c in shown]
            _print_boards(task, instance, captioned, console, ascii, size=(2, 1))
    if settings["output"] is not None and final.candidates:
        chosen = [c for c in final.candidates if c.valid is not False] or list(final.candidates[:1])
        captions = [f"{c.votes} of {final.trajectories}" for c in chosen]
        save_sheet(
            task, instance, [c.tokens for c in chosen[: settings["max_solutions"]]], captions, settings["output"]
        )


def line(task: Task, instance: Instance, final: Finished, *, number: int, of: int, words: str = "") -> None:
    """One puzzle of many: ``  12  solved  19/20  8571...``, the answer where it takes one line."""
    best = final.best
    solved = best is not None and best.valid is not False
    right = final.valid if final.valid is not None else best.votes if best else 0
    answer = task.answer(instance, best.tokens) if best is not None and solved else ""
    parts = [f"{number:>{len(str(of))}}", "solved  " if solved else "unsolved"]
    parts.append(f"{right:>{len(str(final.trajectories))}}/{final.trajectories}")
    parts += [part for part in (answer if "\n" not in answer else "", words) if part]
    common.click.echo("  ".join(parts))


def hint(task: Task, instance: Instance, found: Hint | None, settings: dict[str, Any]) -> None:
    """One cell in words: ``row 3, column 7: 5``, and who says so."""
    if found is None:
        common.print_json({"hint": None}) if settings["as_json"] else common.click.echo("nothing is left to fill in")
        return
    words = _cell(task, instance, found)
    if settings["as_json"]:
        told = {"cell": found.cell, "words": words, "agreeing": found.agreeing, "asked": found.asked}
        common.print_json({"hint": {**told, "valid": found.valid}})
        return
    common.click.echo(words)
    if not settings["quiet"]:
        who = "right trajectories" if found.valid else "trajectories"
        doubt = "" if found.valid else "; none of their boards is known to be right"
        common.note(f"{found.agreeing} of {found.asked} {who} agree{doubt}")


def _cell(task: Task, instance: Instance, found: Hint) -> str:
    """A cell as its task says it, or by its place on the board."""
    import numpy as np

    from gramsolve.tasks.drawing import View

    spec = task.variant(instance.variant).spec
    tokens = np.full(spec.output_length, spec.blank, np.uint8)
    tokens[found.cell] = found.token
    if task.capabilities.descriptions:
        return task.describe(instance, tokens)[found.cell]
    row, column = divmod(found.cell, spec.grid[1])
    grid = task.render(instance, View(tokens))
    sign = grid.rows[row][column].ascii if grid.kind == "board" and grid.shape == spec.grid else str(found.token)
    return f"row {row + 1}, column {column + 1}: {sign}"


def answer(text: str, several: bool) -> None:
    """An answer alone; one of several that takes more than a line ends with an empty one, as files of puzzles do."""
    common.click.echo(text + ("\n" if several and "\n" in text else ""))


def guesses(task: Task, instance: Instance, captioned: Sequence[tuple[Candidate, str]], *, ascii: bool) -> None:
    """What the task shows, and guesses at its answer side by side."""
    console = common.stdout_console()
    plain = ascii or common.plain_text(console)
    _print_context(task, instance, console, plain)
    _print_boards(task, instance, captioned, console, plain, size=(2, 1))


def sentence(final: Finished, *, drawn: bool = False) -> str:
    """``19 of 20 trajectories valid, 7 distinct solutions of 9 (exact), 320 steps, 1.2 s``; ``drawn``: they are
    samples, which have no reason to agree."""
    parts = []
    if final.exact == 0:
        parts.append("this puzzle has no solution (exact search)")
    elif final.valid is not None:
        parts.append(f"{final.valid} of {final.trajectories} trajectories valid")
        exact = f" of {final.exact:,}" if final.exact is not None else ""
        plural = "" if final.solutions == 1 and final.exact in (None, 1) else "s"
        parts.append(f"{final.solutions} distinct solution{plural}{exact}")
    elif drawn:
        parts.append(f"{final.trajectories} sample{'' if final.trajectories == 1 else 's'}")
        parts.append(f"{len(final.candidates)} distinct")
    elif final.best is not None:
        parts.append(f"{final.best.votes} of {final.trajectories} trajectories agree")
        parts.append(f"{len(final.candidates)} distinct answer{'' if len(final.candidates) == 1 else 's'}")
    if final.missing_mass is not None:
        parts.append(f"at most about {final.missing_mass:.0%} unseen")
    parts.append(f"{final.steps:,} steps")
    parts.append(f"{final.seconds:.2f} s")
    words = {"time": "out of time", "stopped": "interrupted", "rounds": "gave up (--rounds N tries longer)"}
    if final.reason in words:
        parts.append(words[final.reason])
    return ", ".join(parts)


def exact(
    task: Task,
    instance: Instance,
    solutions: np.ndarray,
    seconds: float,
    settings: dict[str, Any],
    *,
    several: bool,
    number: int,
) -> None:
    """What the exact engine found."""
    boards = [task.answer(instance, row) for row in solutions[: settings["max_solutions"]]]
    if settings["as_json"]:
        common.print_json(
            {
                "task": task.name,
                "variant": instance.variant,
                "engine": "exact",
                "puzzle": task.format(instance),
                "solved": len(solutions) > 0,
                "solutions": len(solutions),
                "seconds": round(seconds, 6),
                "boards": boards,
            }
        )
        return
    if settings["quiet"]:
        answer(boards[0] if boards else "", several)
        return
    from gramsolve.tasks.drawing import View

    console = common.stdout_console()
    ascii = settings["ascii"] or common.plain_text(console)
    if several:
        console.print(f"puzzle {number}", style="bold")
    views = [View(row) for row in solutions[: settings["max_solutions"]]]
    _print_views(task, instance, views, [""] * len(views), console, ascii, (2, 1))
    plural = "" if len(solutions) == 1 else "s"
    console.print(f"{len(solutions):,} solution{plural} by exact search, {seconds * 1000:.2f} ms")


def _print_boards(
    task: Task,
    instance: Instance,
    captioned: Sequence[tuple[Candidate, str]],
    console: Any,
    ascii: bool,
    size: tuple[int, int],
) -> None:
    from gramsolve.tasks.drawing import View

    views = []
    for candidate, _ in captioned:
        violations = None
        if task.capabilities.validator:
            violations = task.check(instance.variant, task.encode(instance)[None], candidate.tokens[None]).violations[0]
        views.append(View(candidate.tokens, violations=violations))
    _print_views(task, instance, views, [caption for _, caption in captioned], console, ascii, size)


def _print_context(task: Task, instance: Instance, console: Any, ascii: bool) -> None:
    """What the task wants seen beside the board, if anything."""
    from gramsolve.display import terminal

    grid = task.context(instance) if task.capabilities.context else None
    if grid is not None:
        lines = _lines(grid, console, ascii, (2, 1))
        console.print(terminal.join(lines))
        console.print()


def _room(console: Any) -> int:
    """Columns there are; off a terminal no width binds, and a hundred are easy to read."""
    return console.width if console.is_terminal else 100


def _lines(grid: Grid, console: Any, ascii: bool, size: tuple[int, int], share: int = 1) -> list[Text]:
    """A board as lines, in one column a cell where it is too wide, a picture in about one ``share`` of the width."""
    from gramsolve.display import terminal
    from gramsolve.display.palette import DARK, TERMINAL

    palette = DARK if console.is_terminal and console.color_system and not console.no_color else TERMINAL
    if grid.kind == "picture":
        return terminal.picture(grid, columns=_room(console) // share, palette=palette, ascii=ascii)
    if grid.shape[1] * size[0] <= _room(console):
        return terminal.full(grid, size, palette=palette, ascii=ascii)
    return terminal.mini(grid, palette=palette, ascii=ascii)


def _print_views(
    task: Task,
    instance: Instance,
    views: Sequence[View],
    captions: Sequence[str],
    console: Any,
    ascii: bool,
    size: tuple[int, int],
) -> None:
    """Boards side by side, as many as the width holds, captions below."""
    from rich.text import Text

    from gramsolve.display import terminal

    small = _small if len(views) > 1 else (lambda view: view)
    boards: list[list[Text]] = []
    for view, caption in zip(views, captions, strict=True):
        lines = _lines(task.render(instance, small(view)), console, ascii, size, share=min(len(views), PICTURES))
        if caption:
            lines.append(Text(caption, style="dim"))
        boards.append(lines)
    width = max((line.cell_len for board in boards for line in board), default=1) + 2
    across = max(1, (_room(console) + 2) // width)
    for start in range(0, len(boards), across):
        for line in terminal.side_by_side(boards[start : start + across]):
            line.rstrip()
            console.print(line)
        if start + across < len(boards):
            console.print()


def _small(view: View) -> View:
    """The same view for one board of many."""
    from dataclasses import replace

    return replace(view, room=SMALL)


def save_sheet(
    task: Task, instance: Instance, boards: Sequence[np.ndarray], captions: Sequence[str], path: Any
) -> None:
    """Boards as one PNG (or whatever the file's ending says)."""
    from gramsolve.display import image
    from gramsolve.errors import BadInput
    from gramsolve.tasks.drawing import View

    size = 360 if len(boards) == 1 else 240
    sheet = image.contact_sheet([task.image(instance, View(b), size) for b in boards], captions)
    try:
        sheet.save(path)
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot write the picture {path}: {error}") from error
    common.note(f"wrote {path}")


@contextmanager
def progress(options: SolveOptions) -> Iterator[Callable[[Step, int], None]]:
    """A live line on stderr while a run goes on; nothing at all when stderr is not a terminal."""
    console = common.stderr_console()
    if not console.is_terminal:
        yield lambda step, valid: None
        return
    with console.status("thinking") as status:

        def report(step: Step, valid: int) -> None:
            where = f"round {step.round + 1}, " if options.until != "depth" else ""
            most = options.depth if step.number <= options.depth else options.max_depth
            status.update(f"{where}step {step.number} of {most}, {valid} of {len(step.tokens)} valid")

        yield report


@contextmanager
def counter(total: int, done: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr for a file of puzzles, with their number a second; nothing for one, or off a terminal."""
    console = common.stderr_console()
    if total < 2 or not console.is_terminal:
        yield lambda solved: None
        return
    from datetime import timedelta

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn
    from rich.progress import Task as Bar

    class Pace(ProgressColumn):
        """Since the start: answers come in bursts, and a recent speed means nothing between them."""

        def render(self, task: Bar) -> str:
            speed = (task.completed - done) / max(task.elapsed or 0.0, 1e-9)
            left = timedelta(seconds=round((total - task.completed) / speed)) if speed else "-:--:--"
            return f"{speed:.2g} puzzles/s, {left} left"

    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[solved]:,} solved"), Pace()
    with Progress(*columns, console=console) as bar:
        handle = bar.add_task("", total=total, completed=done, solved=0)

        def report(solved: int) -> None:
            bar.update(handle, advance=1, solved=solved)

        yield report


def samples(task: Task, instance: Instance, step: Step, *, ascii: bool) -> None:
    """All boards of one step side by side; a wrong one says so below."""
    from gramsolve.tasks.drawing import View

    console = common.stdout_console()
    plain = ascii or common.plain_text(console)
    good, bad = ("ok", "wrong") if plain else ("✓", "✗")
    views, captions = [], []
    for row, tokens in enumerate(step.tokens):
        violations = None if step.violations is None else step.violations[row]
        views.append(View(tokens, step.confidence[row], violations))
        captions.append("" if step.valid is None else good if step.valid[row] else bad)
    _print_views(task, instance, views, captions, console, plain, (2, 1))
