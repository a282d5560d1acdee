"""The heartbeat of a run: one small file from which a viewer sees where the run is. Light: imports no torch."""

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

NAME = "heartbeat.json"
State = Literal["running", "saved", "finished", "stopped", "failed"]
HOST = socket.gethostname()


@dataclass(frozen=True)
class Heartbeat:
    """Where a run is; written about once a second.

    Attributes:
        state: ``running``; ``saved`` (the session ended, the plan did not); ``finished``; ``stopped`` (interrupted) or
            ``failed`` for the reason in ``words``. A run that is stopped or failed resumes from its last save.
        seconds, rate, loss: as in ``TrainingMetrics``; ``loss`` is None before the first update.
        limit: seconds until the time budget ends this session, or None.
        pid, started, host: the process; two processes with the same number differ in ``started``.
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
    started: str = ""
    host: str = ""
    time: float = 0.0

    @property
    def alive(self) -> bool | None:
        """Whether the process that wrote this still exists; None where that cannot be known from this machine."""
        if self.host != HOST:
            return None
        return exists(self.pid, self.started)


def write(directory: Path, progress: Heartbeat) -> None:
    """Replace the heartbeat by ``progress``, signed with this process. A full disk does not end the run."""
    me = os.getpid()
    signed = {**asdict(progress), "pid": me, "started": _started(me), "host": HOST, "time": time.time()}
    temporary = directory / f".{NAME}.{me}"
    try:
        # No fsync: the run does not survive a power cut, so its heartbeat need not.
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


def exists(pid: int, started: str = "") -> bool:
    """Whether the process ``pid`` runs (a zombie does not), and started at ``started`` where both are known."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        pass
    except (OSError, OverflowError):
        return False
    now = _started(pid)
    return now != "zombie" and (not started or not now or started == now)


def _started(pid: int) -> str:
    """When a process started, in ticks since the boot; "zombie" for a zombie, "" where there is no /proc."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "zombie" if words[0] in "ZX" else words[19]
    except (OSError, IndexError):
        return ""
