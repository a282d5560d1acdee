"""The blocks that f_L and f_H are stacked from. Shapes: B batch, L positions, D width."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gramsolve.model.config import ModelConfig


def rms_norm(x: Tensor) -> Tensor:
    """Scale every position to unit root mean square. Without weights: the state is renormalised dozens of times a
    trajectory, and a learned gain would compound."""
    return F.rms_norm(x, (x.shape[-1],), eps=1e-5)


class SwiGLU(nn.Module):
    """silu(W_g x) * (W_v x), projected back (Shazeer 2020). [..., D_in] -> [..., D_out]."""

    def __init__(self, d_in: int, hidden: int, d_out: int | None = None) -> None:
        super().__init__()
        self.inward = nn.Linear(d_in, 2 * hidden, bias=False)
        self.outward = nn.Linear(hidden, d_out or d_in, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, value = self.inward(x).chunk(2, dim=-1)
        return self.outward(F.silu(gate) * value)


class SequenceMixer(nn.Module):
    """The same SwiGLU across positions instead of channels (paper, B.2; MLP-Mixer). [B, L, D] -> [B, L, D].

    Weights belong to positions, so on a board of fixed geometry rows, columns and diagonals are learned directly.
    """

    def __init__(self, length: int, hidden: int) -> None:
        super().__init__()
        self.inward = nn.Linear(length, 2 * hidden, bias=False)
        self.outward = nn.Linear(hidden, length, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        # Multiplying from the left mixes positions without transposing the state back and forth; as a batched
        # product it is twice as fast as torch.matmul, which folds the batch into one matrix first.
        gate, value = self.left(self.inward, x).chunk(2, dim=-2)
        return self.left(self.outward, F.silu(gate) * value)

    @staticmethod
    def left(layer: nn.Linear, x: Tensor) -> Tensor:
        return torch.bmm(layer.weight.expand(len(x), -1, -1), x)


class Attention(nn.Module):
    """Full self-attention with rotary positions (Su et al. 2021). [B, L, D] -> [B, L, D]."""

    cosine: Tensor
    sine: Tensor

    def __init__(self, width: int, heads: int, length: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.outward = nn.Linear(width, width, bias=False)
        half = width // heads // 2
        angles = torch.outer(torch.arange(length), 10_000.0 ** -(torch.arange(half) / half))
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)

    def rotate(self, x: Tensor) -> Tensor:
        """[B, heads, L, d] -> the same, each pair of channels turned by its position's angle."""
        a, b = x.chunk(2, dim=-1)
        cosine, sine = self.cosine.to(x.dtype), self.sine.to(x.dtype)
        return torch.cat((a * cosine - b * sine, a * sine + b * cosine), dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(self.rotate(q), self.rotate(k), v)
        return self.outward(mixed.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Mix over positions, then over channels; each residual is renormalised, so the output has unit scale."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.mix: nn.Module
        if config.mixer == "attention":
            self.mix = Attention(config.width, config.heads, config.length)
        else:
            self.mix = SequenceMixer(config.length, config.mixer_hidden or 2 * config.length)
        self.feed = SwiGLU(config.width, config.hidden)

    def forward(self, x: Tensor, links: Tensor | None = None) -> Tensor:
        """``links`` belong to the relations mixer; no other has a use for them."""
        x = rms_norm(x + self.mix(x))
        return rms_norm(x + self.feed(x))
