"""Curves over depth as a picture: a panel for each measure, a line for each series with its colour, marker and name."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from gramsolve.display.image import INK, PAPER

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
"""The palette of Okabe and Ito, which is safe for colour-blind readers."""
GRID = "#d9dce1"
WIDTH, ALONE, HEIGHT, SCALE = 460, 640, 320, 2
"""Width of a panel, width of a single panel, height, in points of ``SCALE`` pixels; pixels of a point."""
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 34, 40

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Place = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Line:
    """A named series of (x, y); ``y`` None leaves a gap, ``error`` is half of each interval where there is one."""

    name: str
    points: Sequence[tuple[float, float | None]]
    error: Sequence[float | None] | None = None


@dataclass(frozen=True)
class Panel:
    """Lines over one measure. ``top`` is the largest y, or None for a round number above the data; ``percent`` writes
    y as shares."""

    title: str
    lines: Sequence[Line]
    top: float | None = 1.0
    percent: bool = True


def chart(panels: Sequence[Panel], *, title: str, x_title: str = "depth (supervision steps)") -> Image.Image:
    """Panels side by side under a title, over a legend; x grows by doubling."""
    if not panels:
        raise ValueError("a chart needs at least one panel")
    names = list(dict.fromkeys(line.name for panel in panels for line in panel.lines))
    font, small = _font(13), _font(11)
    head, foot = 34, 30
    wide = (ALONE if len(panels) == 1 else WIDTH) * SCALE
    size = (len(panels) * wide, (head + HEIGHT + foot) * SCALE)
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    smaller = next((f for f in map(_font, range(13, 6, -1)) if f.getbbox(title)[2] < 0.97 * size[0]), _font(6))
    draw.text((size[0] / 2, head * SCALE / 2), title, fill=INK, font=smaller, anchor="mm")
    for number, panel in enumerate(panels):
        _panel(draw, panel, (number * wide, head * SCALE, wide), names, font, small, x_title)
    _legend(draw, names, (head + HEIGHT + foot / 2) * SCALE, size[0], small)
    return image


def _font(points: int) -> Font:
    return ImageFont.load_default(size=points * SCALE)


def _panel(
    draw: ImageDraw.ImageDraw,
    panel: Panel,
    place: tuple[float, float, float],
    names: Sequence[str],
    font: Font,
    small: Font,
    x_title: str,
) -> None:
    xs = sorted({x for line in panel.lines for x, _ in line.points})
    left, top, wide = place
    highest = panel.top or _round_above(panel.lines)
    x0, x1 = left + LEFT * SCALE, left + wide - RIGHT * SCALE
    y0, y1 = top + (HEIGHT - BOTTOM) * SCALE, top + TOP * SCALE
    first, last = math.log2(xs[0]), math.log2(xs[-1])

    def at(x: float, y: float) -> tuple[float, float]:
        along = (math.log2(x) - first) / (last - first) if last > first else 0.5
        inset = 12 * SCALE
        return x0 + inset + along * (x1 - x0 - 2 * inset), y0 + (y1 - y0) * min(y / highest, 1.0)

    draw.text(((x0 + x1) / 2, top + TOP * SCALE / 2), panel.title, fill=INK, font=font, anchor="mm")
    for tick in range(6):
        y = highest * tick / 5
        height = at(xs[0], y)[1]
        draw.line((x0, height, x1, height), fill=GRID, width=SCALE)
        label = f"{y:.0%}" if panel.percent else f"{y:.3g}"
        draw.text((x0 - 6 * SCALE, height), label, fill=INK, font=small, anchor="rm")
    before = -math.inf
    for x in xs:
        along, label = at(x, 0)[0], f"{x:g}"
        if along - before > small.getbbox(label)[2] + 6 * SCALE:  # Labels that would touch are left out.
            draw.text((along, y0 + 10 * SCALE), label, fill=INK, font=small, anchor="mm")
            before = along
    draw.text(((x0 + x1) / 2, y0 + 27 * SCALE), x_title, fill=INK, font=small, anchor="mm")
    for line in panel.lines:
        _line(draw, line, names.index(line.name), at)


def _round_above(lines: Sequence[Line]) -> float:
    """The top of an axis with five ticks of 1, 2, 2.5 or 5 times a power of ten, above all points and their errors."""
    ends = [
        y + ((line.error[i] if line.error is not None else None) or 0.0)
        for line in lines
        for i, (_, y) in enumerate(line.points)
        if y is not None
    ]
    most = max(ends, default=0.0)
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most / 5))
    return next(5 * step * power for step in (1, 2, 2.5, 5, 10) if 5 * step * power >= most)


def _line(draw: ImageDraw.ImageDraw, line: Line, number: int, at: Place) -> None:
    colour = COLOURS[number % len(COLOURS)]
    known = [(x, y, i) for i, (x, y) in enumerate(line.points) if y is not None]
    places = [at(x, y) for x, y, _ in known]
    if len(places) > 1:
        draw.line(places, fill=colour, width=2 * SCALE, joint="curve")
    for (x, y, i), place in zip(known, places, strict=True):
        error = line.error[i] if line.error is not None else None
        if error:
            low, high = at(x, max(0.0, y - error))[1], at(x, y + error)[1]
            draw.line((place[0], low, place[0], high), fill=colour, width=SCALE)
        _marker(draw, place, number, colour)


def _marker(draw: ImageDraw.ImageDraw, place: tuple[float, float], number: int, colour: str) -> None:
    """A disc, square, triangle, diamond, ring or cross: shapes distinguish lines without colour."""
    (x, y), r = place, 4.5 * SCALE
    box = (x - r, y - r, x + r, y + r)
    match number % 6:
        case 0:
            draw.ellipse(box, fill=colour)
        case 1:
            draw.rectangle(box, fill=colour)
        case 2:
            draw.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], fill=colour)
        case 3:
            draw.polygon([(x, y - r), (x - r, y), (x, y + r), (x + r, y)], fill=colour)
        case 4:
            draw.ellipse(box, fill=PAPER, outline=colour, width=2 * SCALE)
        case _:
            draw.line((x - r, y - r, x + r, y + r), fill=colour, width=2 * SCALE)
            draw.line((x - r, y + r, x + r, y - r), fill=colour, width=2 * SCALE)


def _legend(
    draw: ImageDraw.ImageDraw,
    names: Sequence[str],
    middle: float,
    width: float,
    font: Font,
) -> None:
    gap = 34 * SCALE
    widths = [font.getbbox(name)[2] for name in names]
    x = (width - sum(widths) - gap * len(names)) / 2
    for number, (name, wide) in enumerate(zip(names, widths, strict=True)):
        _marker(draw, (x + 8 * SCALE, middle), number, COLOURS[number % len(COLOURS)])
        draw.text((x + 18 * SCALE, middle), name, fill=INK, font=font, anchor="lm")
        x += wide + gap
