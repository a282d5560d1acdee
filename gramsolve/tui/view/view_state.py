"""What the screen shows of a run: one immutable record that every panel draws from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from gramsolve.display.palette import DARK, Palette
from gramsolve.inference.events import Finished, Started
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance
from gramsolve.tasks.drawing import Grid, View
from gramsolve.tasks.task import Task
from gramsolve.tui.runs.exact import EXACT
from gramsolve.tui.runs.recorder import Frame
from gramsolve.tui.runs.session import Session
from gramsolve.tui.view.status_icons import TrajectoryStatus, status_of

if TYPE_CHECKING:
    from PIL.Image import Image


SHADES = 320
"""Levels that confidences are rounded to; no colour of the board and no bar changes within one level."""


def shaded(confidence: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Confidences float32 [...] in [0, 1], each replaced by the middle of its level."""
    shades = np.floor(confidence.astype(np.float64) * SHADES).clip(0, SHADES - 1)
    return ((shades + 0.5) / SHADES).astype(np.float32)


@dataclass(frozen=True)
class DrawStyle:
    """How to draw: the palette, whether only ASCII may be used, and whether boards may be pictures in pixels."""

    palette: Palette = DARK
    ascii: bool = False
    pixels: bool = False


class StepLimit(NamedTuple):
    """The number of steps of a round. ``at_most`` where a round ends earlier as soon as a board is valid."""

    steps: int
    at_most: bool = False

    def __str__(self) -> str:
        return f"at most {self.steps}" if self.at_most else str(self.steps)


