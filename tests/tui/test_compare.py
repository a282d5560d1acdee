"""Two runs of one puzzle side by side: in lockstep, counted honestly, left without a trace."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from gramsolve.inference.options import SolveOptions
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.comparison import Side, guidance_on_and_off, named_by_difference
from gramsolve.tui.runs.source import LiveSource
from gramsolve.tui.screens.compare import Compare
from gramsolve.tui.screens.search_options import SearchOptionsDialog
from gramsolve.tui.screens.text import TextView
from gramsolve.tui.widgets.solution_race import SolutionRace
from gramsolve.tui.widgets.trajectory_grid import TrajectoryGrid
from tests.fakes.pilot import settle, until
from tests.fakes.solver import ScriptedQueensSolver
from tests.fakes.task import Queens
from tests.fakes.waiting import PATIENCE

Make = Callable[..., GramsolveApp]


def source(gate: threading.Event | None = None, **options: Any) -> LiveSource:
    task = Queens()
    solver = ScriptedQueensSolver(task, "8x8", gate)
    return LiveSource(lambda: solver, task.generate("8x8", 1, 0)[0], SolveOptions(**{"width": 12, **options}))


async def compare(pilot: Pilot[None], *sources: LiveSource) -> Compare:
    """The screen over the arena, with both runs complete unless a gate holds them."""
    app = pilot.app
    assert isinstance(app, GramsolveApp)
    left, right = (Side(name, source) for name, source in zip(("this", "that"), sources, strict=True))
    screen = Compare(Queens(), "8x8", (left, right), app.arena.style)
    app.push_screen(screen)
    await until(pilot, lambda: screen.is_mounted and all(s.recorder.frames for s in screen.sessions))
    return screen


async def done(pilot: Pilot[None], screen: Compare) -> None:
    await until(pilot, lambda: all(session.recorder.closed for session in screen.sessions))
    await pilot.press("e")


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
@pytest.mark.parametrize("ascii", [False, True])
async def test_both_runs_are_on_screen_with_their_counts(make_app: Make, size: tuple[int, int], ascii: bool) -> None:
    app = make_app(ascii=ascii, plain=ascii)
    async with app.run_test(size=size) as pilot:
        screen = await compare(pilot, source(), source(width=1))
        await done(pilot, screen)
        drawn = screen.query_one(SolutionRace).render().plain
        assert "this" in drawn and "that" in drawn and (drawn.isascii() or not ascii)
        ends = [session.recorder.frames[-1] for session in screen.sessions]
        counts = [len(frame.answers) for frame in ends]
        assert counts[0] > counts[1]
        for line, name, count in zip(drawn.split("\n")[-3::2] or [], ("this", "that"), counts, strict=False):
            if name in line:
                assert line.rstrip().endswith(str(count))
        for trajectories, frame in zip(screen.query(TrajectoryGrid), ends, strict=True):
            assert trajectories.state is not None and trajectories.state.count == frame.width


async def test_the_counts_of_long_runs_fit_the_screen(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen = await compare(pilot, source(depth=120), source(depth=16))
        await done(pilot, screen)
        race = screen.query_one(SolutionRace)
        drawn = race.render().plain.split("\n")
        assert all(len(line) <= race.content_size.width for line in drawn)
        for name, session in zip(("this", "that"), screen.sessions, strict=True):
            (line,) = [line for line in drawn if name in line]
            assert line.endswith(str(len(session.recorder.frames[-1].answers)))


async def test_the_slower_side_holds_the_faster_one_back(make_app: Make) -> None:
    gate = threading.Event()
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await compare(pilot, source(), source(gate))
        await until(pilot, lambda: screen.sessions[0].recorder.closed)
        await pilot.press("e")
        slow = screen.sessions[1].recorder.frames
        assert screen.playback.position == len(slow) < len(screen.sessions[0].recorder.frames)
        assert screen.state_of(screen.sessions[0]).position == len(slow)
        gate.set()
        await done(pilot, screen)
        assert screen.playback.position > len(slow[:3])


async def test_keys_move_both_and_ask_both_for_more(make_app: Make) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await compare(pilot, source(), source(seed=5))
        await done(pilot, screen)
        await pilot.press("home", "n", "n", "comma")
        assert [screen.state_of(session).position for session in screen.sessions] == [1, 1]
        await pilot.press("w")
        assert [side.source.options.width for side in screen.sides] == [16, 16]
        await pilot.press("r")
        assert [side.source.options.seed for side in screen.sides] == [1, 6]
        await pilot.press("p")
        await until(pilot, lambda: all(session.recorder.instance for session in screen.sessions))
        assert screen.sessions[0].recorder.instance == screen.sessions[1].recorder.instance
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is pilot.app.arena  # type: ignore[attr-defined]
        assert all(session.join(PATIENCE) for session in screen.sessions)


async def test_the_arena_compares_its_own_run(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, Compare))
        assert isinstance(app.screen, Compare)
        on, off = (side.source for side in app.screen.sides)
        assert isinstance(app.arena.session.source, LiveSource)
        assert on.options.temperature == 1 and off.options == replace(on.options, temperature=0)
        assert on.puzzle() == off.puzzle() == app.arena.session.source.puzzle()


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_each_side_has_settings_of_its_own(make_app: Make, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, Compare))
        screen = app.screen
        assert isinstance(screen, Compare)
        await done(pilot, screen)
        left, right = screen.sides
        await pilot.press("2")
        await until(pilot, lambda: isinstance(app.screen, SearchOptionsDialog))
        await pilot.press("ctrl+u", "3", "tab", "tab", "ctrl+u", "1", "tab", "ctrl+u", "7", "enter")
        await until(pilot, lambda: app.screen is screen)
        await done(pilot, screen)
        assert screen.sides[0].source == left.source
        changed = screen.sides[1].source.options
        assert (changed.width, changed.temperature, changed.seed) == (3, 1.0, 7)
        assert screen.sides[1].source.puzzle() == right.source.puzzle()
        assert [side.name for side in screen.sides] == ["20 trajectories, seed 0", "3 trajectories, seed 7"]
        assert [trajectories.state.count for trajectories in screen.query(TrajectoryGrid) if trajectories.state] == [
            20,
            3,
        ]
        drawn = screen.query_one(SolutionRace).render().plain
        assert "3 trajectories, seed 7" in drawn


async def test_a_side_may_have_another_checkpoint(make_app: Make) -> None:
    asked: list[tuple[str, str | None, str | None]] = []

    def load(task: str, variant: str | None, checkpoint: str | None) -> ScriptedQueensSolver:
        asked.append((task, variant, checkpoint))
        return ScriptedQueensSolver(Queens(), "8x8")

    app = make_app()
    app.arena.load = load
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, Compare))
        screen = app.screen
        assert isinstance(screen, Compare)
        await done(pilot, screen)
        await pilot.press("1")
        await until(pilot, lambda: isinstance(app.screen, SearchOptionsDialog))
        app.screen.query_one("#folder", Input).value = "runs/mine/checkpoint"
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        await done(pilot, screen)
        assert asked == [("queens", None, "runs/mine/checkpoint")]
        assert [side.name for side in screen.sides] == [
            "runs/mine/checkpoint, guidance on",
            "queens-8x8, guidance off",
        ]


def test_sides_that_are_the_same_are_told_by_their_place() -> None:
    one, two = named_by_difference(Side("", source()), Side("", source()))
    assert (one.name, two.name) == ("left", "right")


def test_sides_are_told_apart_by_how_deep_they_may_go() -> None:
    sides = named_by_difference(Side("", source(max_depth=128)), Side("", source()))
    assert [side.name for side in sides] == ["on to 128 steps", "no deeper"]


def test_guidance_is_on_even_where_it_was_off() -> None:
    quiet = source()
    quiet = replace(quiet, options=replace(quiet.options, temperature=0.0))
    assert [side.source.options.temperature for side in guidance_on_and_off(quiet)] == [1.0, 0.0]


def test_snapshot(snap_compare: Callable[..., bool], make_app: Make) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await done(pilot, await compare(pilot, source(), source(width=4)))

    assert snap_compare(make_app(), terminal_size=(100, 34), run_before=run)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_both_sides_in_words(make_app: Make, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        screen = await compare(pilot, source(), source(width=1))
        await done(pilot, screen)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, TextView))
        view = app.screen
        assert isinstance(view, TextView)
        area = view.query_one(TextArea)
        ends = [session.recorder.frames[-1] for session in screen.sessions]
        exact = screen.sessions[0].recorder.exact
        for name, frame, line in zip(("this", "that"), ends, area.text.split("\n"), strict=False):
            assert line.startswith(f"{name}: step {frame.step.number} of 16, {frame.valid} of {frame.width} valid")
            assert line.endswith(f", {len(frame.answers)} of {exact} distinct solutions.")
        assert "On this board, this." in area.text and "trajectory 0 of 0 to 11" in area.text
        await pilot.press("2")
        assert "On this board, that." in area.text and "trajectory 0 of 0 to 0" in area.text
        assert view.view_state().frame is ends[1]
        await pilot.press("1", "tab", "comma")
        assert "trajectory 1 of 0 to 11" in area.text and "On this board, this." in area.text
        assert f"Step {ends[0].step.number - 1} of 16" in area.text
        await pilot.press("v")
        assert app.screen is screen
