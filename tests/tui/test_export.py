"""Keeping things under a pilot: every form from every screen, names that are taken, places that cannot be written."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from gramsolve.display import screenshot
from gramsolve.errors import BadInput, Missing
from gramsolve.inference import recording
from gramsolve.inference.events import Finished, Step
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks.base import Instance
from gramsolve.tasks.drawing import Grid, View
from gramsolve.tasks.task import Task
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.exportable import EXPORT_FORMATS, target_path, unused_path
from gramsolve.tui.runs.comparison import guidance_on_and_off
from gramsolve.tui.runs.source import LiveSource
from gramsolve.tui.screens.compare import Compare
from gramsolve.tui.screens.export import ExportDialog
from gramsolve.tui.screens.sample import SampleScreen
from gramsolve.tui.screens.train import TrainScreen
from tests.fakes.catalogue import Rings, application, run_factory
from tests.fakes.pilot import settle, until
from tests.fakes.solver import ScriptedQueensSolver
from tests.fakes.task import Queens
from tests.tui.test_train import make_run

Make = Callable[..., GramsolveApp]
SIZES = [(80, 24), (160, 50)]
RUN, SCREEN = range(1, 6), range(6, 8)
"""The digits of the forms that show a run, and of those that show the screen."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files go to the current directory, and recordings of the stand-ins can be read again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gramsolve.tasks.registry.load", lambda name: Rings() if name == "rings" else Queens())
    return tmp_path


def trained(*wanted: object) -> ScriptedQueensSolver:
    return ScriptedQueensSolver(Queens(), "8x8")


def has_font() -> bool:
    try:
        return bool(screenshot._fonts(16))
    except Missing:
        return False


async def card(pilot: Pilot[None]) -> ExportDialog:
    await pilot.press("x")
    await until(pilot, lambda: isinstance(pilot.app.screen, ExportDialog))
    await pilot.pause()
    assert isinstance(pilot.app.screen, ExportDialog)
    return pilot.app.screen


async def keep(pilot: Pilot[None], *keys: str, name: str | None = None) -> str:
    """Open the card, press keys, save, and wait for what is said about it."""
    pilot.app.clear_notifications()
    shown = await card(pilot)
    await pilot.press(*keys)
    if name is not None:
        shown.query_one(Input).value = name
        await pilot.pause()
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app._notifications)
    return next(note.message for note in pilot.app._notifications)


def is_whole(path: Path) -> bool:
    """True for a file that can be read for what it claims to be."""
    match path.suffix:
        case ".png" | ".gif":
            with Image.open(path) as picture:
                picture.load()
                return picture.width > 100
        case ".svg":
            return ElementTree.parse(path).getroot().tag.endswith("svg")
        case ".json":
            return "candidates" in json.loads(path.read_text())
        case _:
            return len(recording.read(path)[1]) > 2


# From every screen


@pytest.mark.parametrize("size", SIZES)
async def test_the_arena_is_kept_in_every_form(make_app: Make, size: tuple[int, int], folder: Path) -> None:
    app = make_app()
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, 5)
        for digit in [*RUN, *(SCREEN if has_font() else [7])]:
            told = await keep(pilot, str(digit))
            path = Path(told)
            assert path.parent == folder and is_whole(path), told
            assert app.screen is app.arena
        steps = len(app.arena.session.recorder.frames)
        assert len(list(folder.iterdir())) == 5 + (2 if has_font() else 1)
    with Image.open(folder / "queens-8x8.gif") as film, Image.open(folder / "queens-8x8.png") as sheet:
        assert film.n_frames == steps  # type: ignore[attr-defined]
        assert film.size == sheet.size
    drawn = (folder / "queens-8x8.svg").read_text()
    assert drawn.count("<svg") == 1 + 20 and "♛" in drawn
    assert "trajectory" in (folder / "gramsolve-arena.svg").read_text()
    recents = [recent.text for recent in app.preferences.settings.recent if recent.kind == "recording"]
    assert recents == [str(folder / "queens-8x8.npz")]


async def test_a_recording_from_the_screen_plays_again_event_by_event(make_app: Make, folder: Path) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await keep(pilot, "5")
        kept = app.arena.session.recorder.events
    name, events = recording.read(folder / "queens-8x8.npz")
    assert name == "queens" and [type(event) for event in events] == [type(event) for event in kept]
    for before, after in zip(kept, events, strict=True):
        if isinstance(before, Step) and isinstance(after, Step):
            assert before.tokens.tobytes() == after.tokens.tobytes()


