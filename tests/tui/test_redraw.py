"""What is drawn piece by piece is what drawing all of it gives, in every way of colouring."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import ControlType
from rich.style import Style
from textual.pilot import Pilot

from gramsolve.display.palette import DARK, LIGHT, Palette
from gramsolve.display.pixels import pixel, tone
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks import Cell, registry
from gramsolve.tui import base_app
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.source import ReplaySource
from gramsolve.tui.view.view_state import shaded
from gramsolve.tui.widgets.boards import Boards
from gramsolve.tui.widgets.trajectory_grid import TrajectoryGrid, TrajectoryScroll
from tests.fakes.pilot import until
from tests.fakes.solver import ScriptedSolver

Shown = dict[tuple[int, int], tuple[str, Style | None]]
CONSOLE = Console(width=300, color_system="truecolor", legacy_windows=False)


class Watched(GramsolveApp):
    """Keeps what a terminal would show after all updates."""

    CSS_PATH: ClassVar[list[Path]] = [Path(base_app.__file__).parent / str(name) for name in base_app.BaseApp.CSS_PATH]  # type: ignore[assignment]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.shown: Shown = {}

    def _display(self, screen: Any, renderable: Any) -> None:
        if screen is self.screen and renderable is not None:
            self.shown |= cells(renderable)
        super()._display(screen, renderable)


def cells(update: Any) -> Shown:
    """Column, line, sign and style of everything that an update writes."""
    found: Shown = {}
    x = y = 0
    for segment in update.__rich_console__(CONSOLE, CONSOLE.options):
        if segment.control:
            for code in segment.control:
                assert code[0] is ControlType.CURSOR_MOVE_TO
                x, y = code[1], code[2]
        elif segment.text == "\n":
            x, y = 0, y + 1
        else:
            found |= {(x + i, y): (sign, segment.style) for i, sign in enumerate(segment.text)}
            x += len(segment.text)
    return found


def whole(app: Watched) -> Shown:
    """The same if all of it is put together now; what is still to be written stays so."""
    found: Shown = {}
    for y, line in enumerate(app.screen._compositor.render_strips()):
        signs = ((sign, segment.style) for segment in line for sign in segment.text)
        found |= {(x, y): cell for x, cell in enumerate(signs)}
    return found


def application(name: str, plain: bool = False) -> Watched:
    task = registry.load(name)
    puzzle = task.generate(task.default_variant, 1, 3, task.difficulties[-1])[0]
    events = list(ScriptedSolver(task, puzzle.variant).run(puzzle, SolveOptions(width=20)))
    return Watched(task, puzzle.variant, ReplaySource(events), plain=plain)


async def opened(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, Watched)
    await until(pilot, lambda: app.arena.session.recorder.closed)
    app.arena.action_seek(0)
    await still(pilot)


async def still(pilot: Pilot[None]) -> None:
    """Wait until the terminal shows all there is to show, which it must in the end."""
    await pilot.pause()
    app = pilot.app
    assert isinstance(app, Watched)
    await until(pilot, lambda: app.shown == whole(app))


async def at_the_top(pilot: Pilot[None]) -> None:
    """Where the trajectories were scrolled to is history and not part of the moment."""
    app = pilot.app
    assert isinstance(app, Watched)
    await still(pilot)
    app.arena.query_one(TrajectoryScroll).scroll_to(y=0, animate=False, force=True)
    await still(pilot)


@pytest.mark.parametrize("plain", [False, True], ids=["colours", "plain"])
@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=["small", "large"])
@pytest.mark.parametrize("name", ["nqueens", "coloring"])
async def test_any_way_to_a_moment_leads_to_the_same_picture(name: str, size: tuple[int, int], plain: bool) -> None:
    chance = random.Random(f"{name}{size}{plain}")
    app = application(name, plain)
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        arena = app.arena
        moves = [
            lambda: arena.action_step(chance.choice([-1, 1])),
            lambda: arena.action_step(1),
            lambda: arena.action_seek(chance.randrange(len(arena.session.recorder.frames) + 1)),
            lambda: arena.action_choose(chance.choice([-1, 1]), chance.choice([-1, 0, 1])),
            lambda: arena.on_trajectory_grid_chosen(TrajectoryGrid.Chosen(chance.randrange(20))),
            arena.action_follow,
            arena.action_map,
        ]
        for _ in range(16):
            for move in chance.choices(moves, [2, 2, 2, 5, 5, 1, 1], k=chance.choice([1, 1, 1, 2])):
                move()
            await still(pilot)
        if arena.has_class("map"):
            arena.action_map()
        if arena.following:
            arena.action_follow()
        await at_the_top(pilot)
        position, selected, shown = arena.playback.position, arena.selected, app.shown
    fresh = application(name, plain)
    async with fresh.run_test(size=size) as pilot:
        await opened(pilot)
        fresh.arena.action_seek(position)
        fresh.arena.on_trajectory_grid_chosen(TrajectoryGrid.Chosen(selected))
        await at_the_top(pilot)
        assert {place: cell for place, cell in shown.items() if cell != fresh.shown[place]} == {}


async def test_every_colour_of_a_theme_is_a_true_one() -> None:
    """Panels of boards leave out the filter that would make it so."""
    app = application("nqueens")
    async with app.run_test(size=(160, 50)) as pilot:
        await opened(pilot)
        for theme in (app.theme, "gramsolve-light", "gramsolve-contrast", "nord"):
            app.theme = theme
            app.arena.action_step(1)
            await still(pilot)
            styles = [style for _, style in app.shown.values() if style is not None]
            assert styles and not any(style.dim for style in styles)
            assert all(color is None or color.triplet for style in styles for color in (style.color, style.bgcolor))


@pytest.mark.parametrize("plain", [False, True])
async def test_no_colour_means_none(monkeypatch: pytest.MonkeyPatch, plain: bool) -> None:
    """Greys in place of colours where Textual makes them, and not even those where the terminal's own are kept."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = application("nqueens", plain)
    async with app.run_test(size=(160, 50)) as pilot:
        await opened(pilot)
        app.arena.action_step(2)
        await still(pilot)
        styles = {style for _, style in app.shown.values() if style is not None}
        colors = [color for style in styles for color in (style.color, style.bgcolor) if color is not None]
        if plain:
            assert all(color.is_default for color in colors)
        else:
            assert colors and all(len(set(color.get_truecolor())) == 1 for color in colors)


