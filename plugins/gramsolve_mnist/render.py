"""Digits as pixels for terminals and as pictures; uncertain ink is grey."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from gramsolve.tasks import Cell, Grid, View
from gramsolve_mnist.data import ON, PIXELS
from gramsolve_mnist.idx import SIDE

PAPER = np.array([251, 250, 247], np.float32)
INK = np.array([38, 36, 31], np.float32)

DECIDED = 0.75
"""From this confidence on a pixel is drawn as on or off and not as a shade."""
SHADES = ((0.4, "░", "."), (0.6, "▒", ":"), (1.0, "▓", "+"))
"""Undecided pixels: the probability of ink up to which each sign stands."""

SMALLEST, LARGEST = 32, 8192


def grid(name: str, view: View) -> Grid:
    """The digit as 28 rows of 28 pixels."""
    if view.tokens is None:
        cells = [_cell(False, None, False, False)] * PIXELS
    else:
        on = view.tokens == ON
        nothing = np.zeros(PIXELS, np.bool_)
        changed = nothing if view.previous is None else (view.previous == ON) != on
        violated = nothing if view.violations is None else view.violations
        sure = [None] * PIXELS if view.confidence is None else _percent(view.confidence).tolist()
        cells = [_cell(*pixel) for pixel in zip(on.tolist(), sure, violated.tolist(), changed.tolist(), strict=True)]
    return Grid(tuple(tuple(cells[i : i + SIDE]) for i in range(0, PIXELS, SIDE)), name, "picture")


def image(view: View, size: int) -> Image.Image:
    """The digit as an RGB picture of size x size pixels, every pixel as dark as it is likely to be ink.

    Raises ValueError for sizes that make no picture.
    """
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"a picture has {SMALLEST} to {LARGEST} pixels, not {size}")
    ink = likely_ink(view).reshape(SIDE, SIDE, 1)
    pixels = (PAPER + (INK - PAPER) * ink).round().astype(np.uint8)
    return Image.fromarray(pixels).resize((size, size), Image.Resampling.NEAREST)


def likely_ink(view: View) -> npt.NDArray[np.float32]:
    """How likely each pixel is on: float32 [784] in [0, 1]."""
    if view.tokens is None:
        return np.zeros(PIXELS, np.float32)
    on = view.tokens == ON
    if view.confidence is None:
        return on.astype(np.float32)
    sure = np.clip(view.confidence, 0.0, 1.0)
    return np.where(on, sure, 1.0 - sure).astype(np.float32)


def _percent(confidence: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    return np.rint(np.clip(confidence, 0.0, 1.0) * 100).astype(np.int64)


@lru_cache(maxsize=1024)
def _cell(on: bool, percent: int | None, violated: bool, changed: bool) -> Cell:
    """A pixel. Few of them differ: sharing makes many digits a second cheap to draw."""
    sure = None if percent is None else percent / 100
    text, ascii = ("█", "#") if on else (" ", " ")
    if sure is not None and sure < DECIDED:
        ink = sure if on else 1.0 - sure
        text, ascii = next((text, ascii) for most, text, ascii in SHADES if ink <= most)
    return Cell(text, ascii, "guess" if on else "empty", 0, sure, violated, changed)
