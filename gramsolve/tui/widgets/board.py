"""The large board: the selected trajectory, with what the model believes and where it is wrong."""

from __future__ import annotations

from rich.text import Text

from gramsolve.display import terminal
from gramsolve.tui import drawing
from gramsolve.tui.drawing import Way
from gramsolve.tui.moment import Moment
from gramsolve.tui.widgets.panel import Boards
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

    def titles(self, moment: Moment) -> None:
        look, frame = moment.look, moment.frame
        if frame is None or moment.selected >= frame.width:
            self.border_title = self.caption(("puzzle", None))
            self.border_subtitle = self.caption()
            return
        mark = moment.mark(moment.selected)
        color = mark.color(look.palette)
        name = f"{'solution' if moment.searched else 'trajectory'} {moment.offset + moment.selected}  "
        word = "" if self.narrow else f" {mark.word}"
        self.border_title = self.caption((name, None), (mark.sign(look.ascii) + word, color))
        if moment.searched:
            self.border_subtitle = self.caption()
            return
        sure = float(frame.step.confidence[moment.selected].mean())
        facts = [f"{sure:.0%}" if self.narrow else f"{sure:.0%} sure"]
        if frame.step.violations is not None:
            wrong = int(frame.step.violations[moment.selected].sum())
            facts.append(f"{wrong} cell{'' if wrong == 1 else 's'} wrong")
        self.border_subtitle = self.caption((self.dot.join(facts), look.palette.faint))

    def render(self) -> Text:
        if self.moment is None:
            return Text()
        way = self.way
        grid = self.moment.grid(self.moment.selected, None if way is None else (way.height, way.width))
        if grid is None or way is None:
            return Text("")
        lines = drawing.draw(grid, way, self.look)
        width = lines[0].cell_len if lines else 0
        before = " " * max(0, (self.content_size.width - width) // 2)
        above = max(0, (self.content_size.height - len(lines)) // 2)
        padded = [Text(before, end="").append_text(line) for line in lines]
        return terminal.join([Text()] * above + padded)
