"""Applications over the stand-in task."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from gramsolve.inference.options import SolveOptions
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.source import LiveSource
from tests.fakes.solver import ScriptedQueensSolver
from tests.fakes.task import Queens


@pytest.fixture
def make_app() -> Callable[..., GramsolveApp]:
    def make(
        variant: str = "8x8",
        width: int = 20,
        gate: threading.Event | None = None,
        ascii: bool = False,
        plain: bool = False,
    ) -> GramsolveApp:
        task = Queens()
        solver = ScriptedQueensSolver(task, variant, gate)
        source = LiveSource(lambda: solver, task.generate(variant, 1, 0)[0], SolveOptions(width=width))
        return GramsolveApp(task, variant, source, ascii=ascii, plain=plain)

    return make
