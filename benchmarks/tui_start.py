"""From the command to the first picture, in a real terminal: the home screen, and a puzzle with its first step.

python benchmarks/tui_start.py
"""

from __future__ import annotations

import harness
from pty_screen import LEAST, Screen, table

ROUNDS = 5
HOME = ["-m", "gramsolve", "tui"]
ARENA = [*HOME, "nqueens", "--checkpoint", "nqueens-8x8"]


def best(words: list[str], *wanted: str) -> list[float]:
    """Milliseconds until each of some texts was drawn, the best of some rounds."""
    rounds = []
    for _ in range(ROUNDS):
        with Screen(words, (120, 40)) as screen:
            rounds.append([1000 * (screen.wait(text) - screen.started) for text in wanted])
    return [min(times) for times in zip(*rounds, strict=True)]


def main() -> None:
    options = harness.arguments("From the command to the first picture.").parse_args()
    home = best(HOME, "gramsolve", "N-Queens")
    (floor,) = best(LEAST, "trajectory 0 ")
    board, step = best(ARENA, "N-Queens", "steps ready")
    rows = [
        ("the least of Textual: a label", floor, ""),
        ("home, first picture", home[0], "1,000 ms"),
        ("home, the first task is described", home[1], ""),
        ("a puzzle, its board", board, "1,000 ms"),
        ("a puzzle, torch and the model loaded and two steps done", step, ""),
    ]
    table("From the command to the first picture", rows, as_json=options.json)


if __name__ == "__main__":
    main()
