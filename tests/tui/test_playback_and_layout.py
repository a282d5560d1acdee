"""The parts of the TUI that need no screen."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

import pytest

from gramsolve.display.palette import TERMINAL
from gramsolve.display.terminal import CellSize
from gramsolve.errors import BadInput
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks import Cell, Grid
from gramsolve.tui import launch
from gramsolve.tui.runs.playback import SPEEDS, Playback
from gramsolve.tui.runs.recorder import Recorder
from gramsolve.tui.view import arena_layout, board_fit
from gramsolve.tui.view.view_state import DrawStyle
from tests.fakes.solver import ScriptedQueensSolver
from tests.fakes.task import Queens


def test_playback_moves_with_time_and_waits_at_the_end() -> None:
    head = Playback(level=SPEEDS.index(2.0))
    head.advance(0.4, 10)
    assert head.position == 0
    head.advance(0.2, 10)
    assert head.position == 1
    head.advance(100.0, 3)
    assert head.position == 3
    head.advance(5.0, 3)
    head.advance(0.4, 10)
    assert head.position == 3, "waiting must not save time up"


def test_playback_seeks_within_bounds() -> None:
    head = Playback()
    head.seek(99, 5)
    assert (head.position, head.playing) == (5, False)
    head.seek(-1, 5)
    assert head.position == 0
    head.level = len(SPEEDS) - 1
    head.playing = True
    head.advance(0.01, 5)
    assert head.position == 5


def board(side: int) -> Grid:
    """A square board of one sign."""
    return Grid(((Cell("♛", "Q", "guess"),) * side,) * side)


def plan(width: int, height: int, side: int, count: int) -> arena_layout.Layout:
    every = board_fit.modes(board(side), ascii=False)
    return arena_layout.plan_layout(width, height, every, [mode for mode in every if mode.cell.width <= 2], count)


def test_thumbs_keep_what_is_rare_and_are_only_the_last_resort() -> None:
    ground, dot = Cell("0", "0", "guess", fill="#000000"), Cell("3", "3", "guess", fill="#ff0000")
    rows = [[ground] * 30 for _ in range(29)]
    rows[28][29] = dot
    grid = Grid(tuple(map(tuple, rows)))
    for mode in (
        board_fit.DrawMode("thumbnail", CellSize(1, 1), 15, 8),
        board_fit.DrawMode("thumbnail", CellSize(1, 1), 8, 4),
    ):
        drawn = board_fit.lines(grid, mode, DrawStyle())
        assert [sum(len(part.text) for part in line) for line in drawn] == [mode.width] * mode.height
        assert "#ff0000" in str(drawn[-1][-1].style) and "#ff0000" not in "".join(str(p.style) for p in drawn[0])
    large = [board_fit.DrawMode("blocks", CellSize(1, 1), 30, 15)]
    thumbnails = [
        board_fit.DrawMode("thumbnail", CellSize(1, 1), 15, 8),
        board_fit.DrawMode("thumbnail", CellSize(1, 1), 8, 4),
    ]
    few = arena_layout.plan_layout(80, 24, large, large, 20, thumbnails)
    assert few.tile is not None and few.tile.mode == thumbnails[1]
    assert arena_layout.plan_layout(80, 24, large, large, 20).tile is None
    wide = arena_layout.plan_layout(200, 60, large, large, 8, thumbnails)
    assert wide.tile is not None and wide.tile.mode == large[0]


@pytest.mark.parametrize(("width", "height"), [(60, 20), (80, 24)])
def test_boards_that_scroll_are_seen_in_two_rows(width: int, height: int) -> None:
    made = plan(width, height, 8, 40)
    assert made.tile is not None
    across = made.tile.across(arena_layout.inner(width, made.left))
    body = height - arena_layout.CHROME - arena_layout.FRAME - (0 if made.solutions_left else made.solutions)
    assert 2 * across >= arena_layout.MIN_TILES and 2 * made.tile.pitch[1] <= body


@pytest.mark.parametrize("side", [4, 8, 10])
@pytest.mark.parametrize("count", [1, 20, 100])
def test_every_layout_fits_its_screen(side: int, count: int) -> None:
    for width, height in product(range(40, 220, 3), range(14, 64)):
        found = plan(width, height, side, count)
        body = height - arena_layout.CHROME
        used = found.board.height + arena_layout.FRAME
        used += arena_layout.TIMELINE_LINES if found.timeline else 0
        used += arena_layout.SOLUTION_TEXT_LINES if found.solutions_left and found.solutions else 0
        assert used <= body and found.board.width + arena_layout.FRAME <= found.left < width


def test_the_board_of_a_large_screen_is_large() -> None:
    assert plan(200, 60, 8, 20).board.cell == (11, 5)
    assert plan(80, 24, 8, 20).board.cell == (3, 1)


def test_recorder_counts_solutions_of_every_moment() -> None:
    task, recorder = Queens(), Recorder()
    solver = ScriptedQueensSolver(task, "8x8")
    for event in solver.run(task.generate("8x8", 1, 0)[0], SolveOptions(width=20)):
        recorder.put(event)
    last = recorder.frames[-1]
    assert last.valid == 16 and sum(found.votes for found in last.answers) == 16
    counts = [len(frame.answers) for frame in recorder.frames]
    assert counts == sorted(counts) and counts[-1] == recorder.finished.solutions


def test_without_a_terminal_there_is_one_clear_error() -> None:
    with pytest.raises(BadInput, match="needs a terminal"):
        launch.run("nqueens")


def test_the_tui_imports_neither_torch_nor_numba() -> None:
    code = (
        "import sys, gramsolve.tui.launch, gramsolve.tui.app;"
        "print([m for m in ('torch', 'numba', 'gramsolve.inference.solver') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def digits(*rows: str, wrong: tuple[int, int] | None = None) -> Grid:
    """A board of digits, one of which breaks a rule."""
    return Grid(
        tuple(
            tuple(Cell(sign, sign, "guess", violated=(y, x) == wrong) for x, sign in enumerate(row))
            for y, row in enumerate(rows)
        )
    )


def test_a_board_without_room_for_its_signs_has_holes_where_a_rule_is_broken() -> None:
    mode = board_fit.DrawMode("satisfied", CellSize(1, 1), 4, 2)
    whole = board_fit.draw(digits("1234", "3412", "2143", "4321"), mode, DrawStyle())
    assert all(set(line.plain) <= set("▀█") for line in whole), "full, with or without colours"
    broken = board_fit.draw(digits("1234", "3412", "2143", "4321", wrong=(1, 2)), mode, DrawStyle(TERMINAL))
    assert [line.plain for line in broken] == ["██▀█", "████"]


def test_a_preview_shows_signs_and_never_more_than_fits() -> None:
    board = digits(*["123456789"[i:] + "123456789"[:i] for i in range(9)])
    for columns, lines in ((9, 5), (20, 9), (40, 20), (5, 3)):
        seen = [line.plain for line in board_fit.preview(board, columns, lines, DrawStyle())]
        assert len(seen) <= lines and all(len(line) <= columns for line in seen)
        assert seen[0].split()[0].startswith("1") and "▀" not in "".join(seen)


def test_one_example_of_several_is_cut_out() -> None:
    blank, cell = Cell(" ", " ", "blank"), Cell("1", "1", "given")
    row, gap = (cell, blank, cell, blank, blank, cell, blank, cell), (blank,) * 8
    grid = Grid((row, row, gap, row))
    assert board_fit.first_block(grid, 9).shape == (4, 3)
    assert board_fit.first_block(grid, 3).shape == (2, 3)


def test_solutions_are_drawn_as_large_as_lets_them_all_be_seen() -> None:
    tiles = [board_fit.DrawMode("cells", CellSize(2, 1), 18, 9), board_fit.DrawMode("satisfied", CellSize(1, 1), 9, 5)]
    assert arena_layout.solution_tile(tiles, 40, 12, 1).mode is tiles[0]
    assert arena_layout.solution_tile(tiles, 40, 12, 2).mode is tiles[0]
    assert arena_layout.solution_tile(tiles, 40, 12, 3).mode is tiles[1]
    assert arena_layout.solution_tile(tiles, 20, 4, None).mode is tiles[1]
