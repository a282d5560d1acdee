"""A run in words and figures: how far it is, what the last held-out check found, and what is trained."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.text import Text
from textual.widget import Widget

from gramsolve.display import terminal
from gramsolve.display.terminal import clean
from gramsolve.tui.moment import Look
from gramsolve.tui.snapshot import Check, Snapshot, State, duration
from gramsolve.tui.widgets.curves import sparkline

LABEL = 11


class Ledger(Widget):
    """``about`` is what the plugin knows of the plan: its title, the preset's, and the settings that differ from it."""

    can_focus = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.snapshot: Snapshot | None = None
        self.look = Look()
        self.title, self.preset = "", ""
        self.changed: Mapping[str, Any] = {}
        self.losses: tuple[float, ...] = ()

    def show(self, snapshot: Snapshot, look: Look, losses: tuple[float, ...]) -> None:
        """Draw a run as it is now; ``losses`` are the newest ones."""
        self.snapshot, self.look, self.losses = snapshot, look, losses
        self.border_title = "run"
        self.refresh()

    def about(self, title: str, preset: str, changed: Mapping[str, Any]) -> None:
        """What the plugin has to say."""
        self.title, self.preset, self.changed = title, preset, changed
        self.refresh()

    def render(self) -> Text:
        run, (width, height) = self.snapshot, self.content_size
        if run is None or width < 8:
            return Text()
        parts = [self._progress(run, width), self._figures(run), self._plan(run, width)]
        lines = sum(len(part) for part in parts)
        airy = lines + len(parts) - 1 <= height
        shown: list[Text] = []
        for part in parts:
            shown += [Text(), *part] if airy and shown and part else part
        for line in shown:
            line.truncate(width, overflow="crop" if self.look.ascii else "ellipsis")
        return terminal.join(shown[:height])

    def _line(self, label: str, value: str, style: str = "") -> Text:
        text = Text(end="", no_wrap=True).append(f"{label:<{LABEL}}", self.look.palette.faint or "")
        return text.append(clean(value), style)

    def _progress(self, run: Snapshot, width: int) -> list[Text]:
        palette, ascii = self.look.palette, self.look.ascii
        share = min(1.0, run.update / run.updates) if run.updates else 0.0
        percent = f" {share:.0%}"
        room = max(0, width - 5)
        full = int(room * share)
        bar = Text(end="", no_wrap=True).append(("=" if ascii else "━") * full, state_style(run.state, self.look))
        bar.append(("." if ascii else "─") * (room - full), palette.faint or "").append(f"{percent:>5}")
        lines = [state_text(run.state, self.look), bar]
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
                loss.append(sparkline(self.losses, min(16, width - loss.cell_len), ascii), palette.accent)
            lines.append(loss)
        return lines

    def _figures(self, run: Snapshot) -> list[Text]:
        palette = self.look.palette
        if not run.checks:
            return [Text("no held-out check yet", palette.faint or "")]
        last: Check = run.checks[-1]
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

    def _plan(self, run: Snapshot, width: int) -> list[Text]:
        faint = self.look.palette.faint or ""
        if not run.plan:
            return []
        name = self.title or run.task
        lines = [self._line("task", f"{name} {run.variant}"), self._line("preset", str(run.plan.get("preset", "")))]
        if run.plan.get("arch", "gram") != "gram":
            lines.append(self._line("arch", str(run.plan["arch"])))
        if run.plan.get("seed"):
            lines.append(self._line("seed", str(run.plan["seed"])))
        lines += [self._line("set" if not i else "", f"{k}={v}") for i, (k, v) in enumerate(self.changed.items())]
        lines.append(Text(clean(short(run.path)), faint, end="", no_wrap=True))
        return [*lines, *(Text(line, faint) for line in textwrap.wrap(clean(self.preset), width))]


def state_style(state: State, look: Look) -> str:
    palette = look.palette
    if state in (State.FAILED, State.LOST):
        return palette.bad
    return palette.right if state is State.FINISHED else palette.accent


def state_text(state: State, look: Look) -> Text:
    """A state as its sign and its word."""
    return Text(f"{state.sign(look.ascii)} {state.word}", f"bold {state_style(state, look)}", end="", no_wrap=True)


def short(path: Path) -> str:
    """A path as it is written from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)
