"""A terminal screen as a picture, drawn character by character with Pillow.

The font is the first of some common monospaced fonts that the machine has; Pillow ships no monospaced font. Blocks and
braille are drawn as shapes, so that they meet as they do in a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from PIL import Image, ImageColor, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from gramsolve.display.pixels import BRAILLE, DOTS
from gramsolve.errors import Missing

BACKGROUND, INK = "#14161a", "#d8dce4"
FONTS = (
    ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf"),
    ("Menlo.ttc", "Menlo.ttc"),
    ("consola.ttf", "consolab.ttf"),
    ("LiberationMono-Regular.ttf", "LiberationMono-Bold.ttf"),
    ("NotoSansMono-Regular.ttf", "NotoSansMono-Bold.ttf"),
    ("UbuntuMono-R.ttf", "UbuntuMono-B.ttf"),
)
"""Files of monospaced fonts, regular and bold, as Linux, macOS and Windows name them."""
SYMBOLS = ("DejaVuSans.ttf", "seguisym.ttf", "Apple Symbols.ttf", "NotoSansSymbols2-Regular.ttf")
"""Fonts for characters that the monospaced fonts lack."""
MISSING = "\uffff"
"""A character that no font has: its image is that of every missing character."""

Font = ImageFont.FreeTypeFont


def screenshot(
    segments: Iterable[Segment], columns: int, lines: int, *, scale: int = 1, background: str = BACKGROUND
) -> Image.Image:
    """Styled segments, with newlines between lines, as a picture of ``columns`` by ``lines`` characters.

    Raises Missing without a monospaced font.
    """
    box = 10 * scale, 19 * scale
    fonts = _fonts(16 * scale)
    picture = Image.new("RGB", (columns * box[0], lines * box[1]), background)
    pen = ImageDraw.Draw(picture)
    x = y = 0
    for segment in segments:
        if segment.control:
            continue
        front, back = _colours(segment.style, background)
        bold = bool(segment.style and segment.style.bold)
        for character in segment.text:
            if character == "\n":
                x, y = 0, y + 1
                continue
            width = cell_len(character)
            left, top = x * box[0], y * box[1]
            pen.rectangle((left, top, left + width * box[0] - 1, top + box[1] - 1), fill=back)
            if character != " " and not _block(pen, character, (left, top), box, front):
                pen.text((left, top), character, fill=front, font=_with(character, fonts, bold))
            x += width
    return picture


def _colours(style: Style | None, background: str) -> tuple[str, str]:
    """Text colour and background of a segment."""
    if style is None:
        return INK, background
    front = style.color.get_truecolor().hex if style.color and not style.color.is_default else INK
    back = style.bgcolor.get_truecolor().hex if style.bgcolor and not style.bgcolor.is_default else background
    if style.reverse:
        front, back = back, front
    if style.dim:
        both = zip(ImageColor.getrgb(front), ImageColor.getrgb(back), strict=True)
        front = "#" + "".join(f"{(a + b) // 2:02x}" for a, b in both)
    return front, back


def _block(
    pen: ImageDraw.ImageDraw, character: str, corner: tuple[int, int], box: tuple[int, int], colour: str
) -> bool:
    """Draw a block element, which must fill its box exactly, or a braille character, which many fonts lack. Any other
    character is not drawn, and False is returned."""
    (left, top), (width, height) = corner, box
    bits = ord(character) - BRAILLE
    if 0 <= bits < 256:
        side = max(2, width // 5)
        for down, row in enumerate(DOTS):
            for across, dot in enumerate(row):
                if bits & dot:
                    x, y = left + (1 + 2 * across) * width // 4, top + (1 + 2 * down) * height // 8
                    pen.rectangle((x - side // 2, y - side // 2, x + (side - 1) // 2, y + (side - 1) // 2), fill=colour)
        return True
    part = {"▀": (0, 0, 8, 4), "▌": (0, 0, 4, 8), "▐": (4, 0, 8, 8)}.get(character)
    if part is None:
        eighths = "▁▂▃▄▅▆▇█".find(character) + 1
        if not eighths:
            return False
        part = (0, 8 - eighths, 8, 8)
    edges = (left + width * part[0] // 8, top + height * part[1] // 8)
    ends = (left + width * part[2] // 8 - 1, top + height * part[3] // 8 - 1)
    pen.rectangle((*edges, *ends), fill=colour)
    return True


@lru_cache(maxsize=4)
def _fonts(size: int) -> tuple[Font, Font, tuple[Font, ...]]:
    """Regular font, bold font, fonts for symbols. Raises Missing without a monospaced font."""
    for regular, bold in FONTS:
        first = _font(regular, size)
        if first is not None:
            others = (_font(name, size) for name in SYMBOLS)
            return first, _font(bold, size) or first, tuple(font for font in others if font)
    raise Missing("no monospaced font was found to draw the screen with: save it as SVG, or install DejaVu Sans Mono")


def _font(name: str, size: int) -> Font | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _with(character: str, fonts: tuple[Font, Font, tuple[Font, ...]], bold: bool) -> Font:
    """The first font that has the character."""
    first = fonts[1] if bold else fonts[0]
    return next((font for font in (first, *fonts[2]) if _has(font, character)), first)


def _has(font: Font, character: str) -> bool:
    return bytes(font.getmask(character)) != bytes(font.getmask(MISSING))
