"""Which run to watch: one of those found, or one whose directory is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from textual.app import App

from gramsolve.tui import saying
from gramsolve.tui.moment import Look
from gramsolve.tui.screens.choose import Ask, Choose
from gramsolve.tui.snapshot import Snapshot

ELSEWHERE = ""
"""No run can have this path."""


def ask(app: App[Any], runs: Sequence[Snapshot], look: Look, done: Callable[[Path], object]) -> None:
    """Put the question; ``done`` gets the answer, if there is one."""

    def typed(path: str | None) -> None:
        if path is not None:
            done(Path(path).expanduser())

    def chosen(path: str | None) -> None:
        if path == ELSEWHERE:
            app.push_screen(Ask("watch a run", "", look, words="the path of a run directory"), typed)
        else:
            typed(path)

    lines = [(str(run.path), saying.line(run)) for run in runs]
    if lines:
        app.push_screen(Choose("runs", [*lines, (ELSEWHERE, "type a path")], look), chosen)
    else:
        chosen(ELSEWHERE)
