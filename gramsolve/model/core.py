"""The recursion: one transition of the latent state, and the supervision step made of T of them (paper, 2.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gramsolve.model.config import ModelConfig
from gramsolve.model.guidance import Gaussian, Guidance


@dataclass(frozen=True)
class LatentState:
    """The latent state z = (h, l), both [B, L, D]. A flat model carries h alone and leaves l empty [B, 0, D]."""

    h: Tensor
    l: Tensor  # noqa: E741  (the paper's symbol)

    def detach(self) -> LatentState:
        return LatentState(self.h.detach(), self.l.detach())

    def to(self, dtype: torch.dtype) -> LatentState:
        return LatentState(self.h.to(dtype), self.l.to(dtype))

    def select(self, index: Tensor | slice) -> LatentState:
        """The sub-batch ``index``."""
        return LatentState(self.h[index], self.l[index])


@dataclass(frozen=True)
class Condition:
    """The encoded input, computed once a trajectory: ``x`` = e_x [B, L, D] is added at every low-level update. Where
    inputs are graphs, ``adjacency`` [B, E, N, N] says which positions are joined (see ``message_passing.py``)."""

    x: Tensor
    adjacency: Tensor | None = None

    def to(self, dtype: torch.dtype) -> Condition:
        return Condition(self.x.to(dtype), self.adjacency)

    def select(self, index: Tensor | slice) -> Condition:
        """The sub-batch ``index``."""
        return Condition(self.x[index], None if self.adjacency is None else self.adjacency[index])


@dataclass(frozen=True)
class Divergence:
    """What the KL term of one transition needs."""

    posterior: Gaussian
    prior: Gaussian


class Stack(nn.Sequential):
    """f_L or f_H: blocks one after the other. [B, L, D] -> [B, L, D]."""

    def forward(self, x: Tensor, adjacency: Tensor | None = None) -> Tensor:
        for block in self:
            x = block(x, adjacency)
        return x


class Core(nn.Module):
    """f_L, f_H and the guidance. Draws no randomness of its own: noise is an argument.

    ``block`` makes one block. A flat or shared model has one stack, ``high``.
    """

    def __init__(self, config: ModelConfig, block: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.config = recursion = config.recursion
        self.high = Stack(*(block() for _ in range(config.blocks)))
        self.low: Stack | None = None
        if recursion.hierarchical and not recursion.shared:
            self.low = Stack(*(block() for _ in range(config.blocks)))
        self.guidance: Guidance | None = None
        if recursion.guidance != "none":
            hidden = recursion.guidance_hidden or config.width
            self.guidance = Guidance(config.width, hidden, recursion.guidance)

    def propose(self, state: LatentState, given: Condition) -> tuple[Tensor, Tensor]:
        """The deterministic part: K low-level updates, then the proposal u. Returns (u, l)."""
        h, l, x, adjacency = state.h, state.l, given.x, given.adjacency  # noqa: E741
        if self.config.hierarchical:
            low = self.low if self.low is not None else self.high
            for _ in range(self.config.low_updates):
                l = low(l + h + x, adjacency)  # noqa: E741
            return self.high(h + l, adjacency), l
        for _ in range(self.config.low_updates):
            h = self.high(h + x, adjacency)
        return self.high(h + x, adjacency), l

    def transition(
        self,
        state: LatentState,
        given: Condition,
        noise: Tensor | None,
        target: Tensor | None = None,
        temperature: float = 1.0,
    ) -> tuple[LatentState, Divergence | None]:
        """z -> z' under the prior, or under the posterior when the embedded ``target`` [B, L, D] is given.

        ``noise`` is standard normal [B, L, D]; ``temperature`` scales that of the prior.
        """
        u, l = self.propose(state, given)  # noqa: E741
        if self.guidance is None:
            return LatentState(u, l), None
        if noise is None:
            noise = torch.zeros_like(u)
        prior = self.guidance.prior(u)
        if target is None:
            return LatentState(u + self.guidance.draw(prior, temperature * noise).to(u.dtype), l), None
        posterior = self.guidance.posterior(u, target)
        return LatentState(u + self.guidance.draw(posterior, noise).to(u.dtype), l), Divergence(posterior, prior)

    def step(
        self,
        state: LatentState,
        given: Condition,
        noise: Tensor | None,
        target: Tensor | None = None,
        temperature: float = 1.0,
        steps: int = 1,
    ) -> tuple[LatentState, Divergence | None]:
        """One supervision step: T transitions, gradient through all K + 1 calls of the last alone.

        ``noise`` is [steps T, B, L, D], or None for a model without noise. ``steps`` supervision steps are one call.
        """
        last = steps * self.config.transitions - 1
        draws = [None] * (last + 1) if noise is None else list(noise.unbind(0))
        with torch.no_grad():
            for t in range(last):
                state, _ = self.transition(state, given, draws[t], target, temperature)
        return self.transition(state, given, draws[last], target, temperature)
