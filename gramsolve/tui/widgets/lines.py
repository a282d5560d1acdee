"""The single lines around the panels: what is being watched, where playback is, and what there is to say."""

from __future__ import annotations

from rich.text import Text

from gramsolve.display.terminal import clean
from gramsolve.inference.events import Finished
from gramsolve.tui.marks import Mark
from gramsolve.tui.moment import EXACT, Moment
from gramsolve.tui.widgets.panel import Panel

ROOMY = 60
"""Columns from which the line of the step has room for all its words."""


def spread(left: Text, right: Text, width: int) -> Text:
    """Two texts at the ends of one line; the right one goes where there is no room for both."""
    gap = width - left.cell_len - right.cell_len
    if gap < 2:
        left.truncate(max(0, width), overflow="crop")
        return left
    return left.append(" " * gap).append_text(right)


def legend(moment: Moment, room: int = 80) -> Text:
    """What the marks mean: all of them or, where there is no room, those that are there."""
    judged = moment.frame is None or moment.frame.step.valid is not None
    marks = [Mark.RUNNING, Mark.VALID, Mark.INVALID] if judged else [Mark.RUNNING, Mark.HALTED]
    text = _told(moment, marks)
    if text.cell_len > room:
        there = {moment.mark(trajectory) for trajectory in range(moment.count)}
        text = _told(moment, [mark for mark in marks if mark in there])
    return text


def _told(moment: Moment, marks: list[Mark]) -> Text:
    text = Text(end="", no_wrap=True)
    for mark in marks:
        text.append("  " if text else "")
        text.append(mark.sign(moment.look.ascii), mark.color(moment.look.palette) or "")
        text.append(f" {mark.word}", moment.look.palette.faint or "")
    return text


class Headline(Panel):
    """The name of the puzzle and of the model that attacks it."""

    def looks(self, moment: Moment) -> tuple[object, ...]:
        return moment.task, moment.variant, moment.instance, moment.started, moment.look

    def render(self) -> Text:
        moment = self.moment
        if moment is None:
            return Text()
        palette, dot = moment.look.palette, self.dot
        left = Text(end="", no_wrap=True)
        left.append("gramsolve", f"bold {palette.accent}")
        left.append(f"  {clean(moment.task.title)}", "bold")
        left.append(dot + clean(moment.variant), palette.faint or "")
        if moment.instance is not None and moment.instance.name:
            left.append(dot + clean(moment.instance.name), palette.faint or "")
        right = Text(end="", no_wrap=True)
        if moment.searched:
            right.append(EXACT, "bold")
        elif moment.started is not None:
            facts = [
                clean(moment.started.checkpoint),
                f"seed {moment.started.seed}",
                f"{moment.started.width} trajectories",
            ]
            right.append(dot.join(facts), palette.faint or "")
        return spread(left, right, self.content_size.width)


class Transport(Panel):
    """Play or pause, the step, a bar of what is shown and what is computed, the speed, and the score."""

    playing: bool = True
    speed: str = ""

    def looks(self, moment: Moment) -> tuple[object, ...]:
        time = moment.frame, moment.position, len(moment.frames), moment.depth, moment.finished
        return (*time, self.playing, self.speed, moment.look)

    def render(self) -> Text:
        moment = self.moment
        if moment is None:
            return Text()
        palette, ascii = moment.look.palette, moment.look.ascii
        frame = moment.frame
        width = self.content_size.width
        text = Text(end="", no_wrap=True)
        sign = (">" if ascii else "▶") if self.playing else ("|" if ascii else "‖")
        text.append(f"{sign} ", f"bold {palette.accent}")
        number, most = frame.step.number if frame else 0, moment.bound.split()[-1]
        text.append(f"step {number:>{len(most)}}", "bold")
        bound = moment.bound if width >= ROOMY else most
        text.append(f" of {bound}  " if moment.depth else "  ", palette.faint or "")
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
            text.append_text(self._bar(moment, room))
        return spread(text.append_text(tail), Text(), width)

    def _bar(self, moment: Moment, room: int) -> Text:
        """Shown steps bold, computed ones thin, the rest dotted."""
        ascii, palette = moment.look.ascii, moment.look.palette
        shown_sign, ready_sign, rest_sign = "=-." if ascii else "━─·"
        most = moment.max_depth if moment.deepening else moment.depth
        total = max(1, len(moment.frames), 0 if moment.finished else most)
        shown = round(room * moment.position / total)
        ready = round(room * len(moment.frames) / total) - shown
        text = Text(end="")
        text.append(shown_sign * shown, palette.accent)
        text.append(ready_sign * ready, palette.faint or "")
        return text.append(rest_sign * (room - shown - ready), palette.faint or "")


