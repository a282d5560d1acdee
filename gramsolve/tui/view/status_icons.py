"""The status of a trajectory and its icon. Icons differ in shape first and in colour second."""

from __future__ import annotations

from enum import Enum

from gramsolve.display.palette import Palette
from gramsolve.inference.events import Step


class TrajectoryStatus(Enum):
    """(icon, ASCII icon, word)."""

    WAITING = ("·", ".", "waiting")
    RUNNING = ("◌", "o", "running")
    HALTED = ("■", "#", "halted")
    VALID = ("✓", "+", "valid")
    INVALID = ("✗", "x", "invalid")

    def icon(self, ascii: bool) -> str:
        return self.value[1] if ascii else self.value[0]

    @property
    def word(self) -> str:
        return str(self.value[2])

    def color(self, palette: Palette) -> str | None:
        match self:
            case TrajectoryStatus.VALID:
                return palette.right
            case TrajectoryStatus.INVALID:
                return palette.bad
            case TrajectoryStatus.RUNNING | TrajectoryStatus.HALTED:
                return palette.accent
            case _:
                return palette.faint


def status_of(step: Step | None, trajectory: int, last: bool) -> TrajectoryStatus:
    """The status of a trajectory at a step; ``last``: no step follows in its round."""
    if step is None:
        return TrajectoryStatus.WAITING
    if step.valid is not None and step.valid[trajectory]:
        return TrajectoryStatus.VALID
    if step.running[trajectory] and not last:
        return TrajectoryStatus.RUNNING
    return TrajectoryStatus.HALTED if step.valid is None else TrajectoryStatus.INVALID
