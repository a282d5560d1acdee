"""Muon for all matrices of one shape together, in the precision that the hardware computes fastest.

The rule is that of ``torch.optim.Muon`` (Jordan et al. 2024) with ``adjust_lr_fn="match_rms_adamw"``: momentum, then
the nearby matrix whose singular values are about one, by five Newton-Schulz steps. Torch's own Muon always rounds to
bf16, which takes longer than the gradients on some processors, and treats one matrix after the other, which leaves an
accelerator idle between hundreds of small launches. That is why this one exists.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable

import torch
from torch import Tensor

MOMENTUM = 0.95
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
STEPS = 5
EPSILON = 1e-7
LARGE = 2**22
"""Multiplications in a product of all matrices of a shape from which bf16 pays on a processor: starting a product takes
40 us in bf16, a fraction of that in fp32."""


def orthogonal(matrices: Tensor) -> Tensor:
    """The Newton-Schulz iteration in the precision of the matrices, [k, n, m] -> [k, n, m]."""
    a, b, c = COEFFICIENTS
    wide = matrices if matrices.shape[-2] <= matrices.shape[-1] else matrices.mT
    wide = (wide / torch.linalg.matrix_norm(wide, keepdim=True).clamp(min=EPSILON)).contiguous()
    for _ in range(STEPS):
        # X <- a X + (b G + c G G) X with G = X X', the sums inside the products.
        gram = wide @ wide.mT
        wide = torch.baddbmm(wide, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), wide, beta=a)
    return wide if matrices.shape[-2] <= matrices.shape[-1] else wide.mT


class Muon(torch.optim.Optimizer):
    """Its state has the names of ``torch.optim.Muon``, so that a run can be resumed with either."""

    def __init__(
        self, params: Iterable[Tensor], *, lr: float, weight_decay: float, dtype: torch.dtype = torch.float32
    ) -> None:
        """``dtype`` is the precision of the iteration where it pays; everything else is in that of the parameters."""
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})
        self.dtype = dtype
        self._recorded: dict[tuple[torch.Size, ...], GraphReplay] = {}

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
            if parameters:
                self._step(parameters, group["lr"], group["weight_decay"])

    def _step(self, parameters: list[Tensor], lr: float, weight_decay: float) -> None:
        for parameter in parameters:
            if not self.state[parameter]:
                self.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        momenta = [self.state[parameter]["momentum_buffer"] for parameter in parameters]
        torch._foreach_lerp_(momenta, gradients, 1 - MOMENTUM)
        ahead = torch._foreach_lerp(gradients, momenta, MOMENTUM)
        alike = defaultdict[torch.Size, list[int]](list)
        for i, parameter in enumerate(parameters):
            alike[parameter.shape].append(i)
        steps = self._orthogonal([torch.stack([ahead[i] for i in indices]) for indices in alike.values()])
        torch._foreach_mul_(parameters, 1 - lr * weight_decay)
        for (shape, indices), step in zip(alike.items(), steps, strict=True):
            mine = [parameters[i] for i in indices]
            torch._foreach_add_(mine, step.unbind(), alpha=-lr * 0.2 * math.sqrt(max(shape)))

    def _orthogonal(self, stacks: list[Tensor]) -> list[Tensor]:
        """``orthogonal`` of every stack [k, n, m], in the faster precision."""
        if not stacks[0].is_cuda:
            return self._iterated(stacks)
        shapes = tuple(stack.shape for stack in stacks)
        if shapes not in self._recorded:
            self._recorded[shapes] = GraphReplay(self._iterated, stacks)
        return self._recorded[shapes](stacks)

    def _iterated(self, stacks: list[Tensor]) -> list[Tensor]:
        return [orthogonal(stack.to(self._precision(stack))).to(stack.dtype) for stack in stacks]

    def _precision(self, stack: Tensor) -> torch.dtype:
        small = stack.device.type == "cpu" and stack.numel() * min(stack.shape[-2:]) < LARGE
        return stack.dtype if small else self.dtype


class GraphReplay:
    """A function of tensors on a GPU as a CUDA graph: recorded once, then replayed in one launch. An iteration over
    small matrices has a hundred launches, which take the host longer than the GPU computes."""

    def __init__(self, work: Callable[[list[Tensor]], list[Tensor]], given: list[Tensor]) -> None:
        """``given`` have the shapes and the device of all later arguments."""
        self.given = [tensor.clone() for tensor in given]
        ahead, now = torch.cuda.Stream(), torch.cuda.current_stream()
        ahead.wait_stream(now)
        with torch.cuda.stream(ahead):  # Libraries initialise at the first call, which cannot be recorded.
            work(self.given)
        now.wait_stream(ahead)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph, capture_error_mode="thread_local"):
            self.found = work(self.given)

    def __call__(self, given: list[Tensor]) -> list[Tensor]:
        """Valid until the next call."""
        torch._foreach_copy_(self.given, given)
        self.graph.replay()
        return self.found
