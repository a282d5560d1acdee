"""Every task of the house on every screen that shows it, solved by known answers."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import TextArea

from gramsolve.inference.options import SolveOptions
from gramsolve.tasks import registry
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.source import LiveSource
from gramsolve.tui.screens.arena import Arena
from gramsolve.tui.screens.editor import Editor
from gramsolve.tui.screens.sample import SampleScreen
from gramsolve.tui.view import text_description
from gramsolve.tui.view.view_state import DrawStyle
from gramsolve.tui.widgets.editable_board import EditableBoard
from gramsolve.tui.widgets.panel import Panel
from gramsolve.tui.widgets.solutions import Solutions
from gramsolve.tui.widgets.trajectory_grid import TrajectoryGrid, TrajectoryScroll
from tests.fakes.pilot import until
from tests.fakes.solver import ScriptedSolver

SIGHTS = [
    *((name, (80, 24)) for name in ("nqueens", "sudoku", "coloring", "arc", "mnist")),
    *(("coloring", size) for size in ((60, 20), (160, 50))),
]


@cache
def puzzle(name: str) -> tuple[Task, Instance, Tokens | None]:
    """A task, a puzzle of it, and answers where nobody can work them out."""
    task = registry.load(name)
    if name == "arc":
        instance = task.parse(task.example)[0]
        rng = np.random.default_rng(0)
        given = task.encode(instance)
        length = task.variant(instance.variant).spec.output_length
        kept = np.resize(given[given > 1], length).astype(np.uint8)
        return task, instance, np.stack([kept, rng.permutation(kept)])
    if not task.capabilities.conditional:
        length = task.variant(task.default_variant).spec.output_length
        stripes = (np.arange(length) // 28 % 7 < 3).astype(np.uint8) + 1
        return task, task.blank(task.default_variant), np.stack([stripes, np.roll(stripes, 56)])
    if name == "sudoku":
        clues = "53..7....6..1.5....98....6.8...6...34..8.3..1....2...6.6....28....4.9..5....8..79"
        return task, task.parse(clues)[0], None
    return task, task.generate(task.default_variant, 1, 3, task.difficulties[-1])[0], None


def application(name: str, *, ascii: bool = False, plain: bool = False) -> GramsolveApp:
    task, instance, answers = puzzle(name)
    walker = ScriptedSolver(task, instance.variant, answers)
    source = LiveSource(lambda: walker, instance, SolveOptions(width=20))
    return GramsolveApp(task, instance.variant, source, ascii=ascii, plain=plain)


async def ended(pilot: Pilot[None]) -> Arena | SampleScreen:
    screen = pilot.app.first  # type: ignore[attr-defined]
    assert isinstance(screen, Arena | SampleScreen)
    await until(pilot, lambda: screen.session.recorder.closed)
    assert screen.session.recorder.error is None
    return screen


@pytest.mark.parametrize("name", ["sudoku", "coloring", "nqueens", "arc"])
@pytest.mark.parametrize("ascii", [False, True])
async def test_in_little_room_there_are_boards_or_marks_that_are_explained(name: str, ascii: bool) -> None:
    app = application(name, ascii=ascii, plain=ascii)
    async with app.run_test(size=(60, 20)) as pilot:
        screen = await ended(pilot)
        screen.action_seek(10**6)
        await pilot.pause()
        assert isinstance(screen, Arena)
        trajectories, frame, state = (
            screen.query_one(TrajectoryGrid),
            screen.query_one(TrajectoryScroll),
            screen.view_state(),
        )
        if trajectories.tile is not None:
            shown = [
                trajectories.place(i)
                for i in range(state.count)
                if trajectories.place(i).bottom <= frame.content_size.height
            ]
            assert len(shown) >= 6
            return
        legend = Text.from_markup(str(frame.border_subtitle)).plain
        assert len(legend) <= frame.size.width - 4 and (legend.isascii() or not ascii)
        for status in {state.status(i) for i in range(state.count)}:
            assert f"{status.icon(ascii)} {status.word}" in legend


@pytest.mark.parametrize(("name", "size"), SIGHTS)
async def test_boards_settle_in_sight(name: str, size: tuple[int, int]) -> None:
    app = application(name)
    async with app.run_test(size=size) as pilot:
        screen = await ended(pilot)
        for position in (0, 2, 10**6):
            screen.action_seek(position)
            await pilot.pause()
            assert screen.session.recorder.error is None
            for panel in screen.query(Panel):
                if panel.display:
                    drawn = panel.render()
                    assert isinstance(drawn, Text)
                    assert all(len(line) <= max(panel.size.width, 1) for line in drawn.plain.split("\n")), panel
        if isinstance(screen, Arena) and size != (60, 20):
            trajectories = screen.query_one(TrajectoryGrid)
            assert trajectories.tile is not None, "trajectories are boards"
            assert trajectories.render().plain.count("✓" if name != "arc" else "■") >= 10


async def test_a_tile_of_a_colouring_shows_what_is_wrong_without_colour() -> None:
    app = application("coloring")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await ended(pilot)
        screen.action_seek(2)
        await pilot.pause()
        state = screen.view_state()
        assert state.frame is not None and state.frame.step.violations is not None
        trajectories = screen.query_one(TrajectoryGrid)
        for row in range(state.count):
            drawn = "".join(part.text for line in trajectories._tile(state, row, False)[1:] for part in line)
            assert drawn.count("✗") == state.frame.step.violations[row].sum()


async def test_answers_nobody_can_judge_are_collected_with_their_votes() -> None:
    app = application("arc")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await ended(pilot)
        screen.action_seek(10**6)
        await pilot.pause()
        state = screen.view_state()
        assert state.frame is not None and sum(found.votes for found in state.frame.answers) == 20
        shown = next(panel for panel in screen.query(Solutions) if panel.display)
        best = state.frame.answers[0]
        assert best.votes > 1 and f"×{best.votes} #{best.trajectory}" in shown.render().plain


@pytest.mark.parametrize("name", ["nqueens", "sudoku", "coloring", "arc"])
async def test_every_puzzle_can_be_read_as_text_and_edited(name: str) -> None:
    app = application(name, ascii=True, plain=True)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await ended(pilot)
        screen.action_seek(3)
        await pilot.press("v")
        await until(pilot, lambda: app.screen.query(TextArea))
        text = app.screen.query_one(TextArea).text
        assert "Step 3 of 16, trajectory 0 of 0 to 19" in text and "Changed since step 2" in text
        assert ("Vertex 1: " if name == "coloring" else "Row 1: ") in text
        await pilot.press("v", "i")
        await until(pilot, lambda: isinstance(app.screen, Editor))
        editor = app.screen
        await until(pilot, lambda: editor.query_one(EditableBoard).region.size)
        for part in ("#board", "#verdict", "KeyFooter"):
            region = editor.query_one(part).region
            assert region.size and region.bottom <= 24 and region.right <= 80, part


async def test_a_graph_is_read_by_its_vertices_colours_and_conflicts() -> None:
    """What is said to be wrong, and with whom, is what the puzzle's edges say."""
    app = application("coloring")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await ended(pilot)
        for position in (0, 2, 10**6):
            screen.action_seek(position)
            state = screen.view_state()
            instance, frame = state.instance, state.frame
            assert instance is not None
            edges = [tuple(map(int, line.split()[1:])) for line in state.task.format(instance).splitlines()[2:]]
            read = {}
            for line in text_description.describe(state).splitlines():
                if line.startswith("Vertex "):
                    name, _, words = line.removesuffix(".").removeprefix("Vertex ").partition(": ")
                    read[int(name)] = words
            assert sorted(read) == list(range(1, 9))
            for vertex, words in read.items():
                near = sorted({a + b - vertex for a, b in edges if vertex in (a, b)})
                if frame is None:
                    assert words == f"next to {', '.join(map(str, near))}"
                    continue
                same = [str(other) for other in near if read[other][0] == words[0]]
                assert words[0] in "ABC" and ("wrong" in words) == bool(same)
                assert not same or f"{words[0]} like {' and '.join(same)}" in words


async def test_a_large_sudoku_fits_into_the_editor_with_its_cursor() -> None:
    task = registry.load("sudoku")
    app = application("sudoku")
    async with app.run_test(size=(80, 24)) as pilot:
        await ended(pilot)
        editor = Editor(task, task.blank("16x16"), DrawStyle())
        app.push_screen(editor)
        await until(pilot, lambda: editor.is_mounted and editor.query_one(EditableBoard).region.size)
        await pilot.press("G")
        assert "G" in str(editor.query_one(EditableBoard).render())
        assert editor.query_one("KeyFooter").region.bottom <= 24
