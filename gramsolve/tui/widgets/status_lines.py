"""The single lines around the panels: the puzzle and its run, the playback head, and messages."""

from __future__ import annotations

from rich.text import Text

from gramsolve.display.terminal import clean
from gramsolve.inference.events import Finished
from gramsolve.tui.view.staleness import Key
from gramsolve.tui.view.status_icons import TrajectoryStatus
from gramsolve.tui.view.view_state import EXACT, ViewState
from gramsolve.tui.widgets.panel import Panel

ROOMY = 60
"""Columns from which the line of the step has room for all its words."""


def spread(left: Text, right: Text, width: int) -> Text:
    """Two texts at the ends of one line; the right one is left out where both do not fit."""
    gap = width - left.cell_len - right.cell_len
    if gap < 2:
        left.truncate(max(0, width), overflow="crop")
        return left
    return left.append(" " * gap).append_text(right)


def legend(state: ViewState, room: int = 80) -> Text:
    """The legend of status icons: all of them or, where there is no room, those that are on the screen."""
    judged = state.frame is None or state.frame.step.valid is not None
    statuses = (
        [TrajectoryStatus.RUNNING, TrajectoryStatus.VALID, TrajectoryStatus.INVALID]
        if judged
        else [TrajectoryStatus.RUNNING, TrajectoryStatus.HALTED]
    )
    text = _legend_text(state, statuses)
    if text.cell_len > room:
        there = {state.status(trajectory) for trajectory in range(state.count)}
        text = _legend_text(state, [status for status in statuses if status in there])
    return text


def _legend_text(state: ViewState, statuses: list[TrajectoryStatus]) -> Text:
    text = Text(end="", no_wrap=True)
    for status in statuses:
        text.append("  " if text else "")
        text.append(status.icon(state.style.ascii), status.color(state.style.palette) or "")
        text.append(f" {status.word}", state.style.palette.faint or "")
    return text


class Headline(Panel):
    """The puzzle, and the checkpoint, seed and width of the run."""

    def render_key(self, state: ViewState) -> Key:
        return state.task, state.variant, state.instance, state.started, state.style

    def render(self) -> Text:
        state = self.state
        if state is None:
            return Text()
        palette, dot = state.style.palette, self.dot
        left = Text(end="", no_wrap=True)
        left.append("gramsolve", f"bold {palette.accent}")
        left.append(f"  {clean(state.task.title)}", "bold")
        left.append(dot + clean(state.variant), palette.faint or "")
        if state.instance is not None and state.instance.name:
            left.append(dot + clean(state.instance.name), palette.faint or "")
        right = Text(end="", no_wrap=True)
        if state.searched:
            right.append(EXACT, "bold")
        elif state.started is not None:
            facts = [
                clean(state.started.checkpoint),
                f"seed {state.started.seed}",
                f"{state.started.width} trajectories",
            ]
            right.append(dot.join(facts), palette.faint or "")
        return spread(left, right, self.content_size.width)


class Transport(Panel):
    """Play or pause, the step, a bar of what is shown and what is computed, the speed, and the score."""

    playing: bool = True
    speed: str = ""

    def render_key(self, state: ViewState) -> Key:
        time = state.frame, state.position, len(state.frames), state.depth, state.finished
        return (*time, self.playing, self.speed, state.style)

    def render(self) -> Text:
        state = self.state
        if state is None:
            return Text()
        palette, ascii = state.style.palette, state.style.ascii
        frame = state.frame
        width = self.content_size.width
        text = Text(end="", no_wrap=True)
        sign = (">" if ascii else "▶") if self.playing else ("|" if ascii else "‖")
        text.append(f"{sign} ", f"bold {palette.accent}")
        number, most = frame.step.number if frame else 0, str(state.step_limit.steps)
        text.append(f"step {number:>{len(most)}}", "bold")
        limit = str(state.step_limit) if width >= ROOMY else most
        text.append(f" of {limit}  " if state.depth else "  ", palette.faint or "")
        if frame is not None and frame.step.round:
            text.append(f"round {frame.step.round + 1}  ", palette.faint or "")
        tail = Text(f"  {self.speed}", palette.faint or "", end="")
        if frame is not None:
            if frame.valid is not None:
                tail.append(self.dot, palette.faint or "")
                tail.append(f"{frame.valid} of {frame.width} valid", palette.right if frame.valid else "")
            tail.append(f"{self.dot}{frame.step.seconds:.1f} s", palette.faint or "")
        room = width - text.cell_len - tail.cell_len
        if room >= 6:
            text.append_text(self._bar(state, room))
        return spread(text.append_text(tail), Text(), width)

    def _bar(self, state: ViewState, room: int) -> Text:
        """Shown steps bold, computed ones thin, the rest dotted."""
        ascii, palette = state.style.ascii, state.style.palette
        shown_sign, ready_sign, rest_sign = "=-." if ascii else "━─·"
        most = state.max_depth if state.deepening else state.depth
        total = max(1, len(state.frames), 0 if state.finished else most)
        shown = round(room * state.position / total)
        ready = round(room * len(state.frames) / total) - shown
        text = Text(end="")
        text.append(shown_sign * shown, palette.accent)
        text.append(ready_sign * ready, palette.faint or "")
        return text.append(rest_sign * (room - shown - ready), palette.faint or "")


