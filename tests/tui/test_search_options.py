"""The card of settings: what is typed is what runs, and what makes no sense is said on the spot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static

from gramsolve.inference.options import SolveOptions
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.source import LiveSource
from gramsolve.tui.screens.search_options import SearchChoice, SearchOptionsDialog
from gramsolve.tui.view.view_state import DrawStyle
from tests.fakes.pilot import until

Make = Callable[..., GramsolveApp]


async def controls(pilot: Pilot[None]) -> tuple[SearchOptionsDialog, list[SearchChoice | None]]:
    screen = SearchOptionsDialog(SolveOptions(), "first", ["first", "second"], DrawStyle())
    returned: list[Any] = []
    pilot.app.push_screen(screen, returned.append)
    await until(pilot, lambda: screen.is_mounted and screen.focused)
    return screen, returned


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_what_is_typed_is_returned(make_app: Make, size: tuple[int, int]) -> None:
    async with make_app().run_test(size=size) as pilot:
        _screen, returned = await controls(pilot)
        await pilot.press("ctrl+u", "7", "tab", "ctrl+u", "3", "tab", "ctrl+u", "0", ".", "5", "enter")
        await pilot.pause()
        assert returned == [SearchChoice(SolveOptions(width=7, depth=3, temperature=0.5), None)]


async def test_choices_are_lists(make_app: Make) -> None:
    async with make_app().run_test(size=(100, 40)) as pilot:
        screen, returned = await controls(pilot)
        screen.query_one("#halt", Select).focus()
        await pilot.press("enter")
        assert screen.query_one("#halt", Select).expanded
        await pilot.press("down", "enter")
        await pilot.pause()
        assert not returned and screen.query_one("#halt", Select).value == "head"
        screen.query_one("#checkpoint", Select).value = "second"
        screen.query_one("#width", Input).focus()
        await pilot.press("enter")
        await pilot.pause()
        assert returned == [SearchChoice(SolveOptions(halt="head"), "second")]


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("width", "0", "at least 1"),
        ("depth", "many", "whole number"),
        ("temperature", "-1", "at least 0"),
    ],
)
async def test_nonsense_is_said_and_not_returned(make_app: Make, field: str, text: str, words: str) -> None:
    async with make_app().run_test(size=(100, 40)) as pilot:
        screen, returned = await controls(pilot)
        screen.query_one(f"#{field}", Input).value = text
        await pilot.press("enter")
        await pilot.pause()
        assert not returned and words in str(screen.query_one("#error", Static).render())
        await pilot.press("escape")
        await pilot.pause()
        assert returned == [None]


async def test_selection_is_chosen_from_words_and_a_checkpoint_may_lie_anywhere(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen, returned = await controls(pilot)
        screen.query_one("#rank_by", Select).value = "lprm,vote"
        screen.query_one("#folder", Input).value = "runs/mine/checkpoint"
        await pilot.press("enter")
        await pilot.pause()
        assert returned == [SearchChoice(SolveOptions(rank_by=("lprm", "vote")), "runs/mine/checkpoint")]


async def test_the_arena_runs_again_with_them(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.arena.session.recorder.closed)
        before = app.arena.session
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, SearchOptionsDialog))
        await pilot.press("ctrl+u", "4", "enter")
        await until(pilot, lambda: app.arena.session is not before and app.arena.session.recorder.closed)
        source = app.arena.session.source
        assert isinstance(source, LiveSource) and source.options.width == 4
        assert app.arena.view_state().count == 4
