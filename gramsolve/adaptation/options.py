"""How to adapt, and the progress of adapting. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gramsolve.errors import BadInput
from gramsolve.inference.options import SolveOptions

ANSWER_SHARE = 0.5
"""Share of the budget for the weights that answer; cross-validation gets the rest."""
MAX_FOLDS = 4
"""Folds of cross-validation at most: with more, each fold would be predicted with hardly trained weights."""


@dataclass(frozen=True)
class Budget:
    """Seconds or updates, one of them. A value out of range raises BadInput."""

    seconds: float | None = None
    updates: int | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.updates is None):
            raise BadInput("the budget of adapting is either seconds or a number of updates")
        if self.seconds is not None and not self.seconds > 0:
            raise BadInput(f"the time to adapt must be positive, not {self.seconds}")
        if self.updates is not None and self.updates < 1:
            raise BadInput(f"to adapt takes at least 1 update, not {self.updates}")

    def part(self, share: float) -> Budget:
        """A share of the budget, at least one update."""
        if self.seconds is not None:
            return Budget(seconds=self.seconds * share)
        assert self.updates is not None
        return Budget(updates=max(1, round(self.updates * share)))

    def used(self, seconds: float, updates: int) -> float:
        """The share of the budget that is used up, at most 1."""
        if self.seconds is not None:
            return min(1.0, seconds / self.seconds)
        assert self.updates is not None
        return min(1.0, updates / self.updates)

    def __str__(self) -> str:
        return f"{self.seconds:g} s" if self.seconds is not None else f"{self.updates:,} updates"


@dataclass(frozen=True)
class AdaptOptions:
    """How to adapt to one task.

    Attributes:
        budget: for all updates of a task, those of cross-validation included; predictions come on top.
        weights: fit the weights too, not the embedding of the rule alone.
        cross_validate: spend a part of the budget on leave-one-out cross-validation: fit without a demonstration and
            predict its answer.
    """

    budget: Budget
    weights: bool = True
    cross_validate: bool = True


@dataclass(frozen=True)
class AdaptationProgress:
    """``stage`` names what the weights are fitted to, ``updates`` counts those of this stage. ``share`` of the whole
    budget is used up, ``left`` seconds remain, ``rate`` is in updates a second."""

    stage: str
    updates: int
    share: float
    left: float
    rate: float
    loss: float


ProgressCallback = Callable[[AdaptationProgress], None]
Stop = Callable[[], bool]


def ignore_progress(progress: AdaptationProgress) -> None:
    """A ProgressCallback that does nothing."""


def never_stop() -> bool:
    """A Stop that is always False."""
    return False


def predict_options(options: SolveOptions) -> SolveOptions:
    """How adapted weights predict: one round, to the full depth unless the halt head may end trajectories.

    Raises BadInput for what needs a validator, a clock or several rounds.
    """
    if options.until != "depth" or options.max_seconds is not None:
        raise BadInput("after adapting there is one round of trajectories: no --until, --all or --max-time")
    if options.halt == "valid":
        raise BadInput("after adapting no validator ends trajectories: halt must be auto, head or never")
    return replace(options, halt="never" if options.halt == "auto" else options.halt)
