"""Stochastic guidance: the Gaussian prior and posterior over the step added to h (paper, section 2.1 and A.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gramsolve.model.layers import SwiGLU

INITIAL_SIGMA = 0.5
LOG_SIGMA_RANGE = (-5.0, 2.0)


@dataclass(frozen=True)
class Gaussian:
    """A diagonal Gaussian: ``mean`` and ``log_sigma`` [B, L, D]."""

    mean: Tensor
    log_sigma: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """Reparameterised draw from standard normal ``noise`` [B, L, D]."""
        return self.mean + self.log_sigma.exp() * noise

    def detach(self) -> Gaussian:
        return Gaussian(self.mean.detach(), self.log_sigma.detach())


def kl_divergence(q: Gaussian, p: Gaussian) -> Tensor:
    """KL(q || p) in nats, summed over channels, in fp32: [B, L]."""
    q_mean, q_log, p_mean, p_log = (t.float() for t in (q.mean, q.log_sigma, p.mean, p.log_sigma))
    scaled = ((q_mean - p_mean).square() + (2 * q_log).exp()) * (-2 * p_log).exp()
    return (p_log - q_log + 0.5 * (scaled - 1)).sum(-1)


def balanced_kl(q: Gaussian, p: Gaussian, balance: float) -> Tensor:
    """KL balancing: the value of KL(q || p) [B, L]; ``balance`` of its gradient pulls the prior to the posterior,
    the rest the posterior to the prior (paper, A.2; Hafner et al. 2021)."""
    return balance * kl_divergence(q.detach(), p) + (1 - balance) * kl_divergence(q, p.detach())


class GaussianHead(nn.Module):
    """Two per-position SwiGLU MLPs, for mean and log sigma. [B, L, D_in] -> Gaussian [B, L, D].

    Both start at a constant (mean 0, sigma ``INITIAL_SIGMA``), so that the first updates see no divergence at all.
    """

    def __init__(self, d_in: int, width: int, hidden: int, mode: str) -> None:
        super().__init__()
        self.mode = mode
        self.mean = SwiGLU(d_in, hidden, width) if mode != "noise" else None
        self.log_sigma = SwiGLU(d_in, hidden, width) if mode != "mean" else None
        for mlp in (self.mean, self.log_sigma):
            if mlp is not None:
                nn.init.zeros_(mlp.down_proj.weight)

    def forward(self, x: Tensor, width: int) -> Gaussian:
        zero = x.new_zeros(*x.shape[:-1], width)
        mean = self.mean(x) if self.mean is not None else zero
        if self.log_sigma is None:
            # The ablation without noise keeps a fixed unit scale, so that its KL is a squared distance of means.
            return Gaussian(mean, zero)
        log_sigma = (self.log_sigma(x) + math.log(INITIAL_SIGMA)).clamp(*LOG_SIGMA_RANGE)
        return Gaussian(mean, log_sigma)


class Guidance(nn.Module):
    """Prior p(eps | u) and posterior q(eps | u, y)."""

    def __init__(self, width: int, hidden: int, mode: str) -> None:
        super().__init__()
        self.width = width
        self.mode = mode
        self.prior_head = GaussianHead(width, width, hidden, mode)
        self.posterior_head = GaussianHead(2 * width, width, hidden, mode)

    def prior(self, u: Tensor) -> Gaussian:
        return self.prior_head(u, self.width)

    def posterior(self, u: Tensor, target: Tensor) -> Gaussian:
        """``target`` [B, L, D] is the embedded y."""
        return self.posterior_head(torch.cat((u, target), dim=-1), self.width)

    def draw(self, gaussian: Gaussian, noise: Tensor) -> Tensor:
        """eps from standard normal noise; the mean alone where the mode has no noise."""
        return gaussian.mean if self.mode == "mean" else gaussian.sample(noise)