async def test_the_step_on_show_and_the_chosen_trajectory_are_what_is_kept(make_app: Make, folder: Path) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, 3)
        await pilot.press("l", "l")
        assert (await keep(pilot, "2", "right")).endswith("queens-8x8-t2.svg")
        early = (folder / "queens-8x8-t2.svg").read_text()
        await pilot.press("e")
        await keep(pilot, "2", "l")
        late = (folder / "queens-8x8-t2-2.svg").read_text()
        frames = app.arena.session.recorder.frames
    for drawn, frame in ((early, frames[2]), (late, frames[-1])):
        assert drawn.count("<svg") == 2
        assert drawn.count("♛") == int((frame.step.tokens[2] == 2).sum())
    assert "valid" in late and "valid" not in early.replace("invalid", "")


@pytest.mark.parametrize("size", SIZES)
async def test_either_side_of_a_comparison_is_kept(make_app: Make, size: tuple[int, int], folder: Path) -> None:
    task = Queens()
    solver = ScriptedQueensSolver(task, "8x8")
    source = LiveSource(lambda: solver, task.generate("8x8", 1, 0)[0], SolveOptions(width=4))
    app = make_app()
    async with app.run_test(size=size, notifications=True) as pilot:
        screen = Compare(task, "8x8", guidance_on_and_off(source), app.style)
        app.push_screen(screen)
        await until(pilot, lambda: screen.is_mounted and all(s.recorder.closed for s in screen.sessions))
        await pilot.press("e")
        formats = list(RUN) if size == SIZES[0] else [1, 5]
        for digit in formats:
            assert "guidance-on" in await keep(pilot, str(digit))
        assert "guidance-off" in await keep(pilot, "5", "right")
        await keep(pilot, "7")
    assert len(list(folder.iterdir())) == len(formats) + 2 and all(map(is_whole, folder.iterdir()))
    assert (folder / "gramsolve-compare.svg").exists()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("task", [Queens(), Rings()], ids=["boards", "pictures"])
async def test_samples_are_kept_in_every_form(task: Task, size: tuple[int, int], folder: Path) -> None:
    app = application()
    source, variant = replace(run_factory(), options=SolveOptions(width=6)).sample(task)
    screen = SampleScreen(task, variant, source, app.style)
    app.first = screen
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: screen.session.recorder.closed)
        formats = (*RUN, 7) if size == SIZES[0] else (1, 7)
        for digit in formats:
            await keep(pilot, str(digit))
    names = {path.name for path in folder.iterdir()}
    kept = {f"{task.name}-{variant}-samples{EXPORT_FORMATS[digit - 1].ending}" for digit in formats if digit != 7}
    assert names == kept | {"gramsolve-sample.svg"}
    assert all(map(is_whole, folder.iterdir()))


@pytest.mark.parametrize("size", SIZES)
async def test_train_and_home_keep_a_picture_of_the_screen(make_app: Make, size: tuple[int, int], folder: Path) -> None:
    path = make_run(folder / "runs/one")
    app = make_app()
    screen = TrainScreen(app.style, run_dir=path, load=trained, load_task=lambda _: Queens())
    async with app.run_test(size=size, notifications=True) as pilot:
        app.push_screen(screen)
        await until(pilot, lambda: screen.is_mounted and screen.status is not None)
        shown = await card(pilot)
        assert [format.of for format in shown.formats] == ["screen", "screen"]
        await pilot.press("escape")
        assert "gramsolve-train.svg" in await keep(pilot, "2")
    assert "right&#160;boards" in (folder / "gramsolve-train.svg").read_text()
    home = application()
    async with home.run_test(size=size, notifications=True) as pilot:
        assert "gramsolve-home.svg" in await keep(pilot, "2")


async def test_a_run_still_going_is_kept_as_far_as_it_got(make_app: Make, folder: Path) -> None:
    gate = threading.Event()
    app = make_app(gate=gate)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        recorder = app.arena.session.recorder
        await until(pilot, lambda: len(recorder.frames) == 3)
        for digit in RUN:
            await keep(pilot, str(digit))
        assert all(map(is_whole, folder.iterdir())) and not recorder.closed
        gate.set()
    document = json.loads((folder / "queens-8x8.json").read_text())
    assert document["reason"] == "unfinished" and document["trajectories"] == 20
    assert sum(candidate["votes"] for candidate in document["candidates"]) == 20
    events = recording.read(folder / "queens-8x8.npz")[1]
    assert sum(isinstance(event, Step) for event in events) == 3
    assert not any(isinstance(event, Finished) for event in events)


