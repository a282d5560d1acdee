"""What an evaluation of accuracy measures. Light: imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gramsolve.errors import BadInput


@dataclass(frozen=True)
class EvalOptions:
    """Accuracy and coverage of prior rollouts on held-out puzzles. A value out of range raises BadInput.

    Attributes:
        protocol: the split to test on; None for the one that the checkpoint was trained on.
        widths: numbers of trajectories for each puzzle; all come out of one rollout of the largest.
        depths: numbers of supervision steps.
        limit: measure a seeded sample of this many test puzzles; None for all.
        halt: ``never``, or ``head``: trajectories stop by the halt head.
        augment: symmetric copies of each puzzle over which its trajectories are spread; 1 is the puzzle itself.
    """

    protocol: str | None = None
    widths: Sequence[int] = (1, 5, 20)
    depths: Sequence[int] = (1, 4, 8, 16)
    limit: int | None = None
    seed: int = 0
    halt: str = "never"
    augment: int = 1

    def __post_init__(self) -> None:
        if self.halt not in ("never", "head"):
            raise BadInput(f"halt must be never or head here, not {self.halt!r}")
        if self.augment < 1:
            raise BadInput(f"augment must be at least 1, not {self.augment}")
