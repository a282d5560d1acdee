"""What all panels share: a moment to draw and a title that is text, never markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from gramsolve.display.terminal import clean
from gramsolve.tui import drawing
from gramsolve.tui.moment import Look, Moment

Line = list[Segment]
"""A line of characters with their styles."""


class Panel(Widget):
    """Draws the moment it is given."""

    can_focus = False
    moment: Moment | None = None

    @property
    def look(self) -> Look:
        return self.moment.look if self.moment else Look()

    def show(self, moment: Moment) -> None:
        """Draw another moment."""
        self.moment = moment
        self.titles(moment)
        self.refresh()

    def titles(self, moment: Moment) -> None:
        """Set the titles of the border."""

    def caption(self, *parts: tuple[str, str | None]) -> Text:
        """A border title of (text, colour) parts."""
        text = Text(end="")
        for part, color in parts:
            text.append(clean(part), color or "")
        return text

    @property
    def dot(self) -> str:
        """What separates two facts on a line."""
        return " - " if self.look.ascii else " · "


class Boards(Panel):
    """A panel of boards, which have a style for every cell.

    It hands its lines to the terminal as they are: Textual's own way, which lets people select text, takes several
    times as long, and keys would wait for it.
    """

    ALLOW_SELECT = False
    _looked: tuple[object, ...] | None = None
    _titling = False
    _strips: tuple[Size, list[Strip]] | None = None
    _ground: tuple[int, Style] | None = None

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._known: dict[int, tuple[Line, Strip]] = {}

    def lines(self) -> Sequence[Line]:
        """What there is to see."""
        drawn = self.render()
        return segments(drawn) if isinstance(drawn, Text) else []

    def looks(self, moment: Moment) -> tuple[object, ...] | None:
        """What the picture depends on: one that depends on the same is not drawn again. None always draws."""
        return None

    def show(self, moment: Moment) -> None:
        self.moment = moment
        before, seen = (self.border_title, self.border_subtitle), self.looks(moment)
        self._titling = True  # Titles ask to be drawn even when they are the same.
        self.titles(moment)
        self._titling = False
        if seen is None or seen != self._looked or before != (self.border_title, self.border_subtitle):
            self._looked = seen
            self.refresh()

    def refresh(self, *regions: Any, **options: Any) -> Self:
        if self._titling:
            return self
        self._strips = None
        return super().refresh(*regions, **options)

    def notify_style_update(self) -> None:
        self._strips = None
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        if self._strips is None or self._strips[0] != self.size:
            self._strips = self.size, self._render_strips()
        strips = self._strips[1]
        return strips[y] if y < len(strips) else Strip.blank(self.size.width, self.rich_style)

    def _render_strips(self) -> list[Strip]:
        """Lines that are the same ones as before keep their strips, and with them what Textual knows of those."""
        width, ground = self.size.width, self.rich_style
        before = self._known if self._ground == (width, ground) else {}
        self._ground, self._known = (width, ground), {}
        strips: list[Strip] = []
        for line in self.lines():
            known = before.get(id(line)) or self._known.get(id(line))
            self._known[id(line)] = known or (line, strip(line, width, ground))
            strips.append(self._known[id(line)][1])
        return strips


def strip(line: Line, width: int, ground: Style) -> Strip:
    """A line on its ground, filled up or cut off."""
    styled = [Segment(text, ground + style if style else ground) for text, style, _ in line]
    length = sum(cell_len(segment.text) for segment in styled)
    if length < width:
        styled.append(Segment(" " * (width - length), ground))
    drawn = Strip(styled, max(length, width))
    return drawn if length <= width else drawn.crop(0, width)


def segments(text: Text) -> list[Line]:
    """The lines of a text as segments."""
    return list(Segment.split_lines(drawing.segments(text)))


def plain(lines: Sequence[Line]) -> Text:
    """The reverse: lines of segments as one text."""
    text = Text(no_wrap=True, overflow="crop")
    for number, line in enumerate(lines):
        text.append("\n" if number else "")
        for segment in line:
            text.append(segment.text, segment.style)
    return text


def beside(boards: Sequence[Sequence[Line]], width: int, gap: int) -> list[Line]:
    """Boards of ``width`` columns side by side."""
    between, missing = Segment(" " * gap), [Segment(" " * width)]
    lines: list[Line] = []
    for index in range(max(map(len, boards), default=0)):
        line: Line = []
        for board in boards:
            line += [*([between] if line and gap else []), *(board[index] if index < len(board) else missing)]
        lines.append(line)
    return lines
