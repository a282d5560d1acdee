"""ARC canvases: where grids stand and where they end, and the symmetries against slow, plain references."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve_arc import Arc
from gramsolve_arc.canvas import canonical, canvas_of, draw, extents, grid_of, relabelled, transform, turn
from gramsolve_arc.puzzle import ORIGINAL, ArcGrid
from gramsolve_arc.symmetry import AFTER, FIXED, UNDO, ArcSymmetry

TASK = Arc()


# Canvases


@st.composite
def grids(draw: st.DrawFn, largest: int = 10) -> ArcGrid:
    rows, columns = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    cells = draw(st.binary(min_size=rows * columns, max_size=rows * columns))
    return tuple(bytes(c % 10 for c in cells[r * columns : (r + 1) * columns]) for r in range(rows))


@st.composite
def canvases(draw: st.DrawFn) -> np.ndarray:
    """Canvases uint8 [100] from tidy to hopeless, most with a grid in them; tokens may be anything."""
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return np.array(draw(st.lists(st.integers(0, 13), min_size=100, max_size=100)), np.uint8)
    tokens = canvas_of(draw(grids()), 10)
    damage = st.dictionaries(st.integers(0, 99), st.integers(0, 255), max_size=4**kind)
    for place, token in draw(damage).items():
        tokens[place] = token
    return tokens


def reference_canvas(grid: ArcGrid, side: int) -> list[int]:
    """Straight from the description of the layout."""
    height, width = len(grid), len(grid[0])
    tokens = []
    for row in range(side):
        for column in range(side):
            if row < height and column < width:
                tokens.append(grid[row][column] + 2)
            elif (row == height and column < width) or (column == width and row < height):
                tokens.append(1)
            else:
                tokens.append(0)
    return tokens


def reference_extent(tokens: list[int], side: int) -> tuple[int, int]:
    """Every rectangle in turn, with exact fractions."""
    board = [tokens[r * side : (r + 1) * side] for r in range(side)]
    right = [row.index(1) if 1 in row else side for row in board]
    columns = [[row[c] for row in board] for c in range(side)]
    below = [column.index(1) if 1 in column else side for column in columns]

    def merit(size: tuple[int, int]) -> tuple[Fraction, int, int]:
        height, width = size
        votes = Fraction(right[:height].count(width), height) + Fraction(below[:width].count(height), width)
        return votes, height * width, height

    height, width = max(((h, w) for h in range(1, side + 1) for w in range(1, side + 1)), key=merit)
    colours = any(2 <= token <= 11 for row in board[:height] for token in row[:width])
    return (height, width) if colours else (0, 0)


@settings(max_examples=100, deadline=None)
@given(grids())
def test_grids_stand_at_the_top_left_and_end_in_markers(grid: ArcGrid) -> None:
    for side in (10, 20, 30):
        tokens = canvas_of(grid, side)
        assert tokens.tolist() == reference_canvas(grid, side)
        assert grid_of(tokens, side) == grid


@settings(max_examples=150, deadline=None)
@given(canvases())
def test_extent_is_what_rows_and_columns_vote_for(tokens: np.ndarray) -> None:
    heights, widths = extents(tokens[None], 10)
    height, width = reference_extent(tokens.tolist(), 10)
    assert (heights[0], widths[0]) == (height, width)
    tidy = canonical(tokens[None], 10)
    assert np.array_equal(canonical(tidy, 10), tidy)
    assert [e[0] for e in extents(tidy, 10)] == [height, width]
    expected = np.array(reference_canvas((bytes(width),) * height, 10) if height else [0] * 100, np.uint8)
    inside = expected == 2
    expected[inside] = np.where((tokens >= 2) & (tokens <= 11), tokens, 0)[inside]
    assert np.array_equal(tidy[0], expected)


@settings(max_examples=150, deadline=None)
@given(grids(), st.integers(0, 2**32))
def test_padding_is_never_looked_at(grid: ArcGrid, seed: int) -> None:
    """A model is not trained on padding, so an answer is right whatever it writes there."""
    right = canvas_of(grid, 10)
    noise = np.random.default_rng(seed).integers(12, size=100, dtype=np.uint8)
    assert np.array_equal(canonical(np.where(right == 0, noise, right)[None], 10)[0], right)


def test_one_wrong_end_marker_is_outvoted() -> None:
    right = canvas_of((bytes(6),) * 5, 10)
    for place in np.flatnonzero(right == 1):
        wrong = right.copy()
        wrong[place] = 7
        assert np.array_equal(canonical(wrong[None], 10)[0], right), place


def test_canvases_refuse_what_does_not_fit() -> None:
    cells, start = np.zeros(121, np.uint8), np.zeros(1, np.int64)
    for height, width in ((11, 1), (1, 11), (-1, 3)):
        with pytest.raises(ValueError, match="fit"):
            draw(cells, start, np.array([height]), np.array([width]), 10)
    with pytest.raises(ValueError, match="outside"):
        draw(cells, start + 100, np.array([5]), np.array([5]), 10)
    with pytest.raises(ValueError, match="no colour"):
        canvas_of((b"\0\x0a",), 10)
    with pytest.raises(ValueError, match="uint8"):
        canonical(np.zeros((1, 100)), 10)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="uint8"):
        extents(np.zeros((1, 99), np.uint8), 10)
    with pytest.raises(ValueError, match=r"0\.\.7"):
        transform(np.zeros((1, 100), np.uint8), np.array([8], np.uint8), np.zeros((1, 10), np.uint8), 10)


def test_renaming_colours_by_first_occurrence() -> None:
    rows = np.array([[2, 5, 5, 3, 1, 0, 5], [2, 9, 9, 11, 1, 0, 9], [3, 9, 9, 11, 1, 0, 9]], np.uint8)
    assert relabelled(rows).tolist() == [[2, 3, 3, 4, 1, 0, 3]] * 2 + [[3, 4, 4, 5, 1, 0, 4]]


# Symmetries


def symmetry_of(side: int, turns: list[int], colours: list[list[int]]) -> ArcSymmetry:
    return ArcSymmetry(side, np.array(turns, np.uint8), np.array(colours, np.uint8))


permutations = st.permutations(range(10))


@settings(max_examples=150, deadline=None)
@given(grids(), st.integers(0, 7), permutations)
def test_symmetries_turn_grids_within_themselves(grid: ArcGrid, number: int, colours: list[int]) -> None:
    moved = symmetry_of(10, [number], [colours]).outputs(canvas_of(grid, 10)[None])
    turned = turn(np.array([list(row) for row in grid]), number)
    expected = tuple(bytes(colours[cell] for cell in row) for row in turned.tolist())
    assert np.array_equal(moved[0], canvas_of(expected, 10))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(canvases(), st.integers(0, 7), permutations), min_size=1, max_size=3))
def test_symmetries_are_undone(cases: list[tuple[np.ndarray, int, list[int]]]) -> None:
    outputs, turns, colours = (list(column) for column in zip(*cases, strict=True))
    symmetry, tokens = symmetry_of(10, turns, colours), np.stack(outputs)
    back = symmetry.inverse().outputs(symmetry.outputs(tokens))
    assert np.array_equal(back, canonical(tokens, 10))


@settings(max_examples=60, deadline=None)
@given(grids(), st.lists(st.tuples(st.integers(0, 7), permutations), min_size=1, max_size=4))
def test_the_header_tells_how_to_get_there_from_the_original(grid: ArcGrid, steps: list[tuple[int, list[int]]]) -> None:
    """However many symmetries were applied, the header's one gives the same canvas at once."""
    original = np.concatenate((canvas_of(grid, 10), np.frombuffer(ORIGINAL, np.uint8)))[None]
    inputs = original
    for number, colours in steps:
        inputs = symmetry_of(10, [number], [colours]).inputs(inputs)
    header = inputs[0, 100:].astype(int)
    at_once = symmetry_of(10, [header[0] - 12], [(header[1:] - 2).tolist()])
    assert np.array_equal(at_once.inputs(original), inputs)
    assert np.array_equal(at_once.inverse().inputs(inputs), original)


