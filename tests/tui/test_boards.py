"""Panels of boards go to the screen by a way of their own: what Textual's way shows, piece by piece, and selectable."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget

from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.widgets.board import BoardPanel
from gramsolve.tui.widgets.boards import Boards
from gramsolve.tui.widgets.trajectory_grid import TrajectoryGrid
from tests.fakes.pilot import settle, until

Make = Callable[..., GramsolveApp]


def signs(strip: Strip) -> list[tuple[str, object, object, bool]]:
    """Every character of a line with what is seen of its style."""
    return [
        (sign, style and style.color, style and style.bgcolor, bool(style and style.bold))
        for text, style, _ in strip
        for sign in text
    ]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (160, 50)])
async def test_a_panel_with_its_border_is_what_textual_would_draw(make_app: Make, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("l")
        await pilot.pause()
        panels = [panel for panel in app.arena.query(Boards) if panel.is_on_screen and panel.region.area]
        assert len(panels) >= 2 and any(panel.styles.gutter.width for panel in panels)
        for panel in panels:
            whole = Region(0, 0, *panel.region.size)
            theirs = [signs(strip) for strip in Widget.render_lines(panel, whole)]
            assert [signs(strip) for strip in panel.render_lines(whole)] == theirs, panel
            part = Region(1, 0, whole.width - 2, whole.height)
            assert [signs(strip) for strip in panel.render_lines(part)] == [line[1:-1] for line in theirs]


async def seen(pilot: Pilot[None], trajectories: TrajectoryGrid) -> str:
    """What the swarm shows now."""
    await pilot.pause()
    return "\n".join(strip.text for strip in trajectories.render_lines(Region(0, 0, *trajectories.region.size)))


async def test_a_step_reaches_the_boards_few_at_a_time_and_a_choice_at_once(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(160, 50)) as pilot:
        arena = app.arena
        await settle(pilot, 3)
        trajectories = arena.query_one(TrajectoryGrid)
        await until(pilot, lambda: not trajectories.held)
        third = await seen(pilot, trajectories)
        await settle(pilot, 1)
        await until(pilot, lambda: not trajectories.held)
        first = await seen(pilot, trajectories)
        assert first != third
        arena.playback.seek(3, len(arena.session.recorder.frames))
        arena.redraw(at_once=False)
        assert trajectories.held and arena.query_one(BoardPanel).state.position == 3
        kept = "\n".join(strip.text for strip in trajectories.render_lines(Region(0, 0, *trajectories.region.size)))
        assert kept == first, "the boards wait for their turn"
        arena.action_choose(1, 0)
        place = trajectories.place(1)
        lines = trajectories.render_lines(Region(0, 0, *trajectories.region.size))
        assert lines[place.y].crop(place.x, place.x + 1).text == "▌", "the choice does not"
        arena.action_choose(-1, 0)
        await until(pilot, lambda: not trajectories.held)
        assert await seen(pilot, trajectories) == third


async def test_a_part_that_comes_after_the_end_is_not_drawn(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(160, 50)) as pilot:
        arena = app.arena
        await settle(pilot, 2)
        arena.playback.seek(3, len(arena.session.recorder.frames))
        arena.redraw(at_once=False)
        await arena.query("*").remove()
        arena._draw_next_part()


async def test_text_on_a_board_is_selected_with_the_mouse(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        board = app.arena.query_one(BoardPanel)
        rows = [board.render_line(y).text for y in range(board.size.height)]
        y = next(number for number, row in enumerate(rows) if row.strip() and "♛" in row)
        at = board.content_region.offset - board.region.offset
        x = rows[y].index("♛")
        before = [signs(strip) for strip in board.render_lines(Region(0, 0, *board.region.size))]
        await pilot.mouse_down(board, offset=(at.x + x, at.y + y))
        await pilot.hover(board, offset=(at.x + x + 3, at.y + y))
        await pilot.mouse_up(board, offset=(at.x + x + 3, at.y + y))
        await pilot.pause()
        chosen = app.screen.get_selected_text()
        assert chosen is not None and chosen.strip() and chosen.strip() in rows[y][x : x + 4]
        after = [signs(strip) for strip in board.render_lines(Region(0, 0, *board.region.size))]
        assert [line for line, old in zip(after, before, strict=True) if line != old], "and it is seen to be"
        assert ["".join(sign for sign, *_ in line) for line in after] == [
            "".join(sign for sign, *_ in line) for line in before
        ]
