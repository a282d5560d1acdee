"""What can be exported from a screen, a run or a screenshot, and the file formats for both."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.segment import Segment
from textual.screen import Screen

from gramsolve.errors import BadInput
from gramsolve.inference.events import Event, Started, Step
from gramsolve.tasks.task import Task
from gramsolve.tui.runs.recorder import Recorder
from gramsolve.tui.view.view_state import ViewState

if TYPE_CHECKING:
    from gramsolve.inference.export import ProgressCallback


class ExportFormat(NamedTuple):
    """A file format and what it shows.

    Attributes:
        ending: of the file name, such as ``.png``.
        name, words: for the list of formats.
        of: ``step`` (one step), ``run`` (one round), ``whole`` (all events) or ``screen`` (the screenshot).
    """

    ending: str
    name: str
    words: str
    of: str


EXPORT_FORMATS = (
    ExportFormat(".png", "PNG", "the boards of this step, as a picture", "step"),
    ExportFormat(".svg", "SVG", "the boards of this step, sharp at any size", "step"),
    ExportFormat(".gif", "GIF", "every step, moving", "run"),
    ExportFormat(".json", "JSON", "the answers as data", "whole"),
    ExportFormat(".npz", "recording", "the whole run, to be watched again", "whole"),
    ExportFormat(".png", "screen as PNG", "what is on the screen now", "screen"),
    ExportFormat(".svg", "screen as SVG", "what is on the screen now", "screen"),
)


@dataclass(frozen=True)
class RunExport:
    """A run, or some trajectories of it. Its events are read when it is written, so a live run is exported as far as it
    is then.

    Attributes:
        position: the step on show, 0 before the first.
        rows: the trajectories; None exports all.
    """

    title: str
    name: str
    task: Task
    recorder: Recorder
    position: int = 0
    rows: tuple[int, ...] | None = None

    @property
    def empty(self) -> bool:
        return not self.recorder.frames

    def events(self, format: ExportFormat) -> Sequence[Event]:
        """The events of the run so far that the format shows."""
        every = tuple(self.recorder.events)
        if format.of == "whole" or self.empty:
            return every
        steps = [event for event in every if isinstance(event, Step)]
        shown = steps[self.position - 1] if 0 < self.position <= len(steps) else steps[-1]
        begun = [event for event in every if isinstance(event, Started)]
        return [*begun, shown] if format.of == "step" else [*begun, *(s for s in steps if s.round == shown.round)]

    def write(self, format: ExportFormat, path: Path, on_progress: ProgressCallback) -> None:
        """Raises BadInput in one line when it cannot be written."""
        from gramsolve.inference import export

        events = self.events(format)
        steps = [event for event in events if isinstance(event, Step)]
        rows = self.rows if self.rows is not None or not steps else range(len(steps[-1].tokens))
        export.write(path, self.task, events, rows, on_progress)


def exports_of(state: ViewState, recorder: Recorder) -> list[RunExport]:
    """The exports of a run: all its trajectories and, where there are several, the chosen one."""
    task, count, chosen, position = state.task, state.count, state.selected, state.position
    name = f"{task.name}-{state.variant}"
    every = RunExport(f"all {count} trajectories" if count > 1 else "the board", name, task, recorder, position)
    if count == 1 or not 0 <= chosen < count:
        return [every]
    number = state.offset + chosen
    return [every, RunExport(f"trajectory {number}", f"{name}-t{number}", task, recorder, position, (chosen,))]


class Screenshot:
    """The screen at the time of the constructor. It can be written later and on another thread."""

    def __init__(self, screen: Screen[Any]) -> None:
        self.name = f"gramsolve-{type(screen).__name__.lower().removesuffix('screen')}"
        self.columns, self.lines = screen.size
        self.background = str(screen.app.current_theme.background or "")
        self.console = Console(
            width=self.columns,
            height=self.lines,
            file=io.StringIO(),
            force_terminal=True,
            color_system="truecolor",
            record=True,
            legacy_windows=False,
            safe_box=False,
        )
        self.console.print(screen._compositor.render_update(full=True))

    @property
    def segments(self) -> list[Segment]:
        """The text of the screen with its styles, line by line."""
        return list(self.console._record_buffer)

    def write(self, format: ExportFormat, path: Path, on_progress: ProgressCallback) -> None:
        """Raises BadInput when it cannot be written, and Missing without a font."""
        from gramsolve.display import screenshot
        from gramsolve.inference import export

        if format.ending == ".svg":
            export.save_text(self.console.export_svg(title="gramsolve", clear=False), path)
            return
        ground = self.background if self.background.startswith("#") else screenshot.BACKGROUND
        picture = screenshot.screenshot(self.segments, self.columns, self.lines, scale=2, background=ground)
        export.save_picture(picture, path)


Exportable = RunExport | Screenshot


def unused_path(path: Path) -> Path:
    """``path``, or with ``-2``, ``-3``... appended to its stem where such a file exists."""
    found, number = path, 1
    while found.exists() or found.is_symlink():
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found


def target_path(text: str, format: ExportFormat) -> Path:
    """The file for a name typed by the user; never an existing one.

    Raises BadInput for an empty name or a folder.
    """
    name = text.strip()
    if not name or "\0" in name:
        raise BadInput("the file needs a name")
    path = Path(name).expanduser()
    if path.is_dir() or not path.name:
        raise BadInput(f"{name} is a folder: name a file in it")
    if path.suffix.lower() != format.ending:
        path = path.with_name(path.name + format.ending)
    return unused_path(path)
