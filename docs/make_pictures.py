"""Make the pictures of the README: the program photographs itself, with the shipped checkpoint.

    .venv/bin/python docs/make_pictures.py

Writes docs/pictures/: the screens of the TUI (PNG, drawn character by character in a monospaced font of the
machine), and a recorded run (GIF).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from textual.pilot import Pilot

from gramsolve import api
from gramsolve.cli.main import run
from gramsolve.display.screenshot import screenshot
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks import registry
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.exportable import Screenshot
from gramsolve.tui.runs.source import LiveSource
from gramsolve.tui.screens.compare import Compare
from gramsolve.tui.screens.home import Home

FOLDER = Path(__file__).parent / "pictures"
PUZZLE = "........\n........\n.......Q\n........\n........\n........\n........\n........"
SIZE = (120, 40)


async def watch() -> None:
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
    shot = Screenshot(app.screen)
    return screenshot(shot.segments, *SIZE)


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
    asyncio.run(watch())
    film()
