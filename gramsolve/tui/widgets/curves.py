"""Charts over the updates of a run, as lines of braille dots, or of ASCII characters.

Drawn here and not by a plotting library because a chart of five lines has no room for margins, and because curves must
differ by more than colour: in their dots or characters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rich.text import Text
from textual.widget import Widget

from gramsolve.display import terminal
from gramsolve.display.pixels import DOTS, braille_character
from gramsolve.tui.view.staleness import LastKey
from gramsolve.tui.view.view_state import DrawStyle

DASH = 3
"""Dots of a dash, and of the gap after it."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """A line with a name. ``dashed`` distinguishes it from another one without colour."""

    name: str
    points: tuple[Point, ...]
    color: str
    dashed: bool = False

    def icon(self, ascii: bool) -> str:
        """The character of its line, for the legend."""
        if ascii:
            return "o" if self.dashed else "*"
        return "╍" if self.dashed else "━"


@dataclass(frozen=True)
class Chart:
    """Curves over common axes. ``bounds`` fixes the vertical one; ``log`` needs positive values to show any."""

    title: str
    curves: tuple[Curve, ...] = ()
    bounds: Point | None = None
    log: bool = False
    form: str = "{:.3g}"
    empty: str = "nothing yet"


class Curves(Widget):
    """Draws a chart in all its room; the title is the legend, the subtitle the newest figures."""

    can_focus = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.chart: Chart | None = None
        self.style = DrawStyle()
        self._drawn = LastKey()

    def show(self, chart: Chart, style: DrawStyle) -> None:
        """Draw another chart."""
        if not self._drawn.changed((chart, style)):
            return
        self.chart, self.style = chart, style
        faint = style.palette.faint or ""
        title = Text(terminal.clean(chart.title), end="")
        foot = Text(end="")
        for curve in chart.curves:
            title.append("  ").append(curve.icon(style.ascii), curve.color).append(f" {curve.name}", faint)
            if curve.points:
                foot.append("  " if foot else "").append(f"{curve.name} ", faint)
                foot.append(chart.form.format(curve.points[-1][1]), curve.color)
        self.border_title, self.border_subtitle = title, foot
        self.refresh()

    def render(self) -> Text:
        chart, (width, height) = self.chart, self.content_size
        if chart is None or width < 12 or height < 2:
            return Text()
        return terminal.join(draw(chart, width, height, self.style))


def draw(chart: Chart, width: int, height: int, style: DrawStyle) -> list[Text]:
    """``height`` lines of ``width`` columns: labels, curves, and the range of updates where there is a line for it."""
    faint = style.palette.faint or ""
    curves = [_logarithms(curve) if chart.log else curve for curve in chart.curves]
    every = [point for curve in curves for point in curve.points]
    if not every:
        return [Text(chart.empty, faint)]
    low, high = _range(chart, [y for _, y in every])
    foot = height >= 4
    rows = height - foot
    labels = _labels(chart, low, high, rows)
    margin = max(len(label) for label in labels) + 1
    columns = max(1, width - margin)
    first, last = min(x for x, _ in every), max(x for x, _ in every)
    across, down = (columns, rows) if style.ascii else (columns * 2, rows * 4)
    spots: dict[tuple[int, int], tuple[int, str]] = {}
    for curve in reversed(curves):  # The first one is the one to see where two meet.
        for x, y in _dots(curve, (first, last), (low, high), across, down, style.ascii):
            place = (x, y) if style.ascii else (x // 2, y // 4)
            bit = ord(curve.icon(True)) if style.ascii else DOTS[y % 4][x % 2]
            before = 0 if style.ascii else spots.get(place, (0, ""))[0]
            spots[place] = (before | bit, curve.color)
    lines = []
    for row in range(rows):
        line = Text(f"{labels[row]:>{margin - 1}} ", faint, end="", no_wrap=True)
        for column in range(columns):
            bits, color = spots.get((column, row), (0, ""))
            line.append(chr(bits) if bits and style.ascii else braille_character(bits), color)
        lines.append(line)
    if foot:
        left, right = f"{first:,.0f}", f"update {last:,.0f}"
        gap = max(1, columns - len(left) - len(right))
        lines.append(Text(" " * margin + (left + " " * gap + right)[:columns], faint, end="", no_wrap=True))
    return lines


def _logarithms(curve: Curve) -> Curve:
    """A curve of decimal logarithms, without the points that have none."""
    return replace(curve, points=tuple((x, math.log10(y)) for x, y in curve.points if y > 0))


def _range(chart: Chart, values: Sequence[float]) -> Point:
    """Where the vertical axis begins and ends; never empty."""
    if chart.bounds is not None:
        return chart.bounds
    low, high = min(values), max(values)
    if high - low < 1e-9:
        half = 0.1 if chart.log else max(abs(high) * 0.1, 1e-6)
        low, high = low - half, high + half
    return low, high


def _labels(chart: Chart, low: float, high: float, rows: int) -> list[str]:
    """What the lines of the chart stand for: the ends, and the middle where it has a line of its own."""
    labels = [""] * rows

    def at(share: float) -> str:
        value = low + (high - low) * share
        return chart.form.format(10**value if chart.log else value)

    labels[-1], labels[0] = at(0.0), at(1.0)
    if rows >= 5 and rows % 2:
        labels[rows // 2] = at(0.5)
    return labels


def _dots(curve: Curve, across: Point, up: Point, columns: int, rows: int, ascii: bool) -> Iterator[tuple[int, int]]:
    """The dots of a curve, the topmost in line 0: a line through its points, or dashes of one."""
    (first, last), (low, high) = across, up

    def place(point: Point) -> tuple[float, float]:
        x = (point[0] - first) / ((last - first) or 1.0) * (columns - 1)
        return x, (1 - min(1.0, max(0.0, (point[1] - low) / (high - low)))) * (rows - 1)

    places = [place(point) for point in curve.points]
    for start, end in pairwise([*places, places[-1]] if places else []):
        count = max(1, math.ceil(max(abs(end[0] - start[0]), abs(end[1] - start[1]))))
        for step in range(count + 1):
            x, y = (round(a + (b - a) * step / count) for a, b in zip(start, end, strict=True))
            if not curve.dashed or ascii or x // DASH % 2 == 0:
                yield x, y