class Message(Panel):
    """One line: the state of the run, an error, or the result; then the legend of icons."""

    stage: str = "loading"
    error: str | None = None
    following: bool = False
    explained: bool = False
    """The legend is shown elsewhere."""

    def render_key(self, state: ViewState) -> Key:
        judged = state.frame is None or state.frame.step.valid is not None
        facts = self.stage, self.error, self.following, judged
        return (*facts, state.at_end, state.finished, state.exact, len(state.frames), state.style)

    def render(self) -> Text:
        state = self.state
        if state is None:
            return Text()
        palette, ascii = state.style.palette, state.style.ascii
        width = self.content_size.width
        if self.error is not None:
            text = Text(f"{TrajectoryStatus.INVALID.icon(ascii)} {clean(self.error)}", f"bold {palette.bad}", end="")
            text.truncate(width, overflow="crop" if ascii else "ellipsis")
            return text
        left = Text(end="", no_wrap=True)
        if state.at_end and state.searched:
            left = self._found(state)
        elif state.at_end:
            left = self._result(state, width)
        elif self.stage == "loading":
            left.append("loading checkpoint" + ("..." if ascii else "…"), palette.accent)
        elif self.stage == "searching":
            left.append("searching for all solutions" + ("..." if ascii else "…"), palette.accent)
        elif self.following:
            left.append("following the best trajectory", palette.accent)
        elif self.stage == "computing":
            doing = "none valid yet, going deeper" if state.deepening else "computing"
            left.append(f"{doing}, {len(state.frames)} steps ready", palette.faint or "")
        else:
            left.append(f"{len(state.frames)} steps recorded", palette.faint or "")
        return left if state.searched or self.explained else spread(left, legend(state), width)

    def _facts(self, state: ViewState, finished: Finished, brief: bool) -> list[str]:
        """Facts of a finished run, the most important first."""
        facts = []
        if finished.valid is not None:
            known = f" of {state.exact}" if state.exact is not None else ""
            noun = "solution" if finished.solutions == 1 and not known else "solutions"
            facts.append(f"{finished.valid} of {finished.trajectories}{'' if brief else ' trajectories'} valid")
            facts.append(f"{finished.solutions}{known}{'' if brief else ' distinct'} {noun}")
        else:
            facts.append(f"{len(finished.candidates)} distinct answers")
        steps = max((frame.step.number for frame in state.frames), default=0)
        facts += [f"{steps} steps", f"{finished.seconds:.1f} s"]
        if finished.missing_mass is not None:
            facts.append(f"{finished.missing_mass:.0%} unseen")
        if finished.reason == "stopped":
            facts.append("stopped early")
        return facts

    def _found(self, state: ViewState) -> Text:
        """The result of exact search."""
        palette, shown, every = state.style.palette, len(state.frames) and state.count, state.exact
        if not shown:
            words = "no solution: every possibility was tried"
        elif every is None:
            words = f"the first {shown} solutions; there are more, too many to count"
        elif every > shown:
            words = f"the first {shown} of {every:,} solutions"
        else:
            words = "the one solution" if shown == 1 else f"all {shown} solutions"
        sign = (TrajectoryStatus.VALID if shown else TrajectoryStatus.INVALID).icon(state.style.ascii)
        color = palette.right if shown else palette.bad
        return Text(f"{sign} {words}", f"bold {color}", end="", no_wrap=True)

    def _result(self, state: ViewState, width: int) -> Text:
        """The result, with as many facts as fit."""
        finished = state.finished
        assert finished is not None
        palette = state.style.palette
        facts = self._facts(state, finished, brief=False)
        if len(self.dot.join(facts)) + 2 > width:
            facts = self._facts(state, finished, brief=True)
        while len(facts) > 1 and len(self.dot.join(facts)) + 2 > width:
            facts.pop()
        good = bool(finished.valid) or finished.valid is None
        sign = (TrajectoryStatus.VALID if good else TrajectoryStatus.INVALID).icon(state.style.ascii)
        color = palette.right if good else palette.bad
        return Text(end="", no_wrap=True).append(f"{sign} {self.dot.join(facts)}", f"bold {color}")
