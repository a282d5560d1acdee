"""Training that diverges ends with one line that says how, what is left, and what to try."""

from __future__ import annotations

import torch

from gramsolve.config.training import TrainingConfig
from gramsolve.errors import GramsolveError
from gramsolve.training.train_state import UpdateMetrics

MOST_NATS = 100.0
"""Cross-entropy a token above which training has diverged: guessing costs less than 6 nats whatever the vocabulary."""


def require_convergence(metrics: UpdateMetrics, update: int, config: TrainingConfig, stored: str) -> None:
    """Raises GramsolveError where the last update shows that training diverges. Waits for the update."""
    if not bool(torch.isfinite(metrics.loss)):
        raise diverged("the loss is no longer a number", update, config, stored)
    if (nats := float(metrics.ce)) > MOST_NATS:
        how = f"a token costs {nats:,.0f} nats where guessing costs less than 6"
        raise diverged(how, update, config, stored)


def diverged(how: str, update: int, config: TrainingConfig, stored: str) -> GramsolveError:
    """The error. ``stored`` says what the run can be resumed from."""
    names = ("lr", "adam_lr") if config.optimization.optimizer == "muon" else ("adam_lr",)
    advice = " ".join(f"--set {name}={getattr(config.optimization, name) / 3:.2g}" for name in names)
    exact = "" if config.execution.precision == "fp32" else ", or --set precision=fp32"
    return GramsolveError(
        f"training diverged by update {update:,}: {how}; {stored}; start a new run with {advice}{exact}"
    )
