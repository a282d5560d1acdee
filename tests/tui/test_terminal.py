"""A real terminal: signals and quitting leave it as it was."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path

import pytest

from tests.fakes.waiting import PATIENCE

PROGRAM = """
import sys, threading
sys.path.insert(0, {here!r})
from tests.fakes.solver import ScriptedQueensSolver
from tests.fakes.task import Queens
from gramsolve.inference.options import SolveOptions
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.source import LiveSource
task = Queens()
solver = ScriptedQueensSolver(task, "8x8", threading.Event())
source = LiveSource(lambda: solver, task.generate("8x8", 1, 0)[0], SolveOptions())
app = GramsolveApp(task, "8x8", source, signals=True)
app.run()
raise SystemExit(app.return_code or 0)
"""
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


def read_until(master: int, wanted: bytes, seen: bytes = b"") -> bytes:
    """Read what the terminal gets until ``wanted`` comes or the other side closes."""
    end = time.monotonic() + PATIENCE
    while wanted not in seen and time.monotonic() < end:
        if select.select([master], [], [], 0.1)[0]:
            try:
                chunk = os.read(master, 65536)
            except OSError:
                break
            if not chunk:
                break
            seen += chunk
    return seen


def test_closing_the_terminal_ends_the_program() -> None:
    program = PROGRAM.format(here=str(Path(__file__).parents[2]))
    child, master = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.executable, [sys.executable, "-c", program])
    ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    assert b"trajectories" in read_until(master, b"trajectories")
    os.close(master)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 129


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), ("q", 0)], ids=["term", "hup", "q"]
)
def test_leaving_restores_the_terminal(how: signal.Signals | str, code: int) -> None:
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    before = termios.tcgetattr(slave)
    program = PROGRAM.format(here=str(Path(__file__).parents[2]))
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color"},
        start_new_session=True,
    )
    try:
        seen = read_until(master, b"trajectories")
        assert ENTER in seen and b"trajectories" in seen
        begin = time.monotonic()
        if isinstance(how, str):
            os.write(master, how.encode())
        else:
            process.send_signal(how)
        assert LEAVE in read_until(master, LEAVE)
        assert process.wait(PATIENCE) == code
        # On a loaded machine everything takes longer: leaving takes no longer than starting did.
        assert time.monotonic() - begin < max(2.0, begin - started)
        assert termios.tcgetattr(slave)[3] == before[3], "echo and line editing are back"
    finally:
        process.kill()
        process.wait()
        os.close(master)
        os.close(slave)
