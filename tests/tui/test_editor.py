"""The puzzle editor: typing, text, files, generating, undo, and nothing that ends a screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from gramsolve.tasks import registry
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.screens.editor import Editor
from gramsolve_nqueens.encode import Queens
from tests.fakes.pilot import until

Make = Callable[..., GramsolveApp]
TASK = registry.load("nqueens")


async def edit(pilot: Pilot[None], text: str = "8/8/3Q4/8/8/8/8/8") -> tuple[Editor, list[object]]:
    app = pilot.app
    assert isinstance(app, GramsolveApp)
    screen = Editor(TASK, TASK.parse(text)[0], app.arena.style)
    returned: list[Any] = []
    app.push_screen(screen, returned.append)
    await until(pilot, lambda: screen.is_mounted)
    return screen, returned


def queens(screen: Editor) -> tuple[int, ...]:
    assert isinstance(screen.instance, Queens)
    return screen.instance.queens


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_typing_moves_the_cursor_and_counts_solutions(make_app: Make, size: tuple[int, int]) -> None:
    async with make_app().run_test(size=size) as pilot:
        screen, returned = await edit(pilot)
        await until(pilot, lambda: screen.verdict == "12 solutions")
        await pilot.press("right", "right", "q")
        assert queens(screen) == (2, 19) and screen.cursor == 3
        await until(pilot, lambda: screen.verdict == "3 solutions")
        await pilot.press("left", "backspace")
        assert queens(screen) == (19,)
        await pilot.press("up", "left", "q")
        assert queens(screen) == (19, 57)
        await pilot.press("enter")
        await pilot.pause()
        assert returned and isinstance(returned[0], Queens) and returned[0].queens == (19, 57)


async def test_undo_goes_all_the_way_back(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen, _ = await edit(pilot)
        await pilot.press("q", "down", "down", "ctrl+x", "ctrl+g")
        assert queens(screen)
        for _ in range(3):
            await pilot.press("ctrl+z")
        assert queens(screen) == (19,)
        await pilot.press("ctrl+z")
        assert queens(screen) == (19,)


async def test_a_contradiction_is_said_and_not_returned(make_app: Make) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen, returned = await edit(pilot)
        await pilot.press("down", "down", "q", "enter")
        await pilot.pause()
        assert not returned and "attack each other" in screen.error
        await pilot.press("escape")
        await pilot.pause()
        assert returned == [None]


async def test_text_is_read_while_it_is_written(make_app: Make) -> None:
    async with make_app().run_test(size=(100, 40)) as pilot:
        screen, _ = await edit(pilot)
        await pilot.press("ctrl+t")
        area = screen.query_one(TextArea)
        assert area.display and area.text == TASK.format(screen.instance)
        area.text = "Q..."
        await pilot.pause()
        assert "1 rows" in screen.error and queens(screen) == (19,)
        area.text = "Q.....\n" + "......\n" * 5
        await pilot.pause()
        assert queens(screen) == (0,) and screen.instance.variant == "6x6" and not screen.error
        await pilot.press("ctrl+t")
        assert not area.display


async def test_files_are_read_and_bad_ones_refused(make_app: Make, tmp_path: Path) -> None:
    good, bad = tmp_path / "board.txt", tmp_path / "picture.bin"
    good.write_text("....Q...\n" + "........\n" * 7)
    bad.write_bytes(b"\xff\xfe\x00")
    async with make_app().run_test(size=(100, 40)) as pilot:
        screen, _ = await edit(pilot)
        for path, queen in ((tmp_path / "absent", 19), (bad, 19), (good, 4)):
            await pilot.press("ctrl+l")
            screen.query_one(Input).value = str(path)
            await pilot.press("enter")
            await pilot.pause()
            assert queens(screen) == (queen,)
            assert bool(screen.error) == (path != good)
            if path != good:
                await pilot.press("ctrl+l")


async def test_the_level_generates_and_is_named(make_app: Make) -> None:
    async with make_app().run_test(size=(100, 40)) as pilot:
        screen, _ = await edit(pilot)
        seen = []
        for _ in TASK.difficulties:
            await pilot.press("ctrl+d")
            seen.append((screen.difficulty, len(queens(screen))))
        assert {level for level, _ in seen} == set(TASK.difficulties)
        assert dict(seen)["easy"] > dict(seen)["hard"]


async def test_the_arena_solves_what_was_edited(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.arena.session.recorder.closed)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, Editor))
        before = app.arena.session
        await pilot.press("escape")
        await pilot.pause()
        assert app.arena.session is before
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, Editor))
        editor = app.screen
        assert isinstance(editor, Editor)
        await pilot.press("ctrl+g")
        made = editor.instance
        await until(pilot, lambda: editor.verdict)
        editor.action_use()
        await until(pilot, lambda: app.arena.session is not before and app.arena.session.recorder.instance)
        assert app.arena.session.recorder.instance == made
