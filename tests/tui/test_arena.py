"""The arena under a pilot: every size, every key, every way a run can end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from rich.text import Text
from textual.pilot import Pilot

from gramsolve.errors import Missing
from gramsolve.inference.events import Event
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks.base import Instance
from gramsolve.tasks.drawing import Grid, View
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.source import LiveSource, ReplaySource
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.widgets.board import BoardPanel
from gramsolve.tui.widgets.panel import Panel
from gramsolve.tui.widgets.status_lines import Message
from gramsolve.tui.widgets.timeline import Timeline
from gramsolve.tui.widgets.trajectory_grid import TrajectoryGrid
from tests.fakes.pilot import settle, until
from tests.fakes.solver import ScriptedQueensSolver
from tests.fakes.task import Queens
from tests.fakes.waiting import PATIENCE

Make = Callable[..., GramsolveApp]
SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]


def text_of(app: GramsolveApp, kind: type[Panel], index: int = 0) -> str:
    drawn = list(app.arena.query(kind))[index].render()
    assert isinstance(drawn, Text)
    return drawn.plain


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("variant", ["8x8", "10x10", "16x16"])
async def test_the_whole_board_is_on_screen(make_app: Make, size: tuple[int, int], variant: str) -> None:
    app = make_app(variant)
    if variant == "16x16":
        answers = np.eye(16, dtype=np.uint8).ravel()[None] + 1
        app.arena.plugin.enumerate = lambda instance, limit: answers  # type: ignore[method-assign]
    async with app.run_test(size=size) as pilot:
        await settle(pilot, 5)
        board = app.arena.query_one(BoardPanel)
        lines = text_of(app, BoardPanel).split("\n")
        assert board.region.bottom <= size[1] and board.region.right <= size[0]
        assert len(lines) <= board.content_size.height
        assert max(map(len, lines)) <= board.content_size.width
        assert app.arena.query_one(TrajectoryGrid).region.width > 0


async def test_board_shows_before_the_solver_is_loaded() -> None:
    task, loading = Queens(), threading.Event()

    def load() -> ScriptedQueensSolver:
        loading.wait(PATIENCE)
        return ScriptedQueensSolver(task, "8x8")

    source = LiveSource(load, task.generate("8x8", 1, 0)[0], SolveOptions())
    app = GramsolveApp(task, "8x8", source)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.arena.session.recorder.instance)
        await until(pilot, lambda: "♛" in text_of(app, BoardPanel))
        assert "loading checkpoint" in text_of(app, Message)
        loading.set()
        await settle(pilot)
        assert "16 of 20 valid" in text_of(app, Message)


async def test_plays_pauses_steps_and_seeks(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        arena = app.arena
        await until(pilot, lambda: arena.session.recorder.closed)
        await until(pilot, lambda: arena.playback.position > 0)
        await pilot.press("space")
        assert not arena.playback.playing
        await pilot.press("home")
        assert arena.playback.position == 0
        await pilot.press("full_stop", "n", "right_square_bracket")
        assert arena.playback.position == 3
        await pilot.press("comma")
        assert arena.playback.position == 2
        await pilot.press("e")
        assert arena.playback.position == len(arena.session.recorder.frames)
        assert "16 of 20 trajectories valid · 9 of 16 distinct solutions" in text_of(app, Message)
        await pilot.press("space")
        # Playback begins anew; on a slow machine some steps have passed by now.
        assert arena.playback.playing and arena.playback.position < len(arena.session.recorder.frames)
        level = arena.playback.level
        await pilot.press("plus", "plus", "minus")
        assert arena.playback.level == level + 1


async def test_pausing_freezes_the_picture_and_not_the_work(make_app: Make) -> None:
    gate = threading.Event()
    app = make_app(gate=gate)
    async with app.run_test(size=(80, 24)) as pilot:
        arena = app.arena
        await until(pilot, lambda: len(arena.session.recorder.frames) == 3)
        await pilot.press("space", "home", "n")
        gate.set()
        await until(pilot, lambda: arena.session.recorder.closed)
        assert len(arena.session.recorder.frames) > 3 and arena.playback.position == 1


async def test_chooses_trajectories_by_key_and_by_mouse(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        arena = app.arena
        await settle(pilot)
        await pilot.press("l", "right", "tab")
        assert arena.selected == 3
        assert "✗" in text_of(app, BoardPanel)
        await pilot.press("h", "shift+tab")
        assert arena.selected == 1
        across = arena.query_one(TrajectoryGrid).across
        await pilot.press("j")
        assert arena.selected == 1 + across
        await pilot.press("k")
        assert arena.selected == 1
        place = arena.query_one(TrajectoryGrid).place(8)
        await pilot.click(TrajectoryGrid, offset=(place.x + 2, place.y + 2))
        assert arena.selected == 8
        await pilot.press("f")
        await pilot.pause()
        assert arena.following and arena.selected == arena.view_state().frame.best()
        await pilot.press("h")
        assert not arena.following


async def test_clicking_the_timeline_seeks(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        # Border and padding, then twelve columns of name, then two columns a step.
        await pilot.click(Timeline, offset=(2 + 12 + 4, 1))
        assert app.arena.playback.position == 3


async def test_new_puzzle_reseed_and_width(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        arena = app.arena
        await settle(pilot)
        first = arena.session.recorder
        await pilot.press("r")
        await settle(pilot)
        second = arena.session.recorder
        assert second.started is not None and first.started is not None
        assert second.started.seed == first.started.seed + 1
        assert second.instance == first.instance
        await pilot.press("p")
        await settle(pilot)
        assert arena.session.recorder.instance != first.instance
        await pilot.press("w")
        await settle(pilot)
        assert arena.session.recorder.frames[-1].width == 30
        await pilot.press("W", "W")
        await settle(pilot)
        assert arena.session.recorder.frames[-1].width == 16


async def test_help_names_every_key_and_closes(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        assert app.screen is app.arena
        await pilot.press("t")
        assert app.theme == "gramsolve-light"


async def test_quits_at_once_in_the_middle_of_the_work(make_app: Make) -> None:
    app = make_app(gate=threading.Event())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.arena.session.recorder.frames)
        await pilot.press("q")
    assert app.arena.session.join(PATIENCE), "it ends although its solver is still held"
    assert (app.return_code or 0) == 0


@pytest.mark.parametrize("error", [Missing("no checkpoint for queens 8x8: train one"), ValueError("a [b] c")])
async def test_an_error_is_one_line_on_a_screen_that_still_works(error: Exception) -> None:
    task = Queens()

    def load() -> ScriptedQueensSolver:
        raise error

    app = GramsolveApp(task, "8x8", LiveSource(load, task.generate("8x8", 1, 0)[0], SolveOptions()))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: str(error) in text_of(app, Message))
        assert "\n" not in text_of(app, Message)
        await pilot.press("space", "n", "comma", "e", "l", "f", "question_mark", "escape")
        assert "♛" in text_of(app, BoardPanel)
        await pilot.press("p")
        await until(pilot, lambda: app.arena.session.recorder.error)


async def test_a_task_that_cannot_draw_leaves_the_screen_alive(make_app: Make) -> None:
    app = make_app()

    def broken(instance: Instance, view: View) -> Grid:
        raise KeyError("queen")

    app.arena.plugin.render = broken  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "queens cannot draw this board: KeyError 'queen'" in text_of(app, Message)
        await pilot.press("n", "l", "question_mark", "escape")


async def test_too_small_says_so_and_clears(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(39, 13)) as pilot:
        await pilot.pause()
        small, room = app.arena.query_one("#small"), app.arena.query_one("#room")
        assert small.display and not room.display
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: room.display and not small.display)
        await settle(pilot)
        assert "♛" in text_of(app, BoardPanel)
        await pilot.resize_terminal(30, 10)
        await until(pilot, lambda: small.display)


async def test_a_recording_plays_without_a_solver(pilot_events: list[Event]) -> None:
    app = GramsolveApp(Queens(), "8x8", ReplaySource(pilot_events))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, 4)
        before = app.arena.session
        await pilot.press("p", "r", "w")
        assert app.arena.session is before
        assert app.arena.playback.position == 4


@pytest.fixture
def pilot_events() -> Iterator[list[Event]]:
    task = Queens()
    yield list(ScriptedQueensSolver(task, "8x8").run(task.generate("8x8", 1, 0)[0], SolveOptions(width=6)))


async def test_ascii_mode_draws_nothing_but_ascii(make_app: Make) -> None:
    app = make_app(ascii=True, plain=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        for panel in app.arena.query(Panel):
            drawn = panel.render()
            assert isinstance(drawn, Text) and drawn.plain.isascii(), panel
            for title in (panel.border_title, panel.border_subtitle):
                assert str(title or "").isascii()


async def wait_for_step(pilot: Pilot[None]) -> None:
    await settle(pilot, 9)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_snapshot_in_the_middle(snap_compare: Callable[..., bool], make_app: Make, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(), terminal_size=size, run_before=wait_for_step)


def test_snapshot_of_the_end(snap_compare: Callable[..., bool], make_app: Make) -> None:
    assert snap_compare(make_app(), terminal_size=(80, 24), run_before=settle)
