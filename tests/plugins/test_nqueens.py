"""N-Queens: the validator against a slow reference, exact counts, the paper's numbers."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve.tasks import BadInput, View
from gramsolve.tasks.kernel import Kernel
from gramsolve_nqueens import NQueens
from gramsolve_nqueens.encode import boards_of
from gramsolve_nqueens.enumerate import all_solutions, completions, random_solution
from tests.fakes.waiting import PATIENCE

TASK = NQueens()
EMPTY, QUEEN = 1, 2


# The validator


def reference(inputs: list[int], outputs: list[int], n: int) -> tuple[bool, list[bool]]:
    """Straight from the rules, queen against queen."""
    queens = [divmod(i, n) for i, token in enumerate(outputs) if token == QUEEN]

    def attacked(r: int, c: int) -> bool:
        return any((r, c) != (y, x) and (r == y or c == x or r - c == y - x or r + c == y + x) for y, x in queens)

    wrong = [
        token not in (EMPTY, QUEEN)
        or (token == QUEEN and attacked(*divmod(i, n)))
        or (token != QUEEN and inputs[i] == QUEEN)
        or all(row != i // n for row, _ in queens)
        for i, token in enumerate(outputs)
    ]
    valid = (
        len(queens) == n
        and not any(attacked(*queen) for queen in queens)
        and all(outputs[i] == QUEEN for i in range(n * n) if inputs[i] == QUEEN)
        and all(token in (EMPTY, QUEEN) for token in outputs)
    )
    return valid, wrong


@st.composite
def judged_boards(draw: st.DrawFn) -> tuple[int, np.ndarray, np.ndarray]:
    """Boards from perfect to hopeless: solutions with a few squares replaced."""
    n = draw(st.sampled_from([4, 5, 6, 7, 8, 8, 10]))
    solutions = all_solutions(n)
    outputs = np.full((3, n * n), EMPTY, np.uint8)
    inputs = outputs.copy()
    for b in range(3):
        columns = solutions[draw(st.integers(0, len(solutions) - 1))]
        outputs[b, np.arange(n) * n + columns] = QUEEN
        if draw(st.booleans()):  # a perfect board may still be the answer to another puzzle
            columns = solutions[draw(st.integers(0, len(solutions) - 1))]
        kept = draw(st.lists(st.integers(0, n - 1), max_size=n))
        inputs[b, [row * n + columns[row] for row in kept]] = QUEEN
        changes = draw(st.dictionaries(st.integers(0, n * n - 1), st.sampled_from([0, 1, 2, 3, 255]), max_size=4))
        for square, token in changes.items():
            outputs[b, square] = token
    return n, inputs, outputs


@settings(max_examples=300, deadline=None)
@given(judged_boards())
def test_check_follows_the_rules(case: tuple[int, np.ndarray, np.ndarray]) -> None:
    n, inputs, outputs = case
    found = TASK.check(f"{n}x{n}", inputs, outputs)
    for b in range(len(outputs)):
        valid, wrong = reference(inputs[b].tolist(), outputs[b].tolist(), n)
        assert found.valid[b] == valid == (not any(wrong))
        assert found.violations[b].tolist() == wrong


@pytest.mark.parametrize("count", [1, 255, 256, 257, 700])
def test_check_of_many_boards(count: int) -> None:
    rng = np.random.default_rng(count)
    outputs = boards_of(all_solutions(8)[rng.integers(92, size=count)])
    inputs = np.where(rng.random(outputs.shape) < 0.3, outputs, EMPTY).astype(np.uint8)
    noise = rng.integers(4, size=outputs.shape)
    outputs = np.where(rng.random(outputs.shape) < rng.choice([0, 0.02, 0.5, 1], (count, 1)), noise, outputs)
    found = TASK.check("8x8", inputs, outputs.astype(np.uint8))
    for b in range(count):
        valid, wrong = reference(inputs[b].tolist(), outputs[b].tolist(), 8)
        assert found.valid[b] == valid and found.violations[b].tolist() == wrong


def test_check_largest_board_and_strides() -> None:
    board = np.full(32, -1, np.int8)
    columns = random_solution(32, np.random.default_rng(0))
    assert columns.shape == board.shape
    outputs = np.full((2, 1024), EMPTY, np.uint8)
    outputs[0, np.arange(32) * 32 + columns] = QUEEN
    inputs = np.full_like(outputs, EMPTY)
    doubled = np.repeat(outputs, 2, axis=1)[:, ::2]
    assert not doubled.flags.c_contiguous
    assert TASK.check("32x32", inputs, doubled).valid.tolist() == [True, False]


@pytest.mark.parametrize(
    "inputs, outputs, message",
    [
        (np.ones((1, 64), np.uint8), np.ones((1, 64), np.int64), "outputs must be uint8"),
        (np.ones((1, 63), np.uint8), np.ones((1, 64), np.uint8), "inputs must be uint8"),
        (np.ones(64, np.uint8), np.ones((1, 64), np.uint8), "inputs must be uint8"),
        (np.ones((2, 64), np.uint8), np.ones((1, 64), np.uint8), "2 inputs for 1 outputs"),
        (np.full((1, 64), 3, np.uint8), np.ones((1, 64), np.uint8), "inputs hold token 3"),
    ],
)
def test_check_refuses_other_arrays(inputs: np.ndarray, outputs: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TASK.check("8x8", inputs, outputs)


def test_check_of_nothing() -> None:
    nothing = np.empty((0, 64), np.uint8)
    found = TASK.check("8x8", nothing, nothing)
    assert found.valid.shape == (0,) and found.violations.shape == (0, 64)


# Enumeration


@pytest.mark.parametrize("n, count", [(4, 2), (5, 10), (6, 4), (7, 40), (8, 92), (9, 352), (10, 724), (12, 14200)])
def test_exact_counts(n: int, count: int) -> None:
    found = TASK.enumerate(TASK.blank(f"{n}x{n}"), 100_000)
    assert found is not None
    assert len(np.unique(found, axis=0)) == len(found) == count
    assert TASK.check(f"{n}x{n}", np.ones_like(found), found).valid.all()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([5, 6, 8]), st.sets(st.integers(0, 63), max_size=4))
def test_completions_are_the_solutions_with_the_givens(n: int, squares: set[int]) -> None:
    queens = tuple(sorted(square for square in squares if square < n * n))
    every = {tuple(int(r * n + c) for r, c in enumerate(columns)) for columns in all_solutions(n)}
    found = completions(queens, n, 1000)
    assert found is not None
    assert {tuple(int(r * n + c) for r, c in enumerate(columns)) for columns in found} == {
        solution for solution in every if set(queens) <= set(solution)
    }


def test_search_gives_up_instead_of_lying() -> None:
    assert completions((), 32, 10, budget=20) is None


def test_large_boards_are_solved() -> None:
    for n in range(13, 33):
        found = TASK.enumerate(TASK.blank(f"{n}x{n}"), 3)
        assert found is not None and TASK.check(f"{n}x{n}", np.ones_like(found), found).valid.all()
        assert len(found) == 3


# Data


def classes(inputs: np.ndarray, n: int) -> set[frozenset[frozenset[tuple[int, int]]]]:
    """Symmetry classes, each as the set of all its boards; turned as points around the centre."""
    found = set()
    for tokens in inputs:
        points = [(2 * (i % n) - n + 1, 2 * (i // n) - n + 1) for i in np.flatnonzero(tokens == QUEEN).tolist()]
        copies = []
        for _ in range(4):
            points = [(-y, x) for x, y in points]
            copies += [frozenset(points), frozenset((-x, y) for x, y in points)]
        found.add(frozenset(copies))
    return found


def test_paper_split_has_the_papers_numbers() -> None:
    data = TASK.dataset("8x8", "paper")
    assert (len(data.train), len(data.test)) == (4375, 773)
    assert len(data.train.outputs) == 92
    kept = {int(k) for split in (data.train, data.test) for k in (split.inputs == QUEEN).sum(axis=1)}
    assert kept == {1, 2, 3}
    assert classes(data.train.inputs, 8) & classes(data.test.inputs, 8)  # why there is another protocol


def test_every_solution_of_an_input_is_listed() -> None:
    for split in (TASK.dataset("8x8", "paper").test, TASK.dataset("6x6", "symmetry").test):
        n = int(split.inputs.shape[1] ** 0.5)
        for index in range(0, len(split), 17):
            found = TASK.enumerate(TASK.decode(f"{n}x{n}", split.inputs[index]), 1000)
            assert found is not None
            assert {row.tobytes() for row in split.solutions(index)} == {row.tobytes() for row in found}


@pytest.mark.parametrize("variant", ["6x6", "8x8"])
def test_symmetry_split_shares_no_class(variant: str) -> None:
    data = TASK.dataset(variant, "symmetry")
    n = int(variant.split("x")[0])
    assert not classes(data.train.inputs, n) & classes(data.test.inputs, n)
    share = len(data.train) / (len(data.train) + len(data.test))
    assert 0.84 < share < 0.9


def test_seed_shuffles_the_split() -> None:
    first, second = TASK.dataset("8x8", "paper", 0), TASK.dataset("8x8", "paper", 1)
    assert len(first.train) == len(second.train)
    assert not np.array_equal(first.test.inputs, second.test.inputs)


def test_no_data_set_for_large_boards() -> None:
    with pytest.raises(BadInput, match="no data set for 12x12: 10x10 is the largest"):
        TASK.dataset("12x12", "paper")


@pytest.mark.parametrize("n", [4, 5, 6, 7, 9, 12, 13, 20, 32])
def test_generated_boards_have_solutions(n: int) -> None:
    kept = {}
    for difficulty in TASK.difficulties:
        boards = TASK.generate(f"{n}x{n}", 6, 11, difficulty)
        assert TASK.generate(f"{n}x{n}", 3, 11, difficulty) == boards[:3]
        for board in boards:
            found = TASK.enumerate(board, 1)
            assert found is not None and len(found) == 1
        kept[difficulty] = np.mean([len(board.queens) for board in boards])  # type: ignore[attr-defined]
    assert n > kept["easy"] > kept["medium"] >= kept["hard"] >= 1


@pytest.mark.parametrize("name", ["8", "8x9", "3x3", "33x33", "08x08", "x", "", "-8x-8", "8x8x8", "٨x٨", "9" * 5000])
def test_unknown_variants(name: str) -> None:
    with pytest.raises(BadInput, match="use NxN with N from 4 to 32"):
        TASK.variant(name)


# Pictures


def test_render_tells_givens_guesses_and_breaks() -> None:
    board = TASK.parse("Q.../..../..../....")[0]
    tokens = np.array([1, 2, 1, 1] + [1] * 4 + [2, 0, 1, 1] + [1] * 4, np.uint8)
    previous = np.ones(16, np.uint8)
    confidence = np.linspace(0, 1, 16, dtype=np.float32)
    violations = np.zeros(16, np.bool_)
    violations[1] = True
    grid = TASK.render(board, View(tokens, confidence, violations, previous))
    lines = ["".join(cell.ascii for cell in row) for row in grid.rows]
    assert lines == ["QQ..", "....", "Q?..", "...."]
    first, second, third = grid.rows[0][:3]
    assert (first.role, first.violated, first.confidence, first.shade) == ("given", True, None, 0)
    assert (second.role, second.violated, second.changed, second.shade) == ("guess", True, True, 1)
    assert second.confidence == pytest.approx(1 / 15)
    assert (third.role, third.text, third.violated, third.changed) == ("empty", "·", False, False)
    assert grid.rows[2][0].text == "♛"


def test_puzzle_alone() -> None:
    grid = TASK.render(TASK.parse(TASK.example)[0], View())
    cells = [cell for row in grid.rows for cell in row]
    assert sum(cell.role == "given" for cell in cells) == 2 and {cell.role for cell in cells} == {"given", "empty"}
    assert not any(cell.violated or cell.changed or cell.confidence is not None for cell in cells)


def test_picture_shows_what_is_there() -> None:
    board = TASK.parse(TASK.example)[0]
    tokens = TASK.encode(board)
    plain = np.asarray(TASK.image(board, View(), 400)).astype(int)
    assert np.array_equal(plain, np.asarray(TASK.image(board, View(tokens), 400)))
    guessed = tokens.copy()
    guessed[63] = QUEEN
    half = plain.shape[0] // 2

    def difference(view: View) -> np.ndarray:
        return np.abs(np.asarray(TASK.image(board, view, 400)).astype(int) - plain).sum(axis=2)

    one = difference(View(guessed))
    assert one[half:, half:].any() and not one[:half].any() and not one[:, :half].any()
    unsure = View(guessed, confidence=np.zeros(64, np.float32))
    assert not np.array_equal(difference(unsure), one)
    violations = np.zeros(64, np.bool_)
    violations[0] = True
    broken = difference(View(tokens, violations=violations))
    assert broken[:half, :half].any() and not broken[half:].any()


@pytest.mark.parametrize("size", [0, -1, 31, 100_000])
def test_impossible_pictures(size: int) -> None:
    with pytest.raises(ValueError, match="a picture has 32 to 8192 pixels"):
        TASK.image(TASK.blank("8x8"), View(), size)


# Compiled code


def load_doubling(path: Path) -> Kernel:
    spec = importlib.util.spec_from_file_location("doubling", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Kernel(module.double)


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("content", [b"", b"\x80\x05not a pickle", None])
def test_a_broken_cache_is_replaced(tmp_path: Path, suffix: str, content: bytes | None) -> None:
    source = tmp_path / "doubling.py"
    source.write_text("def double(x):\n    return x + x\n")
    assert load_doubling(source)(21) == 42
    (cached,) = tmp_path.rglob(f"*{suffix}")
    whole = cached.read_bytes()
    cached.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert load_doubling(source)(21) == 42
    assert len(cached.read_bytes()) >= len(whole) // 2 + 1
    repaired = load_doubling(source)
    assert repaired(21) == 42 and sum(repaired._compiled.stats.cache_hits.values()) == 1


def test_no_folder_for_a_cache() -> None:
    scope: dict[str, object] = {}
    exec("def triple(x):\n    return 3 * x\n", scope)
    assert Kernel(scope["triple"])(14) == 42  # type: ignore[arg-type]


def test_kernels_stay_in_bounds(tmp_path: Path) -> None:
    """Numba checks no index unless told to."""
    code = """
import numpy as np
from gramsolve_nqueens import NQueens
from gramsolve_nqueens.encode import boards_of
task = NQueens()
for n in (4, 32):
    name = f"{n}x{n}"
    found = task.enumerate(task.generate(name, 1, 0)[0], 200)
    noise = np.random.default_rng(0).integers(0, 3, (50, n * n), dtype=np.uint8)
    full = np.full((1, n * n), 2, np.uint8)
    outputs = np.concatenate([found, noise, full])
    task.check(name, np.ones_like(outputs), outputs)
print(len(task.enumerate(task.blank("8x8"), 100)), len(task.dataset("8x8", "paper").train))
"""
    environment = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.stdout.strip(), done.returncode) == ("92 4375", 0), done.stderr[-2000:]
