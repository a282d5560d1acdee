"""The latent map in the arena: shown by a key, honest about places, and a click away from any trajectory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from textual.pilot import Pilot

from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.view.pca import fit_pca
from gramsolve.tui.widgets.latent_map import LatentMap
from gramsolve.tui.widgets.solutions import Solutions
from tests.fakes.pilot import settle

Make = Callable[..., GramsolveApp]


async def show_map(pilot: Pilot[None]) -> None:
    await settle(pilot)
    await pilot.press("m")
    await pilot.pause()
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
@pytest.mark.parametrize("ascii", [False, True])
async def test_every_trajectory_is_where_its_state_is(make_app: Make, size: tuple[int, int], ascii: bool) -> None:
    app = make_app(ascii=ascii)
    async with app.run_test(size=size) as pilot:
        await show_map(pilot)
        chart = app.arena.query_one(LatentMap)
        assert chart.display and chart.content_size.width > 10
        state = app.arena.view_state()
        assert state.frame is not None
        places = np.array(chart._places(state))
        latent = np.concatenate([frame.step.latent for frame in state.frames])
        plane = chart._pca
        assert plane is not None
        expected = fit_pca(latent).axes
        np.testing.assert_allclose(plane.axes.T @ plane.axes, expected.T @ expected, atol=1e-6)
        flat = plane.project(state.frame.step.latent)
        # Cells are linear in the two components, the second upwards, up to half a cell of rounding.
        for axis, sign in ((0, 1), (1, -1)):
            slope, base = np.polyfit(flat[:, axis], places[:, axis], 1)
            assert np.sign(slope) == sign
            assert np.abs(slope * flat[:, axis] + base - places[:, axis]).max() < 1
        lines = chart.render().plain.split("\n")
        assert all(lines[y][x] in ("+x*" if ascii else "✓✗◆") for x, y in places)


async def test_a_click_chooses_and_the_key_brings_the_boards_back(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_map(pilot)
        chart = app.arena.query_one(LatentMap)
        places = chart._places(app.arena.view_state())
        lonely = max(range(20), key=lambda i: min(abs(places[i][0] - x) for k, (x, _) in enumerate(places) if k != i))
        left, top = chart.content_region.x - chart.region.x, chart.content_region.y - chart.region.y
        await pilot.click(LatentMap, offset=(places[lonely][0] + left, places[lonely][1] + top))
        assert app.arena.selected == lonely
        await pilot.press("m")
        await pilot.pause()
        assert not chart.display


async def test_in_a_small_window_the_map_has_the_room_of_the_solutions_too(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(60, 20)) as pilot:
        await show_map(pilot)
        assert app.arena.query_one(LatentMap).content_size.height >= 8
        await pilot.press("m")
        await pilot.pause()
        assert any(panel.display and panel.size.height for panel in app.arena.query(Solutions))


def test_snapshot_of_the_map(snap_compare: Callable[..., bool], make_app: Make) -> None:
    assert snap_compare(make_app(), terminal_size=(100, 30), run_before=show_map)
