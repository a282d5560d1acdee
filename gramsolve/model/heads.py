"""The halt head and the value head (LPRM) of a trajectory."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HALT_BIAS = -4.0
"""Bias of the halt head at the start of training: no board counts as correct, so early rollouts run to full depth."""


class TrajectoryHeads(nn.Module):
    """A halt logit and a value from a whole state. [B, L, D] -> ([B], [B]).

    The paper reads the first position of h. Its gradient must not reach the core, so nothing would teach the core to
    gather evidence of errors there. Here a small layer is pooled over all positions, by mean and by maximum.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.feature_proj = nn.Linear(width, width)
        self.output = nn.Linear(2 * width, 2)
        nn.init.zeros_(self.output.weight)
        with torch.no_grad():
            self.output.bias.copy_(torch.tensor([HALT_BIAS, 0.5]))

    def pool(self, h: Tensor) -> Tensor:
        """[B, L, D] -> [B, 2 D]."""
        features = F.silu(self.feature_proj(h))
        return torch.cat((features.mean(1), features.amax(1)), dim=-1)

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        # A sum for each row: a matrix product of few rows rounds differently with their number, and a trajectory must
        # get identical bits in a batch of any size.
        halt, value = ((self.pool(h).unsqueeze(-2) * self.output.weight).sum(-1) + self.output.bias).unbind(-1)
        return halt, value
