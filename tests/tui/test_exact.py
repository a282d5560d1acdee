"""Exact search in the arena: every solution, nothing that only a network could say, and the way back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from gramsolve.inference import recording
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.commands import Commands
from gramsolve.tui.runs.exact import MAX_SHOWN, ExactSource
from gramsolve.tui.runs.source import LiveSource, ReplaySource
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.screens.text import TextView
from gramsolve.tui.widgets.notice import Notice
from gramsolve.tui.widgets.timeline import Timeline
from tests.fakes.catalogue import Rings, ScriptedSampler
from tests.fakes.pilot import settle, until
from tests.fakes.solver import ScriptedQueensSolver
from tests.fakes.task import Board, Queens, placements
from tests.fakes.waiting import PATIENCE

Make = Callable[..., GramsolveApp]
SIZES = [(60, 20), (80, 24), (160, 50)]
OF_A_NETWORK = ("sure", "confidence", "expected", "trajector", "seed", "computing", "loading")


def shown(app: GramsolveApp) -> str:
    """The characters on the screen."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def of(board: tuple[int, ...], task: Queens | None = None) -> GramsolveApp:
    task = task or Queens()
    size = f"{len(board)}x{len(board)}"
    solver = ScriptedQueensSolver(task, size)
    source = LiveSource(lambda: solver, Board(size, "", board), SolveOptions(width=4))
    app = GramsolveApp(task, size, source)
    app.arena.session.source = ExactSource(task, source)
    return app


async def searched(pilot: Pilot[None]) -> None:
    await settle(pilot)
    await pilot.press("X")
    await settle(pilot)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ascii", [False, True])
async def test_all_solutions_and_nothing_of_a_network(make_app: Make, size: tuple[int, int], ascii: bool) -> None:
    app = make_app(ascii=ascii, plain=ascii)
    async with app.run_test(size=size) as pilot:
        await searched(pilot)
        state = app.arena.view_state()
        assert state.instance is not None and state.frame is not None
        every = Queens().enumerate(state.instance, 1000)
        assert every is not None and np.array_equal(state.frame.step.tokens, every)
        text = shown(app)
        assert "exact search" in text and f"all {len(every)} solutions" in text and f"solutions  {len(every)}" in text
        assert not [word for word in OF_A_NETWORK if word in text]
        assert not app.arena.query_one(Timeline).display
        notice = app.arena.query_one(Notice)
        if notice.display:
            assert "No network took part" in str(notice.render()).replace("\n", " ")
        grid = state.grid(0)
        assert grid is not None and all(cell.confidence is None for row in grid.rows for cell in row)
        await pilot.press("right")
        assert app.arena.selected == 1 and "solution 1" in shown(app)


async def test_keys_of_a_network_rest_and_puzzles_change(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        before = app.arena.session.source
        await pilot.press("m", "X")
        await settle(pilot)
        session = app.arena.session
        await pilot.press("r", "w", "W", "c", "o", "m", "f")
        assert app.arena.session is session and app.screen is app.arena and not app.arena.has_class("map")
        assert not app.arena.following
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        text = shown(app)
        assert "No network here" in text and "Every trajectory" not in text
        await pilot.press("escape", "p")
        await settle(pilot)
        state = app.arena.view_state()
        assert state.searched and state.instance is not None and state.instance.name == "no. 1"
        await pilot.press("X")
        await settle(pilot)
        after = app.arena.session.source
        assert isinstance(before, LiveSource) and isinstance(after, LiveSource)
        assert after.load is before.load and after.puzzle() == state.instance
        assert "trajectories  20" in shown(app) and app.arena.query_one(Timeline).display


@pytest.mark.parametrize(
    ("board", "words"),
    [
        ((-1,) * 10, f"the first {MAX_SHOWN} of 724 solutions"),
        ((0, 4, 7, 5, 2, 6, 1, -1), "the one solution"),
        ((0, 1, -1, -1, -1, -1, -1, -1), "no solution: every possibility was tried"),
    ],
)
async def test_many_solutions_one_and_none(board: tuple[int, ...], words: str) -> None:
    app = of(board)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert app.arena.session.recorder.error is None
        assert words in shown(app)
        frames, exact = app.arena.session.recorder.frames, app.arena.session.recorder.exact
        assert exact == len(placements(board)) and (frames[-1].width if frames else 0) == min(MAX_SHOWN, exact)


async def test_a_search_that_gives_up_is_told_in_a_line() -> None:
    class GivesUp(Queens):
        def enumerate(self, instance: Instance, limit: int) -> Tokens | None:
            return None

    app = of((-1,) * 8, GivesUp())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "N-Queens: the exact search gave up on this puzzle" in shown(app)


async def test_keys_work_while_it_searches_and_it_can_be_left() -> None:
    gate, asked = threading.Event(), threading.Event()

    class Slow(Queens):
        def enumerate(self, instance: Instance, limit: int) -> Tokens | None:
            asked.set()
            assert gate.wait(PATIENCE)
            return super().enumerate(instance, limit)

    app = of((-1,) * 8, Slow())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, asked.is_set)
        session = app.arena.session
        assert "searching for all solutions" in shown(app) and "loading" not in shown(app)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("escape", "X")
        assert app.arena.session is not session
        gate.set()
        assert session.join(PATIENCE) and not session.recorder.frames
        await settle(pilot)
        assert not app.arena.view_state().searched


async def test_a_recording_of_it_says_what_it_is(make_app: Make, tmp_path: Path) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await searched(pilot)
        recording.write(tmp_path / "exact.npz", Queens(), app.arena.session.recorder.events)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, TextView))
        read = app.screen.query_one(TextArea).text
        assert "Found by exact search, no network took part." in read and "Solution 0 of 0 to" in read
        assert not [word for word in OF_A_NETWORK if word in read]


async def test_a_replay_can_be_solved_exactly_and_come_back(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        source = ReplaySource(tuple(app.arena.session.recorder.events))
        app.arena.begin(source)
        await searched(pilot)
        assert app.arena.view_state().searched and not app.arena.session.source.live
        await pilot.press("p", "X")
        await settle(pilot)
        assert app.arena.session.source is source and not app.arena.view_state().searched


async def test_it_is_in_the_palette_and_only_where_there_is_one(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        names = [command.name for command in Commands(app.screen)._commands()]
        assert any(name.startswith("Exact search") for name in names)
    rings = Rings()
    app = GramsolveApp(rings, "28x28", ReplaySource(tuple(ScriptedSampler().run(rings.blank("28x28")))))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        session = app.arena.session
        assert not any(command.name.startswith("Exact") for command in Commands(app.screen)._commands())
        await pilot.press("X")
        assert app.arena.session is session


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_snapshot(snap_compare: Callable[..., bool], make_app: Make, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(), terminal_size=size, run_before=searched)
