"""How long a key takes to be seen: the arena in a real terminal, 50 trajectories at work beside it.

    python benchmarks/tui_keys.py

Chooses one trajectory after another and waits until the whole screen that shows it has arrived. The solver never
halts meanwhile; without load it has come to its end.
"""

from __future__ import annotations

import os
import random
import statistics
import time

import harness
from pty_screen import LEAST, Screen, table

PRESSES = 100
CORES = 2
SIZES = ((80, 24), (160, 50), (200, 60))
ARENA = ["-m", "gramsolve", "tui", "nqueens", "--checkpoint", "nqueens-8x8", "-n", "50", "--seed", "1"]
BUSY = [*ARENA, "--halt", "never", "--depth", "1000"]
CASES = (
    ("50 at work", BUSY, "steps ready", "50 ms"),
    ("50 at rest", ARENA, "unseen", ""),
    ("a label, nothing else", LEAST, "trajectory 0 ", ""),
)


def measure(words: list[str], size: tuple[int, int], ready: str) -> list[float]:
    """Seconds from each press to its repaint, in order of length."""
    random.seed(0)
    times = []
    with Screen(words, size) as screen:
        screen.wait(ready)
        for number in range(PRESSES):
            # The keys come at no particular moment of a step or a frame.
            end = time.perf_counter() + random.uniform(0.05, 0.25)
            while time.perf_counter() < end:
                screen.read(0.01)
            screen.forget()
            there = 1 - number % 2
            pressed = screen.press("l" if there else "h")
            times.append(screen.wait(f"trajectory {there} ") - pressed)
    return sorted(times)


def main() -> None:
    options = harness.arguments("From a key to the repainted screen.").parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    rows = []
    for size in SIZES:
        for what, words, ready, goal in CASES:
            times = measure(words, size, ready)
            label = f"{size[0]}x{size[1]}, {what}"
            rows.append((f"{label}, median", 1000 * statistics.median(times), ""))
            rows.append((f"{label}, 95th percentile", 1000 * times[int(0.95 * len(times))], goal))
    table("From a key to the repainted screen", rows, as_json=options.json)


if __name__ == "__main__":
    main()
