"""The distinct solutions known so far, each with the number of trajectories that agree on it."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.message import Message

from gramsolve.display import terminal
from gramsolve.tui import drawing
from gramsolve.tui.layout import FRAME, Tile
from gramsolve.tui.moment import Moment
from gramsolve.tui.recorder import Found
from gramsolve.tui.widgets.panel import Boards

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

    def titles(self, moment: Moment) -> None:
        found = moment.frame.found if moment.frame else ()
        if moment.frame and moment.frame.step.valid is None:
            self.border_title = self.caption(("answers", None))
            return
        total = f" of {moment.exact}" if moment.exact is not None else ""
        complete = moment.exact is not None and len(found) >= moment.exact > 0
        color = moment.look.palette.right if complete else None
        self.border_title = self.caption(("solutions  ", None), (f"{len(found)}{total}", color))

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
        moment = self.moment
        if moment is None:
            return Text()
        found = moment.frame.found if moment.frame else ()
        faint = moment.look.palette.faint or ""
        if not found:
            return Text("none yet" if not moment.at_end else "none", faint)
        shown = self._shown(moment)
        drawn = [self._one(moment, answer) for answer in shown]
        hidden = len(found) - len(shown)
        if hidden:
            words = f"+{hidden} more"
            brief = self.tile is None or len(words) > self.tile.width
            drawn.append([Text(f"+{hidden}" if brief else words, faint, end="")])
        lines: list[Text] = []
        for start in range(0, len(drawn), self.across):
            lines += terminal.beside(drawn[start : start + self.across], gap=2)
        return terminal.join(lines)

    def _one(self, moment: Moment, answer: Found) -> list[Text]:
        look = moment.look
        times = "x" if look.ascii else "×"
        label = Text(end="", no_wrap=True)
        label.append(f"{times}{answer.votes}", look.palette.right if answer.votes else look.palette.faint or "")
        label.append(f" #{answer.trajectory}", look.palette.faint or "")
        if self.tile is None:
            label.truncate(self.pitch[0] - 2, pad=True)
            return [label]
        label.truncate(self.tile.width, pad=True)
        way = self.tile.way
        grid = moment.answer(answer.tokens, (way.height, way.width))
        if grid is None:
            return [label]
        return [label, *drawing.cropped(drawing.draw(grid, way, look), way.width, way.height)]
