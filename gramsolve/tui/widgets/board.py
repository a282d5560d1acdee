"""The large board: the selected trajectory, with what the model believes and where it is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.text import Text

from gramsolve.tui import drawing
from gramsolve.tui.drawing import Way
from gramsolve.tui.moment import Moment
from gramsolve.tui.widgets.boards import NOTHING, Boards, Line, plain
from gramsolve.tui.widgets.pixels import cover


class BoardPanel(Boards):
    """Draws one board in the way it is told."""

    way: Way | None = None
    narrow: bool = False

    def looks(self, moment: Moment) -> tuple[object, ...]:
        seen = (moment.frame, moment.previous, moment.selected, moment.instance)
        return (*seen, moment.last_of_round, moment.look, self.way, self.narrow)

    def show(self, moment: Moment) -> None:
        super().show(moment)
        cover(self, moment, [moment.selected])

    def titles(self, moment: Moment) -> tuple[Text, ...]:
        look, frame = moment.look, moment.frame
        if frame is None or moment.selected >= frame.width:
            return self.caption(("puzzle", None)), self.caption()
        mark = moment.mark(moment.selected)
        color = mark.color(look.palette)
        name = f"{'solution' if moment.searched else 'trajectory'} {moment.offset + moment.selected}  "
        word = "" if self.narrow else f" {mark.word}"
        title = self.caption((name, None), (mark.sign(look.ascii) + word, color))
        if moment.searched:
            return title, self.caption()
        sure = float(frame.step.confidence[moment.selected].mean())
        facts = [f"{sure:.0%}" if self.narrow else f"{sure:.0%} sure"]
        if frame.step.violations is not None:
            wrong = int(frame.step.violations[moment.selected].sum())
            facts.append(f"{wrong} cell{'' if wrong == 1 else 's'} wrong")
        return title, self.caption((self.dot.join(facts), look.palette.faint))

    def render(self) -> Text:
        return plain(self.lines())

    def lines(self) -> Sequence[Line]:
        way, moment = self.way, self.moment
        if moment is None or way is None:
            return []
        grid = moment.grid(moment.selected, (way.height, way.width))
        if grid is None:
            return []
        lines = drawing.lines(grid, way, moment.look)
        before = (self.content_size.width - way.width) // 2
        above = max(0, (self.content_size.height - len(lines)) // 2)
        if before > 0:
            indented = {id(line): [Segment(" " * before), *line] for line in lines}
            lines = [indented[id(line)] for line in lines]
        return [NOTHING] * above + lines
