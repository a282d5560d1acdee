"""What there is to say about a run: warnings, what its state means, and what can be done about it."""

from __future__ import annotations

from rich.text import Text

from gramsolve.display.terminal import clean
from gramsolve.tui.moment import Look
from gramsolve.tui.request import command, resuming
from gramsolve.tui.snapshot import Snapshot, State, duration
from gramsolve.tui.widgets.ledger import short, state_text


def words(run: Snapshot, look: Look) -> Text:
    """Warnings first, then what the state means and what can be done about it."""
    palette = look.palette
    text = Text()
    for warning in run.checks[-1].warnings if run.checks else ():
        text.append("! " if not text else "\n! ", f"bold {palette.bad}").append(clean(warning), palette.bad)
    again = command(resuming(run))
    told = {
        State.STARTING: "starting: imports and data take a moment",
        State.STOPPING: "saving; s again ends it at once, and what came after its last save is done again later",
        State.SAVED: f"c goes on, or: {again}",
        State.STOPPED: f"{run.words or 'told to end at once'}; c goes on from the last save, or: {again}",
        State.FAILED: f"{run.words}; c goes on from the last save, or: {again}",
        State.LOST: f"{run.words}; c goes on from the last save, or: {again}",
        State.FINISHED: f"o opens the model; measured by: gramsolve eval {run.task} --checkpoint "
        f"{short(run.checkpoint_path)}",
    }.get(run.state)
    if told:
        bad = run.state in (State.FAILED, State.LOST)
        text.append("\n" if text else "").append(clean(told), palette.bad if bad else palette.faint or "")
    return text


def nothing(run: Snapshot | None, look: Look) -> Text:
    """What is said where there is no run to show."""
    accent = f"bold {look.palette.accent}"
    text = Text(justify="center")
    if run is not None and run.state is not State.NONE:
        text.append_text(state_text(run.state, look)).append("\n\n")
        words = run.words or "importing what it needs and preparing the data"
        text.append(f"{clean(words)}\n\n").append(clean(short(run.path)), look.palette.faint or "")
        return text
    if run is not None:
        text.append(f"{clean(run.words)}: {clean(short(run.path))}\n\n", look.palette.bad)
    else:
        text.append("no run is being watched\n\n")
    return text.append("n", accent).append("  start one\n").append("a", accent).append("  watch one there is")


def line(run: Snapshot) -> str:
    """A run on one line of a list."""
    share = f"{run.update / run.updates:.0%}" if run.updates else "0%"
    figure = f", {run.checks[-1].prior:.0%} right" if run.checks else ""
    return f"{short(run.path)}  {run.state.word} {share}{figure}, {duration(run.age)} ago"
