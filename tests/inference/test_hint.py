"""Hints: a cell that is open, a token that goes there, and honest counts of who agrees."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve.cli.main import run
from gramsolve.inference.events import Step
from gramsolve.inference.hint import hint
from gramsolve.tasks import registry

SUDOKU = registry.load("sudoku")
PUZZLE = SUDOKU.parse("1...............")[0]
SOLUTIONS = SUDOKU.enumerate(PUZZLE, 100)


def step(tokens: np.ndarray, valid: list[bool] | None, confidence: np.ndarray | None = None) -> Step:
    rows = len(tokens)
    sure = np.ones(tokens.shape, np.float32) if confidence is None else confidence
    numbers = np.zeros(rows, np.float32)
    right = None if valid is None else np.array(valid)
    return Step(
        0, 1, tokens, sure, numbers, numbers, np.ones(rows, np.bool_), right, None, np.zeros((rows, 2), np.float32), 0.0
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 71), st.booleans()), min_size=1, max_size=9), st.integers(0, 99))
def test_hints_are_open_cells_on_which_most_agree(chosen: list[tuple[int, bool]], seed: int) -> None:
    assert SOLUTIONS is not None and len(SOLUTIONS) == 72
    rng = np.random.default_rng(seed)
    valid = [right for _, right in chosen]
    tokens = np.array([SOLUTIONS[i] if right else rng.integers(2, 6, 16) for i, right in chosen], np.uint8)
    found = hint(SUDOKU, PUZZLE, step(tokens, valid))
    assert found is not None and found.cell != 0 and found.valid == any(valid)
    asked = tokens[valid] if any(valid) else tokens
    assert found.asked == len(asked)
    assert found.agreeing == (asked[:, found.cell] == found.token).sum()
    assert found.agreeing == max((asked[:, cell] == token).sum() for cell in range(1, 16) for token in range(2, 6))


def test_the_surest_of_equals_and_nothing_to_say() -> None:
    assert SOLUTIONS is not None
    tokens = SOLUTIONS[:1].copy()
    sure = np.full((1, 16), 0.5, np.float32)
    sure[0, 7] = 0.9
    found = hint(SUDOKU, PUZZLE, step(tokens, [True], sure))
    assert found is not None and (found.cell, found.token) == (7, tokens[0, 7])
    known = np.ones(16, np.bool_)
    known[[3, 9]] = False
    found = hint(SUDOKU, PUZZLE, step(tokens, None, sure), known)
    assert found is not None and (found.cell, found.valid) == (3, False)
    full = SUDOKU.parse("".join(str(token - 1) for token in tokens[0]))[0]
    assert hint(SUDOKU, full, step(tokens, [True])) is None


def test_an_empty_square_is_no_hint() -> None:
    queens = registry.load("nqueens")
    puzzle = queens.parse("4/4/4/4")[0]
    solutions = queens.enumerate(puzzle, 9)
    assert solutions is not None and len(solutions) == 2
    found = hint(queens, puzzle, step(solutions, [True, True]))
    assert found is not None and found.token == 2 and (found.agreeing, found.asked) == (1, 2)


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    quick = ["--checkpoint", "sudoku-4x4", "-n", "4", "--threads", "1", "--device", "cpu", "--hint"]
    puzzle = ".....14.2..3.32."
    (solution,) = SUDOKU.enumerate(SUDOKU.parse(puzzle)[0], 2)  # type: ignore[misc]
    assert run(["solve", "sudoku", puzzle, *quick]) == 0
    words = capsys.readouterr()
    row, column, digit = (int(word.strip(",:")) for word in words.out.split() if word.strip(",:").isdigit())
    assert solution[4 * row + column - 5] == digit + 1 and puzzle[4 * row + column - 5] == "."
    assert "4 of 4 valid trajectories agree" in words.err
    assert run(["solve", "sudoku", puzzle, *quick, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["hint"]
    assert told["words"] == words.out.strip() and told["agreeing"] == told["asked"] == 4
    full = "".join(str(token - 1) for token in solution)
    assert run(["solve", "sudoku", full, *quick]) == 0 and "nothing is left" in capsys.readouterr().out
    assert run(["solve", "sudoku", "12..............", *quick, "--engine", "exact"]) == 2
    (tmp_path / "two").write_text(f"{puzzle}\n{puzzle}\n")
    capsys.readouterr()
    assert run(["solve", "sudoku", str(tmp_path / "two"), *quick]) == 2
    assert "--hint is for one puzzle" in capsys.readouterr().err
