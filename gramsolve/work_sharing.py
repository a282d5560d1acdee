"""Work that several processes, or several calls of one command, share through files.

Work is cut into numbered parts, and each finished part is one file of arrays, written atomically. The result does not
depend on which process did which part, a lost process loses one part at most, and a later call skips finished parts.
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
    """The part of some work that this process does.

    Attributes:
        folder: directory of the finished parts, common to all processes; None keeps them in memory.
        rank, size: number of this process, from 0, and number of processes; process 0 leads.
        others_ended: returns whether all other processes have ended; then the leader does the missing parts.
        stop: called between parts, after the first one; True ends the work, which a later call resumes.
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
    """One piece of work of ``count`` parts. ``key`` distinguishes its files from those of other work in the folder."""

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
        """Do the parts of this process: ``do(number)`` gives the arrays of a part.

        The leader returns when all parts are finished, any other process after its own parts.

        Raises OutOfTime when ``share.stop`` returns True before, and BadInput when a part cannot be written.
        """
        share, report = self.share, on_progress or (lambda done, total: None)
        for number in range(share.rank, self.count, share.size):
            self._do(number, do)
            report(self.done(), self.count)
        while share.is_leader and (missing := self.missing()):
            if share.others_ended():
                self._do(missing[0], do)
            else:
                self._check_stop()
                time.sleep(WAIT_SECONDS)
            report(self.done(), self.count)

    def _do(self, number: int, do: Callable[[int], Arrays]) -> None:
        if not self._is_there(number):
            if self.did:  # Every call does at least one part, however short its time limit is.
                self._check_stop()
            self._write(number, do(number))
            self.did += 1

    def _check_stop(self) -> None:
        if self.share.stop():
            where = "" if self.share.folder is None else f" in {self.share.folder}; the same command resumes from there"
            raise OutOfTime(f"out of time: {self.done()} of {self.count} parts are done{where}")

    def read(self, number: int) -> Arrays:
        """The arrays of a finished part. Raises BadInput when its file is damaged."""
        if self.share.folder is None:
            return self.kept[number]
        path = self._path(self.share.folder, number)
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return dict(arrays)
        except Exception as error:  # zipfile and numpy raise a dozen kinds of exceptions for damaged files
            raise BadInput(f"{path} is damaged: remove it, and give the same command again") from error

    def done(self) -> int:
        """Number of finished parts."""
        return self.count - len(self.missing())

    def missing(self) -> list[int]:
        """Numbers of the parts that are not finished."""
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