def test_turns_form_the_group_of_the_square() -> None:
    assert sorted(map(sorted, AFTER.tolist())) == [list(range(8))] * 8
    assert all(AFTER[UNDO[n], n] == 0 == AFTER[n, UNDO[n]] for n in range(8))
    square = np.arange(12).reshape(3, 4)
    shown = {turn(square, n).tobytes() + bytes(turn(square, n).shape) for n in range(8)}
    expected = [np.rot90(flat, k) for flat in (square, square.T) for k in range(4)]
    assert shown == {grid.tobytes() + bytes(grid.shape) for grid in expected}


def test_random_symmetries_keep_black_and_reach_everything_else() -> None:
    symmetry = TASK.symmetries("10x10", 2000, np.random.default_rng(0))
    assert FIXED == 1
    assert (symmetry.colours[:, 0] == 0).all()
    assert (np.sort(symmetry.colours, axis=1) == np.arange(10)).all()
    assert set(symmetry.turns.tolist()) == set(range(8))
    assert len(np.unique(symmetry.colours[:, 1])) == 9


def test_a_blank_input_stays_blank() -> None:
    blank = TASK.encode(TASK.blank("20x20"))[None]
    assert not blank.any()
    assert not TASK.symmetries("20x20", 1, np.random.default_rng(0)).inputs(blank).any()
