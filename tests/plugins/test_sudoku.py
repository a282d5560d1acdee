"""Sudoku: exact counts, classes, the validator by its definition, texts as people write them, lists as published."""

from __future__ import annotations

import csv
import lzma
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve.tasks import BadInput, Missing, Split, View
from gramsolve_sudoku import Sudoku, canonical, data, generator, search
from gramsolve_sudoku.check import _check, check
from gramsolve_sudoku.geometry import BOXES, geometry_of, units
from gramsolve_sudoku.symmetry import random_symmetries

TASK = Sudoku()
SHARED = Path(__file__).parents[3] / "shared" / "data" / "sudoku"
FOUR, SIX, NINE = (geometry_of(name) for name in ("4x4", "6x6", "9x9"))
EXAMPLE = TASK.example
SOLVED = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"


def digits(text: str) -> np.ndarray:
    return np.frombuffer(text.replace(".", "0").encode(), np.uint8) - np.uint8(48)


def shared(name: str) -> list[dict[str, str]]:
    if not SHARED.exists():
        pytest.skip("the shared data is not here")
    return list(csv.DictReader(lzma.open(SHARED / f"{name}.csv.xz", "rt")))


def test_known_counts_of_complete_grids() -> None:
    assert search.count(np.zeros((1, 16), np.uint8), FOUR, 10**6)[0] == 288
    first_row = np.zeros((1, 36), np.uint8)
    first_row[0, :6] = range(1, 7)
    assert search.count(first_row, SIX, 10**9, 10**9)[0] * 720 == 28_200_960


def plain(board: list[int], size: int, lines: list[list[int]]) -> int:
    """Solutions by trying every digit in every empty cell."""
    if 0 not in board:
        return 1
    cell = board.index(0)
    total = 0
    for digit in range(1, size + 1):
        if all(board[other] != digit for unit in lines for other in range(len(board)) if unit[other] == unit[cell]):
            total += plain([*board[:cell], digit, *board[cell + 1 :]], size, lines)
    return total


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 8), st.booleans())
def test_the_search_finds_what_trying_everything_finds(seed: int, clues: int, spoil: bool) -> None:
    rng = np.random.default_rng(seed)
    board = generator.thinned(generator.grids(FOUR, 1, rng), np.array([clues]), rng)[0]
    if spoil:
        board[rng.integers(16)] = rng.integers(5)
    expected = plain(board.tolist(), 4, [unit.tolist() for unit in units(FOUR)])
    lines = [unit.tolist() for unit in units(FOUR)]
    clash = any(
        board[a] and board[a] == board[b] and any(unit[a] == unit[b] for unit in lines)
        for a in range(16)
        for b in range(a)
    )
    found = search.solutions(board, FOUR, 1000)
    assert found is not None and len(found) == (0 if clash else expected)
    assert len(np.unique(found, axis=0)) == len(found)
    tokens = np.repeat(board[None] + np.uint8(1), len(found), axis=0)
    assert check(tokens, found + np.uint8(1), FOUR).valid.all()


def by_plain_search(boards: np.ndarray, limit: int, budget: int = 10**6) -> tuple[list[set[bytes]], list[int]]:
    offsets = np.arange(len(boards) + 1) * limit
    found, numbers, _ = search._batch(boards, *search.tables(NINE), limit, budget, offsets)
    return [{row.tobytes() for row in found[i * limit : i * limit + max(n, 0)]} for i, n in enumerate(numbers)], [
        *numbers.tolist()
    ]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 81), st.sampled_from([0, 0, 1, 3]), st.sampled_from([1, 2, 70, 3000]))
def test_the_9x9_search_finds_what_the_plain_search_finds(seed: int, clues: int, spoiled: int, limit: int) -> None:
    rng = np.random.default_rng(seed)
    boards = generator.thinned(generator.grids(NINE, 4, rng), np.full(4, clues), rng)
    for cell in rng.integers(81, size=spoiled):
        boards[:, cell] = rng.integers(10, size=4)
    sets, numbers = by_plain_search(boards, limit)
    first, counts, _ = search.solve(boards, NINE, limit=limit)
    found, listed = search.listed(boards, NINE, limit)
    assert counts.tolist() == numbers == search.count(boards, NINE, limit).tolist() == listed.tolist()
    for i, part in enumerate(np.split(found, np.cumsum(listed)[:-1])):
        assert len({row.tobytes() for row in part}) == numbers[i]
        given_cells = np.repeat(boards[i : i + 1] + np.uint8(1), len(part), axis=0)
        assert check(given_cells, part + np.uint8(1), NINE).valid.all()
        if numbers[i] < limit:  # Where there are more, either search may list others.
            assert {row.tobytes() for row in part} == sets[i]
        assert np.array_equal(first[i], part[0] if len(part) else np.zeros(81))


