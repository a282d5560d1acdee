"""Boards as lines: equal widths, ASCII when asked for, and meaning without colour."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from gramsolve.display import terminal
from gramsolve.display.palette import DARK, LIGHT, TERMINAL, Palette, mix
from gramsolve.tasks.drawing import Cell, Grid

GIVEN = Cell("♛", "Q", "given")
SURE = Cell("♛", "Q", "guess", 1, 0.97)
UNSURE = Cell("♛", "Q", "guess", 0, 0.4)
WRONG = Cell("♛", "Q", "guess", 1, 0.9, violated=True)
EMPTY = Cell(" ", ".", "empty", 0, 0.5)
BLANK = Cell(" ", " ", "blank")
WIDE = Cell("女", "W", "guess", 0, 0.9)
NASTY = Cell("\x1b", "\n", "guess", 0, 0.9)
GRID = Grid(((GIVEN, SURE, UNSURE, WRONG), (EMPTY, BLANK, WIDE, NASTY), (EMPTY, EMPTY, SURE, GIVEN)))
QUEENS = Grid(((GIVEN, EMPTY, SURE), (EMPTY, SURE, WRONG), (UNSURE, EMPTY, EMPTY)))


@pytest.mark.parametrize("palette", [DARK, LIGHT, TERMINAL])
@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("size", [*terminal.CELL_SIZES, (4, 1), (1, 1)])
def test_full_boards_are_rectangles(palette: Palette, ascii: bool, size: tuple[int, int]) -> None:
    lines = terminal.full(GRID, size, palette=palette, ascii=ascii)
    columns, rows = terminal.size_of(GRID, size)
    assert len(lines) == rows
    assert {cell_len(line.plain) for line in lines} == {columns}
    assert not ascii or all(line.plain.isascii() for line in lines)
    assert all(line.plain.isprintable() for line in lines)


@pytest.mark.parametrize("ascii", [False, True])
def test_small_boards_are_rectangles(ascii: bool) -> None:
    lines = terminal.mini(GRID, ascii=ascii)
    assert [cell_len(line.plain) for line in lines] == [4, 4, 4]
    blocks = terminal.mini(QUEENS, blocks=True)
    assert [cell_len(line.plain) for line in blocks] == [3, 3]


def test_half_blocks_show_what_is_filled_without_colour() -> None:
    upper, lower = terminal.mini(QUEENS, blocks=True)
    assert upper.plain == "▀▄▀" and lower.plain == "▀  "


def test_ascii_says_given_unsure_and_wrong() -> None:
    assert terminal.ascii_lines(GRID)[0] == " Q= Q  Q? Q!"


@pytest.mark.parametrize("palette", [DARK, LIGHT, TERMINAL])
def test_a_wrong_cell_is_marked_and_not_only_coloured(palette: Palette) -> None:
    wrong, right = Grid(((WRONG,),)), Grid(((SURE,),))
    for size in terminal.CELL_SIZES:
        assert "✗" in terminal.join(terminal.full(wrong, size, palette=palette)).plain
        assert "✗" not in terminal.join(terminal.full(right, size, palette=palette)).plain
    assert terminal.mini(wrong, palette=palette)[0].plain == "✗"


def test_no_color_loses_no_sign() -> None:
    def drawn(no_color: bool) -> str:
        out = io.StringIO()
        console = Console(file=out, no_color=no_color, force_terminal=True, color_system="truecolor", width=80)
        console.print(terminal.join(terminal.full(GRID, (3, 1))))
        return out.getvalue()

    plain, colored = (Text.from_ansi(drawn(flag)).plain for flag in (True, False))
    assert plain == colored
    assert "38;2" not in drawn(True) and "38;2" in drawn(False)


def test_confidence_has_a_length() -> None:
    sure, unsure = (terminal.full(Grid(((cell,),)), (7, 3))[2].plain for cell in (SURE, UNSURE))
    assert sure == " ━━━━━ " and unsure == " ━━╌╌╌ "


def test_markup_of_a_plugin_stays_text() -> None:
    grid = Grid(((Cell("[", "[", "given"), Cell("]", "]", "given")),))
    assert terminal.join(terminal.full(grid)).plain == " [  ] "
    assert terminal.clean("a\x1b[31m\nb") == "a [31m b"


def test_boards_side_by_side_align() -> None:
    tall, small = terminal.full(GRID), terminal.mini(QUEENS, blocks=True)
    lines = terminal.side_by_side([tall, small, small], gap=3)
    assert len({line.cell_len for line in lines}) == 1 and lines[0].cell_len == 12 + 3 + 3 + 3 + 3


def test_colours_mix_and_named_ones_switch() -> None:
    assert mix("#000000", "#ffffff", 0.5) == "#808080"
    assert mix("red", "#ffffff", 0.4) == "red" and mix(None, None, 1.0) is None
