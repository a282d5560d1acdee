"""What the screens look like that have no picture elsewhere: a change of looks is seen before users see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from gramsolve.inference.options import MAX_DEPTH, SolveOptions
from gramsolve.tasks import registry
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.screens.dialogs import ChoiceDialog, TextDialog
from gramsolve.tui.screens.editor import Editor
from gramsolve.tui.screens.new_run import NewRunDialog
from gramsolve.tui.screens.search_options import SearchOptionsDialog
from gramsolve.tui.training.train_request import TrainRequest
from gramsolve.tui.view.view_state import DrawStyle
from tests.fakes.pilot import settle, until
from tests.fakes.task import Queens

Make = Callable[..., GramsolveApp]

LOOK = DrawStyle()


def editor(task: str, example: str) -> Screen:
    puzzles = registry.load(task)
    return Editor(puzzles, puzzles.parse(example)[0], LOOK)


SCREENS: dict[str, Callable[[], Screen]] = {
    "controls": lambda: SearchOptionsDialog(
        SolveOptions(max_depth=MAX_DEPTH), "nqueens-8x8", ["nqueens-8x8", "nqueens-8x8-symmetry"], LOOK
    ),
    "begin": lambda: NewRunDialog(
        TrainRequest("queens"), ["queens"], lambda name: Queens(), LOOK, "lr must be positive"
    ),
    "choose": lambda: ChoiceDialog(
        "no checkpoint", [("train", "train one now"), ("stay", "stay")], LOOK, words="none yet"
    ),
    "ask": lambda: TextDialog("save the samples", "boards.png", LOOK, words="ends in .png"),
    "editor": lambda: editor("sudoku", registry.load("sudoku").example),
    "editor-graph": lambda: editor("coloring", registry.load("coloring").example),
    "editor-arc": lambda: editor("arc", registry.load("arc").example),
}


@pytest.mark.parametrize("name", SCREENS)
def test_cards(snap_compare: Callable[..., bool], make_app: Make, name: str) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await settle(pilot)
        screen = SCREENS[name]()
        pilot.app.push_screen(screen)
        await until(pilot, lambda: screen.is_mounted)
        if isinstance(screen, Editor):
            await until(pilot, lambda: screen.verdict or name == "editor-arc")
        await until(pilot, lambda: not screen._message_queue.qsize())
        for widget in screen.query("Input"):
            widget.cursor_blink = False  # type: ignore[attr-defined]

    assert snap_compare(make_app(), terminal_size=(80, 24), run_before=run)


@pytest.mark.parametrize("key", ["question_mark", "g"], ids=["help", "given"])
def test_overlays_of_the_arena(snap_compare: Callable[..., bool], make_app: Make, key: str) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await pilot.press(key)
        await until(pilot, lambda: pilot.app.screen.is_modal)

    assert snap_compare(make_app(), terminal_size=(80, 24), run_before=run)
