"""Live runs that go on past their depth while no board is valid, with the models that are shipped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Select

from gramsolve import api
from gramsolve.inference import recording
from gramsolve.inference.events import Event, Step
from gramsolve.inference.options import MAX_DEPTH, SolveOptions
from gramsolve.inference.solver import Solver
from gramsolve.tasks import registry
from gramsolve.tasks.base import Instance
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.messages import Watch
from gramsolve.tui.runs.run_factory import RunFactory
from gramsolve.tui.runs.source import LiveSource, ReplaySource, puzzle_to_watch
from gramsolve.tui.screens.compare import Compare
from gramsolve.tui.screens.sample import SampleScreen
from gramsolve.tui.screens.search_options import SearchOptionsDialog
from gramsolve.tui.screens.text import TextView
from gramsolve.tui.settings import Preferences
from gramsolve.tui.view.status_icons import TrajectoryStatus
from gramsolve.tui.view.text_description import describe
from gramsolve.tui.widgets.panel import Panel
from gramsolve.tui.widgets.status_lines import Message, Transport
from tests.fakes.pilot import settle, until

DEPTH = 2
"""Steps after which nobody has solved a hard 9x9 Sudoku."""


class Held:
    """A solver that waits at a step until the gate opens, so that a test can look around."""

    def __init__(self, solver: Solver, gate: threading.Event, number: int) -> None:
        self.solver, self.gate, self.number = solver, gate, number

    def run(
        self, instance: Instance, options: SolveOptions | None = None, *, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[Event]:
        for event in self.solver.run(instance, options, stop=stop):
            yield event
            if isinstance(event, Step) and event.number == self.number:
                while not self.gate.wait(0.01) and not stop():
                    pass


@cache
def load(task: str, variant: str | None = None, checkpoint: str | None = None) -> Solver:
    return api.load(task, variant=variant, checkpoint=checkpoint, device="cpu", threads=1)


def application(
    held: int | None = None, gate: threading.Event | None = None, preferences: Preferences | None = None, **options: Any
) -> GramsolveApp:
    """The arena over a hard Sudoku; ``held`` is the step at which it waits for the gate."""
    task = registry.load("sudoku")
    used = SolveOptions(**{"width": 2, "depth": DEPTH, "max_depth": MAX_DEPTH, **options})

    def runner() -> Solver | Held:
        solver = load("sudoku", "9x9")
        return solver if held is None or gate is None else Held(solver, gate, held)

    source = LiveSource(runner, puzzle_to_watch(task, "9x9", 0), used)
    return GramsolveApp(task, "9x9", source, run_factory=RunFactory(load, used), preferences=preferences)


def line(app: GramsolveApp, kind: type[Panel]) -> str:
    rendered = app.screen.query_one(kind).render()
    return rendered.plain


@pytest.mark.parametrize("size", [(40, 14), (80, 24), (160, 50)])
async def test_the_arena_goes_deeper_while_nothing_is_valid_and_says_so(size: tuple[int, int]) -> None:
    gate = threading.Event()
    app = application(DEPTH + 1, gate)
    async with app.run_test(size=size) as pilot:
        frames = app.arena.session.recorder.frames
        await until(pilot, lambda: len(frames) == DEPTH + 1)
        app.arena.action_seek(DEPTH)
        await pilot.pause()
        assert f"step {DEPTH} of {DEPTH}  " in line(app, Transport)
        assert app.arena.view_state().status(0) is TrajectoryStatus.RUNNING, "this was not its last step"
        await pilot.press("e")
        state = app.arena.view_state()
        assert state.status(0) is TrajectoryStatus.RUNNING
        assert f"Step {DEPTH + 1} of at most {MAX_DEPTH}" in describe(state)
        told = f"step   {DEPTH + 1} of {'at most ' if size[0] > 40 else ''}{MAX_DEPTH}  "
        assert told in line(app, Transport) and "0 of 2 val" in line(app, Transport)
        assert "·" in line(app, Transport) or size[0] == 40, "the bar knows of steps to come"
        assert f"none valid yet, going deeper, {DEPTH + 1} steps ready" in line(app, Message)
        gate.set()
        await settle(pilot)
        state = app.arena.view_state()
        finished = state.finished
        assert finished is not None and finished.valid and len(frames) > DEPTH + 1
        assert not any(frame.valid for frame in frames[:-1]), "the first valid board ends it"
        assert TrajectoryStatus.RUNNING not in {state.status(0), state.status(1)}
        assert f"step {len(frames):>3} of" in line(app, Transport)
        assert f"{finished.valid} of 2" in line(app, Message)


async def test_a_recording_of_it_says_the_same(tmp_path: Path) -> None:
    path, app = tmp_path / "deep.npz", application()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        shown = line(app, Transport)
        (take, *_), events = app.arena.exports(), app.arena.session.recorder.events
        recording.write(path, take.task, take.recorder.events)
    assert f" of at most {MAX_DEPTH}" in shown
    name, again = recording.read(path)
    replay = GramsolveApp(registry.load(name), "9x9", ReplaySource(again))
    async with replay.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert len(again) == len(events) and line(replay, Transport) == shown
        assert replay.arena.view_state().finished is not None


async def test_the_switch_makes_depth_the_end_and_is_remembered(tmp_path: Path) -> None:
    preferences = Preferences(tmp_path / "tui.json")
    gate = threading.Event()
    app = application(DEPTH + 1, gate, preferences)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: len(app.arena.session.recorder.frames) > DEPTH)
        before = app.arena.session
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, SearchOptionsDialog))
        switch = app.screen.query_one("#max_depth", Select)
        assert switch.value == MAX_DEPTH
        switch.focus()
        await pilot.press("enter", "down", "enter")
        assert switch.value == 0 and switch.region.bottom < app.screen.size.height
        app.screen.query_one("#seed").focus()
        await pilot.press("enter")
        await until(pilot, lambda: app.arena.session is not before)
        await settle(pilot)
        assert len(app.arena.session.recorder.frames) == DEPTH
        state = app.arena.view_state()
        assert state.finished is not None and not state.finished.valid
        assert {state.status(0), state.status(1)} == {TrajectoryStatus.INVALID}
        assert f"step {DEPTH} of {DEPTH}  " in line(app, Transport)
        assert f"{DEPTH} steps" in line(app, Message)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not app.arena)
        left = app.arena
        app.post_message(Watch("sudoku", "9x9"))
        await until(pilot, lambda: app.arena is not left and app.arena.session.recorder.closed)
        assert len(app.arena.session.recorder.frames) == DEPTH, "the next puzzle is searched in the same way"
    assert not Preferences(tmp_path / "tui.json").settings.deepen


async def test_exact_search_and_comparisons_leave_it_as_it_is() -> None:
    gate = threading.Event()
    app = application(DEPTH + 1, gate)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: len(app.arena.session.recorder.frames) > DEPTH)
        source = app.arena.session.source
        await pilot.press("X")
        await until(pilot, lambda: app.arena.session.recorder.closed)
        state = app.arena.view_state()
        assert state.searched and not state.deepening and state.exact == 1
        await pilot.press("X")
        assert app.arena.session.source == source
        gate.set()
        await compared(pilot)


async def compared(pilot: Pilot[None]) -> None:
    """Both sides of a comparison go on until one of their boards is valid, or to the end."""
    app = pilot.app
    assert isinstance(app, GramsolveApp)
    await pilot.press("c")
    await until(pilot, lambda: isinstance(app.screen, Compare))
    screen = app.screen
    assert isinstance(screen, Compare)
    await until(pilot, lambda: all(session.recorder.closed for session in screen.sessions))
    await pilot.press("e")
    lengths = [len(session.recorder.frames) for session in screen.sessions]
    assert min(lengths) > DEPTH and max(lengths) <= MAX_DEPTH
    assert f"step {max(lengths):>3} of at most {MAX_DEPTH}" in line(app, Transport)
    await pilot.press("v")
    await until(pilot, lambda: isinstance(app.screen, TextView))
    assert f"of at most {MAX_DEPTH}" in describe(screen.state_of(screen.sessions[0]))


@pytest.mark.parametrize("name", ["mnist", "nqueens"])
async def test_samples_are_all_of_one_depth(name: str) -> None:
    task = registry.load(name)
    run_factory = RunFactory(load, SolveOptions(width=2, depth=1))
    source, variant = run_factory.sample(task)
    if name == "mnist":  # Nobody can tell a right digit, so that asking for more changes nothing.
        source = replace(source, options=replace(source.options, max_depth=MAX_DEPTH))
    screen = SampleScreen(task, variant, source, GramsolveApp().style)
    app = GramsolveApp(task, variant, source)
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(screen)
        await until(pilot, lambda: screen.session.recorder.closed)
        recorder = screen.session.recorder
        assert recorder.error is None and len(recorder.frames) == 1
        assert recorder.started is not None and recorder.started.max_depth == 0
        assert not screen.view_state().deepening
