"""Colours of a cell: what its role, its confidence and what befell it make of a palette."""

from __future__ import annotations

from functools import lru_cache

from rich.style import Style

from gramsolve.display.palette import Palette, mix
from gramsolve.tasks.drawing import Cell


def style_of(cell: Cell, palette: Palette) -> Style:
    """Ink and background of a cell."""
    fill = None if is_bare(palette) else cell.fill
    return _style(cell.role, cell.shade, level_of(cell), cell.violated, cell.changed, fill, palette)


def level_of(cell: Cell) -> int | None:
    """How sure the solver is of a cell, in twentieths."""
    return None if cell.confidence is None else round(min(1.0, max(0.0, float(cell.confidence))) * 20)


def bar_style_of(cell: Cell, palette: Palette) -> Style:
    """The style of the bar under a sign: on a ground that has its own colour it must not outshine what is drawn."""
    style = style_of(cell, palette)
    if cell.fill is None or style.color is None or style.bgcolor is None:
        return style
    return style + Style(color=mix(style.bgcolor.name, style.color.name, 0.35), bold=False)


def is_bare(palette: Palette) -> bool:
    """True where nothing but signs can tell one cell from another."""
    return palette.back[0] is None


@lru_cache(maxsize=4096)
def _style(
    role: str, shade: int, level: int | None, violated: bool, changed: bool, fill: str | None, palette: Palette
) -> Style:
    """Confidence comes in twentieths so that a run shares a few hundred styles."""
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