def test_the_9x9_search_keeps_to_its_budget() -> None:
    empty = np.zeros((1, 81), np.uint8)
    assert search.count(empty, NINE, 10**9, budget=1000)[0] == -1
    assert search.solutions(empty[0], NINE, 10**9, budget=1000) is None
    assert search.count(empty, NINE, 500, budget=10**6)[0] == 500


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 40))
def test_digging_takes_what_digging_by_the_plain_search_takes(seed: int, wanted: int) -> None:
    rng = np.random.default_rng(seed)
    full = generator.grids(NINE, 3, rng)
    orders, most = rng.permuted(np.tile(np.arange(81), (3, 1)), axis=1), np.full(3, wanted)
    boards = search.dig(full, NINE, orders, most)
    assert np.array_equal(boards, search._dig(full, *search.tables(NINE), orders, most))
    assert (search.count(boards, NINE, 2) == 1).all()


def test_the_example() -> None:
    found, number, guesses = search.solve(digits(EXAMPLE)[None], NINE)
    assert number[0] == 1 and guesses[0] == 0 and np.array_equal(found[0], digits(SOLVED))


@pytest.mark.parametrize("name", ["17_clue", "magictour_top1465", "forum_hardest_1106", "forum_hardest_1905_11plus"])
def test_the_lists_have_one_solution_each(name: str) -> None:
    rows = shared(name)[:1200]
    boards = np.stack([digits(row["question"]) for row in rows])
    found, numbers, _ = search.solve(boards, NINE)
    guesses = search.difficulty(boards, NINE)
    assert (numbers == 1).all()
    assert np.array_equal(found, np.stack([digits(row["answer"]) for row in rows]))
    assert np.median(guesses) <= 2 if name == "17_clue" else np.median(guesses) > 10


def test_every_count_of_the_list_with_several_solutions() -> None:
    rows = shared("serg_benchmark_multisolution")
    found = search.count(np.stack([digits(row["question"]) for row in rows]), NINE, 10_000)
    assert len(rows) == 9494 and found.tolist() == [int(row["n_solutions"]) for row in rows]


@pytest.mark.parametrize(("geometry", "classes"), [(FOUR, 2), (SIX, 49)])
def test_classes_of_small_grids(geometry: object, classes: int) -> None:
    every = generator.grids(geometry, 4000, np.random.default_rng(0))  # type: ignore[arg-type]
    assert len(np.unique(canonical.canonical_grids(every, geometry), axis=0)) == classes  # type: ignore[arg-type]


@pytest.mark.parametrize("geometry", [FOUR, SIX, NINE], ids=["4x4", "6x6", "9x9"])
def test_copies_have_one_canonical_form_which_is_a_copy(geometry: object) -> None:
    rng = np.random.default_rng(1)
    every = generator.grids(geometry, 60, rng)  # type: ignore[arg-type]
    forms = canonical.canonical_grids(every, geometry)  # type: ignore[arg-type]
    copies = random_symmetries(geometry, 60, rng).outputs(every + np.uint8(1)) - np.uint8(1)  # type: ignore[arg-type]
    assert np.array_equal(canonical.canonical_grids(copies, geometry), forms)  # type: ignore[arg-type]
    assert np.array_equal(canonical.canonical_grids(forms, geometry), forms)  # type: ignore[arg-type]
    assert check(np.ones_like(forms), forms + np.uint8(1), geometry).valid.all()  # type: ignore[arg-type]
    if geometry is not NINE:
        boards = generator.thinned(every, rng.integers(4, 12, size=60), rng)
        moved = random_symmetries(geometry, 60, rng).outputs(boards + np.uint8(1)) - np.uint8(1)  # type: ignore[arg-type]
        same = canonical.canonical_puzzles(moved, geometry) == canonical.canonical_puzzles(boards, geometry)  # type: ignore[arg-type]
        assert same.all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["4x4", "6x6", "9x9", "6x6-3x2", "16x16"]))