@given(st.floats(0, 1, width=32), st.booleans(), st.sampled_from([DARK, LIGHT]))
def test_confidences_of_one_shade_look_the_same(sure: float, filled: bool, palette: Palette) -> None:
    cells = [
        Cell("x" if filled else " ", " ", "guess" if filled else "empty", confidence=float(value))
        for value in (sure, shaded(np.array([sure], np.float32))[0])
    ]
    if sure * 64 % 1 and sure * 40 % 1:  # Not on the very edge of two shades.
        for seen in (pixel, tone):
            assert seen(cells[0], palette) == seen(cells[1], palette)


async def test_a_still_screen_is_not_drawn_again() -> None:
    app = application("nqueens")
    async with app.run_test(size=(160, 50)) as pilot:
        await opened(pilot)
        app.arena.action_step(3)
        await still(pilot)
        app.shown = {}
        app.arena.action_choose(1, 0)
        await until(pilot, lambda: app.shown)
        trajectories = app.arena.query_one(TrajectoryGrid)
        places = [trajectories.place(trajectory).translate(trajectories.region.offset) for trajectory in (0, 1)]
        drawn = {y for x, y in app.shown if trajectories.region.contains(x, y)}
        assert drawn == {y for place in places for y in range(place.y, place.bottom)}
        quiet = [panel for panel in app.arena.query(Boards) if not panel.display or panel.id == "beside"]
        assert not any(panel.region.contains(*spot) for panel in quiet for spot in app.shown)
        assert not any(y in (0, 47, 48, 49) for _, y in app.shown)
