"""The distinct solutions known so far, each with the number of trajectories that agree on it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.message import Message

from gramsolve.tui import drawing
from gramsolve.tui.layout import FRAME, Tile
from gramsolve.tui.moment import Moment
from gramsolve.tui.recorder import Found
from gramsolve.tui.widgets.boards import Boards, Line, line_of, plain, side_by_side

ENOUGH = 4
"""Boards below which a panel that cannot show all answers lists numbers instead."""


def ranked(moment: Moment) -> list[Found]:
    """First found first and, when all is done, best first as the rules of selection have it."""
    found = list(moment.frame.found) if moment.frame else []
    if moment.at_end and moment.finished is not None:
        places = {answer.tokens.tobytes(): place for place, answer in enumerate(moment.finished.candidates)}
        found.sort(key=lambda answer: places.get(answer.tokens.tobytes(), len(places)))
    return found


class Solutions(Boards):
    """Small boards where there is room for them, numbers otherwise; the last place counts the hidden ones."""

    tile: Tile | None = None
    boards: Tile | None = None

    class Chosen(Message):
        """A solution was clicked; ``trajectory`` counts over all rounds."""

        def __init__(self, trajectory: int) -> None:
            super().__init__()
            self.trajectory = trajectory

    def fit(self, tile: Tile, lines: int) -> None:
        """Use ``tile`` where it fits into a panel of ``lines`` lines."""
        self.boards = tile if lines - FRAME >= tile.height + 1 else None
        self.refresh()

    @property
    def pitch(self) -> tuple[int, int]:
        return (self.tile.width + 2, self.tile.height + 1) if self.tile else (8, 1)

    @property
    def across(self) -> int:
        return max(1, (self.content_size.width + 2) // self.pitch[0])

    @property
    def room(self) -> int:
        """How many fit."""
        return self.across * max(1, self.content_size.height // self.pitch[1])

    def looks(self, moment: Moment) -> tuple[object, ...]:
        return moment.frame, moment.at_end, moment.look

    def titles(self, moment: Moment) -> tuple[Text, ...]:
        found = moment.frame.found if moment.frame else ()
        if moment.frame and moment.frame.step.valid is None:
            return (self.caption(("answers", None)),)
        total = f" of {moment.exact}" if moment.exact is not None else ""
        complete = moment.exact is not None and len(found) >= moment.exact > 0
        color = moment.look.palette.right if complete else None
        return (self.caption(("solutions  ", None), (f"{len(found)}{total}", color)),)

    def _shown(self, moment: Moment) -> list[Found]:
        """What fits, first found first. Few boards that hide many answers say less than a list of numbers."""
        found = ranked(moment)
        self.tile = self.boards
        if len(found) > self.room and self.room < ENOUGH:
            self.tile = None
        return found if len(found) <= self.room else found[: max(1, self.room - 1)]

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or self.moment is None:
            return
        shown = self._shown(self.moment)
        place = offset.y // self.pitch[1] * self.across + offset.x // self.pitch[0]
        if place < len(shown):
            self.post_message(self.Chosen(shown[place].trajectory))

    def render(self) -> Text:
        return plain(self.lines())

    def lines(self) -> Sequence[Line]:
        moment = self.moment
        if moment is None:
            return []
        found = moment.frame.found if moment.frame else ()
        faint = moment.look.palette.faint
        if not found:
            return [line_of([("none yet" if not moment.at_end else "none", faint)])]
        shown = self._shown(moment)
        drawn = [self._one(moment, answer) for answer in shown]
        hidden = len(found) - len(shown)
        if hidden:
            words = f"+{hidden} more"
            brief = self.tile is None or len(words) > self.tile.width
            drawn.append([line_of([(f"+{hidden}" if brief else words, faint)])])
        lines: list[Line] = []
        for start in range(0, len(drawn), self.across):
            lines += side_by_side(drawn[start : start + self.across], self.pitch[0] - 2, 2)
        return lines

    def _one(self, moment: Moment, answer: Found) -> list[Line]:
        """An answer does not change, so its board is drawn once for as long as it is shown in one way."""
        look, tile = moment.look, self.tile
        votes = f"{'x' if look.ascii else '×'}{answer.votes}"
        label = line_of(
            [
                (votes, look.palette.right if answer.votes else look.palette.faint),
                (f" #{answer.trajectory}", look.palette.faint),
            ]
        )
        label = Segment.adjust_line_length(label, self.pitch[0] - 2)
        return [label] if tile is None else [label, *self._board(moment, answer, tile)]

    def _board(self, moment: Moment, answer: Found, tile: Tile) -> list[Line]:
        way = tile.way
        grid = moment.answer(answer.tokens, (way.height, way.width))
        return [] if grid is None else drawing.lines(grid, way, moment.look)
