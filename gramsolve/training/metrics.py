"""What a training run reports while it runs. Light: imports no torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class TrainingMetrics:
    """Progress. The tuples hold one number per supervision step and are empty between held-out checks.

    ``ce`` and ``kl`` are nats per puzzle (summed over tokens; over positions and channels), both on held-out inputs
    under the posterior; ``kl`` is the true KL(q || p), not the balanced one. ``posterior_accuracy`` is the share of
    right boards when the answer is shown to the posterior; ``prior_accuracy`` that of the model alone: the figure to
    steer by. ``rate`` is in updates a second; ``utilisation`` is the share of the speed of one large matrix product
    that the updates reach on this machine.
    """

    update: int
    updates: int
    seconds: float
    rate: float
    loss: float
    ce: tuple[float, ...] = ()
    kl: tuple[float, ...] = ()
    posterior_accuracy: tuple[float, ...] = ()
    prior_accuracy: tuple[float, ...] = ()
    prior_ce: tuple[float, ...] = ()
    diversity: float | None = None
    utilisation: float | None = None
    learning_rate: float = 0.0
    warnings: tuple[str, ...] = ()
    saved: bool = False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
