"""What a training run measures while it runs. Light: imports no torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ValidationMetrics:
    """One held-out check. The tuples hold one number for each supervision step.

    Attributes:
        ce, kl: nats per puzzle (summed over tokens; over positions and channels) under the posterior. ``kl`` is the
            true KL(q || p), not the balanced one; empty for models without guidance.
        posterior_accuracy: share of correct boards when the posterior sees the answer.
        prior_accuracy: share of correct boards of the model alone: the figure to steer by.
        prior_ce: nats per puzzle under the prior.
        diversity: mean share of distinct boards among the trajectories of one puzzle with several solutions; None if
            there is no such puzzle.
    """

    ce: tuple[float, ...] = ()
    kl: tuple[float, ...] = ()
    posterior_accuracy: tuple[float, ...] = ()
    prior_accuracy: tuple[float, ...] = ()
    prior_ce: tuple[float, ...] = ()
    diversity: float | None = None


@dataclass(frozen=True)
class TrainingMetrics(ValidationMetrics):
    """Progress of a run, about once a second. The held-out figures are empty between checks.

    Attributes:
        update, updates: updates done, and in the plan.
        seconds: training time so far, over all sessions of the run.
        rate: updates a second.
        loss: of the last update, nats per token.
        learning_rate: of the last update, for the matrices of the core: Muon's, or AdamW's where there is no Muon.
        utilisation: share of the speed of one large matrix product that the updates reach on this machine.
        warnings: failures that the held-out figures show, by name.
        saved: whether the averaged weights are written as a checkpoint at this check.
    """

    update: int = 0
    updates: int = 0
    seconds: float = 0.0
    rate: float = 0.0
    loss: float = 0.0
    learning_rate: float = 0.0
    utilisation: float | None = None
    warnings: tuple[str, ...] = ()
    saved: bool = False

    def to_dict(self) -> dict[str, Any]:
        """A line of metrics.jsonl, the progress first."""
        values = asdict(self)
        return {**{name: values[name] for name in ("update", "updates", "seconds", "rate", "loss")}, **values}
