"""The distinct solutions known so far, each with the number of trajectories that agree on it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.message import Message

from gramsolve.tui.runs.recorder import DistinctAnswer
from gramsolve.tui.view import board_fit
from gramsolve.tui.view.arena_layout import FRAME, BoardTile
from gramsolve.tui.view.staleness import Key
from gramsolve.tui.view.view_state import ViewState
from gramsolve.tui.widgets.boards import Boards, Line, line_of, plain, side_by_side

ENOUGH = 4
"""Boards below which a panel that cannot show all answers lists numbers instead."""


def ranked(state: ViewState) -> list[DistinctAnswer]:
    """In the order in which they were found and, at the end of the run, in the order of its ranking."""
    found = list(state.frame.answers) if state.frame else []
    if state.at_end and state.finished is not None:
        places = {answer.tokens.tobytes(): place for place, answer in enumerate(state.finished.candidates)}
        found.sort(key=lambda answer: places.get(answer.tokens.tobytes(), len(places)))
    return found


class Solutions(Boards):
    """Small boards where there is room, numbers otherwise; the last place counts the hidden ones."""

    tile: BoardTile | None = None
    boards: BoardTile | None = None

    class Chosen(Message):
        """A solution was clicked; ``trajectory`` counts over all rounds."""

        def __init__(self, trajectory: int) -> None:
            super().__init__()
            self.trajectory = trajectory

    def fit(self, tile: BoardTile, lines: int) -> None:
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

    def render_key(self, state: ViewState) -> Key:
        return state.frame, state.at_end, state.style

    def titles(self, state: ViewState) -> tuple[Text, ...]:
        found = state.frame.answers if state.frame else ()
        if state.frame and state.frame.step.valid is None:
            return (self.caption(("answers", None)),)
        total = f" of {state.exact}" if state.exact is not None else ""
        complete = state.exact is not None and len(found) >= state.exact > 0
        color = state.style.palette.right if complete else None
        return (self.caption(("solutions  ", None), (f"{len(found)}{total}", color)),)

    def _shown(self, state: ViewState) -> list[DistinctAnswer]:
        """What fits. If only a few boards of many answers would fit, numbers are listed instead."""
        found = ranked(state)
        self.tile = self.boards
        if len(found) > self.room and self.room < ENOUGH:
            self.tile = None
        return found if len(found) <= self.room else found[: max(1, self.room - 1)]

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or self.state is None:
            return
        shown = self._shown(self.state)
        place = offset.y // self.pitch[1] * self.across + offset.x // self.pitch[0]
        if place < len(shown):
            self.post_message(self.Chosen(shown[place].trajectory))

    def render(self) -> Text:
        return plain(self.lines())

    def lines(self) -> Sequence[Line]:
        state = self.state
        if state is None:
            return []
        found = state.frame.answers if state.frame else ()
        faint = state.style.palette.faint
        if not found:
            return [line_of([("none yet" if not state.at_end else "none", faint)])]
        shown = self._shown(state)
        drawn = [self._one(state, answer) for answer in shown]
        hidden = len(found) - len(shown)
        if hidden:
            words = f"+{hidden} more"
            brief = self.tile is None or len(words) > self.tile.width
            drawn.append([line_of([(f"+{hidden}" if brief else words, faint)])])
        lines: list[Line] = []
        for start in range(0, len(drawn), self.across):
            lines += side_by_side(drawn[start : start + self.across], self.pitch[0] - 2, 2)
        return lines

    def _one(self, state: ViewState, answer: DistinctAnswer) -> list[Line]:
        """The lines of one answer: its votes and first trajectory, above its board."""
        style, tile = state.style, self.tile
        votes = f"{'x' if style.ascii else '×'}{answer.votes}"
        label = line_of(
            [
                (votes, style.palette.right if answer.votes else style.palette.faint),
                (f" #{answer.trajectory}", style.palette.faint),
            ]
        )
        label = Segment.adjust_line_length(label, self.pitch[0] - 2)
        return [label] if tile is None else [label, *self._board(state, answer, tile)]

    def _board(self, state: ViewState, answer: DistinctAnswer, tile: BoardTile) -> list[Line]:
        mode = tile.mode
        grid = state.answer(answer.tokens, (mode.height, mode.width))
        return [] if grid is None else board_fit.lines(grid, mode, state.style)
