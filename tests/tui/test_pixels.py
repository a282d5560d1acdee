"""Boards as pictures: in terminals that show them, in none that do not, and never unasked."""

from __future__ import annotations

import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import replace
from fcntl import ioctl
from pathlib import Path

import pytest
from PIL import Image

from gramsolve.inference.options import SolveOptions
from gramsolve.tasks.base import Instance
from gramsolve.tasks.drawing import View
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.source import LiveSource
from gramsolve.tui.screens.sample import SampleScreen
from gramsolve.tui.widgets import pixels
from gramsolve.tui.widgets.board import BoardPanel
from gramsolve.tui.widgets.contact_sheet import ContactSheet
from gramsolve.tui.widgets.pixels import Pixels, picture
from tests.fakes.catalogue import application, run_factory
from tests.fakes.pilot import settle, until
from tests.fakes.solver import ScriptedQueensSolver
from tests.fakes.task import Queens
from tests.fakes.waiting import PATIENCE

widget = pytest.importorskip("textual_image.widget")

Make = Callable[..., GramsolveApp]

PROGRAM = """
import sys
sys.path.insert(0, {here!r})
if {patience}:
    # The terminal answers, but it may take longer than the tenth of a second that is allowed for it.
    from textual_image import _terminal
    read = _terminal.read
    _terminal.read = lambda stream, count, timeout=None: read(stream, count, {patience})
from tests.fakes.solver import ScriptedQueensSolver
from tests.fakes.task import Queens
from gramsolve.inference.options import SolveOptions
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.source import LiveSource
from gramsolve.tui.widgets import pixels
print("detected", pixels.detect(), flush=True)
task = Queens()
solver = ScriptedQueensSolver(task, "8x8")
GramsolveApp(task, "8x8", LiveSource(lambda: solver, task.generate("8x8", 1, 0)[0], SolveOptions())).run()
"""


