"""Pictures packed into blocks and braille, drawings left as they are, and cells with colours of their own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rich.text import Text

from gramsolve.display import terminal
from gramsolve.display.palette import DARK, LIGHT, TERMINAL, Palette, contrasting, style_of
from gramsolve.display.pixels import braille_runs
from gramsolve.tasks.drawing import Cell, Grid

ON, OFF = Cell("█", "#", "guess"), Cell(" ", " ", "empty")
PALETTES = [DARK, LIGHT, TERMINAL]
shapes = st.tuples(st.integers(1, 13), st.integers(1, 13))
pixels = shapes.flatmap(lambda shape: arrays(np.bool_, shape))
colors = st.tuples(*[st.integers(0, 255)] * 3).map(lambda rgb: "#{:02x}{:02x}{:02x}".format(*rgb))


def picture_of(lit: np.ndarray) -> Grid:
    return Grid(tuple(tuple(ON if on else OFF for on in row) for row in lit.tolist()), kind="picture")


def plain(lines: list[Text]) -> list[str]:
    return [line.plain for line in lines]


def unpacked(lines: list[str], shape: tuple[int, int]) -> np.ndarray:
    """The pixels that braille characters show, from the definition of U+2800: dots 1-3 and 7 left, 4-6 and 8 right."""
    rows = len(lines)
    lit = np.zeros((rows * 4, len(lines[0]) * 2), np.bool_)
    for y, line in enumerate(lines):
        for x, char in enumerate(line):
            bits = 0 if char == " " else ord(char) - 0x2800
            for dot, (row, column) in enumerate([(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1)]):
                lit[4 * y + row, 2 * x + column] = bits >> dot & 1
    assert not lit[shape[0] :].any() and not lit[:, shape[1] :].any()
    return lit[: shape[0], : shape[1]]


@settings(max_examples=150, deadline=None)
@given(pixels, st.sampled_from(PALETTES))
def test_braille_and_half_blocks_lose_no_pixel(lit: np.ndarray, palette: Palette) -> None:
    grid = picture_of(lit)
    lines = plain(terminal.texts(braille_runs(grid, palette=palette)))
    assert {len(line) for line in lines} == {-(-lit.shape[1] // 2)}
    assert np.array_equal(unpacked(lines, lit.shape), lit)
    halves = np.array([[" ▄▀█".index(char) for char in line] for line in plain(terminal.mini(grid, blocks=True))])
    assert np.array_equal(np.stack([halves >> 1, halves & 1], 1).reshape(-1, lit.shape[1])[: len(lit)], lit)


@settings(max_examples=100, deadline=None)
@given(pixels)
def test_ascii_pictures_have_ink_where_there_is_some(lit: np.ndarray) -> None:
    grid = picture_of(lit)
    for lines, (high, wide) in (
        (plain(terminal.texts(braille_runs(grid, ascii=True))), (4, 2)),
        (plain(terminal.picture(grid, columns=99, ascii=True)), (2, 1)),
    ):
        assert all(line.isascii() and line.isprintable() for line in lines)
        for y, line in enumerate(lines):
            for x, char in enumerate(line):
                assert (char != " ") == lit[high * y : high * y + high, wide * x : wide * x + wide].any()


def test_ascii_pictures_tell_corners_apart() -> None:
    signs = set()
    for number in range(16):
        lit = np.array([number >> corner & 1 for corner in range(4)], np.bool_).reshape(2, 2).repeat(2, axis=0)
        signs.add(plain(terminal.texts(braille_runs(picture_of(lit), ascii=True)))[0])
    assert len(signs) == 15  # a left and a right bar look the same


def test_a_picture_takes_the_room_there_is() -> None:
    grid = picture_of(np.ones((28, 28), np.bool_))
    for columns, size in ((100, (28, 14)), (28, (28, 14)), (27, (14, 7)), (14, (14, 7)), (3, (14, 7))):
        for ascii in (False, True):
            lines = terminal.picture(grid, columns=columns, ascii=ascii)
            assert (lines[0].cell_len, len(lines)) == size
    assert plain(terminal.full(grid, (2, 1))) == ["█" * 56] * 28
    assert len(terminal.full(grid, (3, 2))) == 56


def test_ink_comes_gradually_where_the_model_is_unsure() -> None:
    def red(cell: Cell) -> int:
        """Of the colour of a pixel; there the ground and the ink of the dark palette differ most."""
        style = terminal.full(Grid(((cell,),), kind="picture"), (2, 1))[0].spans[0].style
        return int(style.bgcolor.name[1:3], 16)

    doubts = [Cell(" ", " ", "empty", confidence=sure) for sure in (1.0, 0.9, 0.7, 0.5)]
    signs = [Cell("█", "#", "guess", confidence=sure) for sure in (0.6, 0.8, 1.0)]
    tones = [red(cell) for cell in [*doubts, *signs]]
    assert tones == sorted(tones) and len(set(tones)) == len(tones)
    assert red(OFF) == tones[0] and red(ON) == tones[-1]


@pytest.mark.parametrize("palette", PALETTES)
def test_pictures_keep_their_shades_without_colour(palette: Palette) -> None:
    grid = Grid(
        ((Cell("░", ".", "empty", confidence=0.6), OFF, Cell("▓", "+", "guess", confidence=0.6)),), kind="picture"
    )
    assert plain(terminal.full(grid, (2, 1), palette=palette)) == ["░░  ▓▓"]
    assert plain(terminal.mini(grid, palette=palette, ascii=True)) == [". +"]
    assert plain(terminal.texts(braille_runs(grid, palette=palette))) == [" ⠁"]


NODE = Cell("3", "3", "given", fill="#4fcc30", confidence=0.4)
EDGE, CONFLICT = Cell("╱", "/", "line"), Cell("╳", "x", "line", violated=True)
DRAWING = Grid(((NODE, EDGE, Cell("x", "x", "blank")), (OFF, CONFLICT, NODE)), kind="drawing")


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("size", [(1, 1), (3, 1), (11, 5)])
def test_drawings_are_never_stretched_or_marked(palette: Palette, size: tuple[int, int]) -> None:
    assert plain(terminal.full(DRAWING, size, palette=palette)) == ["3╱ ", " ╳3"]
    assert plain(terminal.full(DRAWING, size, palette=palette, ascii=True)) == ["3/ ", " x3"]
    assert plain(terminal.mini(DRAWING, palette=palette, blocks=True)) == ["3╱ ", " ╳3"]
    assert terminal.size_of(DRAWING, size) == (3, 2)
    assert not terminal.is_picture(DRAWING) and terminal.is_picture(picture_of(np.zeros((2, 2), np.bool_)))


@pytest.mark.parametrize("palette", PALETTES)
def test_lines_are_faint_unless_they_break_a_rule(palette: Palette) -> None:
    line, conflict = style_of(EDGE, palette), style_of(CONFLICT, palette)
    assert line.color and line.color.name == palette.faint and line.bgcolor is None
    assert conflict.color and conflict.color.name in (palette.wrong, palette.wrong_ink) and conflict.bold


@given(colors)
def test_ink_on_a_fill_is_the_one_that_contrasts_more(color: str) -> None:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    black, white = (light + 0.05) / 0.05, 1.05 / (light + 0.05)
    assert contrasting(color) == ("#000000" if black >= white else "#ffffff")
    assert max(black, white) > 4.5


def test_fills_are_backgrounds_that_fade_and_vanish_without_colours() -> None:
    def ground(palette: Palette, sure: float | None, **marks: bool) -> str | None:
        color = style_of(Cell("3", "3", "guess", 0, sure, fill="#00ff00", **marks), palette).bgcolor
        return color.name if color else None

    assert ground(DARK, None) == ground(DARK, 1.0) == ground(DARK, 1.0, violated=True) == "#00ff00"
    greens = [int(str(ground(DARK, sure))[3:5], 16) for sure in (0.0, 0.3, 0.6, 1.0)]
    assert greens == sorted(greens) and len(set(greens)) == 4
    assert ground(TERMINAL, 1.0) is None


@pytest.mark.parametrize("palette", PALETTES)
def test_a_filled_cell_keeps_its_marks(palette: Palette) -> None:
    cells = [
        Cell("3", "3", "guess", fill="#00ff00", confidence=0.9, violated=True),
        Cell("3", "3", "guess", fill="#00ff00", confidence=0.4),
        Cell("3", "3", "given", fill="#00ff00"),
    ]
    assert plain(terminal.full(Grid((tuple(cells),)), (3, 1), palette=palette)) == [" 3✗ 3? 3 "]
    assert style_of(cells[2], palette).bold


def test_half_blocks_show_fills() -> None:
    upper, lower = (Cell(" ", ".", "empty", fill=fill) for fill in ("#000000", "#ff0000"))
    (line,) = terminal.mini(Grid(((upper,), (lower,))), blocks=True)
    style = line.spans[0].style
    assert line.plain == "▀" and str(style) == "#000000 on #ff0000"


def test_arrows_between_boards_are_drawn_in_half_blocks_too() -> None:
    square, arrow, gap = Cell("1", "1", "given", fill="#ff0000"), Cell("→", ">", "line"), Cell(" ", " ", "blank")
    grid = Grid(((square, gap, square), (square, arrow, square), (square, gap, square)))
    assert [line.plain[1] for line in terminal.mini(grid, blocks=True)] == ["→", " "]
