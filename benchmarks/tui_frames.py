"""What a frame of the arena costs: processor time from a step of the playback head to the lines for the terminal.

    python benchmarks/tui_frames.py

Recorded runs of 50 trajectories are played step by step, so that nothing but drawing is measured; then their
trajectories are chosen one after another.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence

import harness
from pty_screen import table

from gramsolve import api
from gramsolve.inference.events import Event
from gramsolve.inference.options import SolveOptions
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.gc_tuning import collect_rarely
from gramsolve.tui.runs.source import ReplaySource

SIZES = ((80, 24), (160, 50), (200, 60))
WIDTH, DEPTH, ROUNDS = 50, 16, 5
RUNS = (
    ("nqueens", "nqueens-8x8", "8/8/8/8/8/8/8/8"),
    ("sudoku", "sudoku-9x9", "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"),
    ("coloring", "coloring-8v3c", ""),
)
"""Task, checkpoint and puzzle; without one the task makes one."""


def recorded(task: str, checkpoint: str, text: str) -> tuple[api.Solver, list[Event]]:
    """A run in which no trajectory halts; the open board of the first keeps changing to the end."""
    solver = api.load(task, checkpoint=checkpoint, threads=1)
    puzzle = solver.task.parse(text)[0] if text else solver.task.generate(solver.variant, 1, 3)[0]
    return solver, list(solver.run(puzzle, SolveOptions(width=WIDTH, depth=DEPTH, halt="never", seed=1, exact=False)))


async def cost(solver: api.Solver, events: Sequence[Event], size: tuple[int, int]) -> tuple[list[float], list[float]]:
    """Seconds of processor time: of each step, and of each choice of another trajectory."""
    app = GramsolveApp(solver.task, solver.variant, ReplaySource(events))

    async with app.run_test(size=size) as pilot:
        arena = app.arena
        while not arena.session.recorder.closed:
            await pilot.pause(0.01)
        arena.action_seek(0)
        await pilot.pause()

        async def timed(work: Callable[[], object]) -> float:
            begin = time.process_time()
            work()
            await pilot.pause(3 / 60)  # Textual paints at the next sixtieth of a second.
            return time.process_time() - begin

        last = len(arena.session.recorder.frames)
        idle = min([await timed(lambda: None) for _ in range(20)])
        steps, choices = [], []
        for _ in range(ROUNDS):
            arena.action_seek(0)
            await pilot.pause(0.1)
            steps.append([await timed(lambda: arena.action_step(1)) - idle for _ in range(last)])
            choices.append([await timed(lambda: arena.action_choose(1, 0)) - idle for _ in range(10)])
        return best(steps), best(choices)


def best(rounds: Sequence[Sequence[float]]) -> list[float]:
    """Each time at its best, so that a busy neighbour does not count."""
    return [min(times) for times in zip(*rounds, strict=True)]


def main() -> None:
    options = harness.arguments("Processor time of a frame.").parse_args()
    collect_rarely()
    rows = []
    for run in RUNS:
        solver, events = recorded(*run)
        for size in SIZES:
            steps, choices = asyncio.run(cost(solver, events, size))
            for what, times in (("a step", steps), ("another trajectory", choices)):
                label = f"{run[0]}, {size[0]}x{size[1]}, {what}"
                rows.append((f"{label}, median", 1000 * statistics.median(times), ""))
                rows.append((f"{label}, most", 1000 * max(times), ""))
    table("A frame of the arena, 50 trajectories", rows, as_json=options.json)


if __name__ == "__main__":
    main()