def test_validator_against_its_definition(seed: int, variant: str) -> None:
    geometry, rng = geometry_of(variant), np.random.default_rng(seed)
    grid = generator.grids(geometry, 1, rng)[0] + 1 if geometry.size < 16 else np.zeros(256, int) + 2
    noise = rng.integers(geometry.size + 4, size=geometry.cells)
    outputs = np.where(rng.random(geometry.cells) < rng.choice([0, 0.02, 0.3]), noise, grid)
    inputs = np.where(rng.random(geometry.cells) < 0.3, np.clip(grid, 1, geometry.size + 1), 1)
    lines, wrong = [unit.tolist() for unit in units(geometry)], []
    for cell in range(geometry.cells):
        token = outputs[cell]
        bad = not 2 <= token <= geometry.size + 1 or (inputs[cell] > 1 and inputs[cell] != token)
        for unit in lines:
            bad |= any(outputs[o] == token for o in range(geometry.cells) if o != cell and unit[o] == unit[cell])
        wrong.append(bool(bad))
    found = check(inputs.astype(np.uint8)[None], outputs.astype(np.uint8)[None], geometry)
    assert found.violations[0].tolist() == wrong and found.valid[0] == (not any(wrong))


@pytest.mark.parametrize("count", [0, 1, 2, 127, 128, 129, 400])
def test_validator_of_many_9x9_boards_says_what_the_one_for_all_sizes_says(count: int) -> None:
    rng = np.random.default_rng(count)
    outputs = generator.grids(NINE, max(count, 1), rng)[:count] + np.uint8(1)
    inputs = np.where(rng.random(outputs.shape) < 0.3, outputs, 1).astype(np.uint8)
    noise = rng.choice([0, 1, 2, 5, 9, 10, 11, 255], outputs.shape)
    share = rng.choice([0, 0.02, 0.5, 1], (count, 1))
    outputs = np.where(rng.random(outputs.shape) < share, noise, outputs).astype(np.uint8)
    found = check(inputs, outputs, NINE)
    valid, wrong = _check(inputs, outputs, search.tables(NINE)[0], 9)
    assert np.array_equal(found.valid, valid) and np.array_equal(found.violations, wrong)
    assert count < 100 or 0 < found.valid.sum() < count


