"""The large board: the selected trajectory with its confidences and violations."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.text import Text

from gramsolve.tui.view import board_fit
from gramsolve.tui.view.board_fit import DrawMode
from gramsolve.tui.view.staleness import Key
from gramsolve.tui.view.view_state import ViewState
from gramsolve.tui.widgets.boards import NOTHING, Boards, Line, plain
from gramsolve.tui.widgets.pixels import cover


class BoardPanel(Boards):
    """Draws one board in ``mode``."""

    mode: DrawMode | None = None
    narrow: bool = False

    def render_key(self, state: ViewState) -> Key:
        seen = (state.frame, state.previous, state.selected, state.instance)
        return (*seen, state.last_of_round, state.style, self.mode, self.narrow)

    def show(self, state: ViewState) -> None:
        super().show(state)
        cover(self, state, [state.selected])

    def titles(self, state: ViewState) -> tuple[Text, ...]:
        style, frame = state.style, state.frame
        if frame is None or state.selected >= frame.width:
            return self.caption(("puzzle", None)), self.caption()
        status = state.status(state.selected)
        color = status.color(style.palette)
        name = f"{'solution' if state.searched else 'trajectory'} {state.offset + state.selected}  "
        word = "" if self.narrow else f" {status.word}"
        title = self.caption((name, None), (status.icon(style.ascii) + word, color))
        if state.searched:
            return title, self.caption()
        sure = float(frame.step.confidence[state.selected].mean())
        facts = [f"{sure:.0%}" if self.narrow else f"{sure:.0%} sure"]
        if frame.step.violations is not None:
            wrong = int(frame.step.violations[state.selected].sum())
            facts.append(f"{wrong} cell{'' if wrong == 1 else 's'} wrong")
        return title, self.caption((self.dot.join(facts), style.palette.faint))

    def render(self) -> Text:
        return plain(self.lines())

    def lines(self) -> Sequence[Line]:
        mode, state = self.mode, self.state
        if state is None or mode is None:
            return []
        grid = state.grid(state.selected, (mode.height, mode.width))
        if grid is None:
            return []
        lines = board_fit.lines(grid, mode, state.style)
        before = (self.content_size.width - mode.width) // 2
        above = max(0, (self.content_size.height - len(lines)) // 2)
        if before > 0:
            indented = {id(line): [Segment(" " * before), *line] for line in lines}
            lines = [indented[id(line)] for line in lines]
        return [NOTHING] * above + lines
