"""Colours of boards: palettes, and the style of every cell. Colour alone carries no meaning.

The hues follow the Okabe-Ito set, which stays apart under every common colour blindness: blue is a guess of the model,
orange a cell that breaks a rule, bluish green a valid board, yellow a cell that has just changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rich.style import Style

from gramsolve import colours
from gramsolve.tasks.drawing import Cell


@dataclass(frozen=True, eq=False)
class Palette:
    """Colours as rich understands them; None leaves the terminal's own colour. Palettes are compared by identity, which
    makes them fast keys of caches.

    Attributes:
        back: backgrounds of the two shades of cell.
        ink, faint: text, and text of lesser weight.
        given, given_ink: a cell that is part of the puzzle.
        unsure, sure, guess_ink: a cell written by the solver, from no confidence to full.
        wrong, wrong_ink: a cell that breaks a rule.
        right, accent, fresh: a correct board, the selected thing, a cell that has just changed.
    """

    name: str
    dark: bool
    back: tuple[str | None, str | None]
    ink: str | None
    faint: str | None
    given: str | None
    given_ink: str | None
    unsure: str | None
    sure: str | None
    guess_ink: str | None
    wrong: str | None
    wrong_ink: str | None
    right: str
    bad: str
    accent: str
    fresh: str

    def confidence(self, value: float) -> str | None:
        """Background of a guess held with probability ``value``."""
        return mix(self.unsure, self.sure, value)

    def doubt(self, shade: int, value: float) -> str | None:
        """Background of a cell that is empty with probability ``value``."""
        return mix(self.back[shade % 2], self.sure, 0.45 * (1.0 - value))


def mix(low: str | None, high: str | None, amount: float) -> str | None:
    """The colour at share ``amount`` between ``low`` and ``high``; of named colours the nearer one."""
    if low and high and low.startswith("#") and high.startswith("#"):
        return colours.mix(low, high, amount)
    return high if amount >= 0.5 else low


# Backgrounds are nearly grey: terminals of 256 colours show a bluer tone as navy.
DARK = Palette(
    name="dark",
    dark=True,
    back=("#292d34", "#1f2227"),
    ink="#d7dce4",
    faint="#717c8c",
    given="#e6c76a",
    given_ink="#1d1a10",
    unsure="#31465e",
    sure="#4aa8e8",
    guess_ink="#ffffff",
    wrong="#cc5826",
    wrong_ink="#fff1e8",
    right="#3cc79d",
    bad="#f08a4b",
    accent="#6cb8f0",
    fresh="#f0e442",
)

LIGHT = Palette(
    name="light",
    dark=False,
    back=("#e9e5dc", "#dcd6ca"),
    ink="#2a2f38",
    faint="#7c7a74",
    given="#e0bf52",
    given_ink="#33290a",
    unsure="#c3d3e2",
    sure="#4d9bd6",
    guess_ink="#0b2033",
    wrong="#d5622b",
    wrong_ink="#fffaf6",
    right="#00795a",
    bad="#b4430b",
    accent="#0b68ab",
    fresh="#7a5f00",
)

TERMINAL = Palette(
    name="terminal",
    dark=True,
    back=(None, None),
    ink=None,
    faint="bright_black",
    given=None,
    given_ink="yellow",
    unsure=None,
    sure=None,
    guess_ink="blue",
    wrong=None,
    wrong_ink="red",
    right="green",
    bad="red",
    accent="cyan",
    fresh="yellow",
)
"""The sixteen colours of the terminal itself, without backgrounds."""


def style_of(cell: Cell, palette: Palette) -> Style:
    """Ink and background of a cell."""
    fill = None if is_bare(palette) else cell.fill
    return _style(cell.role, cell.shade, level_of(cell), cell.violated, cell.changed, fill, palette)


def level_of(cell: Cell) -> int | None:
    """The confidence of a cell in twentieths, None without one."""
    return None if cell.confidence is None else round(min(1.0, max(0.0, float(cell.confidence))) * 20)


def bar_style_of(cell: Cell, palette: Palette) -> Style:
    """The style of the confidence bar under a sign. On a cell with a colour of its own the bar is fainter."""
    style = style_of(cell, palette)
    if cell.fill is None or style.color is None or style.bgcolor is None:
        return style
    return style + Style(color=mix(style.bgcolor.name, style.color.name, 0.35), bold=False)


def is_bare(palette: Palette) -> bool:
    """Whether a palette has no backgrounds, so that signs alone tell cells apart."""
    return palette.back[0] is None


@lru_cache(maxsize=4096)
def _style(
    role: str, shade: int, level: int | None, violated: bool, changed: bool, fill: str | None, palette: Palette
) -> Style:
    """The style of a kind of cell. Confidence comes in twentieths, so that a run shares a few hundred styles."""
    back = palette.back[shade % 2]
    sure = 1.0 if level is None else level / 20
    if role == "blank":
        return Style()
    if role == "line":
        return Style(color=(palette.wrong or palette.wrong_ink) if violated else palette.faint, bold=violated or None)
    if fill is not None:
        ground = mix(back, fill, 0.35 + 0.65 * sure) or fill
        return Style(color=contrasting(ground), bgcolor=ground, bold=violated or changed or role == "given" or None)
    if violated and role == "empty":
        return Style(color=palette.wrong, bgcolor=mix(back, palette.wrong, 0.25))
    if violated:
        return Style(color=palette.wrong_ink, bgcolor=palette.wrong, bold=True, reverse=palette.wrong is None)
    if role == "given":
        return Style(color=palette.given_ink, bgcolor=palette.given, bold=True)
    if role == "guess":
        color = palette.fresh if changed and palette.dark else palette.guess_ink
        return Style(color=color, bgcolor=palette.confidence(sure), bold=changed or None)
    return Style(color=palette.faint, bgcolor=back if level is None or back is None else palette.doubt(shade, sure))


def contrasting(ground: str) -> str:
    """Black or white, whichever stands out more from a colour ``#rrggbb``: the higher WCAG contrast ratio."""
    light = _luminance(ground) + 0.05
    return "#000000" if light / 0.05 >= 1.05 / light else "#ffffff"


def _luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it, 0 for black and 1 for white."""
    red, green, blue = (_linear(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
