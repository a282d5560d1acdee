"""Boards in words: true to the board, the same for the same moment, and with nothing but letters and figures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.screens.text import TextView
from gramsolve.tui.view import text_description
from tests.fakes.pilot import settle, until
from tests.fakes.task import QUEEN

Make = Callable[..., GramsolveApp]


async def view(pilot: Pilot[None]) -> TextView:
    await pilot.press("v")
    await until(pilot, lambda: isinstance(pilot.app.screen, TextView))
    assert isinstance(pilot.app.screen, TextView)
    return pilot.app.screen


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (160, 50)])
async def test_rows_say_what_the_board_holds(make_app: Make, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        screen = await view(pilot)
        text = screen.query_one(TextArea).text
        assert text.isascii() and not set("│─╭|+") & set(text)
        state = screen.view_state()
        assert state.frame is not None
        tokens = state.frame.step.tokens[0].reshape(8, 8)
        rows = [line for line in text.split("\n") if line.startswith("Row ")]
        assert [row.count("queen") for row in rows] == (tokens == QUEEN).sum(axis=1).tolist()
        assert sum("given queen" in row for row in rows) == 1
        assert "trajectory 0 of 0 to 19: valid" in text


async def test_steps_and_trajectories_by_key_alone(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, 5)
        screen = await view(pilot)
        area = screen.query_one(TextArea)
        assert "Step 5 of 16" in area.text
        await pilot.press("comma")
        assert "Step 4 of 16" in area.text and app.arena.playback.position == 4
        await pilot.press("tab", "tab")
        assert "trajectory 2 of 0 to 19" in area.text
        await pilot.press("shift+tab", "n")
        assert "Step 5 of 16, trajectory 1 of 0 to 19" in area.text
        await pilot.press("0")
        assert "before the first step" in area.text and "given queen" in area.text
        await pilot.press("e", "f")
        frame = screen.view_state().frame
        assert frame is not None and f"trajectory {frame.best()} of" in area.text
        await pilot.press("y")
        assert app.clipboard == area.text


async def test_a_step_says_in_one_line_what_has_changed(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for position in range(2, app.arena.playback.position + 1):
            app.arena.action_seek(position)
            state = app.arena.view_state()
            lines = [
                line for line in text_description.describe(state).split("\n") if line.startswith("Changed since step")
            ]
            assert len(lines) == 1 and state.previous is not None and state.frame is not None
            before, now = state.previous.step.tokens[0], state.frame.step.tokens[0]
            places = np.flatnonzero(before != now)
            for place in places if len(places) <= text_description.MANY else ():
                assert f"row {place // 8 + 1} column {place % 8 + 1}: " in lines[0]
            if not len(places):
                assert lines[0].endswith(": nothing.")


async def test_the_cursor_stays_where_somebody_reads(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, 6)
        screen = await view(pilot)
        area = screen.query_one(TextArea)
        await pilot.press(*["down"] * 6)
        line = area.cursor_location[0]
        assert line > 3
        await pilot.press("comma")
        assert area.cursor_location[0] == line


def test_snapshot(snap_compare: Callable[..., bool], make_app: Make) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await settle(pilot, 9)
        await view(pilot)

    assert snap_compare(make_app(), terminal_size=(80, 24), run_before=run)
