"""A training run in figures: progress, the last held-out check, and what is trained."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from rich.text import Text
from textual.widget import Widget

from gramsolve.display import terminal
from gramsolve.display.sparkline import sparkline
from gramsolve.display.terminal import clean
from gramsolve.tui.training.run_status import HeldOutCheck, RunStatus, duration
from gramsolve.tui.training.run_status_text import short, state_style, state_text
from gramsolve.tui.view.view_state import DrawStyle

LABEL = 11


class RunSummary(Widget):
    """Draws a status. ``set_plugin_details`` adds what the plugin knows of the plan."""

    can_focus = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.status: RunStatus | None = None
        self.style = DrawStyle()
        self.title, self.preset = "", ""
        self.changed: Mapping[str, Any] = {}
        self.losses: tuple[float, ...] = ()

    def show(self, status: RunStatus, style: DrawStyle, losses: tuple[float, ...]) -> None:
        """Draw a status; ``losses`` are the newest ones."""
        self.status, self.style, self.losses = status, style, losses
        self.border_title = "run"
        self.refresh()

    def set_plugin_details(self, title: str, preset: str, changed: Mapping[str, Any]) -> None:
        """Titles of task and preset, and the settings that differ from the preset."""
        self.title, self.preset, self.changed = title, preset, changed
        self.refresh()

    def render(self) -> Text:
        run, (width, height) = self.status, self.content_size
        if run is None or width < 8:
            return Text()
        parts = [self._progress(run, width), self._figures(run), self._plan(run, width)]
        lines = sum(len(part) for part in parts)
        airy = lines + len(parts) - 1 <= height
        shown: list[Text] = []
        for part in parts:
            shown += [Text(), *part] if airy and shown and part else part
        for line in shown:
            line.truncate(width, overflow="crop" if self.style.ascii else "ellipsis")
        return terminal.join(shown[:height])

    def _line(self, label: str, value: str, rich_style: str = "") -> Text:
        text = Text(end="", no_wrap=True).append(f"{label:<{LABEL}}", self.style.palette.faint or "")
        return text.append(clean(value), rich_style)

    def _progress(self, run: RunStatus, width: int) -> list[Text]:
        palette, ascii = self.style.palette, self.style.ascii
        share = min(1.0, run.update / run.updates) if run.updates else 0.0
        percent = f" {share:.0%}"
        room = max(0, width - 5)
        full = int(room * share)
        bar = Text(end="", no_wrap=True).append(("=" if ascii else "━") * full, state_style(run.state, self.style))
        bar.append(("." if ascii else "─") * (room - full), palette.faint or "").append(f"{percent:>5}")
        lines = [state_text(run.state, self.style), bar]
        if run.updates:
            lines.append(self._line("updates", f"{run.update:,} of {run.updates:,}"))
        now = run.progress
        if now is None:
            return lines
        if run.state.active and now.rate:
            lines.append(self._line("speed", f"{now.rate:.3g} a second"))
        if now.seconds:
            lines.append(self._line("time", duration(now.seconds)))
        if run.state.active and run.left is not None:
            lines.append(self._line("to go", duration(run.left)))
        if now.loss is not None:
            loss = self._line("loss", f"{now.loss:<5.3g} ")
            if len(self.losses) > 1:
                loss.append(
                    sparkline(self.losses, min(16, width - loss.cell_len), newest=True, ascii=ascii), palette.accent
                )
            lines.append(loss)
        return lines

    def _figures(self, run: RunStatus) -> list[Text]:
        palette = self.style.palette
        if not run.checks:
            return [Text("no held-out check yet", palette.faint or "")]
        last: HeldOutCheck = run.checks[-1]
        lines = [
            Text(f"held out, at update {last.update:,}", palette.faint or ""),
            self._line("prior", f"{last.prior:.1%} right", f"bold {palette.accent}"),
            self._line("posterior", f"{last.posterior:.1%} right"),
            self._line("CE", f"{last.ce:.3g} nats"),
        ]
        if last.kl is not None:
            lines.append(self._line("KL", f"{last.kl:.3g} nats"))
        if last.diversity is not None:
            lines.append(self._line("diversity", f"{last.diversity:.0%}"))
        return lines

    def _plan(self, run: RunStatus, width: int) -> list[Text]:
        faint = self.style.palette.faint or ""
        plan = run.plan
        if plan is None:
            return []
        name = self.title or run.task
        lines = [self._line("task", f"{name} {run.variant}"), self._line("preset", plan.preset)]
        if plan.architecture != "gram":
            lines.append(self._line("architecture", plan.architecture))
        if plan.seed:
            lines.append(self._line("seed", str(plan.seed)))
        lines += [self._line("set" if not i else "", f"{k}={v}") for i, (k, v) in enumerate(self.changed.items())]
        lines.append(Text(clean(short(run.path)), faint, end="", no_wrap=True))
        return [*lines, *(Text(line, faint) for line in textwrap.wrap(clean(self.preset), width))]
