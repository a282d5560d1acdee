"""The texts about a training run: warnings, its state, and the keys that can be used in it."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from gramsolve.display.terminal import clean
from gramsolve.tui.training.run_status import RunState, RunStatus, duration
from gramsolve.tui.training.train_request import resume_arguments, shell_command
from gramsolve.tui.view.view_state import DrawStyle


def status_text(run: RunStatus, style: DrawStyle) -> Text:
    """Warnings first, then the state and what can be done about it."""
    palette = style.palette
    text = Text()
    for warning in run.checks[-1].warnings if run.checks else ():
        text.append("! " if not text else "\n! ", f"bold {palette.bad}").append(clean(warning), palette.bad)
    again = shell_command(resume_arguments(run))
    words = {
        RunState.STARTING: "starting: imports and data take a moment",
        RunState.STOPPING: "saving; s again ends it now, and updates after its last save are repeated later",
        RunState.SAVED: f"c resumes, or: {again}",
        RunState.STOPPED: f"{run.words or 'ended without saving'}; c resumes from the last save, or: {again}",
        RunState.FAILED: f"{run.words}; c resumes from the last save, or: {again}",
        RunState.LOST: f"{run.words}; c resumes from the last save, or: {again}",
        RunState.FINISHED: f"o opens the model; measured by: gramsolve eval {run.task} --checkpoint "
        f"{short(run.checkpoint_path)}",
    }.get(run.state)
    if words:
        bad = run.state in (RunState.FAILED, RunState.LOST)
        text.append("\n" if text else "").append(clean(words), palette.bad if bad else palette.faint or "")
    return text


def no_run_text(run: RunStatus | None, style: DrawStyle) -> Text:
    """The text of a screen without a run to show."""
    accent = f"bold {style.palette.accent}"
    text = Text(justify="center")
    if run is not None and run.state is not RunState.NONE:
        text.append_text(state_text(run.state, style)).append("\n\n")
        status_text = run.words or "importing what it needs and preparing the data"
        text.append(f"{clean(status_text)}\n\n").append(clean(short(run.path)), style.palette.faint or "")
        return text
    if run is not None:
        text.append(f"{clean(run.words)}: {clean(short(run.path))}\n\n", style.palette.bad)
    else:
        text.append("no run is being watched\n\n")
    return text.append("n", accent).append("  start one\n").append("a", accent).append("  watch one there is")


def list_line(run: RunStatus) -> str:
    """A run on one line of a list."""
    share = f"{run.update / run.updates:.0%}" if run.updates else "0%"
    figure = f", {run.checks[-1].prior:.0%} right" if run.checks else ""
    return f"{short(run.path)}  {run.state.word} {share}{figure}, {duration(run.age)} ago"


def state_style(state: RunState, style: DrawStyle) -> str:
    palette = style.palette
    if state in (RunState.FAILED, RunState.LOST):
        return palette.bad
    return palette.right if state is RunState.FINISHED else palette.accent


def state_text(state: RunState, style: DrawStyle) -> Text:
    """A state as its icon and its word."""
    return Text(f"{state.icon(style.ascii)} {state.word}", f"bold {state_style(state, style)}", end="", no_wrap=True)


def short(path: Path) -> str:
    """A path relative to the working directory, where it is below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)
