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


class Memory:
    """Keys and values [B, heads, n, d] of the positions that a causal layer has read, so that none is read twice."""

    def __init__(self) -> None:
        self.keys: Tensor | None = None
        self.values: Tensor | None = None

    def __len__(self) -> int:
        return 0 if self.keys is None else self.keys.shape[-2]

    def add(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Those of further positions; returns all."""
        if self.keys is not None and self.values is not None:
            keys, values = torch.cat((self.keys, keys), dim=-2), torch.cat((self.values, values), dim=-2)
        self.keys, self.values = keys, values
        return keys, values

    def keep(self, index: Tensor) -> None:
        """Only the sub-batch ``index`` goes on."""
        if self.keys is not None and self.values is not None:
            self.keys, self.values = self.keys[index], self.values[index]


class Attention(nn.Module):
    """Self-attention with rotary positions (Su et al. 2021), full or causal. [B, L, D] -> [B, L, D]."""

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

    def rotate(self, x: Tensor, start: int = 0) -> Tensor:
        """[B, heads, L, d] -> the same, each pair of channels turned by its position's angle, from ``start`` on."""
        a, b = x.chunk(2, dim=-1)
        places = slice(start, start + x.shape[-2])
        cosine, sine = self.cosine[places].to(x.dtype), self.sine[places].to(x.dtype)
        return torch.cat((a * cosine - b * sine, a * sine + b * cosine), dim=-1)

    def forward(self, x: Tensor, *, causal: bool = False, memory: Memory | None = None) -> Tensor:
        """``causal``: no position hears a later one. With a ``memory``, x is what follows the positions in it: the
        first of them all together, later ones one at a time."""
        start = 0 if memory is None else len(memory)
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q, k = self.rotate(q, start), self.rotate(k, start)
        if memory is not None:
            k, v = memory.add(k, v)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal and not start)
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
