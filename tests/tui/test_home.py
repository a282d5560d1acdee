"""Home under a pilot: every way to choose, what there is to see at every size, and what is remembered."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from gramsolve.checkpoints.checkpoint import Measured, Provenance
from gramsolve.inference import recording
from gramsolve.inference.options import SolveOptions
from gramsolve.tui import themes
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.catalogue import accuracy, in_words
from gramsolve.tui.runs.playback import SPEEDS
from gramsolve.tui.screens.arena import Arena
from gramsolve.tui.screens.dialogs import ChoiceDialog, TextDialog
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.screens.home import Home
from gramsolve.tui.screens.sample import SampleScreen
from gramsolve.tui.settings import Preferences, Recent, Settings
from gramsolve.tui.widgets.recents import Recents
from gramsolve.tui.widgets.task_tile import TaskTile, arrange
from tests.fakes.catalogue import BROKEN, TRAINED, application, catalogue, checkpoint, run_factory
from tests.fakes.pilot import settle, until
from tests.fakes.solver import ScriptedQueensSolver
from tests.fakes.task import Queens

SIZES = [(80, 24), (160, 50)]


async def home(pilot: Pilot[None]) -> Home:
    """Wait until all is known."""
    screen = pilot.app.first  # type: ignore[attr-defined]
    assert isinstance(screen, Home)
    await until(pilot, lambda: screen.complete)
    return screen


def tiles(screen: Home) -> dict[str, str]:
    """What each card says."""
    return {tile.entry.name: str(tile.render()) for tile in screen.query(TaskTile)}


def with_recent(*recent: Recent, **habits: object) -> Preferences:
    preferences = Preferences()
    preferences.settings = Settings(recent=recent, **habits)  # type: ignore[arg-type]
    return preferences


BOARD = "\n".join(["Q.......", *["........"] * 7])


# What there is


@pytest.mark.parametrize("size", SIZES)
async def test_every_task_has_a_card_with_its_picture_and_its_checkpoints(size: tuple[int, int]) -> None:
    app = application()
    async with app.run_test(size=size) as pilot:
        screen = await home(pilot)
        await pilot.pause()
        told = tiles(screen)
        assert list(told) == ["queens", "rings"]
        assert "8x8, 10x10" in told["queens"] and "No two queens" in told["queens"] and "99%" in told["queens"]
        assert "28x28" in told["rings"] and "Rings, unconditional" in told["rings"]
        filled = "▀▄█♛⣿" if size[0] < 100 else "♛█▀▄"
        assert all(set(filled) & set(text) for text in told.values())
        for tile in screen.query(TaskTile):
            assert tile.region.bottom <= size[1] and tile.region.right <= size[0]
            lines = str(tile.render()).split("\n")
            assert len(lines) <= tile.content_size.height
            assert all(len(line) <= tile.content_size.width for line in lines)


async def test_a_broken_plugin_is_one_line_and_disturbs_nobody() -> None:
    app = application()
    async with app.run_test(size=(160, 50)) as pilot:
        screen = await home(pilot)
        told = str(screen.query_one("#broken", Static).render()).split("\n")
        assert any(BROKEN in line for line in told) and any("the name is taken" in line for line in told)
        assert len(told) == 2


async def test_keys_on_a_card_stand_further_apart_where_there_is_room() -> None:
    app = application()
    async with app.run_test(size=(80, 24)) as pilot:
        tile = (await home(pilot)).query(TaskTile).first()
        await pilot.press("1")
        await until(pilot, lambda: " watch [" in str(tile.border_subtitle))
        await pilot.resize_terminal(160, 50)
        await until(pilot, lambda: " watch  [" in str(tile.border_subtitle))


async def test_the_screen_is_there_before_any_plugin_is() -> None:
    """The cards of what ships are drawn and can be chosen while plugins are still being imported."""
    app = application()
    app.first._load_catalogue = lambda: None  # type: ignore[attr-defined]
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "loading" in tiles(app.first)["queens"]  # type: ignore[arg-type]
        await pilot.press("w", "s", "enter", "c", "2", "1", "r", "question_mark", "escape")
        assert app.screen is app.first


async def test_a_task_without_a_checkpoint_offers_to_train(monkeypatch: pytest.MonkeyPatch) -> None:
    app = application(trained=())
    asked = []
    monkeypatch.setattr(GramsolveApp, "on_train", lambda self, message: asked.append(message.task))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await home(pilot)
        assert "not trained yet" in tiles(screen)["queens"]
        await pilot.press("1", "enter")
        await until(pilot, lambda: asked == ["queens"])
        await pilot.press("c")
        await until(pilot, lambda: asked == ["queens", "queens"])


@pytest.mark.parametrize("choice", ["train", "other", "exact", "folder", "stay"])
async def test_watching_without_a_checkpoint_asks_what_to_do(choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = (checkpoint("queens", "10x10"),)
    asked = []
    monkeypatch.setattr(GramsolveApp, "on_train", lambda self, message: asked.append(message.task))
    source, variant = run_factory(trained).watch(Queens(), "8x8")
    app = GramsolveApp(Queens(), variant, source, catalogue=catalogue(trained), run_factory=run_factory(trained))
    async with app.run_test(size=(80, 24)) as pilot:
        first = app.arena
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        ids = [option.id for option in app.screen.query_one(OptionList).options]
        assert ids == ["train", str(trained[0].path), "exact", "folder", "stay"]
        await pilot.press({"train": "1", "other": "2", "exact": "3", "folder": "4", "stay": "escape"}[choice])
        if choice == "train":
            await until(pilot, lambda: asked == ["queens"])
        elif choice == "stay":
            assert app.screen is first
        elif choice == "exact":
            await settle(pilot)
            state = first.view_state()
            assert app.screen is first and state.searched and state.count == state.exact
        else:
            if choice == "folder":
                await until(pilot, lambda: isinstance(app.screen, TextDialog))
                app.screen.query_one(Input).value = str(trained[0].path)
                await pilot.press("enter")
            await until(pilot, lambda: app.screen is app.arena is not first)
            await settle(pilot)
            assert app.arena.variant == "10x10" and app.arena.session.recorder.error is None


# Choosing takes two keys


async def test_two_keys_watch_and_escape_comes_back() -> None:
    app = application()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await home(pilot)
        await pilot.press("1", "w")
        await until(pilot, lambda: isinstance(app.screen, Arena))
        await settle(pilot)
        assert app.arena.variant == "8x8", "the task's own variant comes first"
        await pilot.press("escape")
        assert app.screen is screen
        await pilot.press("escape", "2", "enter")
        await until(pilot, lambda: isinstance(app.screen, SampleScreen))
        await pilot.press("escape", "1", "s")
        await until(pilot, lambda: isinstance(app.screen, SampleScreen) and app.screen.variant == "8x8")


async def test_arrows_and_the_mouse_choose_too() -> None:
    app = application()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await home(pilot)
        assert screen.tile is not None and screen.tile.entry.name == "queens"
        await pilot.press("right")
        assert screen.tile.entry.name == "rings"
        await pilot.press("down")
        assert isinstance(screen.focused, Recents)
        await pilot.press("up")
        assert screen.tile is not None and screen.tile.entry.name in ("queens", "rings")
        await pilot.click(TaskTile)
        assert screen.tile.entry.name == "queens" and app.screen is screen
        await pilot.click(TaskTile, times=2)
        await until(pilot, lambda: isinstance(app.screen, Arena))


async def test_checkpoints_can_be_chosen() -> None:
    app = application()
    async with app.run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await pilot.press("1", "c")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        lines = [str(option.prompt) for option in app.screen.query_one(OptionList).options]
        assert len(lines) == 2 and "queens-8x8" in lines[0] and "99% right" in lines[1]
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(app.screen, Arena))
        assert app.arena.variant == "10x10"


async def test_recent_puzzles_are_watched_again() -> None:
    app = application(preferences=with_recent(Recent("puzzle", "queens", "8x8", BOARD, "mine", "3/4")))
    async with app.run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await pilot.press("r", "1")
        await until(pilot, lambda: isinstance(app.screen, Arena))
        await settle(pilot)
        instance = app.arena.session.recorder.instance
        assert instance is not None and Queens().format(instance) == BOARD
        await pilot.press("escape", "r", "enter")
        await until(pilot, lambda: isinstance(app.screen, Arena))


async def test_recordings_are_opened_and_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = Queens()
    monkeypatch.setattr("gramsolve.tasks.registry.load", lambda name: task)
    path = tmp_path / "run.npz"
    events = ScriptedQueensSolver(task, "8x8").run(task.generate("8x8", 1, 0)[0], SolveOptions(width=3))
    recording.write(path, task, events)
    app = application()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await home(pilot)
        await pilot.press("o", *"nothing.npz", "enter")
        await until(pilot, lambda: app._notifications)
        assert app.screen is screen
        await pilot.press("o")
        app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Arena))
        assert not app.arena.session.source.live
        await pilot.press("escape")
        assert [r.text for r in app.preferences.settings.recent] == [str(path)]
        assert "run.npz" in str(screen.query_one(Recents).options[0].prompt)


async def test_a_recent_puzzle_that_cannot_be_read_is_one_line() -> None:
    app = application(
        preferences=with_recent(Recent("puzzle", "queens", "8x8", "Q\nQQ"), Recent("puzzle", "gone", "", "x"))
    )
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await home(pilot)
        await pilot.press("r", "1")
        await until(pilot, lambda: len(app._notifications) == 1)
        await pilot.press("2")
        await until(pilot, lambda: len(app._notifications) == 2)
        assert app.screen is screen
        told = [note.message for note in app._notifications]
        assert "the board is not square" in told and BROKEN in told


# What is remembered


async def test_solved_puzzles_and_habits_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "tui.json"
    app = application(preferences=Preferences(path))
    async with app.run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await pilot.press("1", "w")
        await until(pilot, lambda: isinstance(app.screen, Arena))
        await settle(pilot)
        await until(pilot, lambda: Preferences(path).settings.recent)
        width = app.arena.session.recorder.frames[-1].width
        await pilot.press("W", "minus")
        await settle(pilot)
        smaller = app.arena.session.recorder.frames[-1].width
        assert smaller < width
        await pilot.press("q")
    settings = Preferences(path).settings
    assert settings.task == "queens" and settings.width == smaller
    assert settings.speed == Settings().speed - 1
    newest = settings.recent[0]
    assert newest.kind == "puzzle" and newest.result.endswith((f"/{smaller}", f"/{width}"))
    again = application(preferences=Preferences(path))
    async with again.run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await pilot.press("r", "1")
        await until(pilot, lambda: isinstance(again.screen, Arena))
        await settle(pilot)
        assert again.arena.session.recorder.frames[-1].width == smaller
        assert again.arena.playback.level == settings.speed


async def test_without_a_home_below_escape_still_goes_home(make_app: Callable[..., GramsolveApp]) -> None:
    app = make_app()
    app.catalogue = catalogue()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Home) and app.screen.complete)
        assert app.screen.recent, "the puzzle that was watched is there"  # type: ignore[attr-defined]


# Themes, animation, palette, help


async def test_themes_are_cycled_and_remembered(tmp_path: Path) -> None:
    path = tmp_path / "tui.json"
    app = application(preferences=Preferences(path))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await home(pilot)
        seen = []
        for _ in themes.CYCLE:
            await pilot.press("T")
            await pilot.pause()
            seen.append(app.theme)
            assert screen.style.palette is themes.palette_for(app.current_theme)
        assert sorted(seen) == sorted(themes.CYCLE)
        app.theme = themes.CONTRAST_THEME.name
        await pilot.pause()
    assert application(preferences=Preferences(path)).theme == themes.CONTRAST_THEME.name
    assert application(preferences=with_recent(theme="no such theme")).theme == themes.DARK_THEME.name


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_theme_of_high_contrast_has_it() -> None:
    palette = themes.CONTRAST
    assert palette.ink and palette.faint and palette.given and palette.given_ink and palette.wrong and palette.wrong_ink
    for ground in palette.back:
        assert ground is not None
        for ink in (palette.ink, palette.faint, palette.right, palette.bad, palette.accent):
            assert contrast(ink, ground) >= 7
    assert contrast(palette.given_ink, palette.given) >= 7 and contrast(palette.wrong_ink, palette.wrong) >= 5
    for sure in (0.0, 0.5, 1.0):
        back = palette.confidence(sure)
        assert back and palette.guess_ink and contrast(palette.guess_ink, back) >= 5
        assert contrast(palette.fresh, back) >= 5


async def test_without_animation_the_newest_step_is_shown_at_once() -> None:
    app = application(preferences=with_recent(animation=False))
    async with app.run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await pilot.press("1", "w")
        await until(pilot, lambda: isinstance(app.screen, Arena))
        arena = app.arena
        assert arena.playback.level == len(SPEEDS) - 1 and app.animation_level == "none"
        await until(pilot, lambda: arena.session.recorder.closed)
        await until(pilot, lambda: arena.playback.position == len(arena.session.recorder.frames))
        app.set_animation(True)
        assert arena.playback.level == app.preferences.settings.speed and not app.still


@pytest.mark.parametrize("words, done", [("watch n-queens", Arena), ("sample rings", SampleScreen)])
async def test_the_palette_goes_to_tasks(words: str, done: type) -> None:
    app = application()
    async with app.run_test(size=(80, 24)) as pilot:
        await home(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        app.screen.query_one(Input).value = words
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count > 0)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, done) or app.screen.query(OptionList))
        if not isinstance(app.screen, done):
            await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, done))


async def test_help_names_every_key_of_this_screen() -> None:
    app = application()
    async with app.run_test(size=(160, 50)) as pilot:
        screen = await home(pilot)
        bound = {binding.binding.key for binding in screen.active_bindings.values()}
        assert {"w", "s", "t", "c", "r", "o", "left", "ctrl+p"} <= bound
        await pilot.press("question_mark")
        tile = app.screen
        assert isinstance(tile, HelpScreen)
        told = app.export_screenshot()
        for words in (
            "watch&#160;a&#160;puzzle",
            "choose&#160;a&#160;checkpoint",
            "everything&#160;by&#160;name",
            "1-9",
        ):
            assert words in told
        await pilot.press("escape")
        assert app.screen is screen


# Sizes and signs


@pytest.mark.parametrize("cells", range(1, 12))
def test_cards_fill_their_screen_and_no_more(cells: int) -> None:
    for width in range(40, 220, 7):
        for height in range(12, 60, 3):
            across, lines = arrange(width, height, cells)
            ranks = -(-cells // across)
            assert across * 38 <= width or across == 1
            assert lines == 7 or ranks * lines <= height


async def test_too_small_says_so_and_clears() -> None:
    app = application()
    async with app.run_test(size=(39, 13)) as pilot:
        screen = await home(pilot)
        small = screen.query_one("#small")
        assert small.display
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: not small.display)
        assert "8x8" in tiles(screen)["queens"]


async def test_ascii_mode_draws_nothing_but_ascii() -> None:
    app = application(
        ascii=True, plain=True, preferences=with_recent(Recent("puzzle", "queens", "8x8", BOARD, "a", "1/2"))
    )
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await home(pilot)
        await pilot.press("1")
        for tile in screen.query(TaskTile):
            texts = (tile.render(), tile.border_title, tile.border_subtitle)
            assert all(str(text).isascii() for text in texts)
        assert all(str(option.prompt).isascii() for option in screen.query_one(Recents).options)


def test_accuracy_is_read_only_where_it_makes_sense() -> None:
    assert accuracy(TRAINED[0]) == 0.987
    for figures in ((), (2.0,)):
        assert accuracy(checkpoint("q", "v", provenance=Provenance(held_out_accuracy=figures))) is None
    trained = checkpoint("q", "v", provenance=Provenance(held_out_accuracy=(0.5,)))
    assert accuracy(replace(trained, measured=Measured(accuracy=0.75))) == 0.75
    for none in (None, 2.0):
        assert accuracy(replace(trained, measured=Measured(accuracy=none))) == 0.5


def test_nearly_all_never_reads_as_all() -> None:
    assert [in_words(x) for x in (0.0, 0.436, 0.994, 0.9951, 0.99976, 1.0)] == [
        "0%",
        "44%",
        "99%",
        "99.5%",
        "99.9%",
        "100%",
    ]


def test_home_imports_neither_torch_nor_numba() -> None:
    code = (
        "import sys, gramsolve.tui.launch, gramsolve.tui.app; from gramsolve.tui.app import GramsolveApp;"
        "GramsolveApp(); print([m for m in ('torch', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def all_known(pilot: Pilot[None]) -> None:
    """Wait until all is known and, what comes later, the last line of it has its place."""
    screen = await home(pilot)
    await pilot.press("1")
    await until(pilot, lambda: screen.query_one("#broken").region.height == len(screen.broken))
    await pilot.wait_for_scheduled_animations()


@pytest.mark.parametrize("size", SIZES)
def test_snapshot(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    recent = (
        Recent("puzzle", "queens", "8x8", BOARD, "no. 3", "16/20"),
        Recent("recording", "rings", "28x28", "/x/a.npz"),
    )
    app = application(preferences=with_recent(*recent))
    assert snap_compare(app, terminal_size=size, run_before=all_known)
