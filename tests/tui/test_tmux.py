"""A terminal as people have it: the program inside tmux, typed at, resized and left; skipped where tmux is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.waiting import wait_until

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

ROOT = Path(__file__).resolve().parents[2]

PROMPT = "ready>"


def prompted(screen: str) -> bool:
    """The shell waits for a command."""
    return screen.rstrip().endswith(PROMPT)


class Terminal:
    """One tmux server of its own with one window, in which a shell runs."""

    def __init__(self, socket: Path, environment: dict[str, str]) -> None:
        self.socket, self.environment = socket, environment

    def tmux(self, *words: str) -> str:
        command = ["tmux", "-S", str(self.socket), "-f", "/dev/null", *words]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True).stdout

    def type(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    @property
    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def shows(self, condition: Callable[[str], object]) -> str:
        """The screen, once it is as ``condition`` wants it."""
        screen = ""

        def shown() -> object:
            nonlocal screen
            screen = self.screen
            return condition(screen)

        wait_until(shown, complaint=lambda: screen)
        return screen


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_one(**variables: str) -> Terminal:
        path = os.pathsep.join([str(ROOT), str(ROOT / "plugins")])
        usual = {key: value for key, value in os.environ.items() if key not in ("TMUX", "NO_COLOR", "COLUMNS", "LINES")}
        ours = {"PYTHONPATH": path, "GRAMSOLVE_CONFIG": str(tmp_path), "OMP_NUM_THREADS": "1"}
        made = Terminal(tmp_path / "tmux", {**usual, **ours, **variables})
        # A shell asked for nothing but its prompt, so that what the program leaves behind can be seen.
        made.tmux("new-session", "-d", "-x", "80", "-y", "24", "/bin/sh")
        opened.append(made)
        made.type(f"PS1='{PROMPT} '", "Enter")
        made.shows(prompted)
        return made

    yield open_one
    for one in opened:
        subprocess.run(["tmux", "-S", str(one.socket), "kill-server"], capture_output=True, check=False)


def start(window: Terminal, *before: str) -> None:
    window.type(f"{' '.join(before)} {sys.executable} -m gramsolve tui nqueens; echo left $?".strip(), "Enter")
    window.shows(lambda screen: "of 20" in screen and "valid" in screen)


def test_a_visit_from_the_prompt_and_back_to_it(terminal: Callable[..., Terminal]) -> None:
    window = terminal()
    start(window)
    window.type("e")
    done = window.shows(lambda screen: "✓ 20 of 20" in screen or "trajectories valid" in screen)
    assert "♛" in done and "solutions" in done
    last = step_of(done)
    window.type(",")
    window.shows(lambda screen: step_of(screen) == last - 1)
    window.tmux("resize-window", "-x", "120", "-y", "40")
    # The screen is drawn in parts: the line of the transport comes last.
    wide = window.shows(lambda screen: wider(screen, 100) and step_of(screen) >= 0)
    assert step_of(wide) == last - 1
    window.type("v")
    window.shows(lambda screen: "Row 8:" in screen)
    window.type("v")
    window.shows(lambda screen: "timeline" in screen)
    window.type("C-c")
    end = window.shows(lambda screen: prompted(screen) and "left " in screen.replace("echo left", ""))
    assert "left 130" in end
    # The shell's own screen is back, and it echoes what is typed.
    assert window.tmux("display", "-p", "#{alternate_on}").strip() == "0"
    window.type("echo back-$((40+2))", "Enter")
    window.shows(lambda screen: "back-42" in screen and "echo back-$((40+2))" in screen)


def wider(screen: str, columns: int) -> bool:
    return any(len(line.rstrip()) > columns for line in screen.splitlines())


def step_of(screen: str) -> int:
    """The number after ``step`` on the line of the transport."""
    for line in screen.splitlines():
        if " step " in line and " of 16" in line:
            return int(line.split(" step ")[1].split(" of ")[0])
    return -1


def test_without_colours_nothing_is_coloured(terminal: Callable[..., Terminal]) -> None:
    window = terminal()
    start(window, "env", "NO_COLOR=1")
    window.type("e")
    window.shows(lambda screen: "trajectories valid" in screen or "✓ 20 of 20" in screen)
    coloured = window.tmux("capture-pane", "-p", "-e")
    assert "38;2;" not in coloured and "48;2;" not in coloured
    window.type("q")
    end = window.shows(lambda screen: prompted(screen) and "left 0" in screen)
    assert "trajectories" not in end and "♛" not in end, "nothing of the boards is left"
