"""Everything there is to draw at one moment, gathered once so that all panels agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gramsolve.display.palette import DARK, Palette
from gramsolve.inference.events import Finished, Started
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance
from gramsolve.tasks.drawing import Grid, View
from gramsolve.tasks.task import Task
from gramsolve.tui.runs.recorder import Frame
from gramsolve.tui.view.status_icons import TrajectoryStatus, status_of

if TYPE_CHECKING:
    from PIL.Image import Image


EXACT = "exact search"
"""What takes the place of the checkpoint's name where no network took part."""

SHADES = 320
"""Shades of confidence: no twentieth of a style and no step of a ramp begins within one."""


def shaded(confidence: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The middle of the shade that each confidence is in."""
    shades = np.floor(confidence.astype(np.float64) * SHADES).clip(0, SHADES - 1)
    return ((shades + 0.5) / SHADES).astype(np.float32)


@dataclass(frozen=True)
class DrawStyle:
    """How to draw: colours, whether only ASCII may be used, and whether boards may be pictures."""

    palette: Palette = DARK
    ascii: bool = False
    pixels: bool = False


@dataclass(frozen=True, eq=False)
class ViewState:
    """``frames`` are all recorded frames of the run, ``position`` is the number on show; 0 is the start."""

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
    complain: Callable[[str], None] = lambda text: None

    @property
    def searched(self) -> bool:
        """The boards were found by exact search: no network was sure of anything."""
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
        """Steps to which a round goes on while no board is valid; 0 where it ends after ``depth`` all the same."""
        return self.started.max_depth if self.started else 0

    @property
    def deepening(self) -> bool:
        """The round would be over by now, had it any valid board."""
        newest = self.frames[-1] if self.frames else None
        return newest is not None and not newest.answers and self.depth <= newest.step.number < self.max_depth

    @property
    def bound(self) -> str:
        """The number of steps that the one on show is said to be one of."""
        number = self.frame.step.number if self.frame else 0
        if number <= self.depth:
            return str(self.depth)
        return f"at most {self.max_depth}" if self.max_depth else str(number)  # Old recordings do not tell how deep.

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
        """The same for a board of many, where confidences that look alike are alike: equal cells can be shared."""
        return self._draw(self._board_view(trajectory, room, self.coarse))

    @cached_property
    def coarse(self) -> npt.NDArray[np.float32] | None:
        """The middle of the shade that each confidence is in, float32 [trajectories, L_out]."""
        return None if self.frame is None else shaded(self.frame.step.confidence)

    def content(self, trajectory: int) -> tuple[object, ...]:
        """All that a tile shows, in a form that can be compared."""
        frame, before = self.frame, self.previous
        if frame is None or trajectory >= frame.width:
            return (self.instance,)
        then = None if before is None else before.step.tokens
        shown = (frame.step.tokens, self.coarse, frame.step.violations, then)
        return (self.instance, *(None if array is None else array[trajectory].tobytes() for array in shown))

    def picture(self, trajectory: int, size: int) -> Image | None:
        """The same as a picture, ``size`` pixels on its longer side."""
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
        """What there is to see of a trajectory; of the puzzle alone before the first step."""
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
        """Ask the task for a board. A task that cannot draw must not take the screen down with it."""
        if self.instance is None:
            return None
        try:
            return self.task.render(self.instance, view)
        except Exception as error:
            self._cannot(error)
            return None

    def _cannot(self, error: Exception) -> None:
        self.complain(f"{self.task.name} cannot draw this board: {type(error).__name__} {error}".strip())
