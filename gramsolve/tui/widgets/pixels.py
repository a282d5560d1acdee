"""Boards in pixels, for terminals with Kitty's protocol or Sixel; the only module that uses textual-image.

textual-image is optional, and importing it queries the terminal: ``detect`` does that once, in a real terminal and
before Textual reads the keys. Without it boards are drawn in characters.
"""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Sequence
from typing import Any

from PIL import Image
from textual.app import ComposeResult
from textual.css.query import NoMatches
from textual.widget import Widget

from gramsolve.display import image
from gramsolve.tui.view.staleness import LastKey
from gramsolve.tui.view.view_state import ViewState

GAP = 10
_Picture: Any = None
"""The widget of textual-image that suits this terminal."""


def detect() -> bool:
    """Ask the terminal whether it shows pictures. True when it does."""
    global _Picture
    if os.environ.get("TERM") in (None, "dumb", "linux") or importlib.util.find_spec("textual_image") is None:
        return False
    try:
        from textual_image import renderable, widget
    except Exception:  # It reads from the terminal, where anything can come.
        return False
    if renderable.Image in (renderable.SixelImage, renderable.TGPImage):
        _Picture = widget.Image
    return available()


def available() -> bool:
    return _Picture is not None


def cover(panel: Widget, state: ViewState, rows: Sequence[int]) -> None:
    """Lay pictures of some trajectories over what a panel draws in characters, or remove them."""
    try:
        pixels = panel.query_one(Pixels)
    except NoMatches:
        if not state.style.pixels:
            return
        pixels = Pixels()
        panel.mount(pixels)
    if state.style.pixels:
        pixels.show(state, rows)
    else:
        pixels.remove()


class Pixels(Widget):
    """One picture as large as its parent."""

    DEFAULT_CSS = """
    Pixels { width: 100%; height: 100%; }
    Pixels > * { width: 100%; height: 100%; }
    """
    can_focus = False

    def __init__(self) -> None:
        super().__init__()
        self._state: ViewState | None = None
        self._rows: tuple[int, ...] = ()
        self._drawn = LastKey()

    def compose(self) -> ComposeResult:
        yield _Picture()

    def show(self, state: ViewState, rows: Sequence[int]) -> None:
        self._state, self._rows = state, tuple(rows)
        self._draw()

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        """Send a new picture to the terminal if it has changed."""
        state = self._state
        if state is None or not self.is_mounted or not self.size.area:
            return
        key = (state.instance, state.frame, state.previous, self._rows, self.size, state.style)
        if not self._drawn.changed(key):
            return
        from textual_image.widget import get_cell_size

        cell = get_cell_size()
        ground = str(self.app.current_theme.background or "")
        self.query_one(_Picture).image = picture(
            state,
            self._rows,
            (self.size.width * cell.width, self.size.height * cell.height),
            ground if ground.startswith("#") else "#14161a" if state.style.palette.dark else image.PAPER,
        )


def picture(state: ViewState, rows: Sequence[int], room: tuple[int, int], ground: str) -> Image.Image:
    """The boards of some trajectories, as large as fits into a picture of that size."""
    canvas = Image.new("RGB", room, ground)
    label = 0 if len(rows) == 1 else 24
    shapes = [(columns, math.ceil(len(rows) / columns)) for columns in range(1, len(rows) + 1)]
    side, columns = max((min(room[0] // c - GAP, room[1] // r - GAP - label), c) for c, r in shapes)
    found = [state.picture(row, max(32, side)) for row in rows]
    boards = [board for board in found if board is not None]
    if not boards:
        return canvas
    sheet = boards[0]
    if len(rows) > 1:
        signs = [f"{row} {state.status(row).word}" for row in rows]
        ink = state.style.palette.ink or image.INK
        sheet = image.contact_sheet(boards, signs, columns=columns, gap=GAP, background=ground, ink=ink)
    canvas.paste(sheet, ((room[0] - sheet.width) // 2, (room[1] - sheet.height) // 2))
    return canvas
