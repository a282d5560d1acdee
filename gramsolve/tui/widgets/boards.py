"""Panels of boards: lines of segments that go to the terminal as they are, and as few of them as can be."""

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

from gramsolve.display.style import is_bare
from gramsolve.tui.view import board_fit
from gramsolve.tui.widgets.panel import Panel

Line = list[Segment]
"""A line of characters with their styles."""
NOTHING: Line = []


class Boards(Panel):
    """A panel of boards, which have a style for every cell.

    It hands its lines to the terminal as they are: Textual's own way takes several times as long, and keys would wait
    for it. Where every character stands, which it needs to know for selecting text with the mouse, it is told when it
    asks. A line that is the same object as one before keeps its strip, and with
    it what Textual knows of that. Of a border Textual draws the two lines with the titles, and one more to learn
    what stands at the sides of all others.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ground = Ground(Style())
        self._room: tuple[object, ...] = ()
        self._sides: tuple[list[Segment], list[Segment]] = [], []
        self._lines: Sequence[Line] | None = None
        self._drawn: dict[int, tuple[Line, Strip]] = {}
        self._known: dict[int, tuple[Line, Strip]] = {}
        self._framed: dict[int, tuple[Strip, Strip]] = {}

    def lines(self) -> Sequence[Line]:
        """What there is to see."""
        drawn = self.render()
        return segments(drawn) if isinstance(drawn, Text) else []

    def line(self, y: int) -> Line:
        """One of them."""
        if self._lines is None:
            self._lines = self.lines()
        return self._lines[y] if y < len(self._lines) else NOTHING

    def refresh(self, *regions: Region, **options: Any) -> Self:
        self._forget()
        return super().refresh(*regions, **options)

    def _forget(self) -> None:
        """Draw again what is asked for next."""
        self._lines = None
        if self._drawn:
            self._known = {id(shown[0]): shown for shown in self._drawn.values()}
            strips = {id(shown[1]) for shown in self._drawn.values()}
            self._framed = {key: shown for key, shown in self._framed.items() if key in strips}
        self._drawn = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        outer, gutter = self.region.size, self.styles.gutter
        room = outer, gutter, self.rich_style, self.styles.border
        if room != self._room:
            self._room, self._ground = room, Ground(self.rich_style)
            self._forget()
            self._known, self._framed = {}, {}
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
        """A line of content between the sides of the border, the same strip for the same content."""
        content = self._strip(y)
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(y)) is not None:
            return self._between(self._marked(content, *span), filters, width)
        shown = self._framed.get(id(content))
        if shown is None:
            shown = self._framed[id(content)] = content, self._between(content, filters, width)
        return shown[1]

    def _between(self, strip: Strip, filters: Sequence[LineFilter], width: int) -> Strip:
        for applied in filters:
            strip = strip.apply_filter(applied, self.background_colors[1])
        return Strip([*self._sides[0], *strip, *self._sides[1]], width) if any(self._sides) else strip

    def _marked(self, strip: Strip, start: int, end: int) -> Strip:
        """A line of which some has been selected with the mouse; -1 is its end."""
        end = strip.cell_length if end == -1 else end
        over = self.screen.get_component_rich_style("screen--selection")
        chosen = [
            Segment(text, rich_style + over if rich_style else over) for text, rich_style, _ in strip.crop(start, end)
        ]
        return Strip.join([strip.crop(0, start), Strip(chosen), strip.crop(end)])

    def render_line(self, y: int) -> Strip:
        """With the places of all characters: what a mouse points at."""
        return self._strip(y).apply_offsets(0, y)

    def _strip(self, y: int) -> Strip:
        shown = self._drawn.get(y)
        if shown is None:
            line = self.line(y)
            shown = self._known.get(id(line)) or (line, self._ground.strip(line, self.size.width))
            self._drawn[y] = self._known[id(line)] = shown
        return shown[1]

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without that for the sixteen colours of terminals, where none of them is used: it goes over every cell."""
        filters = super().get_line_filters()
        if is_bare(self.style.palette):
            return filters
        return [applied for applied in filters if not isinstance(applied, ANSIToTruecolor)]


class Ground:
    """The colours of a panel under the styles of what it draws, which are few."""

    MOST = 4096

    def __init__(self, rich_style: Style) -> None:
        self.rich_style = rich_style
        self._known: dict[int, tuple[Style, Style]] = {}

    def under(self, rich_style: Style | None) -> Style:
        """A style on this ground. Styles know their own sequences of escapes, so the same one is given every time."""
        if rich_style is None:
            return self.rich_style
        known = self._known.get(id(rich_style))
        if known is None:
            if len(self._known) >= self.MOST:
                self._known.clear()
            known = self._known[id(rich_style)] = (rich_style, self.rich_style + rich_style)
        return known[1]

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
