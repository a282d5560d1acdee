"""Curves land where their numbers say, and no line needs its colour to be told apart."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageColor

from gramsolve.display import chart as charts
from gramsolve.display.chart import COLOURS, Line, Panel, chart


def centre(image: Image.Image, colour: str, left: float = 0.0, right: float = 1.0, bottom: float = 0.85) -> np.ndarray:
    """Mean place (x, y) of a colour between two shares of the width, above the legend."""
    pixels = np.asarray(image.convert("RGB"))
    ys, xs = np.nonzero((pixels == ImageColor.getrgb(colour)).all(axis=-1))
    inside = (xs >= left * image.width) & (xs < right * image.width) & (ys < bottom * image.height)
    return np.array([xs[inside].mean(), ys[inside].mean()])


def test_points_are_where_their_numbers_say() -> None:
    image = chart([Panel("a", [Line(str(y), [(1, y)]) for y in (0.0, 0.5, 1.0)])], title="t")
    low, middle, high = (centre(image, colour) for colour in COLOURS[:3])
    assert low[0] == pytest.approx(middle[0], abs=2) == pytest.approx(high[0], abs=2)
    assert middle[1] == pytest.approx((low[1] + high[1]) / 2, abs=3) and low[1] > high[1]


def test_depth_grows_by_doubling() -> None:
    lines = [Line(str(x), [(x, 0.5)]) for x in (1, 4, 16)]
    first, second, third = (centre(chart([Panel("a", lines)], title="t"), colour) for colour in COLOURS[:3])
    assert second[0] == pytest.approx((first[0] + third[0]) / 2, abs=3) and first[0] < third[0]


def test_panels_gaps_and_measures_without_a_top() -> None:
    panels = [
        Panel("shares", [Line("one", [(1, 0.2), (2, None), (4, 0.4)], [0.1, None, None])]),
        Panel("nats", [Line("one", [(1, 3.0)]), Line("two", [(1, 12.0), (8, None)])], top=None, percent=False),
    ]
    image = chart(panels, title="t")
    assert image.width == 2 * charts.WIDTH * charts.SCALE
    # Ticks reach 12.5, so that 12 stands almost at the top of a panel that has none.
    assert centre(image, COLOURS[1], left=0.5)[1] < centre(image, COLOURS[0], left=0.5)[1] - 300
    with pytest.raises(ValueError, match="panel"):
        chart([], title="t")


def test_markers_of_different_lines_have_different_shapes() -> None:
    shapes = []
    for number in range(6):
        lines = [Line(str(i), [(1, 0.5)] if i == number else []) for i in range(6)]
        image = chart([Panel("a", lines)], title="t")
        found = (np.asarray(image) == ImageColor.getrgb(COLOURS[number])).all(axis=-1)[: int(0.85 * image.height)]
        ys, xs = np.nonzero(found)
        shapes.append(found[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].tobytes())
    assert len(set(shapes)) == 6


def test_a_long_title_fits_and_round_numbers_reach_over_the_errors() -> None:
    image = np.asarray(chart([Panel("a", [Line("one", [(1, 0.5)])])], title="a very long title " * 6))
    ink = (image[: 30 * charts.SCALE] != 255).any(axis=(0, 2))
    assert ink.any() and not ink[:8].any() and not ink[-8:].any()
    for most, error, top in (
        (4.2, None, 5.0),
        (4.2, 1.0, 10.0),
        (0.09, 0.0, 0.1),
        (11.0, None, 12.5),
        (0.0, None, 1.0),
    ):
        assert charts._round_above([Line("one", [(1, most), (2, None)], [error, None])]) == pytest.approx(top)