class Coloured(Queens):
    """Its pictures say which board they are of."""

    def image(self, instance: Instance, view: View, size: int) -> Image.Image:
        return Image.new("RGB", (size, size), "green" if view.tokens is not None else "blue")


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures in half blocks, which need nothing of the terminal."""
    monkeypatch.setattr(pixels, "_Picture", widget.HalfcellImage)


def coloured() -> GramsolveApp:
    task = Coloured()
    source = LiveSource(lambda: ScriptedQueensSolver(task, "8x8"), task.generate("8x8", 1, 0)[0], SolveOptions(width=6))
    return GramsolveApp(task, "8x8", source)


def colours(app: GramsolveApp) -> set[str]:
    """Every colour on the screen."""
    strips = app.screen._compositor.render_strips()
    styles = [segment.style for strip in strips for segment in strip if segment.style]
    return {c.get_truecolor().hex for style in styles for c in (style.color, style.bgcolor) if c}


GREEN, BLUE = "#008000", "#0000ff"


async def test_the_large_board_is_a_picture_where_it_is_asked_for(blocks: None) -> None:
    app = coloured()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert not app.arena.query(Pixels) and GREEN not in colours(app)
        await pilot.press("P")
        await until(pilot, lambda: GREEN in colours(app))
        shown = app.arena.query_one(Pixels)
        assert shown.region == app.arena.query_one(BoardPanel).content_region
        await pilot.press("home")
        await until(pilot, lambda: BLUE in colours(app))
        await pilot.press("P")
        await until(pilot, lambda: not app.arena.query(Pixels))
        assert not {GREEN, BLUE} & colours(app) and not app.preferences.settings.pixels


async def test_it_follows_the_size_of_the_screen_and_is_remembered(blocks: None) -> None:
    app = coloured()
    async with app.run_test(size=(160, 50)) as pilot:
        await settle(pilot)
        await pilot.press("P")
        await until(pilot, lambda: app.arena.query(Pixels))
        await pilot.resize_terminal(80, 24)
        await until(
            pilot,
            lambda: app.arena.query_one(Pixels).region == app.arena.query_one(BoardPanel).content_region,
        )
        assert app.preferences.settings.pixels


async def test_samples_are_one_sheet(blocks: None) -> None:
    app = application()
    source, variant = replace(run_factory(), options=SolveOptions(width=6)).sample(Coloured())
    app.first = SampleScreen(Coloured(), variant, source, app.style)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.first
        assert isinstance(screen, SampleScreen)
        await until(pilot, lambda: screen.session.recorder.closed)
        await pilot.press("e", "P")
        await until(pilot, lambda: GREEN in colours(app))
        assert screen.query_one(Pixels).region == screen.query_one(ContactSheet).region


async def test_nothing_is_offered_where_there_are_no_pictures(make_app: Make) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("P")
        assert not app.preferences.settings.pixels and not app.arena.query(Pixels)
        await pilot.press("question_mark")
        assert "as pictures" not in app.export_screenshot().replace("&#160;", " ")


@pytest.mark.parametrize("room", [(540, 540), (600, 200), (200, 600), (40, 30)])
@pytest.mark.parametrize("count", [1, 2, 6])
async def test_pictures_have_exactly_the_room_there_is(room: tuple[int, int], count: int) -> None:
    app = coloured()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        drawn = picture(app.arena.view_state(), range(count), room, "#000000")
    assert drawn.size == room
    green = sum(n for n, colour in drawn.getcolors(1 << 20) or [] if colour == (0, 128, 0))
    assert green > 0.2 * room[0] * room[1] / max(room) * min(room) / max(1, count)


async def test_a_task_without_a_picture_is_told_of() -> None:
    class Broken(Queens):
        def image(self, instance: Instance, view: View, size: int) -> Image.Image:
            raise KeyError("queen")

    task = Broken()
    source = LiveSource(lambda: ScriptedQueensSolver(task, "8x8"), task.generate("8x8", 1, 0)[0], SolveOptions(width=2))
    app = GramsolveApp(task, "8x8", source)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert picture(app.arena.view_state(), [0], (50, 40), "#000000").size == (50, 40)
        assert "cannot draw" in (app.arena.session.recorder.error or "")


# Terminals


def talk(answers: dict[bytes, bytes], keys: bytes, wanted: bytes) -> bytes:
    """Run the program in a terminal that answers some questions; what it wrote until ``wanted``."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 1000, 600))
    program = PROGRAM.format(here=str(Path(__file__).parents[2]), patience=PATIENCE if answers else 0)
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    )
    seen, asked, end = b"", set(), time.monotonic() + PATIENCE
    try:
        while wanted not in seen and time.monotonic() < end:
            if select.select([master], [], [], 0.1)[0]:
                seen += os.read(master, 65536)
            for question, answer in answers.items():
                if question in seen and question not in asked:
                    asked.add(question)
                    os.write(master, answer)
            if keys and b"trajectories" in seen:
                os.write(master, keys)
                keys = b""
    finally:
        process.kill()
        process.wait()
        os.close(master)
        os.close(slave)
    return seen


def test_sixels_are_sent_to_a_terminal_that_shows_them() -> None:
    seen = talk({b"\x1b[c": b"\x1b[?62;4;22c"}, b"P", b"\x1bP")
    assert b"detected True" in seen and b"\x1bP" in seen


def test_kittys_protocol_is_spoken_with_a_terminal_that_knows_it() -> None:
    seen = talk({b"\x1b[c": b"\x1b[?62c", b"a=q": b"\x1b_Gi=1;OK\x1b\\"}, b"P", b"U=1")
    assert b"detected True" in seen and b"f=100" in seen and b"U=1" in seen


def test_a_terminal_that_does_not_answer_shows_characters() -> None:
    seen = talk({}, b"", b"trajectories")
    assert b"detected False" in seen and b"trajectories" in seen


def test_a_pipe_is_asked_nothing() -> None:
    program = "from gramsolve.tui.widgets import pixels; print(pixels.detect())"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, stdin=subprocess.DEVNULL)
    assert ended.stdout == b"False\n"
