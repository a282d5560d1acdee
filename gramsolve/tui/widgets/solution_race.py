"""The number of distinct solutions that each of two runs has found, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.text import Text

from gramsolve.display import terminal
from gramsolve.display.terminal import clean
from gramsolve.tui.view.view_state import ViewState
from gramsolve.tui.widgets.boards import Boards
from gramsolve.tui.widgets.timeline import bar

WIDEST = 6


class SolutionRace(Boards):
    """One chart for each side, on a common scale."""

    names: tuple[str, ...] = ()
    errors: tuple[str | None, ...] = ()
    states: tuple[ViewState, ...] = ()

    def show_sides(self, states: Sequence[ViewState]) -> None:
        """Draw the states of both sides."""
        self.states = tuple(states)
        self.show(states[0])

    def titles(self, state: ViewState) -> tuple[Text, ...]:
        without = state.frame is not None and state.frame.step.valid is None
        exact = f"there are {state.exact}" if state.exact is not None else ""
        title = self.caption(("distinct answers" if without else "distinct solutions", None))
        return title, self.caption((exact, state.style.palette.faint))

    @staticmethod
    def counts(state: ViewState) -> list[int]:
        """Distinct valid boards known after each step up to the one on show; distinct boards without a validator."""
        return [len(frame.answers) for frame in state.frames[: state.position]]

    def render(self) -> Text:
        if not self.states:
            return Text()
        width, height = self.content_size
        rows = [self.counts(state) for state in self.states]
        most = max([1, *(max(row, default=0) for row in rows), *(m.exact or 0 for m in self.states if m.exact)])
        label = max(map(len, self.names), default=0) + 2
        depth = max([1, *(state.depth for state in self.states), *map(len, rows)])
        columns = self._columns(depth, max(1, width - label - 8))
        tall = max(1, height // len(rows))
        lines: list[Text] = []
        for name, row, error, state in zip(self.names, rows, self.errors, self.states, strict=True):
            lines += self._chart(name, row, error, state, label, columns, tall, most)
        return terminal.join(lines)

    @staticmethod
    def _columns(depth: int, room: int) -> list[int]:
        """The step, from 1, that each column shows; where steps share a column, the last of them."""
        if depth <= room:
            return [step for step in range(1, depth + 1) for _ in range(min(WIDEST, room // depth))]
        return [(column + 1) * depth // room for column in range(room)]

    def _chart(
        self,
        name: str,
        row: list[int],
        error: str | None,
        state: ViewState,
        label: int,
        columns: list[int],
        tall: int,
        most: int,
    ) -> list[Text]:
        palette, ascii = state.style.palette, state.style.ascii
        if error is not None:
            return [Text(f"{clean(name):<{label}}{clean(error)}", palette.bad)] + [Text()] * (tall - 1)
        lines = []
        for level in range(tall):
            foot = level == tall - 1
            text = Text(f"{clean(name) if foot else '':<{label}}", palette.ink or "", end="", no_wrap=True)
            reached = [step for step in columns if step <= len(row)]
            for step, wide in Counter(reached).items():
                share = row[step - 1] / most * tall - (tall - 1 - level)
                sign = bar(share, ascii) if share > 0 else " "
                text.append(sign * wide, palette.right if row[step - 1] > 1 else palette.accent)
            if foot:
                text.append(("." if ascii else "·") * (len(columns) - len(reached)), palette.faint or "")
                number = f"{row[-1] if row else 0:>5}"
                text.append(number, f"bold {palette.right}" if row and row[-1] > 1 else "bold")
            lines.append(text)
        return lines
