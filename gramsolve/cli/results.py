"""The answers to a file of puzzles, as they come: shown in order, written down at once, counted at the end."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gramsolve.cli import common, printing
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    import numpy as np

    from gramsolve.inference.events import Finished
    from gramsolve.inference.verification import Verification
    from gramsolve.tasks.base import Instance
    from gramsolve.tasks.task import Task

BOARDS = 8
"""Puzzles up to which boards are drawn; of more there is a line each."""
SETTINGS = (
    "width",
    "depth",
    "rank_by",
    "halt",
    "until",
    "temperature",
    "augment",
    "seed",
    "variant",
    "checkpoint",
    "verify",
)
"""What answers depend on, beside the puzzles and the weights."""


@dataclass
class Results:
    """Takes answers in any order and shows them in that of the file."""

    task: Task
    puzzles: Sequence[Instance]
    settings: dict[str, Any]
    solved: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    ranked: dict[int, list[np.ndarray]] = field(default_factory=dict)
    _waiting: dict[int, tuple[Instance, Finished, Verification | None]] = field(default_factory=dict)
    _next: int = 0
    _file: IO[bytes] | None = None

    @property
    def several(self) -> bool:
        return len(self.puzzles) > 1

    @property
    def lines(self) -> bool:
        """A line a puzzle, rather than its boards."""
        return len(self.puzzles) > BOARDS

    @property
    def code(self) -> int:
        """0 when everything is solved and nothing is wrong."""
        return int(self.solved < len(self.ranked) or self.verdicts["wrong"] > 0)

    def left(self) -> list[int]:
        """The numbers of the puzzles, from 0, that have no answer yet."""
        return [index for index in range(len(self.puzzles)) if index not in self.ranked]

    def take(self, index: int, instance: Instance, final: Finished) -> None:
        """The answer to puzzle ``index``, which is also written down."""
        from gramsolve.inference.export import document

        verdict = None
        if self.settings["verify"]:
            from gramsolve.inference.verification import verify

            verdict = verify(self.task, instance, final)
        self._count(final.best is not None and final.best.valid is not False, verdict.status if verdict else None)
        self.ranked[index] = [candidate.tokens for candidate in final.candidates]
        if self._file is not None:
            line = {
                "number": index + 1,
                **document(self.task, instance, final),
                "tokens": [tokens.tobytes().hex() for tokens in self.ranked[index]],
                **(_told(verdict) if verdict else {}),
            }
            try:
                self._file.write(json.dumps(line, allow_nan=False).encode() + b"\n")
                self._file.flush()
            except OSError as error:
                raise BadInput(
                    f"cannot write to {self.settings['results']}: {error.strerror}; "
                    "what stands in it is whole, and the same command goes on from there"
                ) from error
        self._waiting[index] = instance, final, verdict
        self._show()

    def _count(self, solved: bool, status: str | None) -> None:
        self.solved += solved
        if status is not None:
            self.verdicts[status] += 1

    def _show(self) -> None:
        """Everything that is next in the file."""
        while self._next < len(self.puzzles):
            if self._next in self._waiting:
                self._print(self._next)
            elif self._next not in self.ranked:
                return
            self._next += 1

    def _print(self, index: int) -> None:
        instance, final, verdict = self._waiting.pop(index)
        words = sentence(verdict) if verdict else ""
        extra = _told(verdict) if verdict else {}
        for_people = not self.settings["quiet"] and not self.settings["as_json"]
        if self.lines and for_people:
            printing.line(self.task, instance, final, number=index + 1, of=len(self.puzzles), words=words)
        else:
            printing.result(
                self.task, instance, final, self.settings, several=self.several, number=index + 1, extra=extra
            )
            if words and for_people:
                common.click.echo(words)

    def tell(self) -> None:
        """What waits for an answer before it that did not come, where its number is printed; and the sum of it all, for
        people."""
        for index in [] if self.settings["quiet"] else sorted(self._waiting):
            self._print(index)
        if self.several:
            common.note(f"{self.solved:,} of {len(self.puzzles):,} puzzles solved")
            if self.verdicts:
                told = ", ".join(f"{count:,} {status}" for status, count in self.verdicts.most_common())
                common.note(f"exact search: {told}")

    # Written down

    def keep(self, stack: ExitStack, path: Path) -> None:
        """Write answers to ``path``, after those that stand there from the same command; those need no new answer.

        Raises BadInput for a file of something else.
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
            common.note(f"{len(self.ranked):,} of {len(self.puzzles):,} answers stand in {path} already")
        self._show()

    def _heading(self) -> dict[str, Any]:
        """What has to be the same for answers to belong together."""
        texts = "\0".join(self.task.format(instance) for instance in self.puzzles)
        used = {name: self.settings[name] for name in SETTINGS}
        if self.settings["rounds"] is not None:
            used["rounds"] = self.settings["rounds"]
        return {
            "gramsolve": "results",
            "task": self.task.name,
            "puzzles": hashlib.sha256(texts.encode()).hexdigest(),
            "weights": self._weights(),
            "settings": used,
        }

    def _weights(self) -> list[str]:
        """The SHA-256 of every file of weights that answers come from: names stay when a model is trained again."""
        from gramsolve.checkpoints import store

        named = self.settings["variant"], self.settings["checkpoint"]
        variants = [named[0]] if any(named) else sorted({instance.variant for instance in self.puzzles})
        paths = [store.find(self.task.name, variant, named[1]).path for variant in variants]
        return [file["sha256"] for path in paths for file in store.read_config(path)["files"].values()]

    def _read(self, path: Path, heading: dict[str, Any]) -> int:
        """Take in the answers that stand in a file; the place where its last whole line ends."""
        import numpy as np

        end = 0
        with path.open("rb") as file:
            for number, text in enumerate(file):
                if not text.endswith(b"\n"):
                    break  # The end of a run that was killed.
                try:
                    line = json.loads(text)
                    if number:
                        rows = [np.frombuffer(bytes.fromhex(row), np.uint8) for row in line["tokens"]]
                        index = int(line["number"]) - 1
                        if index in self.ranked or not 0 <= index < len(self.puzzles):
                            raise ValueError(index)
                        self.ranked[index] = rows
                        self._count(bool(line["solved"]), line.get("verified"))
                    elif line.get("gramsolve") != "results":
                        raise ValueError(line)
                except (ValueError, KeyError, TypeError, AttributeError):
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


def _told(verdict: Verification) -> dict[str, Any]:
    return {"verified": verdict.status, "exact": verdict.solutions}
