"""Make the pictures of the README: the program photographs itself, with the shipped checkpoint.

    .venv/bin/python docs/make_pictures.py

Writes docs/pictures/: the screens of the TUI (PNG, drawn character by character with DejaVu Sans Mono, which must be
installed), and a recorded run (GIF).
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.console import Console
from textual.pilot import Pilot

from gramsolve import api
from gramsolve.cli.main import run
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks import registry
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.screens.compare import Compare
from gramsolve.tui.screens.home import Home
from gramsolve.tui.source import LiveSource

FOLDER = Path(__file__).parent / "pictures"
PUZZLE = "........\n........\n.......Q\n........\n........\n........\n........\n........"
SIZE = (120, 40)
BOX = (10, 19)
FONT_SIZE = 16
BACKGROUND = "#14161a"


async def photograph() -> None:
    """The arena at step 2, while trajectories disagree, and at its end; the latent map; a comparison; home."""
    task = registry.load("nqueens")
    solver = api.load("nqueens", threads=1)
    puzzle = task.parse(PUZZLE)[0]
    source = LiveSource(lambda: solver, puzzle, SolveOptions(width=20, seed=1))
    app = GramsolveApp(task, "8x8", source)
    async with app.run_test(size=SIZE) as pilot:
        arena = app.arena
        await until(pilot, lambda: arena.session.recorder.closed)
        for name, step in (("arena", 1), ("finished", 10**6)):
            arena.action_seek(step)
            await keep(pilot, name)
        await pilot.press("f", "m")
        arena.action_seek(4)
        await keep(pilot, "map")
        await pilot.press("m", "c")
        await until(pilot, lambda: isinstance(app.screen, Compare))
        compare = app.screen
        assert isinstance(compare, Compare)
        await until(pilot, lambda: all(session.recorder.closed for session in compare.sessions))
        compare.action_end()
        await keep(pilot, "compare")
    app = GramsolveApp()
    async with app.run_test(size=SIZE) as pilot:
        home = app.first
        assert isinstance(home, Home)
        await until(pilot, lambda: home.complete)
        await keep(pilot, "home")


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the application work until something holds."""
    while not condition():
        await pilot.pause(0.05)


async def keep(pilot: Pilot[None], name: str) -> None:
    """Save what is on the screen, once it is there."""
    await pilot.pause(0.2)
    app = pilot.app
    assert isinstance(app, GramsolveApp)
    # A palette of a few dozen colours is all a terminal shows, and a quarter of the bytes.
    draw(app).quantize(128).save(FOLDER / f"{name}.png", optimize=True)


def draw(app: GramsolveApp) -> Image.Image:
    """The screen as a terminal would show it, every character in its own box."""
    console = Console(
        width=SIZE[0], height=SIZE[1], file=io.StringIO(), force_terminal=True, color_system="truecolor", record=True
    )
    console.print(app.screen._compositor.render_update(full=True))
    picture = Image.new("RGB", (SIZE[0] * BOX[0], SIZE[1] * BOX[1]), BACKGROUND)
    pen = ImageDraw.Draw(picture)
    fonts = [ImageFont.truetype(f"DejaVuSansMono{bold}.ttf", FONT_SIZE) for bold in ("", "-Bold")]
    x = y = 0
    for segment in console._record_buffer:
        if segment.control:
            continue
        style = segment.style
        front, back = (
            (c.get_truecolor().hex if c else None for c in (style.color, style.bgcolor)) if style else ("", "")
        )
        front, back = front or "#d8dce4", back or BACKGROUND
        if style and style.reverse:
            front, back = back, front
        if style and style.dim:
            both = zip(ImageColor.getrgb(front), ImageColor.getrgb(back), strict=True)
            front = "#" + "".join(f"{(a + b) // 2:02x}" for a, b in both)
        for character in segment.text:
            if character == "\n":
                x, y = 0, y + 1
                continue
            width = cell_len(character)
            left, top = x * BOX[0], y * BOX[1]
            pen.rectangle((left, top, left + width * BOX[0] - 1, top + BOX[1] - 1), fill=back)
            if not block(pen, character, left, top, front):
                pen.text((left, top), character, fill=front, font=fonts[bool(style and style.bold)])
            x += width
    return picture


def block(pen: ImageDraw.ImageDraw, character: str, left: int, top: int, color: str) -> bool:
    """Block elements fill their box exactly, as terminals draw them, and braille dots are where they belong: the font
    has none."""
    width, height = BOX
    dots = ord(character) - 0x2800 if 0x2800 <= ord(character) < 0x2900 else 0
    for number, (across, down) in enumerate(((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))):
        if dots >> number & 1:
            x, y = left + (1 + 2 * across) * width // 4, top + (1 + 2 * down) * height // 8
            pen.rectangle((x - 1, y - 1, x, y), fill=color)
    eighths = "▁▂▃▄▅▆▇█".find(character) + 1
    if character == "▀":
        pen.rectangle((left, top, left + width - 1, top + height // 2 - 1), fill=color)
    elif character == "▌":
        pen.rectangle((left, top, left + width // 2 - 1, top + height - 1), fill=color)
    elif eighths:
        pen.rectangle((left, top + height - height * eighths // 8, left + width - 1, top + height - 1), fill=color)
    return character in "▀▌" or eighths > 0 or dots > 0


def film() -> None:
    """A run recorded and exported by the command line."""
    recording = FOLDER / "run.npz"
    line = PUZZLE.replace("\n", "/")
    steps = ["solve", "nqueens", line, "-n", "10", "--seed", "1", "--depth", "8", "--halt", "never", "-q"]
    for arguments in ([*steps, "--record", str(recording)], ["export", str(recording), "-o", str(FOLDER / "run.gif")]):
        if run(arguments):
            sys.exit(1)
    recording.unlink()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    asyncio.run(photograph())
    film()
