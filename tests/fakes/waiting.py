"""Waiting for a state instead of a time, and holding a process where a test wants it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

PATIENCE = 900.0
"""Seconds after which something has gone wrong. No test depends on it: it only ends what would hang."""


def wait_until(condition: Callable[[], object], *, complaint: Callable[[], object] = lambda: "waited in vain") -> None:
    """Sleep until ``condition`` holds; ``complaint`` says what there is instead when it never does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, complaint()
        time.sleep(0.02)


def with_startup_code(folder: Path, code: str, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Environment in which every Python process, and all that it starts, runs ``code`` before anything else."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(code)
    path = os.pathsep.join([str(folder), *filter(None, [environment.get("PYTHONPATH")])])
    return {**environment, "PYTHONPATH": path}


def held_until(path: Path, condition: str = "True") -> str:
    """Code for ``with_startup_code``: a process for which ``condition`` holds says so by ``PATH.arrived``, and waits
    until ``PATH`` exists."""
    return f"""
import os, pathlib, time
if {condition}:
    pathlib.Path({str(path)!r} + ".arrived").write_text(str(os.getpid()))
    while not pathlib.Path({str(path)!r}).exists():
        time.sleep(0.02)
"""


def arrival(path: Path) -> int | None:
    """Number of the process that waits for ``path``; None before one does."""
    try:
        text = Path(f"{path}.arrived").read_text()
    except FileNotFoundError:
        return None
    return int(text) if text else None
