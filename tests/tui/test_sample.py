"""The sample screen under a pilot: unconditional boards and pictures, and their counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.text import Text
from textual.pilot import Pilot

from gramsolve.checkpoints import store
from gramsolve.errors import Missing
from gramsolve.inference.options import MAX_DEPTH, SolveOptions
from gramsolve.tasks import registry
from gramsolve.tasks.base import Instance
from gramsolve.tasks.drawing import Grid, View
from gramsolve.tasks.task import Task
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.run_factory import RunFactory
from gramsolve.tui.runs.source import LiveSource
from gramsolve.tui.screens.dialogs import ChoiceDialog
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.screens.sample import SampleScreen
from gramsolve.tui.view import board_fit
from gramsolve.tui.view.view_state import DrawStyle
from gramsolve.tui.widgets.contact_sheet import ContactSheet, choose, lines_for, share
from gramsolve.tui.widgets.panel import Panel
from gramsolve.tui.widgets.sample_status import SampleStatus, distinct
from tests.fakes.catalogue import TRAINED, Rings, application, run_factory
from tests.fakes.pilot import until
from tests.fakes.task import Queens

SIZES = [(80, 24), (160, 50)]


def opened(task: Task, width: int = 6, **options: object) -> GramsolveApp:
    """The application with samples of a task on top of its home."""
    maker = replace(run_factory(), options=SolveOptions(width=width))
    app = application(**options)  # type: ignore[arg-type]
    source, variant = maker.sample(task)
    app.first = SampleScreen(task, variant, source, app.style)
    return app


def sampling(app: GramsolveApp) -> SampleScreen:
    assert isinstance(app.first, SampleScreen)
    return app.first


def said(app: GramsolveApp, kind: type[Panel]) -> str:
    drawn = sampling(app).query_one(kind).render()
    assert isinstance(drawn, Text)
    return drawn.plain


async def ended(pilot: Pilot[None], position: int = 10**6) -> SampleScreen:
    """Wait for the end of the run and stay at a step."""
    screen = sampling(pilot.app)  # type: ignore[arg-type]
    await until(pilot, lambda: screen.session.recorder.closed)
    screen.action_seek(position)
    await pilot.pause()
    return screen


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("task", [Queens(), Rings()], ids=["boards", "pictures"])
async def test_samples_appear_out_of_nothing(task: Task, size: tuple[int, int]) -> None:
    app = opened(task)
    async with app.run_test(size=size) as pilot:
        screen = await ended(pilot, 0)
        nothing = said(app, ContactSheet)
        assert all(f"· {number}" in nothing for number in range(6))
        await pilot.press("n")
        first = said(app, ContactSheet)
        screen.action_seek(10**6)
        await pilot.pause()
        last = said(app, ContactSheet)
        assert nothing != first != last
        sheet = screen.query_one(ContactSheet)
        assert max(map(len, last.split("\n"))) <= sheet.content_size.width
        assert len(last.split("\n")) == sheet.content_size.height
        assert sheet.region.bottom <= size[1], "six are seen at once"


async def test_valid_and_distinct_ones_are_counted() -> None:
    app = opened(Queens(), 20)
    async with app.run_test(size=(160, 50)) as pilot:
        screen = await ended(pilot)
        frame = screen.view_state().frame
        assert frame is not None and frame.valid == 16
        boards = {frame.step.tokens[row].tobytes() for row in range(20) if frame.step.valid[row]}  # type: ignore[index]
        assert distinct(frame) == len(boards)
        assert f"{len(boards)} of 20 samples valid and distinct" in said(app, SampleStatus)
        assert "of nothing" not in said(app, SampleStatus)


async def test_pictures_that_nobody_can_judge_are_counted_too() -> None:
    app = opened(Rings())
    async with app.run_test(size=(80, 24)) as pilot:
        await ended(pilot)
        assert "3 of 6 samples distinct" in said(app, SampleStatus) and "valid" not in said(app, SampleStatus)


async def test_plays_steps_seeks_and_changes_speed() -> None:
    app = opened(Queens())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await ended(pilot)
        playback, last = screen.playback, len(screen.session.recorder.frames)
        await pilot.press("home", "full_stop", "n", "right", "comma")
        assert playback.position == 2
        await pilot.press("e")
        assert playback.position == last
        await pilot.press("space")
        assert playback.playing and playback.position == 0
        level = playback.level
        await pilot.press("plus", "plus", "minus")
        assert playback.level == level + 1


async def test_other_samples_more_and_deeper_ones() -> None:
    app = opened(Queens())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await ended(pilot)
        before = screen.session.recorder
        await pilot.press("r")
        await ended(pilot)
        after = screen.session.recorder
        assert before.started is not None and after.started is not None
        assert after.started.seed == before.started.seed + 1
        await pilot.press("w")
        await ended(pilot)
        assert screen.session.recorder.frames[-1].width == 8
        await pilot.press("W", "W")
        await ended(pilot)
        assert screen.session.recorder.frames[-1].width == 4
        await pilot.press("d", "D", "D")
        await ended(pilot)
        source = screen.session.source
        assert isinstance(source, LiveSource) and source.options.depth == 8
        assert screen.session.recorder.started is not None and screen.session.recorder.started.depth == 8


async def test_without_a_checkpoint_the_screen_offers_to_train() -> None:
    app = application(trained=TRAINED[:2])
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.first.complete)  # type: ignore[attr-defined]
        await pilot.press("2", "s")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        told = app.export_screenshot().replace("&#160;", " ")
        assert "no checkpoint for Rings 28x28" in told and "train one now" in told
        await pilot.press("escape")
        assert isinstance(app.screen, SampleScreen)
        await pilot.press("space", "n", "w", "d", "e", "question_mark", "escape")
        assert isinstance(app.screen, SampleScreen)


async def test_the_screen_is_there_before_the_model() -> None:
    def load(*wanted: object) -> None:
        raise Missing("no checkpoint: train one")

    source, variant = RunFactory(load, SolveOptions(width=4)).sample(Queens())  # type: ignore[arg-type]
    app = application()
    app.first = SampleScreen(Queens(), variant, source, app.style)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "no checkpoint: train one" in said(app, SampleStatus))
        assert "· 3" in said(app, ContactSheet)


async def test_a_task_that_cannot_draw_leaves_the_screen_alive() -> None:
    class Broken(Queens):
        def render(self, instance: Instance, view: View) -> Grid:
            raise KeyError("queen")

    app = opened(Broken())
    async with app.run_test(size=(80, 24)) as pilot:
        await ended(pilot)
        assert "cannot draw" in said(app, SampleStatus)
        await pilot.press("n", "w", "question_mark", "escape")


async def test_help_names_the_keys_of_this_screen() -> None:
    app = opened(Queens())
    async with app.run_test(size=(80, 50)) as pilot:
        await ended(pilot)
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        told = app.export_screenshot().replace("&#160;", " ")
        for words in ("keep a picture", "more samples", "fewer steps", "home: all tasks", "still thinking"):
            assert words in told


async def test_ascii_mode_draws_nothing_but_ascii() -> None:
    for task in (Queens(), Rings()):
        app = opened(task, ascii=True, plain=True)
        async with app.run_test(size=(120, 40)) as pilot:
            screen = await ended(pilot)
            for panel in screen.query(Panel):
                drawn = panel.render()
                assert isinstance(drawn, Text) and drawn.plain.isascii(), panel


# Room


@pytest.mark.parametrize("kind", ["board", "picture"])
@pytest.mark.parametrize("ascii", [False, True])
def test_drawings_have_the_size_they_claim(kind: str, ascii: bool) -> None:
    board = Queens().render(Queens().generate("10x10", 1, 0)[0], View())
    grid = Grid(board.rows, kind=kind)
    for mode in board_fit.modes(grid, ascii=ascii, small=True):
        lines = board_fit.draw(grid, mode, DrawStyle(ascii=ascii))
        assert len(lines) == mode.height and {line.cell_len for line in lines} == {mode.width}
    for columns, rows in ((3, 2), (9, 4), (30, 10), (80, 40)):
        seen = board_fit.preview(grid, columns, rows, DrawStyle(ascii=ascii))
        assert seen and len(seen) <= rows and all(line.cell_len <= columns for line in seen)


def test_the_largest_way_that_shows_all_is_chosen() -> None:
    grid = Queens().render(Queens().generate("8x8", 1, 0)[0], View())
    every = board_fit.modes(grid, ascii=False)
    for count in (1, 4, 16, 50, 100):
        for columns, lines in ((75, 18), (155, 44), (195, 54)):
            mode = choose(every, count, columns, lines)
            larger = every[: every.index(mode)]
            assert all(one.width > columns or lines_for(count, columns, one) > lines for one in larger)
            assert lines_for(count, columns, mode) <= lines or mode == every[-1]
            high, wide = share(count, columns, lines)
            assert high >= 4 and wide >= 8


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("task", [Queens(), Rings()], ids=["boards", "pictures"])
def test_snapshot(snap_compare: Callable[..., bool], task: Task, size: tuple[int, int]) -> None:
    async def middle(pilot: Pilot[None]) -> None:
        await ended(pilot, 8)

    assert snap_compare(opened(task, 12), terminal_size=size, run_before=middle)


@pytest.mark.parametrize(("task", "checkpoint"), [("mnist", "mnist-28x28"), ("sudoku", "sudoku-6x6")])
def test_samples_are_as_deep_as_those_of_the_command_unless_a_depth_is_asked_for(task: str, checkpoint: str) -> None:
    plugin = registry.load(task)
    variant, trained = checkpoint.removeprefix(f"{task}-"), store.read_config(store.find(task, None, checkpoint).path)
    wanted = 64 if plugin.capabilities.conditional else 4 * trained.training.objective.supervision_steps
    for named in (None, checkpoint):
        source, _ = RunFactory(options=SolveOptions(max_depth=MAX_DEPTH)).sample(plugin, variant, named)
        assert source.options.depth == wanted and source.options.max_depth == 0
    source, _ = RunFactory(options=SolveOptions(depth=5)).sample(plugin, variant)
    assert source.options.depth == 5


async def test_the_depth_of_samples_does_not_become_a_habit() -> None:
    app = opened(Queens())
    before = app.preferences.settings.depth
    async with app.run_test(size=SIZES[0]) as pilot:
        await ended(pilot)
        await pilot.press("d")
        await pilot.press("plus", "escape")
        await pilot.pause()
        assert app.preferences.settings.depth == before and app.preferences.settings.width == 6
