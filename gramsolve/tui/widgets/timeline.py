"""The timeline of the selected trajectory: confidence, wrong cells and expected accuracy, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.text import Text
from textual import events
from textual.message import Message

from gramsolve.display.palette import mix
from gramsolve.tui.view.staleness import Key
from gramsolve.tui.view.view_state import ViewState
from gramsolve.tui.widgets.boards import NOTHING, Boards, Line, line_of, plain

BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "_.:-=+*#"
LABEL, SHORT_LABEL = 12, 6
WIDEST = 4
TALLEST = 3
VALUE = 5


def bar(value: float, ascii: bool) -> str:
    """A value in [0, 1] as one character of eight heights."""
    signs = ASCII_BARS if ascii else BARS
    return signs[min(len(signs) - 1, max(0, int(value * len(signs))))]


class Timeline(Boards):
    """One column for each step, or several where there is room; a click goes to that step."""

    class Sought(Message):
        """A step of the round on show was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def render_key(self, state: ViewState) -> Key:
        return state.frame, len(state.frames), state.selected, state.instance, state.depth, state.style

    def titles(self, state: ViewState) -> tuple[Text, ...]:
        number = state.frame.step.number if state.frame else 0
        step = (f"step {number}", state.style.palette.faint) if number else ("", None)
        return self.caption(("timeline", None)), self.caption(step)

    @property
    def _label(self) -> int:
        """Columns of the names: short ones where every column counts for a step."""
        return LABEL if self.content_size.width >= LABEL + VALUE + 16 else SHORT_LABEL

    @property
    def _value(self) -> int:
        return VALUE if self._label == LABEL else 0

    def _columns(self, state: ViewState) -> list[int]:
        """The step, from 1, that each column stands for."""
        room = max(1, self.content_size.width - self._label - self._value)
        depth = max(1, state.depth, len(state.round_frames))
        if depth <= room:
            return [step for step in range(1, depth + 1) for _ in range(min(WIDEST, room // depth))]
        return [1 + column * depth // room for column in range(room)]

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or self.state is None:
            return
        columns = self._columns(self.state)
        if 0 <= offset.x - self._label < len(columns):
            self.post_message(self.Sought(columns[offset.x - self._label]))

    def render(self) -> Text:
        return plain(self.lines())

    def lines(self) -> Sequence[Line]:
        state = self.state
        if state is None:
            return []
        frames, chosen = state.round_frames, state.selected
        steps = [frame.step for frame in frames if chosen < frame.width]
        rows = [(("confidence", "sure"), [float(step.confidence[chosen].mean()) for step in steps], "{:.0%}")]
        if steps and steps[0].violations is not None:
            wrong = [int(step.violations[chosen].sum()) for step in steps if step.violations is not None]
            rows.append((("cells wrong", "wrong"), [float(count) for count in wrong], "{:.0f}"))
        rows.append((("expected", "value"), [float(step.value[chosen]) for step in steps], "{:.0%}"))
        height = max(1, min(TALLEST, (self.content_size.height + 1) // len(rows) - 1))
        gap = [NOTHING] if height * len(rows) + len(rows) - 1 <= self.content_size.height else []
        lines: list[Line] = []
        for row in rows:
            lines += [*(gap if lines else []), *self._chart(state, *row, height)]
        return lines

    def _chart(
        self, state: ViewState, names: tuple[str, str], values: list[float], form: str, height: int
    ) -> Iterator[Line]:
        """A chart ``height`` lines high that has its name and number at the foot."""
        style, now = state.style, state.frame.step.number if state.frame else 0
        palette = style.palette
        ceiling = 1.0 if "%" in form else max([*values, 1.0])
        color = palette.bad if names[1] == "wrong" else palette.accent
        past = mix(color, palette.back[1], 0.4) if palette.back[1] else color
        spans = [(step, len(list(same))) for step, same in groupby(self._columns(state))]
        until = [step for step, _ in spans[1:]] + [spans[-1][0] + 1]
        label, room = self._label, self._value
        for level in range(height):
            foot = level == height - 1
            parts = [(f"{names[label == SHORT_LABEL] if foot else '':<{label}}", palette.faint)]
            for (step, wide), following in zip(spans, until, strict=True):
                if step > len(values):
                    parts.append(((("." if style.ascii else "·") if foot else " ") * wide, palette.faint))
                    continue
                ink = color if step <= now < following else past if step < now else palette.faint
                share = values[step - 1] / ceiling * height - (height - 1 - level)
                parts.append(((bar(share, style.ascii) if share > 0 or foot else " ") * wide, ink))
            here = form.format(values[now - 1]) if foot and 0 < now <= len(values) else ""
            yield line_of([*parts, *([(f"{here:>{room}}", palette.ink)] if room else [])])
