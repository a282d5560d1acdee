"""The drawing of a task: boards as neutral grids of cells for terminals, and as pictures."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gramsolve.tasks.arrays import Bools, Tokens
from gramsolve.tasks.base import Instance, TaskBase

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class Cell:
    """One cell of a drawn board.

    Attributes:
        text: one character for Unicode terminals.
        ascii: one character for plain terminals.
        role: ``given`` (part of the puzzle), ``guess`` (placed by the solver), ``empty`` (known to be empty or not yet
            decided), ``line`` (a connection or frame that is drawn, not decided) or ``blank`` (outside the board).
        shade: 0 or 1; it alternates the background of neighbouring cells or boxes.
        confidence: the model's probability of the token it wrote, or None.
        violated: the cell breaks a rule.
        changed: the cell differs from the frame before.
        fill: a colour ``#rrggbb`` that belongs to the content, as in ARC. The text must tell it too, for terminals
            without colours.
    """

    text: str
    ascii: str
    role: str = "empty"
    shade: int = 0
    confidence: float | None = None
    violated: bool = False
    changed: bool = False
    fill: str | None = None


@dataclass(frozen=True)
class Grid:
    """A board at one moment, ready to draw anywhere: rows of cells of equal length.

    ``kind`` says how cells may be drawn: those of a ``board`` are roughly square and may be enlarged; those of a
    ``picture`` are pixels, on where the role is given or guess, and may be packed into half blocks or braille; those
    of a ``drawing`` are characters side by side, neither enlarged nor packed.
    """

    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    kind: str = "board"

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0]) if self.rows else 0


@dataclass(frozen=True)
class View:
    """What there is to draw at one moment of one trajectory.

    Attributes:
        tokens: outputs [L_out]; None draws the puzzle alone.
        confidence: float32 [L_out] in [0, 1], or None.
        violations: bool [L_out], or None.
        previous: tokens [L_out] of the frame before, or None.
        room: (lines, columns) of the terminal; drawings should fit into it, boards and pictures may ignore it.
    """

    tokens: Tokens | None = None
    confidence: npt.NDArray[np.float32] | None = None
    violations: Bools | None = None
    previous: Tokens | None = None
    room: tuple[int, int] | None = None

    def facts(self, count: int) -> Iterator[tuple[int | None, float | None, bool, bool]]:
        """Token, confidence, whether it breaks a rule and whether it has changed, of each of ``count`` positions."""
        nothing, never = [None] * count, [False] * count
        wrong = never if self.violations is None else self.violations.tolist()
        if self.tokens is None:
            return zip(nothing, nothing, wrong, never, strict=True)
        sure = nothing if self.confidence is None else self.confidence.tolist()
        changed = never if self.previous is None else (self.tokens != self.previous).tolist()
        return zip(self.tokens.tolist(), sure, wrong, changed, strict=True)


class TaskDrawing(TaskBase):
    """Draws boards."""

    @abstractmethod
    def render(self, instance: Instance, view: View) -> Grid:
        """A board at one moment as a neutral grid of cells."""

    def context(self, instance: Instance) -> Grid | None:
        """What belongs beside the board for people to follow, such as the demonstrations of an ARC puzzle; None for a
        puzzle that has nothing of it. Capability ``context``."""
        raise self.lacks("context")

    @abstractmethod
    def image(self, instance: Instance, view: View, size: int) -> Image.Image:
        """A board at one moment as an RGB picture, ``size`` pixels on its longer side."""