FRAMED = """
+-------+-------+-------+
| 5 3 . | . 7 . | . . . |
| 6 . . | 1 9 5 | . . . |
| . 9 8 | . . . | . 6 . |
+-------+-------+-------+
| 8 . . | . 6 . | . . 3 |
| 4 . . | 8 . 3 | . . 1 |
| 7 . . | . 2 . | . . 6 |
+-------+-------+-------+
| . 6 . | . . . | 2 8 . |
| . . . | 4 1 9 | . . 5 |
| . . . | . 8 . | . 7 9 |
+-------+-------+-------+
"""


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE,
        EXAMPLE.replace(".", "0") + "\r\n",
        "\ufeff# a comment\n" + EXAMPLE + "  hard, number 3",
        f"source,question,answer,rating\nx,{EXAMPLE},{SOLVED},3",
        f"puzzle,solution\n{EXAMPLE},{SOLVED}",
        f'"{EXAMPLE}";"{SOLVED}"',
        FRAMED,
        FRAMED.replace("|", "│").replace("-", "─").replace("+", "┼"),
        "\n".join(EXAMPLE[i : i + 9] for i in range(0, 81, 9)),
        "\n".join(" ".join(EXAMPLE[i : i + 9].replace(".", "_")) for i in range(0, 81, 9)),
    ],
)
def test_forms_that_are_understood(text: str) -> None:
    (puzzle,) = TASK.parse(text)
    assert TASK.format(puzzle) == EXAMPLE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("55" + EXAMPLE[2:], "line 1: the givens in r1c1 and r1c2 contradict"),
        ("5...5\n.....", "line 1"),
        ("1234\n12x4\n....\n....", "line 2: unknown character 'x'"),
        ("1234\n34\n....\n....", "line 2: this row has 2 cells"),
        ("7" + "." * 35, "r1c1: '7' is no digit of a 6x6 board"),
    ],
)
def test_what_is_wrong_is_named(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        TASK.parse(text)


def test_sixteen_by_sixteen() -> None:
    row = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"
    (puzzle,) = TASK.parse("\n".join([row, *[" ".join("." * 16)] * 15]))
    assert puzzle.variant == "16x16" and TASK.format(puzzle).startswith(row + " . .")
    assert TASK.parse(TASK.format(puzzle)) == [puzzle]
    (hexadecimal,) = TASK.parse("0123456789ABCDEF" + "." * 240)
    assert TASK.format(hexadecimal).startswith("0123456789ABCDEF....")
    assert np.array_equal(TASK.encode(hexadecimal), TASK.encode(puzzle))
    assert TASK.render(puzzle, View()).shape == (16, 16)


def test_variants_and_boxes() -> None:
    assert geometry_of("6x6-3x2").rows == 3 and geometry_of("6x6").rows == 2
    for name in ("9x9-3x3", "7x7", "9x8", "6x6-2x2", "6x6-6x1", "", "９x９"):
        with pytest.raises(BadInput):
            geometry_of(name)
    for size in BOXES:
        assert geometry_of(f"{size}x{size}").size == size
    (puzzle,) = TASK.parse("1" + "." * 35)
    assert TASK.to_variant(puzzle, "6x6-3x2").variant == "6x6-3x2"


def test_difficulties_mean_something() -> None:
    clues = {}
    for wish in (*TASK.difficulties, "30"):
        boards = np.stack([TASK.encode(p) - 1 for p in TASK.generate("9x9", 12, 5, wish)])
        guesses = search.difficulty(boards, NINE)
        assert (search.count(boards, NINE, 2) == 1).all()
        clues[wish] = (boards > 0).sum(axis=1)
        assert (guesses > 0).all() == (wish in ("hard", "expert"))
    assert (clues["30"] == 30).all() and clues["easy"].min() > clues["medium"].max() > clues["hard"].max()
    with pytest.raises(BadInput, match="fewest clues"):
        TASK.generate("9x9", 5, 0, "12")


def test_generated_9x9_separates_classes_of_grids() -> None:
    found = data._generated(NINE, 3, 300, 60)
    train, test = (
        {row.tobytes() for row in canonical.canonical_grids(split.outputs - np.uint8(1), NINE)}
        for split in (found.train, found.test)
    )
    assert not train & test and len(found.test) == 60
    assert (search.count(np.asarray(found.test.inputs) - np.uint8(1), NINE, 2) == 1).all()
    assert len(np.unique(found.train.inputs, axis=0)) == len(found.train)
    counts = search.count(np.asarray(found.train.inputs) - np.uint8(1), NINE, data.FEW + 1)
    assert (counts > data.FEW).any() and (counts > 10).sum() > (counts > data.FEW).sum()
    assert np.array_equal(np.diff(found.train.offsets), np.where(counts > data.FEW, 1, counts))
    for i in range(len(found.train)):
        solutions = found.train.solutions(i)
        assert len(np.unique(solutions, axis=0)) == len(solutions)
        assert check(np.repeat(found.train.inputs[i : i + 1], len(solutions), axis=0), solutions, NINE).valid.all()


@pytest.mark.parametrize("variant", ["4x4", "6x6"])
def test_generated_small_boards_separate_classes_of_puzzles_and_list_every_solution(variant: str) -> None:
    geometry, found = geometry_of(variant), TASK.dataset(variant, "generated")
    forms = [
        {row.tobytes() for row in canonical.canonical_puzzles(split.inputs - np.uint8(1), geometry)}
        for split in (found.train, found.test)
    ]
    assert not forms[0] & forms[1]
    counts = search.count(found.test.inputs - np.uint8(1), geometry, 1000)
    assert np.array_equal(counts, np.diff(found.test.offsets)) and counts.max() > 10


def test_lists_in_the_forms_they_are_found(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    boards = generator.puzzles(NINE, 40, rng, "medium")
    lines = ["".join(map(str, row)).replace("0", ".") for row in boards]
    solved = ["".join(map(str, row)) for row in search.solve(boards, NINE)[0]]
    (tmp_path / "raw").write_text("# from somewhere\r\n#\r\n" + "\r\n".join(lines))
    rows = [f"x,{a},{b},7" for a, b in zip(lines, solved, strict=True)]
    (tmp_path / "table.csv.xz").write_bytes(lzma.compress("\n".join(["source,question,answer,rating", *rows]).encode()))
    files = {"raw": tmp_path / "raw", "table": tmp_path / "table.csv.xz"}
    first, second = (TASK.dataset("9x9", name, files=files) for name in files)
    for split, other in ((first.train, second.train), (first.test, second.test)):
        assert np.array_equal(split.inputs, other.inputs) and np.array_equal(split.outputs, other.outputs)
    assert len(first.train) + len(first.test) == 40 and len(first.test) >= 1
    assert "40 puzzles of 9x9, 0 of them with several solutions" in TASK.inspect(tmp_path / "raw")
    assert len(TASK.dataset("9x9", "raw+table", files=files).train.inputs) == len(first.train)
    with pytest.raises(Missing, match="'17_clue' is not here"):
        TASK.dataset("9x9", "17_clue")
    with pytest.raises(BadInput, match="unknown protocol"):
        TASK.dataset("9x9", "nothing")
    (tmp_path / "bad").write_text("\n".join([lines[0], "11" + lines[1][2:]]))
    for text, words in (("bad", "line 2: this puzzle has no solution"), ("absent", "cannot be read")):
        with pytest.raises(BadInput, match=words):
            TASK.inspect(tmp_path / text)


def test_a_class_is_held_out_in_whatever_mixture_it_appears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puzzles of two lists, copies of one another among them, and of our own."""
    monkeypatch.setattr(data, "TRAIN_GRIDS", 60)
    monkeypatch.setattr(data, "TEST_GRIDS", 5)
    rng = np.random.default_rng(0)
    boards = generator.puzzles(NINE, 60, rng, "medium")
    copies = np.asarray(random_symmetries(NINE, 60, rng).inputs(boards + np.uint8(1)) - np.uint8(1))
    files = {"one": tmp_path / "one", "other": tmp_path / "other"}
    for path, listed in zip(files.values(), (boards, copies[:40]), strict=True):
        path.write_text("\n".join("".join(map(str, row)) for row in listed))

    def forms(split: Split) -> set[bytes]:
        return {row.tobytes() for row in canonical.canonical_grids(split.outputs - np.uint8(1), NINE)}

    alone, copied = (TASK.dataset("9x9", name, files=files) for name in files)
    mixed = TASK.dataset("9x9", "one+generated+other", files=files)
    assert forms(copied.test) <= forms(alone.test) <= forms(mixed.test)
    assert not forms(mixed.train) & (forms(alone.test) | forms(copied.test))
    assert len(mixed.train) > len(alone.train) + len(copied.train) + 100
    assert len(np.unique(mixed.train.inputs, axis=0)) == len(mixed.train)


def written(
    path: Path, boards: np.ndarray, end: str = "\n", columns: str = "source,question,answer,rating"
) -> list[str]:
    """A file in the columns of Sudoku-Extreme; its lines."""
    solved = search.solve(boards, NINE)[0]
    lines = [columns]
    for board, solution in zip(boards, solved, strict=True):
        question = "".join(map(str, board)).replace("0", ".")
        lines.append(f"puzzles0_kaggle,{question},{''.join(map(str, solution))},0")
    path.write_bytes((end.join(lines) + end).encode())
    return lines


@pytest.fixture
def published(tmp_path: Path) -> tuple[dict[str, Path], np.ndarray]:
    """Files ``extreme-train`` and ``extreme-test``; five training puzzles have solutions of test puzzles, three of them
    turned into copies. Also the training puzzles that are free of it."""
    rng = np.random.default_rng(7)
    boards = generator.puzzles(NINE, 60, rng, "medium")
    train, test = boards[:40], boards[40:]
    full = search.solve(test, NINE)[0]
    same = generator.dug(full[:2], NINE, np.array([30, 30]), rng)
    copied = random_symmetries(NINE, 3, rng).outputs(full[2:5] + np.uint8(1)) - np.uint8(1)
    leaks = np.concatenate([same, generator.dug(copied.astype(np.uint8), NINE, np.full(3, 30), rng)])
    files = {f"extreme-{half}": tmp_path / f"{half}.csv" for half in ("train", "test")}
    written(files["extreme-train"], np.concatenate([train[:20], leaks, train[20:]]), "\r\n")
    written(files["extreme-test"], test)
    return files, train


@pytest.mark.parametrize("protocol", ["extreme", "extreme-train:extreme-test"])
def test_files_published_as_train_and_test(protocol: str, published: tuple[dict[str, Path], np.ndarray]) -> None:
    files, clean = published
    found = TASK.dataset("9x9", protocol, files=files)
    assert {row.tobytes() for row in found.train.inputs} == {row.tobytes() for row in clean + np.uint8(1)}
    assert len(found.test) == 20 and (np.diff(found.test.offsets) == 1).all()
    assert found.note.startswith("5 of 45 training puzzles left out")
    forms = [canonical.canonical_grids(s.outputs - np.uint8(1), NINE) for s in (found.train, found.test)]
    assert not {row.tobytes() for row in forms[0]} & {row.tobytes() for row in forms[1]}


def test_a_half_of_a_pair_that_is_missing_is_named(published: tuple[dict[str, Path], np.ndarray]) -> None:
    files = {"extreme-train": published[0]["extreme-train"]}
    for protocol in ("extreme", "extreme-train:extreme-test"):
        with pytest.raises(BadInput, match="there is no file 'extreme-test'"):
            TASK.dataset("9x9", protocol, files=files)
    with pytest.raises(BadInput, match="every training puzzle"):
        TASK.dataset("9x9", "extreme-train:extreme-train", files=files)
    with pytest.raises(Missing, match="'17_clue' is not here"):
        TASK.dataset("9x9", "extreme-train:17_clue", files=files)


def test_lines_that_are_not_understood_are_named(tmp_path: Path) -> None:
    boards = generator.puzzles(NINE, 5, np.random.default_rng(1), "easy")
    lines = written(tmp_path / "a.csv", boards)
    lines[2] = lines[2][:60]  # cut short inside its puzzle
    puzzle, answer = lines[4].split(",")[1:3]
    lines[4] = f"x,{puzzle},{answer[::-1]},0"  # a wrong answer
    lines[5] = f"x,{puzzle},{puzzle},0"  # the puzzle once more where the answer belongs
    (tmp_path / "a.csv").write_bytes(("\ufeff" + "\r\n".join(lines)).encode())
    assert TASK.inspect(tmp_path / "a.csv") == (
        "4 puzzles of 9x9, 0 of them with several solutions; line 3 holds no puzzle and is left out; "
        "line 5 has a wrong answer, which is left out"
    )
    (tmp_path / "a.csv").write_text("\n".join(line[:70] for line in lines))
    with pytest.raises(BadInput, match=r"a\.csv holds no 9x9 puzzle"):
        TASK.inspect(tmp_path / "a.csv")


@pytest.mark.parametrize("geometry", [FOUR, SIX, NINE], ids=["4x4", "6x6", "9x9"])
def test_classes_are_those_of_canonical_forms(geometry: object) -> None:
    rng = np.random.default_rng(5)
    every = generator.grids(geometry, 80, rng)  # type: ignore[arg-type]
    copies = random_symmetries(geometry, 80, rng).outputs(every + np.uint8(1)) - np.uint8(1)  # type: ignore[arg-type]
    assert np.array_equal(canonical.grid_marks(every, geometry), canonical.grid_marks(copies, geometry))  # type: ignore[arg-type]
    both = np.concatenate([every, copies])
    classes = canonical.grid_classes(both, geometry)  # type: ignore[arg-type]
    forms = canonical.groups(canonical.canonical_grids(both, geometry))  # type: ignore[arg-type]
    assert len(np.unique(classes)) == len(np.unique(forms)) == len(np.unique(classes * 1000 + forms))
    found = canonical.copies_of(every, copies[:9], geometry)  # type: ignore[arg-type]
    assert np.array_equal(found, np.isin(forms[:80], forms[80:89]))


def test_typing_into_a_board() -> None:
    puzzle = TASK.parse(EXAMPLE)[0]
    changed = TASK.edit(puzzle, 2, "4")
    assert changed is not None and TASK.format(changed).startswith("534")
    assert TASK.edit(puzzle, 2, "x") is None and TASK.edit(puzzle, 0, "A") is None
    assert TASK.answers([puzzle, puzzle], [[digits(SOLVED) + np.uint8(1)], []]) == (
        f"puzzle,solution\n{EXAMPLE},{SOLVED}\n{EXAMPLE},\n"
    )