@dataclass(frozen=True, eq=False)
class ViewState:
    """A run at one position of the playback head.

    Attributes:
        variant: the puzzle's own once it is known.
        frames: all recorded frames of the run.
        position: the number of the frame on show, from 1; 0 shows the puzzle alone.
        selected: the chosen trajectory; -1 where none is chosen.
        count: number of trajectories.
        depth: supervision steps of a round.
        exact: number of solutions of the puzzle, where it has been counted.
        report_error: called with one line when the task's plugin cannot draw a board.
    """

    task: Task
    variant: str
    style: DrawStyle
    instance: Instance | None = None
    started: Started | None = None
    finished: Finished | None = None
    exact: int | None = None
    frames: tuple[Frame, ...] = ()
    position: int = 0
    selected: int = 0
    count: int = 1
    depth: int = 0
    report_error: Callable[[str], None] = lambda text: None

    @classmethod
    def of(
        cls, session: Session, task: Task, variant: str, style: DrawStyle, position: int, selected: int = -1
    ) -> ViewState:
        """A run at ``position``, or at its last step while it has not come so far."""
        recorder = session.recorder
        frames = tuple(recorder.frames)
        count = frames[-1].width if frames else session.width
        return cls(
            task=task,
            variant=recorder.instance.variant if recorder.instance else variant,
            style=style,
            instance=recorder.instance,
            started=recorder.started,
            finished=recorder.finished,
            exact=recorder.exact,
            frames=frames,
            position=min(position, len(frames)),
            selected=min(selected, count - 1),
            count=count,
            depth=recorder.depth(),
            report_error=recorder.report_error,
        )

    @property
    def searched(self) -> bool:
        """The boards were found by exact search: there are no confidences and no values."""
        return self.started is not None and self.started.checkpoint == EXACT

    @property
    def frame(self) -> Frame | None:
        return self.frames[self.position - 1] if 0 < self.position <= len(self.frames) else None

    @property
    def previous(self) -> Frame | None:
        """The frame before, if it belongs to the same round."""
        frame = self.frame
        if frame is None or self.position < 2:
            return None
        before = self.frames[self.position - 2]
        return before if before.step.round == frame.step.round else None

    @property
    def at_end(self) -> bool:
        """The last frame of a complete run is on show."""
        return self.finished is not None and self.position == len(self.frames)

    @property
    def round_frames(self) -> tuple[Frame, ...]:
        """The recorded frames of the round on show."""
        if not self.frames:
            return ()
        shown = (self.frame or self.frames[0]).step.round
        return tuple(frame for frame in self.frames if frame.step.round == shown)

    @property
    def max_depth(self) -> int:
        """Steps to which a round is extended while no board is valid; 0 where it ends after ``depth``."""
        return self.started.max_depth if self.started else 0

    @property
    def deepening(self) -> bool:
        """The round has passed ``depth`` because no board is valid yet."""
        newest = self.frames[-1] if self.frames else None
        return newest is not None and not newest.answers and self.depth <= newest.step.number < self.max_depth

    @property
    def step_limit(self) -> StepLimit:
        """The number of steps that the step on show is counted against."""
        number = self.frame.step.number if self.frame else 0
        if number <= self.depth:
            return StepLimit(self.depth)
        if self.max_depth:
            return StepLimit(self.max_depth, at_most=True)
        return StepLimit(number)  # A recording of an older version: it does not say how deep it may go.

    @property
    def last_of_round(self) -> bool:
        frame = self.frame
        if frame is None:
            return False
        if self.position < len(self.frames):
            return self.frames[self.position].step.round != frame.step.round
        return self.finished is not None or (frame.step.number >= self.depth and not self.deepening)

    @property
    def offset(self) -> int:
        """Index of the first trajectory of the round on show."""
        frame = self.frame
        return frame.step.round * frame.width if frame else 0

    def status(self, trajectory: int) -> TrajectoryStatus:
        return status_of(self.frame.step if self.frame else None, trajectory, self.last_of_round)

    def grid(self, trajectory: int, room: tuple[int, int] | None = None) -> Grid | None:
        """The board of one trajectory, for ``room`` lines and columns; the puzzle alone before the first step."""
        return self._draw(self._board_view(trajectory, room))

    def tile(self, trajectory: int, room: tuple[int, int]) -> Grid | None:
        """Like ``grid``, with confidences rounded to ``SHADES`` levels, so that equal cells can be shared."""
        return self._draw(self._board_view(trajectory, room, self.coarse))

    @cached_property
    def coarse(self) -> npt.NDArray[np.float32] | None:
        """Rounded confidences of the frame on show, float32 [trajectories, L_out]."""
        return None if self.frame is None else shaded(self.frame.step.confidence)

    def content(self, trajectory: int) -> tuple[object, ...]:
        """Render key of one trajectory's tile: everything that ``tile`` draws, comparable with ``==``."""
        frame, before = self.frame, self.previous
        if frame is None or trajectory >= frame.width:
            return (self.instance,)
        then = None if before is None else before.step.tokens
        shown = (frame.step.tokens, self.coarse, frame.step.violations, then)
        return (self.instance, *(None if array is None else array[trajectory].tobytes() for array in shown))

    def picture(self, trajectory: int, size: int) -> Image | None:
        """The board of one trajectory as an image, ``size`` pixels on its longer side; None if it cannot be drawn."""
        if self.instance is None:
            return None
        try:
            return self.task.image(self.instance, self._board_view(trajectory), size)
        except Exception as error:
            self._cannot(error)
            return None

    def _board_view(
        self,
        trajectory: int,
        room: tuple[int, int] | None = None,
        confidence: npt.NDArray[np.float32] | None = None,
    ) -> View:
        """What the task draws for one trajectory; the puzzle alone before the first step."""
        frame, before = self.frame, self.previous
        if frame is None or trajectory >= frame.width:
            return View(room=room)
        step = frame.step
        return View(
            tokens=step.tokens[trajectory],
            confidence=None if self.searched else (step.confidence if confidence is None else confidence)[trajectory],
            violations=None if step.violations is None else step.violations[trajectory],
            previous=None if before is None else before.step.tokens[trajectory],
            room=room,
        )

    def answer(self, tokens: Tokens, room: tuple[int, int] | None = None) -> Grid | None:
        """The board of a finished answer."""
        return self._draw(View(tokens=tokens, room=room))

    def _draw(self, view: View) -> Grid | None:
        """Ask the task for a board. An error of its plugin is reported once and the screen goes on."""
        if self.instance is None:
            return None
        try:
            return self.task.render(self.instance, view)
        except Exception as error:
            self._cannot(error)
            return None

    def _cannot(self, error: Exception) -> None:
        self.report_error(f"{self.task.name} cannot draw this board: {type(error).__name__} {error}".strip())