async def test_before_the_first_step_there_is_only_the_screen() -> None:
    def load(*wanted: object) -> None:
        raise Missing("no checkpoint: train one")

    source = LiveSource(load, Queens().generate("8x8", 1, 0)[0], SolveOptions())  # type: ignore[arg-type]
    app = GramsolveApp(Queens(), "8x8", source)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.arena.session.recorder.closed)
        shown = await card(pilot)
        assert [format.of for format in shown.formats] == ["screen", "screen"]


async def test_the_palette_names_it(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+p", *"export")
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))


# Names


async def test_nothing_is_overwritten(make_app: Make, folder: Path) -> None:
    (folder / "queens-8x8.json").write_text("mine")
    app = make_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        assert (await keep(pilot, "4")).endswith("queens-8x8-2.json")
        assert (await keep(pilot, "4", name="queens-8x8.json")).endswith("queens-8x8-3.json")
    assert (folder / "queens-8x8.json").read_text() == "mine"


async def test_the_ending_of_the_name_chooses_the_form_and_the_form_the_ending(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        shown = await card(pilot)
        field = shown.query_one(Input)
        field.value = "film.gif"
        await until(pilot, lambda: shown.format.ending == ".gif")
        await pilot.press("5")
        assert field.value == "film.npz"
        field.value = "film"
        await pilot.press("enter")
        await until(pilot, lambda: app._notifications)
        assert next(note.message for note in app._notifications).endswith("film.npz")


def test_names_that_are_none_or_taken(folder: Path) -> None:
    png = EXPORT_FORMATS[0]
    (folder / "a.png").touch()
    (folder / "a-2.png").symlink_to("nowhere")
    assert unused_path(Path("a.png")) == Path("a-3.png")
    assert target_path("  b  ", png) == Path("b.png") and target_path("b.gif", png) == Path("b.gif.png")
    for name in ("", "  ", ".", "/", str(folder), "a\0b"):
        with pytest.raises(BadInput):
            target_path(name, png)


# What goes wrong


@pytest.mark.parametrize("digit", [*RUN, 7])
async def test_a_place_that_cannot_be_written_is_one_line(make_app: Make, digit: int, folder: Path) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        for name in ("nowhere/a", "x" * 300):
            told = await keep(pilot, str(digit), name=name + EXPORT_FORMATS[digit - 1].ending)
            assert "\n" not in told and ("No such file" in told or "too long" in told)
            assert isinstance(app.screen, ExportDialog) and not app.screen.writing, "there is another try"
            await pilot.press("escape")
    assert not list(folder.iterdir())


async def test_a_task_that_cannot_draw_is_one_line(folder: Path) -> None:
    class Broken(Queens):
        def image(self, instance: Instance, view: View, size: int) -> Image.Image:
            raise KeyError("queen")

        def render(self, instance: Instance, view: View) -> Grid:
            raise KeyError("queen")

    task = Broken()
    source = LiveSource(lambda: ScriptedQueensSolver(task, "8x8"), task.generate("8x8", 1, 0)[0], SolveOptions(width=3))
    app = GramsolveApp(task, "8x8", source)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        for digit in (1, 2, 3):
            assert "KeyError" in await keep(pilot, str(digit))
            await pilot.press("escape")
        await keep(pilot, "4")
    assert [path.name for path in folder.iterdir()] == ["queens-8x8.json"]


# The card


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ascii", [False, True])
async def test_the_card_fits(make_app: Make, size: tuple[int, int], ascii: bool) -> None:
    app = make_app(ascii=ascii, plain=ascii)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        shown = await card(pilot)
        region = shown.query_one("#dialog").region
        assert region.bottom <= size[1] and region.right <= size[0]
        assert shown.query_one("#words").region.bottom < region.bottom
        told = app.export_screenshot().replace("&#160;", " ")
        assert all(format.words in told for format in EXPORT_FORMATS) and "all 20 trajectories" in told
        drawn = "".join(strip.text for strip in shown._compositor.render_strips())
        assert drawn.isascii() or not ascii


def test_snapshot(snap_compare: Callable[..., bool], make_app: Make) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await settle(pilot, 6)
        await pilot.press("l", "l")
        await card(pilot)
        await pilot.press("3", "right")

    assert snap_compare(make_app(), terminal_size=(80, 24), run_before=opened)
