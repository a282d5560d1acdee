"""A terminal for benchmarks: a program on a pty, what it draws, and when."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from fcntl import ioctl

import harness

SYNC_ASKED, SYNC_KNOWN = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
KIND_ASKED, KIND = b"\x1b[c", b"\x1b[?62;22c"
END_OF_FRAME = b"\x1b[?2026l"
"""Textual brackets what belongs to one repaint when the terminal says that it knows how to wait for it."""
STYLE = re.compile(rb"\x1b\[[0-9;:]*m")

LEAST = [
    "-c",
    """
from textual.app import App
from textual.widgets import Label
class Least(App):
    def compose(self): yield Label("trajectory 0 ")
    def key_l(self): self.query_one(Label).update("trajectory 1 ")
    def key_h(self): self.query_one(Label).update("trajectory 0 ")
Least().run()
""",
]
"""The floor: the least that Textual can do on this machine at this moment."""


class Screen:
    """Runs Python with some words in a terminal of ``size`` columns and lines."""

    def __init__(self, words: Sequence[str], size: tuple[int, int]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.started = time.perf_counter()
        self.child, self.master = pty.fork()
        if self.child == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", GRAMSOLVE_CONFIG=self.folder.name)
            os.execv(sys.executable, [sys.executable, *words])
        ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 10 * size[0], 20 * size[1]))
        self.seen = b""
        self.answered = False
        self.questions = {SYNC_ASKED: SYNC_KNOWN, KIND_ASKED: KIND}

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *error: object) -> None:
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        os.close(self.master)
        self.folder.cleanup()

    def read(self, seconds: float) -> bool:
        """Take in what has been drawn, waiting for it at most so long. False when there was nothing."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        self.seen += os.read(self.master, 1 << 20)
        for question in [question for question in self.questions if question in self.seen]:
            os.write(self.master, self.questions.pop(question))
            self.answered = self.answered or question == SYNC_ASKED
        return True

    def wait(self, *wanted: str, seconds: float = 60.0) -> float:
        """Read until one of some texts has been drawn, and the repaint that holds it is over; the moment it was."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            now = time.perf_counter()
            if END_OF_FRAME in self.seen or not self.answered:
                plain = STYLE.sub(b"", self.seen)
                found = [plain.find(text.encode()) for text in wanted]
                if any(at >= 0 and (not self.answered or END_OF_FRAME in plain[at:]) for at in found):
                    return now
            self.read(0.05)
        raise TimeoutError(f"{' or '.join(wanted)} was not drawn in {seconds} seconds")

    def forget(self) -> None:
        """Take in everything that is still coming, and forget what was drawn."""
        while self.read(0):
            pass
        self.seen = b""

    def press(self, key: str) -> float:
        """Send a key; the moment it was sent."""
        now = time.perf_counter()
        os.write(self.master, key.encode())
        return now


def table(title: str, rows: Sequence[tuple[str, float, str]], *, as_json: bool) -> None:
    """Print figures in milliseconds, each with its goal."""
    about = harness.machine()
    if as_json:
        figures = [{"what": what, "milliseconds": value, "goal": goal} for what, value, goal in rows]
        print(json.dumps({"title": title, "machine": about, "rows": figures}))
        return
    print(f"{title}  ({about['cpu']}, {about['cores']} cores, Python {about['python']})\n")
    for what, value, goal in rows:
        print(f"{what:64} {value:>9,.1f} ms" + (f"   (goal {goal})" if goal else ""))
