"""Muon for all matrices of one shape at once, in the precision that the hardware is made for.

The rule is that of ``torch.optim.Muon`` (Jordan et al. 2024) with ``adjust_lr_fn="match_rms_adamw"``: momentum, then
a matrix near it whose singular values are about one, by five Newton-Schulz steps. Torch rounds to bf16 for these,
which on some processors takes longer than the gradients do, and does one matrix after the other, which leaves an
accelerator waiting for hundreds of small launches.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor

MOMENTUM = 0.95
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
STEPS = 5
EPSILON = 1e-7
LARGE = 2**22
"""Multiplications in a product of all matrices of a shape, from which a processor gains by less precision: starting
one takes it 40 us in bf16, a fraction of that in fp32."""


def orthogonal(matrices: Tensor) -> Tensor:
    """The Newton-Schulz iteration, in the matrices' own precision; [k, n, m] -> [k, n, m]."""
    a, b, c = COEFFICIENTS
    wide = matrices if matrices.shape[-2] <= matrices.shape[-1] else matrices.mT
    wide = (wide / torch.linalg.matrix_norm(wide, keepdim=True).clamp(min=EPSILON)).contiguous()
    for _ in range(STEPS):
        # X <- a X + (b G + c G G) X with G = X X', the sums inside the products.
        gram = wide @ wide.mT
        wide = torch.baddbmm(wide, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), wide, beta=a)
    return wide if matrices.shape[-2] <= matrices.shape[-1] else wide.mT


class Muon(torch.optim.Optimizer):
    """Its state has the names of torch's, so that a run goes on with either."""

    def __init__(
        self, params: Iterable[Tensor], *, lr: float, weight_decay: float, dtype: torch.dtype = torch.float32
    ) -> None:
        """``dtype`` is that of the iteration where it is worth it; all else is in the parameters' own."""
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})
        self.dtype = dtype

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            alike = defaultdict[torch.Size, list[Tensor]](list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike[parameter.shape].append(parameter)
            for parameters in alike.values():
                self._step(parameters, group["lr"], group["weight_decay"])

    def _step(self, parameters: list[Tensor], lr: float, weight_decay: float) -> None:
        """All parameters of one shape."""
        for parameter in parameters:
            if not self.state[parameter]:
                self.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        momenta = [self.state[parameter]["momentum_buffer"] for parameter in parameters]
        torch._foreach_lerp_(momenta, gradients, 1 - MOMENTUM)
        ahead = torch.stack(torch._foreach_lerp(gradients, momenta, MOMENTUM))
        if ahead.device.type != "cpu" or ahead.numel() * min(ahead.shape[-2:]) >= LARGE:
            ahead = ahead.to(self.dtype)
        steps = orthogonal(ahead).to(parameters[0].dtype).unbind()
        torch._foreach_mul_(parameters, 1 - lr * weight_decay)
        torch._foreach_add_(parameters, steps, alpha=-lr * 0.2 * math.sqrt(max(parameters[0].shape)))
