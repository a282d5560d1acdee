"""The answers to puzzles: found, printed in the order of the file, written as they come, counted at the end."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from gramsolve import records
from gramsolve.cli import printing
from gramsolve.cli.terminal import ProgressBar, note, progress_bar
from gramsolve.errors import BadInput
from gramsolve.inference.options import SolveOptions, Until

if TYPE_CHECKING:
    import numpy as np

    from gramsolve.cli.solve import SolveCommand
    from gramsolve.inference.events import Event, Finished
    from gramsolve.inference.policy import Problem
    from gramsolve.inference.solver import Solver
    from gramsolve.inference.verification import Verification
    from gramsolve.tasks.base import Instance
    from gramsolve.tasks.forms import Reading
    from gramsolve.tasks.task import Task

LoadSolver = Callable[[str | None], "Solver"]
"""Variant, or None for that of a named checkpoint -> its solver."""

BOARDS = 8
"""Puzzles at most of which boards are printed; more puzzles get one line each."""

MAX_LINE = 64_000_000
"""Bytes of a line of a results file at most."""


@dataclass
class Results:
    """Takes answers in any order and prints them in the order of the file.

    ``load`` gives the solver of a variant. Puzzles are numbered as in the file, where a bad line has a number too.
    """

    task: Task
    reading: Reading
    command: SolveCommand
    load: LoadSolver
    solved: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    ranked: dict[int, list[np.ndarray]] = field(default_factory=dict)
    puzzles: Sequence[Instance] = field(init=False)
    numbers: Sequence[int] = field(init=False)
    _waiting: dict[int, tuple[Instance, Finished, Verification | None]] = field(default_factory=dict)
    _next: int = 0
    _file: IO[bytes] | None = None

    def __post_init__(self) -> None:
        self.puzzles, self.numbers = self.reading.good, self.reading.numbers

    @property
    def several(self) -> bool:
        return len(self.reading.entries) > 1

    @property
    def lines(self) -> bool:
        """Whether each puzzle is printed as one line instead of its boards."""
        return len(self.puzzles) > BOARDS

    @property
    def code(self) -> int:
        """0 if every puzzle is solved and no answer is wrong, else 1."""
        return int(self.solved < len(self.ranked) or self.verdicts["wrong"] > 0)

    def left(self) -> list[int]:
        """Numbers, from 0, of the puzzles without an answer."""
        return [index for index in range(len(self.puzzles)) if index not in self.ranked]

    def take(self, index: int, instance: Instance, final: Finished) -> None:
        """Take the answer to puzzle ``index``, write it to the file, and print what is next."""
        from gramsolve.inference.export import document

        verdict = None
        if self.command.verify:
            from gramsolve.inference.verification import verify

            verdict = verify(self.task, instance, final)
        self._count(final.best is not None and final.best.valid is not False, verdict.status if verdict else None)
        self.ranked[index] = [candidate.tokens for candidate in final.candidates]
        if self._file is not None:
            line = {
                "number": self.numbers[index],
                **document(self.task, instance, final),
                "tokens": [tokens.tobytes().hex() for tokens in self.ranked[index]],
                **(_verification_json(verdict) if verdict else {}),
            }
            try:
                self._file.write(json.dumps(line, allow_nan=False).encode() + b"\n")
                self._file.flush()
            except OSError as error:
                raise BadInput(
                    f"cannot write to {self.command.results}: {error.strerror}; "
                    "its lines are complete, and the same command resumes from there"
                ) from error
        self._waiting[index] = instance, final, verdict
        self._show()

    def _count(self, solved: bool, status: str | None) -> None:
        self.solved += solved
        if status is not None:
            self.verdicts[status] += 1

    def _show(self) -> None:
        """Print the answers whose predecessors are all printed."""
        while self._next < len(self.puzzles):
            if self._next in self._waiting:
                self._print(self._next)
            elif self._next not in self.ranked:
                return
            self._next += 1

    def _print(self, index: int) -> None:
        number = self.numbers[index]
        if self.command.quiet and not self.command.as_json:
            self._print_gap(self.numbers[index - 1] if index else 0, number)
        instance, final, verdict = self._waiting.pop(index)
        words = sentence(verdict) if verdict else ""
        extra = _verification_json(verdict) if verdict else {}
        for_people = not self.command.quiet and not self.command.as_json
        if self.lines and for_people:
            of = len(self.reading.entries)
            printing.line(self.task, instance, final, number=number, of=of, words=words)
        else:
            several = self.several
            printing.result(self.task, instance, final, self.command, several=several, number=number, extra=extra)
            if words and for_people:
                click.echo(words)

    def _print_gap(self, before: int, after: int) -> None:
        """With --quiet a bad line of the file is an empty line."""
        for _ in range(after - before - 1):
            printing.answer("", self.several)

    def finish(self) -> None:
        """Print the answers that still wait for an earlier one, and the totals. Answers alone have no numbers, so with
        --quiet those after a gap are left out."""
        for index in [] if self.command.quiet else sorted(self._waiting):
            self._print(index)
        if self.command.quiet and not self.command.as_json and self._next == len(self.puzzles):
            self._print_gap(self.numbers[-1], len(self.reading.entries) + 1)
        if self.several:
            note(f"{self.solved:,} of {len(self.puzzles):,} puzzles solved")
            if self.verdicts:
                counts = ", ".join(f"{count:,} {status}" for status, count in self.verdicts.most_common())
                note(f"exact search: {counts}")

    def keep(self, stack: ExitStack, path: Path) -> None:
        """Write answers to ``path`` from now on. Answers of an earlier call of the same command are read first.

        Raises BadInput for a file with other contents.
        """
        heading = self._heading()
        try:
            if path.exists() and path.stat().st_size:
                end = self._read(path, heading)
                self._file = stack.enter_context(path.open("r+b"))
                self._file.truncate(end)
                self._file.seek(end)
            else:
                self._file = stack.enter_context(path.open("wb"))
                self._file.write(json.dumps(heading).encode() + b"\n")
                self._file.flush()
        except OSError as error:
            raise BadInput(f"cannot write the results to {path}: {error.strerror}") from error
        if self.ranked:
            note(f"{len(self.ranked):,} of {len(self.puzzles):,} answers stand in {path} already")
        self._show()

    def _heading(self) -> dict[str, Any]:
        """The first line of the file: what answers depend on. Files with another first line are not continued."""
        texts = "\0".join(self.task.format(instance) for instance in self.puzzles)
        command = self.command
        used: dict[str, Any] = {
            "width": command.width,
            "depth": command.depth,
            "search": command.search,
            "rank_by": ",".join(command.rank_by),
            "halt": command.halt,
            "until": command.until,
            "temperature": command.temperature,
            "augment": command.augment,
            "seed": command.seed,
            "variant": command.variant,
            "checkpoint": command.checkpoint,
            "verify": command.verify,
        }
        if command.rounds is not None:
            used["rounds"] = command.rounds
        return {
            "gramsolve": "results",
            "task": self.task.name,
            "puzzles": hashlib.sha256(texts.encode()).hexdigest(),
            "weights": self._weights(),
            "settings": used,
        }

    def _weights(self) -> list[str]:
        """SHA-256 of every file of weights in use. A name is not enough: a model may be trained again under it."""
        variants = sorted({self.command.variant_for(instance) for instance in self.puzzles}, key=str)
        return [file.sha256 for variant in variants for file in self.load(variant).checkpoint.files.values()]

    def _read(self, path: Path, heading: dict[str, Any]) -> int:
        """Read the answers in a file; returns the offset of the end of its last complete line."""
        import numpy as np

        end = 0
        places = {number: index for index, number in enumerate(self.numbers)}
        with path.open("rb") as file:
            for number, text in enumerate(file):
                if not text.endswith(b"\n"):
                    break  # Incomplete: the run was killed.
                try:
                    line = records.parse(text, "line", max_bytes=MAX_LINE)
                    if number:
                        rows = [np.frombuffer(bytes.fromhex(row), np.uint8) for row in line["tokens"]]
                        index = places[int(line["number"])]
                        if index in self.ranked:
                            raise ValueError(index)
                        self.ranked[index] = rows
                        self._count(bool(line["solved"]), line.get("verified"))
                    elif line.get("gramsolve") != "results":
                        raise ValueError(line)
                except (ValueError, KeyError, TypeError, AttributeError, BadInput):
                    raise BadInput(
                        f"{path}, line {number + 1}, is no result of `gramsolve solve`: name another file"
                    ) from None
                if number == 0 and line != heading:
                    raise BadInput(
                        f"{path} holds results of other puzzles, weights or settings: name another file, or remove it"
                    )
                end += len(text)
        return end


def sentence(verdict: Verification) -> str:
    """``exact search: the same; 1 solution``."""
    words = {
        "same": "the same",
        "wrong": "this is NOT a solution",
        "none": "there is no solution",
        "missed": "there is a solution, but none was found",
        "unknown": "cannot tell",
    }[verdict.status]
    count = verdict.solutions
    return f"exact search: {words}" + ("" if not count else f", of {count:,} solution{'' if count == 1 else 's'}")


def _verification_json(verdict: Verification) -> dict[str, Any]:
    return {"verified": verdict.status, "exact": verdict.solutions}


def solving_bar(puzzles: int = 1, done: int = 0) -> AbstractContextManager[ProgressBar]:
    """The bar of one puzzle, which counts steps, or of several, which counts puzzles."""
    return progress_bar("puzzles", done=done) if puzzles > 1 else progress_bar("thinking", keep=False)


def note_other_weights(solvers: Iterable[Solver]) -> None:
    """Name the checkpoints that could be tried on the puzzles that these solvers did not solve."""
    from gramsolve.checkpoints import store

    for solver in solvers:
        used = solver.checkpoint.info
        others = [i.name for i in store.listing(used.task) if i.variant == used.variant and i.path != used.path]
        if others:
            note(f"other weights may do better: --checkpoint {' or '.join(others)}")


def find_answers(
    puzzles: Sequence[Instance],
    wanted: Sequence[int],
    options: SolveOptions,
    command: SolveCommand,
    load: LoadSolver,
    stop: Callable[[], bool],
    bar: ProgressBar,
) -> Iterator[tuple[int, Instance, Finished]]:
    """Solve the puzzles with the numbers ``wanted``, many in one batch where the options allow it.

    Yields:
        (number from 0, puzzle in the checkpoint's variant, result), not always in order.
    """
    from gramsolve.inference.events import Finished

    together = len(puzzles) > 1 and options.until != Until.ALL and options.max_seconds is None
    variants = {index: command.variant_for(puzzles[index]) for index in wanted}
    for variant in dict.fromkeys(variants.values()):
        solver = load(variant)
        group = {i: solver.problem(puzzles[i], i) for i in wanted if variants[i] == variant}
        if together:
            from gramsolve.inference.batch import solve_many

            for index, final in solve_many(solver, group.values(), options, stop=stop):
                yield index, group[index].instance, final
        else:
            for index, problem in group.items():
                if stop():
                    return
                events = run(solver, problem, options, stop, bar if len(puzzles) == 1 else None)
                if command.record is not None:
                    from gramsolve.inference import recording

                    recording.write(command.record, solver.task, events)
                    note(f"recorded: watch it with `gramsolve tui --replay {command.record}`")
                last = events[-1]
                assert isinstance(last, Finished)
                yield index, problem.instance, last


def run(
    solver: Solver,
    problem: Problem,
    options: SolveOptions,
    stop: Callable[[], bool],
    bar: ProgressBar | None,
) -> list[Event]:
    """All events of one puzzle's run, the last of them Finished."""
    events = []
    for event in solver.run(problem, options, stop=stop):
        events.append(event)
        if bar is not None:
            printing.show_step(bar, event, options)
    return events
