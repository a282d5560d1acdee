"""Panels of boards: lines of segments that go to the terminal as they are, and only those that have changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Self

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region
from textual.strip import Strip

from gramsolve.display.palette import is_bare
from gramsolve.tui.view import board_fit
from gramsolve.tui.view.staleness import CachedByIdentity, LastKey
from gramsolve.tui.widgets.panel import Panel

Line = list[Segment]
"""A line of characters with their styles."""
NOTHING: Line = []


class Boards(Panel):
    """A panel of boards, which have a style for every cell.

    Textual's own way from a widget to the terminal takes several times as long, and keys would wait for it. This class
    hands over its lines as they are, and keeps three things by the identity of what they are made from: the strip of a
    line, the strip with the sides of the border, and the style of a cell on the panel's background. A line that is the
    object that was drawn before costs nothing. Textual draws the border's two lines with titles, and one more to learn
    what stands at the sides of all others. The position of every character, which selecting text with the mouse needs,
    is computed when ``render_line`` asks for it.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._room = LastKey()
        self._ground = Ground(Style())
        self._sides: tuple[list[Segment], list[Segment]] = [], []
        self._lines: Sequence[Line] | None = None
        self._strips = CachedByIdentity[Line, Strip]()
        self._framed = CachedByIdentity[Strip, Strip]()

    def lines(self) -> Sequence[Line]:
        """All lines of the content."""
        drawn = self.render()
        return segments(drawn) if isinstance(drawn, Text) else []

    def line(self, y: int) -> Line:
        """Line ``y`` of the content."""
        if self._lines is None:
            self._lines = self.lines()
        return self._lines[y] if y < len(self._lines) else NOTHING

    def refresh(self, *regions: Region, **options: Any) -> Self:
        self._next_picture()
        return super().refresh(*regions, **options)

    def _next_picture(self) -> None:
        """Ask for every line again; strips of lines that come again are kept."""
        self._lines = None
        self._strips.next_picture()
        self._framed.next_picture()

    def render_lines(self, crop: Region) -> list[Strip]:
        outer, gutter = self.region.size, self.styles.gutter
        if self._room.changed((outer, gutter, self.rich_style, self.styles.border)):
            self._ground, self._lines = Ground(self.rich_style), None
            self._strips.forget()
            self._framed.forget()
            if gutter.width or gutter.height:
                whole = super().render_lines(Region(0, gutter.top, outer.width, 1))[0]
                left, _, right = whole.divide([gutter.left, outer.width - gutter.right, outer.width])
                self._sides = list(left), list(right)
        last = outer.height - gutter.bottom
        filters = self.get_line_filters()
        strips = []
        for y in crop.line_range:
            if gutter.top <= y < last:
                strips.append(self._frame(y - gutter.top, filters, outer.width))
            else:
                strips += super().render_lines(Region(0, y, outer.width, 1))
        if crop.column_span != (0, outer.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _frame(self, y: int, filters: Sequence[LineFilter], width: int) -> Strip:
        """A line of content between the sides of the border."""
        content = self._strip(y)
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(y)) is not None:
            return self._between(self._marked(content, *span), filters, width)
        return self._framed.get(content, lambda strip: self._between(strip, filters, width))

    def _between(self, strip: Strip, filters: Sequence[LineFilter], width: int) -> Strip:
        for applied in filters:
            strip = strip.apply_filter(applied, self.background_colors[1])
        return Strip([*self._sides[0], *strip, *self._sides[1]], width) if any(self._sides) else strip

    def _marked(self, strip: Strip, start: int, end: int) -> Strip:
        """A line of which columns ``start`` to ``end`` are selected with the mouse; -1 is its end."""
        end = strip.cell_length if end == -1 else end
        over = self.screen.get_component_rich_style("screen--selection")
        chosen = [
            Segment(text, rich_style + over if rich_style else over) for text, rich_style, _ in strip.crop(start, end)
        ]
        return Strip.join([strip.crop(0, start), Strip(chosen), strip.crop(end)])

    def render_line(self, y: int) -> Strip:
        """With the positions of all characters: what a mouse points at."""
        return self._strip(y).apply_offsets(0, y)

    def _strip(self, y: int) -> Strip:
        return self._strips.get(self.line(y), self._on_ground)

    def _on_ground(self, line: Line) -> Strip:
        return self._ground.strip(line, self.size.width)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without the filter for the sixteen colours of terminals where none is used: it goes over every cell."""
        filters = super().get_line_filters()
        if is_bare(self.style.palette):
            return filters
        return [applied for applied in filters if not isinstance(applied, ANSIToTruecolor)]


class Ground:
    """The background style of a panel, under the few styles of what it draws."""

    MOST = 4096

    def __init__(self, rich_style: Style) -> None:
        self.rich_style = rich_style
        self._combined = CachedByIdentity[Style, Style]()

    def under(self, rich_style: Style | None) -> Style:
        """A style on this ground: the same object every time, because styles keep their own escape sequences."""
        if rich_style is None:
            return self.rich_style
        if len(self._combined) >= self.MOST:
            self._combined.forget()
        return self._combined.get(rich_style, self.rich_style.__add__)

    def strip(self, line: Line, width: int) -> Strip:
        """A line on this ground, filled up or cut off."""
        under = self.under
        styled = [Segment(text, under(rich_style)) for text, rich_style, _ in line]
        length = sum([cell_len(segment.text) for segment in styled])
        if length < width:
            styled.append(Segment(" " * (width - length), self.rich_style))
        drawn = Strip(styled, max(length, width))
        return drawn if length <= width else drawn.crop(0, width)


def segments(text: Text) -> list[Line]:
    """The lines of a text as segments."""
    return list(Segment.split_lines(board_fit.segments(text)))


def line_of(parts: Iterable[tuple[str, str | None]]) -> Line:
    """A line of (text, words for its style); neighbours of one style become one segment."""
    runs = groupby(parts, key=itemgetter(1))
    return [Segment("".join([text for text, _ in run]), board_fit.rich_style(words)) for words, run in runs]


def plain(lines: Sequence[Line]) -> Text:
    """The reverse: lines of segments as one text."""
    text = Text(no_wrap=True, overflow="crop")
    for number, line in enumerate(lines):
        text.append("\n" if number else "")
        for segment in line:
            text.append(segment.text, segment.style)
    return text


def side_by_side(boards: Sequence[Sequence[Line]], width: int, gap: int) -> list[Line]:
    """Boards of ``width`` columns side by side."""
    between, missing = Segment(" " * gap), [Segment(" " * width)]
    lines: list[Line] = []
    for index in range(max(map(len, boards), default=0)):
        line: Line = []
        for board in boards:
            line += [*([between] if line and gap else []), *(board[index] if index < len(board) else missing)]
        lines.append(line)
    return lines
