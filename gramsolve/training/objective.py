"""The loss of one supervision step, in nats (paper, section 2.2 and A.1 to A.3).

    loss = CE(y | h) / L_out  +  beta * N_sup * T * KL(q || p) / L_out

A trajectory pays the KL of each of its N_sup * T transitions once, but is paid its cross-entropy at every one of
N_sup steps. Weighting the KL of the one transition that carries gradient by N_sup * T makes ``beta = 1`` the
negative ELBO with the cross-entropy averaged over depth. Smaller values leave the posterior a private channel: it
writes y into h over several steps and the prior learns nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from gramsolve.model.core import Divergence
from gramsolve.model.guidance import balanced_kl


def elbo_beta(value: float, reduction: str, *, width: int, supervision_steps: int, transitions: int) -> float:
    """Convert a published beta to ELBO units.

    The paper states its values (Sudoku 0.1, N-Queens 0.07 and 0.045, ...) without the reduction of its KL. With
    cross-entropy averaged over tokens, a KL averaged over positions and *summed* over channels (``reduction="sum"``)
    has beta / (N_sup T) of the weight used here; one averaged over channels too (``"mean"``) a further 1 / D.

    Example: 0.07 at D = 512, N_sup = 16, T = 3 is 1.5e-3 under "sum" and 2.8e-6 under "mean": under neither does it
    carry over to a loss in other units.
    """
    if reduction not in ("sum", "mean"):
        raise ValueError(f"reduction must be 'sum' or 'mean', not {reduction!r}")
    weight = value / (supervision_steps * transitions)
    return weight / width if reduction == "mean" else weight


@dataclass(frozen=True)
class StepLoss:
    """Scalars of one supervision step: what is minimised, and the cross-entropy part in nats per token."""

    total: Tensor
    ce: Tensor


def cross_entropy(logits: Tensor, targets: Tensor, pad: int) -> Tensor:
    """Nats per puzzle, summed over tokens that are not padding, in fp32. [B, L, V], [B, L] -> [B]."""
    loss = F.cross_entropy(logits.float().transpose(1, 2), targets, ignore_index=pad, reduction="none")
    return loss.sum(-1)


def token_loss(logits: Tensor, targets: Tensor, weights: Tensor, pad: int) -> Tensor:
    """Nats per token of the baselines, with a weight for every cell: [B, L, V], [B, L], [B, L] -> scalar.

    Autoregressive: every weight is 1. Masked diffusion: 1/t for the cells that are masked, where t is the share of
    them, 0 for the others; in expectation a bound on the negative log-likelihood.
    """
    loss = F.cross_entropy(logits.float().transpose(1, 2), targets, ignore_index=pad, reduction="none")
    return (weights * loss).sum(-1).mean() / targets.shape[1]


def step_loss(
    logits: Tensor,
    targets: Tensor,
    divergence: Divergence | None,
    *,
    pad: int,
    beta: float | Tensor,
    kl_balance: float,
    supervision_steps: int,
    transitions: int,
) -> StepLoss:
    """The surrogate above, averaged over the batch. Without guidance it is the cross-entropy alone.

    ``beta`` is one number, or one for each row [B].
    """
    length = targets.shape[1]
    ce = cross_entropy(logits, targets, pad).mean() / length
    if divergence is None:
        return StepLoss(ce, ce.detach())
    kl = balanced_kl(divergence.posterior, divergence.prior, kl_balance).sum(-1) / length
    return StepLoss(ce + supervision_steps * transitions * (beta * kl).mean(), ce.detach())


def head_loss(halt: Tensor, value: Tensor, right: Tensor, accuracy: Tensor) -> Tensor:
    """Halt head: is this step's board right? Value head (LPRM): squared error to the final accuracy. All [n]."""
    return F.binary_cross_entropy_with_logits(halt.float(), right) + F.mse_loss(value.float(), accuracy)
