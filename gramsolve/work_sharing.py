"""Work cut into parts that several processes share.

A part is one file of arrays, written whole. So the union of all parts is the same whoever did which, a lost process
costs no more than the part it was at, and what was done once is not done again when the same command is given later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gramsolve import files
from gramsolve.errors import BadInput, OutOfTime

Arrays = Mapping[str, np.ndarray]
WAIT_SECONDS = 0.1


def _true() -> bool:
    return True


def _false() -> bool:
    return False


@dataclass(frozen=True)
class WorkShare:
    """This process's share of some work.

    Attributes:
        folder: where parts are kept, one for all processes; None keeps them in memory.
        rank, size: this process's number, from 0, and how many there are; number 0 leads.
        others_ended: whether all others have ended, so that the leader does what they left.
        stop: asked between parts, after one has been done; True ends the work, which can be gone on with later.
    """

    folder: Path | None = None
    rank: int = 0
    size: int = 1
    others_ended: Callable[[], bool] = _true
    stop: Callable[[], bool] = _false

    @property
    def is_leader(self) -> bool:
        return self.rank == 0


UNSHARED = WorkShare()


class SharedWork:
    """The parts of one piece of work, ``count`` of them. ``key`` tells it from all other work in the same folder."""

    def __init__(self, share: WorkShare, key: str, count: int) -> None:
        self.share, self.key, self.count = share, key, count
        self.kept: dict[int, Arrays] = {}
        self.did = 0
        if share.folder is not None:
            try:
                share.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise BadInput(f"cannot create the folder {share.folder}: {error.strerror}") from error

    def work(self, do: Callable[[int], Arrays], on_progress: Callable[[int, int], None] | None = None) -> None:
        """Do this process's parts; the leader returns when all are there.

        Raises OutOfTime when the share's ``stop`` says so before that, and BadInput when a part cannot be written.
        """
        share, tell = self.share, on_progress or (lambda done, total: None)
        for number in range(share.rank, self.count, share.size):
            self._do(number, do)
            tell(self.done(), self.count)
        while share.is_leader and (missing := self.missing()):
            if share.others_ended():
                self._do(missing[0], do)
            else:
                self._go_on()
                time.sleep(WAIT_SECONDS)
            tell(self.done(), self.count)

    def _do(self, number: int, do: Callable[[int], Arrays]) -> None:
        if not self._is_there(number):
            if self.did:  # However short a sitting is, it does something.
                self._go_on()
            self._write(number, do(number))
            self.did += 1

    def _go_on(self) -> None:
        if self.share.stop():
            where = "" if self.share.folder is None else f" in {self.share.folder}; the same command goes on from there"
            raise OutOfTime(f"out of time: {self.done()} of {self.count} parts are done{where}")

    def read(self, number: int) -> Arrays:
        """A part that is there. Raises BadInput when its file is damaged."""
        if self.share.folder is None:
            return self.kept[number]
        path = self._path(self.share.folder, number)
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return dict(arrays)
        except Exception as error:  # zipfile and numpy answer damaged files with a dozen kinds of exceptions
            raise BadInput(f"{path} is damaged: remove it, and give the same command again") from error

    def done(self) -> int:
        """How many parts are there."""
        return self.count - len(self.missing())

    def missing(self) -> list[int]:
        """Numbers of the parts that are not there yet."""
        if self.share.folder is None:
            return [number for number in range(self.count) if number not in self.kept]
        there = {path.name for path in self.share.folder.iterdir()}
        return [n for n in range(self.count) if self._path(self.share.folder, n).name not in there]

    def _is_there(self, number: int) -> bool:
        return number in self.kept if self.share.folder is None else self._path(self.share.folder, number).exists()

    def _write(self, number: int, arrays: Arrays) -> None:
        if self.share.folder is None:
            self.kept[number] = arrays
            return
        path = self._path(self.share.folder, number)
        try:
            with files.replacing(path) as temporary, temporary.open("wb") as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]
        except OSError as error:
            raise BadInput(f"cannot write {path}: {error.strerror or error}") from error

    def _path(self, folder: Path, number: int) -> Path:
        return folder / f"{self.key}-{number:06}.npz"
