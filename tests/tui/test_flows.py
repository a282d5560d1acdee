"""Whole visits, from home and back to it, with the keyboard alone and with the mouse alone."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea
from textual.widgets._footer import FooterKey

from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.source import LiveSource
from gramsolve.tui.screens.arena import Arena
from gramsolve.tui.screens.compare import Compare
from gramsolve.tui.screens.dialogs import ChoiceDialog, TextDialog
from gramsolve.tui.screens.editor import Editor
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.screens.home import Home
from gramsolve.tui.screens.puzzle_info import PuzzleInfo
from gramsolve.tui.screens.sample import SampleScreen
from gramsolve.tui.screens.search_options import SearchOptionsDialog
from gramsolve.tui.screens.text import TextView
from gramsolve.tui.screens.train import TrainScreen
from gramsolve.tui.widgets.editable_board import EditableBoard
from gramsolve.tui.widgets.footer import KeyFooter
from gramsolve.tui.widgets.latent_map import LatentMap
from gramsolve.tui.widgets.solutions import Solutions, ranked
from gramsolve.tui.widgets.task_tile import TaskTile
from gramsolve.tui.widgets.timeline import Timeline
from gramsolve.tui.widgets.trajectory_grid import TrajectoryGrid
from tests.fakes.catalogue import application
from tests.fakes.pilot import settle, until
from tests.fakes.task import Board, Queens

SIZES = [(80, 24), (160, 50)]


async def at_home(app: GramsolveApp, pilot: Pilot[None]) -> Home:
    screen = app.screen
    assert isinstance(screen, Home)
    await until(pilot, lambda: screen.complete)
    return screen


async def opens(app: GramsolveApp, pilot: Pilot[None], key: str, kind: type) -> None:
    await pilot.press(key)
    await until(pilot, lambda: any(isinstance(screen, kind) for screen in app.screen_stack[-2:]))


def options(app: GramsolveApp) -> LiveSource:
    source = app.arena.session.source
    assert isinstance(source, LiveSource)
    return source


@pytest.mark.parametrize("size", SIZES)
async def test_watch_with_keys_alone(size: tuple[int, int]) -> None:
    app = application()
    async with app.run_test(size=size) as pilot:
        await at_home(app, pilot)
        await pilot.press("1")
        await opens(app, pilot, "w", Arena)
        await settle(pilot)
        last = app.arena.playback.position
        await pilot.press("comma", "comma", "full_stop")
        assert app.arena.playback.position == last - 1

        await opens(app, pilot, "o", SearchOptionsDialog)
        await pilot.press("ctrl+u", "5", "enter")
        await until(pilot, lambda: app.screen is app.arena and app.arena.session.recorder.closed)
        assert app.arena.view_state().count == 5

        await opens(app, pilot, "i", Editor)
        before = options(app).puzzle()
        await pilot.press("ctrl+g", "f2")
        await until(pilot, lambda: app.screen is app.arena and app.arena.session.recorder.closed)
        puzzle = options(app).puzzle()
        assert isinstance(puzzle, Board) and puzzle != before

        await opens(app, pilot, "c", Compare)
        compare = app.screen
        assert isinstance(compare, Compare)
        await until(pilot, lambda: all(session.recorder.closed for session in compare.sessions))
        await pilot.press("e", "escape")
        await until(pilot, lambda: app.screen is app.arena)

        await pilot.press("m")
        assert app.arena.query_one(LatentMap).display and not app.arena.query_one(TrajectoryGrid).region.size
        await pilot.press("m")
        await opens(app, pilot, "g", PuzzleInfo)
        await pilot.press("escape")
        await opens(app, pilot, "question_mark", HelpScreen)
        await pilot.press("escape")
        await opens(app, pilot, "v", TextView)
        assert "Row 1: " in app.screen.query_one(TextArea).text
        await pilot.press("v")
        await until(pilot, lambda: app.screen is app.arena)
        await opens(app, pilot, "escape", Home)


@pytest.mark.parametrize("size", SIZES)
async def test_sample_with_keys_alone(size: tuple[int, int]) -> None:
    app = application()
    async with app.run_test(size=size) as pilot:
        await at_home(app, pilot)
        await pilot.press("2")
        await opens(app, pilot, "s", SampleScreen)
        screen = app.screen
        assert isinstance(screen, SampleScreen)
        await until(pilot, lambda: screen.session.recorder.closed)
        await pilot.press("e", "comma")
        assert screen.playback.position == len(screen.session.recorder.frames) - 1
        await opens(app, pilot, "v", TextView)
        await pilot.press("tab")
        assert "trajectory 1 of 0 to 19" in app.screen.query_one(TextArea).text
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await opens(app, pilot, "escape", Home)


async def test_train_and_back_with_keys_alone() -> None:
    app = application()
    async with app.run_test(size=(80, 24)) as pilot:
        await at_home(app, pilot)
        await pilot.press("1")
        await opens(app, pilot, "t", TrainScreen)
        await until(pilot, lambda: app.screen.is_modal)
        await pilot.press("escape")
        train = app.screen
        await pilot.press("a")
        await until(pilot, lambda: app.screen is not train and app.screen.is_modal)
        assert isinstance(app.screen, TextDialog | ChoiceDialog)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is train)
        await opens(app, pilot, "escape", Home)


async def test_everything_with_the_mouse_alone() -> None:
    app = application()
    async with app.run_test(size=(120, 40)) as pilot:
        home = await at_home(app, pilot)
        tile = next(tile for tile in home.query(TaskTile) if tile.entry.name == "queens")
        await pilot.click(tile, times=2)
        await until(pilot, lambda: isinstance(app.screen, Arena))
        await settle(pilot)
        arena = app.arena
        place = arena.query_one(TrajectoryGrid).place(4)
        await pilot.click(TrajectoryGrid, offset=(place.x + 2, place.y + 1))
        assert arena.selected == 4
        panel = next(panel for panel in arena.query(Solutions) if panel.display)
        state = arena.view_state()
        assert state.frame is not None
        first = ranked(state)[0]
        await pilot.click(panel, offset=(3, 2))
        assert arena.selected == first.trajectory
        await pilot.click(Timeline, offset=(2 + 12, 1))
        assert arena.playback.position == 1

        await click_hint(pilot, "compare")
        await until(pilot, lambda: isinstance(app.screen, Compare))
        await click_hint(pilot, "options(1)")
        await until(pilot, lambda: isinstance(app.screen, SearchOptionsDialog))
        await click_hint(pilot, "cancel")
        await click_hint(pilot, "leave")
        await until(pilot, lambda: app.screen is arena)
        await click_hint(pilot, "edit")
        await until(pilot, lambda: isinstance(app.screen, Editor))
        editor = app.screen
        assert isinstance(editor, Editor)


async def click_hint(pilot: Pilot[None], action: str) -> None:
    await pilot.pause()
    hints = [hint for hint in pilot.app.screen.query(FooterKey) if hint.action == action]
    assert hints, action
    await pilot.click(hints[0])
    await pilot.pause()


async def test_a_click_moves_the_cursor_of_the_editor() -> None:
    from gramsolve.tasks import registry

    task = registry.load("nqueens")
    app = application()
    async with app.run_test(size=(80, 24)) as pilot:
        editor = Editor(task, task.parse(task.example)[0], app.style)
        app.push_screen(editor)
        await until(pilot, lambda: editor.is_mounted and editor.query_one(EditableBoard).region.size)
        board = editor.query_one(EditableBoard)
        # Cells are five columns and two lines: row 2, column 3.
        await pilot.click(board, offset=(2 * 5 + 1, 1 * 2))
        assert editor.cursor == 8 + 2


@pytest.mark.parametrize("width", [40, 160])
async def test_hints_fit_and_never_lose_the_way_out(width: int) -> None:
    app = application()
    async with app.run_test(size=(width, 24)) as pilot:
        await at_home(app, pilot)
        await pilot.press("1")
        await opens(app, pilot, "w", Arena)
        await settle(pilot)
        keys = list(app.screen.query_one(KeyFooter).query(FooterKey))
        assert [key.action for key in keys][-2:] == ["help", "quit"]
        assert all(key.region.right <= width and key.region.size for key in keys)
        assert len(keys) >= 12 or width < 160


async def test_who_has_never_chosen_begins_at_a_task_that_is_trained() -> None:
    from tests.fakes.catalogue import TRAINED

    app = application([info for info in TRAINED if info.task == "rings"])
    async with app.run_test(size=(80, 24)) as pilot:
        home = await at_home(app, pilot)
        assert home.tile is not None and home.tile.entry.name == "rings"
        assert Queens.name in home.entries
