"""The status line of the sample screen."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from gramsolve.display.terminal import clean
from gramsolve.tui.runs.recorder import Frame
from gramsolve.tui.view.status_icons import TrajectoryStatus
from gramsolve.tui.widgets.panel import Panel
from gramsolve.tui.widgets.status_lines import legend, spread


def distinct(frame: Frame) -> int:
    """Number of distinct boards at this step: of valid ones where there is a validator, else of all."""
    step = frame.step
    tokens = step.tokens if step.valid is None else step.tokens[step.valid]
    return len(np.unique(tokens, axis=0)) if len(tokens) else 0


class SampleStatus(Panel):
    """One line: an error or the state of the run, then the legend of icons."""

    stage = "loading"
    error: str | None = None

    def render(self) -> Text:
        state = self.state
        if state is None:
            return Text()
        palette, ascii = state.style.palette, state.style.ascii
        width = self.content_size.width
        text = Text(end="", no_wrap=True)
        if self.error is not None:
            text.append(f"{TrajectoryStatus.INVALID.icon(ascii)} {clean(self.error)}", f"bold {palette.bad}")
        elif state.frame is not None:
            judged = "valid and " if state.frame.step.valid is not None else ""
            text.append(f"{distinct(state.frame)} of {state.frame.width} samples", "bold")
            text.append(f" {judged}distinct", palette.faint or "")
        elif self.stage == "loading":
            text.append("loading checkpoint" + ("..." if ascii else "…"), palette.accent)
        else:
            text.append("unconditional", palette.faint or "")
        text.truncate(width, overflow="crop" if ascii else "ellipsis")
        return spread(text, legend(state), width)