class Message(Panel):
    """One line: what is going on, what went wrong, or the result; beside it what the marks mean."""

    stage: str = "loading"
    error: str | None = None
    following: bool = False
    explained: bool = False
    """What the marks mean is told elsewhere."""

    def looks(self, moment: Moment) -> tuple[object, ...]:
        judged = moment.frame is None or moment.frame.step.valid is not None
        state = self.stage, self.error, self.following, judged
        return (*state, moment.at_end, moment.finished, moment.exact, len(moment.frames), moment.look)

    def render(self) -> Text:
        moment = self.moment
        if moment is None:
            return Text()
        palette, ascii = moment.look.palette, moment.look.ascii
        width = self.content_size.width
        if self.error is not None:
            text = Text(f"{Mark.INVALID.sign(ascii)} {clean(self.error)}", f"bold {palette.bad}", end="")
            text.truncate(width, overflow="crop" if ascii else "ellipsis")
            return text
        left = Text(end="", no_wrap=True)
        if moment.at_end and moment.searched:
            left = self._found(moment)
        elif moment.at_end:
            left = self._result(moment, width)
        elif self.stage == "loading":
            left.append("loading checkpoint" + ("..." if ascii else "…"), palette.accent)
        elif self.stage == "searching":
            left.append("searching for all solutions" + ("..." if ascii else "…"), palette.accent)
        elif self.following:
            left.append("following the best trajectory", palette.accent)
        elif self.stage == "computing":
            doing = "none valid yet, going deeper" if moment.deepening else "computing"
            left.append(f"{doing}, {len(moment.frames)} steps ready", palette.faint or "")
        else:
            left.append(f"{len(moment.frames)} steps recorded", palette.faint or "")
        return left if moment.searched or self.explained else spread(left, legend(moment), width)

    def _facts(self, moment: Moment, finished: Finished, brief: bool) -> list[str]:
        """What there is to know of a finished run, the most telling first."""
        facts = []
        if finished.valid is not None:
            known = f" of {moment.exact}" if moment.exact is not None else ""
            noun = "solution" if finished.solutions == 1 and not known else "solutions"
            facts.append(f"{finished.valid} of {finished.trajectories}{'' if brief else ' trajectories'} valid")
            facts.append(f"{finished.solutions}{known}{'' if brief else ' distinct'} {noun}")
        else:
            facts.append(f"{len(finished.candidates)} distinct answers")
        steps = max((frame.step.number for frame in moment.frames), default=0)
        facts += [f"{steps} steps", f"{finished.seconds:.1f} s"]
        if finished.missing_mass is not None:
            facts.append(f"{finished.missing_mass:.0%} unseen")
        if finished.reason == "stopped":
            facts.append("stopped early")
        return facts

    def _found(self, moment: Moment) -> Text:
        """What exact search has found."""
        palette, shown, every = moment.look.palette, len(moment.frames) and moment.count, moment.exact
        if not shown:
            words = "no solution: every possibility was tried"
        elif every is None:
            words = f"the first {shown} solutions; there are more, too many to count"
        elif every > shown:
            words = f"the first {shown} of {every:,} solutions"
        else:
            words = "the one solution" if shown == 1 else f"all {shown} solutions"
        sign = (Mark.VALID if shown else Mark.INVALID).sign(moment.look.ascii)
        color = palette.right if shown else palette.bad
        return Text(f"{sign} {words}", f"bold {color}", end="", no_wrap=True)

    def _result(self, moment: Moment, width: int) -> Text:
        """The finding, with as many facts as fit."""
        finished = moment.finished
        assert finished is not None
        palette = moment.look.palette
        facts = self._facts(moment, finished, brief=False)
        if len(self.dot.join(facts)) + 2 > width:
            facts = self._facts(moment, finished, brief=True)
        while len(facts) > 1 and len(self.dot.join(facts)) + 2 > width:
            facts.pop()
        good = bool(finished.valid) or finished.valid is None
        sign = (Mark.VALID if good else Mark.INVALID).sign(moment.look.ascii)
        color = palette.right if good else palette.bad
        return Text(end="", no_wrap=True).append(f"{sign} {self.dot.join(facts)}", f"bold {color}")
