"""Which run to watch: one of those found, or one whose directory is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from textual.app import App

from gramsolve.tui.screens.dialogs import ChoiceDialog, TextDialog
from gramsolve.tui.training import run_status_text
from gramsolve.tui.training.run_status import RunStatus
from gramsolve.tui.view.view_state import DrawStyle

ELSEWHERE = ""
"""Stands for a path that is typed; no run has an empty path."""


def ask(app: App[Any], runs: Sequence[RunStatus], style: DrawStyle, done: Callable[[Path], object]) -> None:
    """Ask, and call ``done`` with the chosen run directory, if any."""

    def typed(path: str | None) -> None:
        if path is not None:
            done(Path(path).expanduser())

    def chosen(path: str | None) -> None:
        if path == ELSEWHERE:
            app.push_screen(TextDialog("watch a run", "", style, words="the path of a run directory"), typed)
        else:
            typed(path)

    lines = [(str(run.path), run_status_text.list_line(run)) for run in runs]
    if lines:
        app.push_screen(ChoiceDialog("runs", [*lines, (ELSEWHERE, "type a path")], style), chosen)
    else:
        chosen(ELSEWHERE)
