"""Make the pictures of the README: the program photographs itself, with the shipped checkpoint.

    .venv/bin/python docs/make_pictures.py

Writes docs/pictures/: the TUI in the middle of a run and at its end (PNG, drawn character by character in a
monospaced font of the machine), and a recorded run (GIF).
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from PIL import Image

from gramsolve import api
from gramsolve.cli.main import run
from gramsolve.display.photograph import photograph
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks import registry
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.exhibit import Shot
from gramsolve.tui.source import LiveSource

FOLDER = Path(__file__).parent / "pictures"
PUZZLE = "........\n........\n.......Q\n........\n........\n........\n........\n........"
SIZE = (120, 40)


async def watch() -> None:
    """The arena at step 2, while trajectories disagree, and at the end."""
    task = registry.load("nqueens")
    solver = api.load("nqueens", threads=1)
    puzzle = task.parse(PUZZLE)[0]
    source = LiveSource(lambda: solver, puzzle, SolveOptions(width=20, seed=1))
    app = GramsolveApp(task, "8x8", source)
    async with app.run_test(size=SIZE) as pilot:
        while not app.arena.session.recorder.finished:
            await pilot.pause(0.05)
        app.arena.playback.playing = False
        for name, step in (("arena", 1), ("finished", None)):
            if step is None:
                app.arena.action_end()
            else:
                app.arena.action_seek(step)
            app.arena.redraw()
            await pilot.pause()
            draw(app).save(FOLDER / f"{name}.png", optimize=True)


def draw(app: GramsolveApp) -> Image.Image:
    """The screen as a terminal would show it, every character in its own box."""
    shot = Shot(app.screen)
    return photograph(shot.segments, *SIZE)


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
