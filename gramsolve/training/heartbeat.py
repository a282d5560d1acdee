"""The heartbeat of a run: one small file in the run directory that watchers read. Light: imports no torch."""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from gramsolve import records
from gramsolve.errors import BadInput

NAME = "progress.json"
State = Literal["running", "saved", "finished", "stopped", "failed"]
HOST = socket.gethostname()


@dataclass(frozen=True)
class Heartbeat:
    """Where a run is; written about once a second.

    Attributes:
        state: ``running``; ``saved`` (ended after a save, before its plan was done) or ``finished``; ``stopped``
            (interrupted without a save) or ``failed`` for the reason in ``words``: both resume from the last save.
        seconds, rate, loss: as in ``TrainingMetrics``; ``loss`` is None before the first update.
        limit: seconds until the time budget ends this chunk of the run, or None.
        pid, birth, host: the process; two processes that had the same number differ in their birth.
        time: when this was written, in seconds since 1970.
    """

    update: int
    updates: int
    seconds: float = 0.0
    rate: float = 0.0
    loss: float | None = None
    limit: float | None = None
    state: State = "running"
    words: str = ""
    pid: int = 0
    birth: str = ""
    host: str = ""
    time: float = 0.0

    @property
    def alive(self) -> bool | None:
        """Whether the process that wrote this still exists; None where that cannot be known from this machine."""
        if self.host != HOST:
            return None
        return exists(self.pid, self.birth)


def write(directory: Path, progress: Heartbeat) -> None:
    """Sign ``progress`` with this process and replace the file in one step. A full disk does not end a run for it."""
    me = os.getpid()
    signed = {**asdict(progress), "pid": me, "birth": _birth(me), "host": HOST, "time": time.time()}
    temporary = directory / f".{NAME}.{me}"
    try:
        # No fsync, unlike what must survive a power cut: a run is not alive after one.
        temporary.write_text(json.dumps(signed))
        temporary.replace(directory / NAME)
    except OSError:
        temporary.unlink(missing_ok=True)


def read(directory: Path) -> Heartbeat | None:
    """The heartbeat written last; None where there is no file, or one that cannot be read."""
    try:
        return records.read_file(Heartbeat, directory / NAME, ignore_unknown=True)
    except (FileNotFoundError, BadInput):
        return None


def exists(pid: int, birth: str = "") -> bool:
    """Whether a process is there that is not a mere entry in the table, and the same that was born at ``birth``."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        pass
    except (OSError, OverflowError):
        return False
    now = _birth(pid)
    return now != "dead" and (not birth or not now or birth == now)


def _birth(pid: int) -> str:
    """When a process started, in ticks since the machine did; "dead" for a zombie, "" where there is no /proc."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "dead" if words[0] in "ZX" else words[19]
    except (OSError, IndexError):
        return ""
