"""How results look: boards and sentences for people, one JSON document for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from gramsolve.cli.terminal import ProgressBar, is_ascii_only, note, print_json, stdout_console
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    from rich.console import Console
    from rich.text import Text

    from gramsolve.cli.solve import SolveCommand
    from gramsolve.inference.events import Candidate, Event, Finished, Step
    from gramsolve.inference.hint import Hint
    from gramsolve.inference.options import SolveOptions
    from gramsolve.tasks.base import Instance
    from gramsolve.tasks.drawing import Grid, View
    from gramsolve.tasks.task import Task

SMALL = (9, 24)
"""Lines and columns of a drawing that is one of several."""
PICTURES = 6
"""Pictures side by side."""
PIPE_COLUMNS = 100
"""Columns that boards fill where there is no terminal."""


class Screen:
    """Prints boards on stdout, in ASCII where the user or the terminal's encoding asks for it."""

    def __init__(self, *, ascii: bool = False) -> None:
        self.console: Console = stdout_console()
        self.ascii = ascii or is_ascii_only(self.console)
        self.columns = self.console.width if self.console.is_terminal else PIPE_COLUMNS

    def print(self, text: str, style: str | None = None) -> None:
        """Print one line."""
        self.console.print(text, style=style)

    def context(self, task: Task, instance: Instance) -> None:
        """Print what the task wants to show beside the board, if anything."""
        from gramsolve.display import terminal

        grid = task.context(instance) if task.capabilities.context else None
        if grid is not None:
            self.console.print(terminal.join(self._lines(grid, (2, 1))))
            self.console.print()

    def candidates(
        self, task: Task, instance: Instance, captioned: Sequence[tuple[Candidate, str]], size: tuple[int, int] = (2, 1)
    ) -> None:
        """Print boards with captions, and mark the cells that break a rule."""
        from gramsolve.tasks.drawing import View

        views = [View(candidate.tokens, violations=candidate.violations) for candidate, _ in captioned]
        self.views(task, instance, views, [caption for _, caption in captioned], size)

    def views(
        self,
        task: Task,
        instance: Instance,
        views: Sequence[View],
        captions: Sequence[str],
        size: tuple[int, int] = (2, 1),
    ) -> None:
        """Print boards side by side, as many as the width holds, captions below; ``size`` is that of a cell."""
        from dataclasses import replace

        from rich.text import Text

        from gramsolve.display import terminal

        boards: list[list[Text]] = []
        for view, caption in zip(views, captions, strict=True):
            shown = replace(view, room=SMALL) if len(views) > 1 else view
            lines = self._lines(task.render(instance, shown), size, share=min(len(views), PICTURES))
            if caption:
                lines.append(Text(caption, style="dim"))
            boards.append(lines)
        width = max((line.cell_len for board in boards for line in board), default=1) + 2
        across = max(1, (self.columns + 2) // width)
        for start in range(0, len(boards), across):
            for line in terminal.side_by_side(boards[start : start + across]):
                line.rstrip()
                self.console.print(line)
            if start + across < len(boards):
                self.console.print()

    def _lines(self, grid: Grid, size: tuple[int, int], share: int = 1) -> list[Text]:
        """A board as lines, one column a cell where it is too wide; a picture in one ``share``-th of the width."""
        from gramsolve.display import terminal
        from gramsolve.display.palette import DARK, TERMINAL

        console = self.console
        palette = DARK if console.is_terminal and console.color_system and not console.no_color else TERMINAL
        if grid.kind == "picture":
            return terminal.picture(grid, columns=self.columns // share, palette=palette, ascii=self.ascii)
        if grid.shape[1] * size[0] <= self.columns:
            return terminal.full(grid, size, palette=palette, ascii=self.ascii)
        return terminal.mini(grid, palette=palette, ascii=self.ascii)


def result(
    task: Task,
    instance: Instance,
    final: Finished,
    command: SolveCommand,
    *,
    several: bool,
    number: int,
    extra: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Print a solved puzzle: board, counts, distinct solutions. ``extra`` is added to its JSON."""
    best = final.best
    if command.as_json:
        from gramsolve.inference.export import document

        print_json({**document(task, instance, final), **extra})
    elif command.quiet:
        answer(task.answer(instance, best.tokens) if best else "", several)
    else:
        screen = Screen(ascii=command.ascii)
        if several:
            screen.print(f"puzzle {number}", style="bold")
        valid = [c for c in final.candidates if c.valid is not False]
        screen.context(task, instance)
        if best is not None and best not in valid:
            screen.print("no valid board; the best attempt:")
        screen.candidates(task, instance, [(best, "")] if best is not None else [], size=(3, 1))
        screen.print(sentence(final))
        if best is not None and best.assumed is not None:
            screen.print(_assumption(task, instance, best))
        shown = valid[: command.max_solutions]
        if len(valid) > 1:
            more = f", the first {len(shown)}" if len(shown) < len(valid) else ""
            kind = "answers" if final.valid is None else "solutions"
            screen.print(f"\ndistinct {kind}{more}:")
            captioned = [(c, f"x{c.votes}" if c.votes else "in passing") for c in shown]
            screen.candidates(task, instance, captioned)
    if command.output is not None and final.candidates:
        chosen = [c for c in final.candidates if c.valid is not False] or list(final.candidates[:1])
        captions = [f"{c.votes} of {final.trajectories}" for c in chosen]
        save_sheet(task, instance, [c.tokens for c in chosen[: command.max_solutions]], captions, command.output)


def exact(
    task: Task,
    instance: Instance,
    solutions: np.ndarray,
    seconds: float,
    command: SolveCommand,
    *,
    several: bool,
    number: int,
) -> None:
    """Print what the exact solver found: ``solutions`` uint8 [N, L]."""
    boards = [task.answer(instance, row) for row in solutions[: command.max_solutions]]
    if command.as_json:
        print_json(
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
    if command.quiet:
        answer(boards[0] if boards else "", several)
        return
    from gramsolve.tasks.drawing import View

    screen = Screen(ascii=command.ascii)
    if several:
        screen.print(f"puzzle {number}", style="bold")
    views = [View(row) for row in solutions[: command.max_solutions]]
    screen.views(task, instance, views, [""] * len(views))
    plural = "" if len(solutions) == 1 else "s"
    screen.print(f"{len(solutions):,} solution{plural} by exact search, {seconds * 1000:.2f} ms")


def _assumption(task: Task, instance: Instance, candidate: Candidate) -> str:
    """``found by assuming row 3, column 4: 7``: what the trajectory took as given beside the puzzle's own cells."""
    import numpy as np

    from gramsolve.inference.hint import cell_in_words

    assert candidate.assumed is not None
    cells = np.flatnonzero(candidate.assumed)
    words = [cell_in_words(task, instance, int(cell), int(candidate.assumed[cell])) for cell in cells]
    return f"found by assuming {'; '.join(words)}"


def line(task: Task, instance: Instance, final: Finished, *, number: int, of: int, words: str = "") -> None:
    """Print one puzzle of many: ``  12  solved  19/20  8571...``, with the answer if it takes one line."""
    best = final.best
    solved = best is not None and best.valid is not False
    right = final.valid if final.valid is not None else best.votes if best else 0
    answer = task.answer(instance, best.tokens) if best is not None and solved else ""
    parts = [f"{number:>{len(str(of))}}", "solved  " if solved else "unsolved"]
    parts.append(f"{right:>{len(str(final.trajectories))}}/{final.trajectories}")
    parts += [part for part in (answer if "\n" not in answer else "", words) if part]
    click.echo("  ".join(parts))


def hint(task: Task, instance: Instance, found: Hint | None, command: SolveCommand) -> None:
    """Print one cell in words, ``row 3, column 7: 5``, and how many trajectories agree."""
    if found is None:
        print_json({"hint": None}) if command.as_json else click.echo("nothing is left to fill in")
        return
    from gramsolve.inference.hint import cell_in_words

    words = cell_in_words(task, instance, found.cell, found.token)
    if command.as_json:
        details = {"cell": found.cell, "words": words, "agreeing": found.agreeing, "asked": found.asked}
        print_json({"hint": {**details, "valid": found.valid}})
        return
    click.echo(words)
    if not command.quiet:
        who = "valid trajectories" if found.valid else "trajectories"
        doubt = "" if found.valid else "; none of their boards is known to be right"
        note(f"{found.agreeing} of {found.asked} {who} agree{doubt}")


def answer(text: str, several: bool) -> None:
    """Print an answer alone. One of several that takes more than a line ends with an empty line, as in puzzle files."""
    click.echo(text + ("\n" if several and "\n" in text else ""))


def guesses(task: Task, instance: Instance, captioned: Sequence[tuple[Candidate, str]], *, ascii: bool) -> None:
    """Print what the task shows, then guesses at its answer side by side."""
    screen = Screen(ascii=ascii)
    screen.context(task, instance)
    screen.candidates(task, instance, captioned)


def sentence(final: Finished, *, drawn: bool = False) -> str:
    """``19 of 20 trajectories valid, 7 distinct solutions of 9 (exact), 320 steps, 1.2 s``. ``drawn`` trajectories are
    samples, and are not expected to agree."""
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


def samples(task: Task, instance: Instance, step: Step, *, ascii: bool) -> None:
    """Print all boards of one step side by side, each with its verdict below where there is a validator."""
    from gramsolve.tasks.drawing import View

    screen = Screen(ascii=ascii)
    good, bad = ("ok", "wrong") if screen.ascii else ("✓", "✗")
    views, captions = [], []
    for row, tokens in enumerate(step.tokens):
        violations = None if step.violations is None else step.violations[row]
        views.append(View(tokens, step.confidence[row], violations))
        captions.append("" if step.valid is None else good if step.valid[row] else bad)
    screen.views(task, instance, views, captions)


def show_step(bar: ProgressBar, event: Event, options: SolveOptions) -> None:
    """Move the bar of a run; events that are not steps leave it alone."""
    from gramsolve.inference.events import Step

    if bar.is_shown and isinstance(event, Step):
        valid = 0 if event.valid is None else int(event.valid.sum())
        where = f"round {event.round + 1}, " if options.until != "depth" else ""
        most = options.depth if event.number <= options.depth else options.max_depth
        text = f"{where}step {event.number} of {most}, {valid} of {len(event.tokens)} valid"
        bar.update(event.number, most, text)


def save_sheet(
    task: Task, instance: Instance, boards: Sequence[np.ndarray], captions: Sequence[str], path: Path
) -> None:
    """Draw boards as one PNG, or whatever the file's ending says."""
    from gramsolve.display import image
    from gramsolve.tasks.drawing import View

    size = 360 if len(boards) == 1 else 240
    sheet = image.contact_sheet([task.image(instance, View(b), size) for b in boards], captions)
    try:
        sheet.save(path)
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot write the picture {path}: {error}") from error
    note(f"wrote {path}")


def save_answers(task: Task, instances: Sequence[Instance], ranked: list[list[np.ndarray]], path: Path) -> None:
    """Write the answers, best first for each puzzle, in the task's own file format."""
    from gramsolve import files

    try:
        files.write_bytes(path, task.answers(instances, ranked).encode())
    except OSError as error:
        raise BadInput(f"cannot write the answers to {path}: {error.strerror}") from error
    note(f"wrote {path}")
