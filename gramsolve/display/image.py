"""Contact sheets with captions, and animated GIFs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from PIL import Image, ImageDraw, ImageFont

PAPER = "#ffffff"
INK = "#2a2f38"


def contact_sheet(
    images: Sequence[Image.Image],
    captions: Sequence[str] = (),
    *,
    columns: int | None = None,
    gap: int = 16,
    background: str = PAPER,
    ink: str = INK,
) -> Image.Image:
    """Images in rows of ``columns`` (nearly square when None), each centred over its caption."""
    if not images:
        raise ValueError("a contact sheet needs at least one image")
    columns = min(len(images), columns or math.ceil(math.sqrt(len(images))))
    rows = math.ceil(len(images) / columns)
    width = max(image.width for image in images)
    height = max(image.height for image in images)
    font = ImageFont.load_default(size=max(11, min(22, width // 12)))
    caption_height = int(font.size * 1.6) if any(captions) else 0  # type: ignore[union-attr]
    cell_width, cell_height = width + gap, height + caption_height + gap
    sheet = Image.new("RGB", (gap + columns * cell_width, gap + rows * cell_height), background)
    draw = ImageDraw.Draw(sheet)
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        left, top = gap + column * cell_width, gap + row * cell_height
        sheet.paste(image.convert("RGB"), (left + (width - image.width) // 2, top + (height - image.height) // 2))
        caption = captions[index] if index < len(captions) else ""
        if caption:
            middle = (left + width / 2, top + height + caption_height / 2)
            draw.text(middle, _shorten(caption, font, width), fill=ink, font=font, anchor="mm")
    return sheet


def save_gif(frames: Sequence[Image.Image], path: Path | IO[bytes], *, seconds: float = 0.4, hold: float = 2.0) -> None:
    """Write ``frames`` as an endless GIF: ``seconds`` for each frame, ``hold`` seconds for the last one."""
    if not frames:
        raise ValueError("a GIF needs at least one frame")
    key = _strip(frames).quantize(colors=255, dither=Image.Dither.NONE)
    pictures = [frame.convert("RGB").quantize(palette=key, dither=Image.Dither.NONE) for frame in frames]
    durations = [round(seconds * 1000)] * (len(pictures) - 1) + [round(max(hold, seconds) * 1000)]
    pictures[0].save(
        path,
        format="GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=durations,
        loop=0,
        optimize=False,
    )


def _strip(frames: Sequence[Image.Image]) -> Image.Image:
    """Small copies of all frames in one image. A palette made from it keeps colours from flickering."""
    side = 96
    strip = Image.new("RGB", (side * len(frames), side))
    for index, frame in enumerate(frames):
        small = frame.convert("RGB").resize((side, side), Image.Resampling.NEAREST)
        strip.paste(small, (index * side, 0))
    return strip


def _shorten(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """``text`` cut with an ellipsis to ``width`` pixels."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
