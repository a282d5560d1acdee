"""The TUI over the shipped checkpoint: a real board solved live."""

from gramsolve import api
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks import registry
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.source import LiveSource
from tests.fakes.pilot import until


async def test_a_real_board_is_solved_while_the_keys_stay_alive() -> None:
    task = registry.load("nqueens")
    puzzle = task.parse(task.example)[0]
    load = lambda: api.load("nqueens", device="cpu", threads=1)  # noqa: E731
    app = GramsolveApp(task, "8x8", LiveSource(load, puzzle, SolveOptions(width=12, seed=3)))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.arena.session.recorder.finished is not None)
        final = app.arena.session.recorder.finished
        assert final is not None and final.valid is not None and final.valid >= 10
        await pilot.press("e")
        await pilot.pause()
        frame = app.export_screenshot()
        assert "solutions" in frame and "valid" in frame
        first = app.arena.session
        await pilot.press("p")
        await until(pilot, lambda: app.arena.session is not first and app.arena.session.recorder.finished is not None)
        assert app.arena.session.recorder.error is None
