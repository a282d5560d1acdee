"""The blocks that f_L and f_H are stacked from. Shapes: B batch, L positions, D width."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gramsolve.model.config import ModelConfig


def rms_norm(x: Tensor) -> Tensor:
    """Scale every position to unit root mean square, in fp32 at least. Without weights: the state is renormalised
    dozens of times a trajectory, and a learned gain would compound."""
    wide = torch.promote_types(x.dtype, torch.float32)
    return F.rms_norm(x.to(wide), (x.shape[-1],), eps=1e-5).to(x.dtype)


def is_memory_bound(x: Tensor) -> bool:
    """Compiled in bf16 on a processor, where a pass over cache takes longer than the arithmetic that saves it."""
    on = x.device.type
    return on == "cpu" and torch.compiler.is_compiling() and torch.is_autocast_enabled(on)


def embed(table: nn.Embedding, tokens: Tensor) -> Tensor:
    """Rows of a small table: int64 [...] -> [..., D].

    On a GPU as a product, because the gradient of looking up adds millions of numbers up in the same few places.
    """
    return one_hot_matmul(table, tokens) if tokens.is_cuda else table(tokens)


def one_hot_matmul(table: nn.Embedding, tokens: Tensor) -> Tensor:
    """What looking up gives, by multiplying one-hot tokens with the table."""
    one_hot = tokens.unsqueeze(-1) == torch.arange(table.num_embeddings, device=tokens.device)
    return one_hot.to(table.weight.dtype) @ table.weight


def swiglu(gate: Tensor, value: Tensor, kind: str, dim: int = -1) -> Tensor:
    """What a SwiGLU projects back: silu(g) * v or, ``normed``, sigmoid(g) * (g * v at unit root mean square).

    The two differ by the norm alone, since silu(g) = g sigmoid(g). It bounds what a large gate and a large value make
    of each other, which matters to an optimizer whose steps have a fixed size.
    """
    if kind == "silu":
        return F.silu(gate) * value
    product = gate * value
    size = product.float().square().mean(dim, keepdim=True).add(1e-5).rsqrt().to(product.dtype)
    return gate.sigmoid() * product * size


class SwiGLU(nn.Module):
    """``swiglu(W_g x, W_v x)``, projected back (Shazeer 2020). [..., D_in] -> [..., D_out]."""

    def __init__(self, d_in: int, hidden: int, d_out: int | None = None, *, gate: str = "silu") -> None:
        super().__init__()
        self.gate = gate
        self.gate_up_proj = nn.Linear(d_in, 2 * hidden, bias=False)
        self.down_proj = nn.Linear(hidden, d_out or d_in, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, value = self.gate_up_proj(x).chunk(2, dim=-1)
        return self.down_proj(swiglu(gate, value, self.gate))


class SequenceMixer(nn.Module):
    """The same SwiGLU across positions instead of channels (paper, B.2; MLP-Mixer). [B, L, D] -> [B, L, D].

    Weights belong to positions, so on a board of fixed geometry rows, columns and diagonals are learned directly.
    """

    def __init__(self, length: int, hidden: int, *, gate: str = "silu") -> None:
        super().__init__()
        self.gate = gate
        self.gate_up_proj = nn.Linear(length, 2 * hidden, bias=False)
        self.down_proj = nn.Linear(hidden, length, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        if is_memory_bound(x):  # The left product's gradient is one a board, and a sum over the boards.
            gate, value = self.gate_up_proj(x.mT.contiguous()).chunk(2, dim=-1)
            return self.down_proj(swiglu(gate, value, self.gate)).mT
        # Multiplying from the left mixes positions without transposing the state back and forth; as a batched
        # product it is twice as fast as torch.matmul, which folds the batch into one matrix first.
        gate, value = self.left(self.gate_up_proj, x).chunk(2, dim=-2)
        return self.left(self.down_proj, swiglu(gate, value, self.gate, dim=-2))

    @staticmethod
    def left(layer: nn.Linear, x: Tensor) -> Tensor:
        return torch.bmm(layer.weight.expand(len(x), -1, -1), x)


class KVCache:
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
    """Self-attention with rotary positions (Su et al. 2021), full or causal. [B, L, D] -> [B, L, D].

    ``norm``: queries and keys have unit root mean square in every head, and a learned scale (Henry et al. 2020).
    """

    cosine: Tensor
    sine: Tensor

    def __init__(self, width: int, heads: int, length: int, *, norm: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.scale = nn.Parameter(torch.ones(heads, 1, 1)) if norm else None
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.down_proj = nn.Linear(width, width, bias=False)
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

    def forward(self, x: Tensor, *, causal: bool = False, cache: KVCache | None = None) -> Tensor:
        """``causal``: no position hears a later one. With a ``cache``, x is what follows the positions in it: the
        first of them all together, later ones one at a time."""
        start = 0 if cache is None else len(cache)
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        if self.scale is not None:
            q, k = rms_norm(q) * self.scale.to(q.dtype), rms_norm(k)
        q, k = self.rotate(q, start), self.rotate(k, start)
        if cache is not None:
            k, v = cache.add(k, v)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal and not start)
        return self.down_proj(mixed.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Mix over positions, then over channels; each residual is renormalised, so the output has unit scale."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.mixer: nn.Module
        if config.mixer == "attention":
            self.mixer = Attention(config.width, config.heads, config.length, norm=config.qk_norm)
        else:
            self.mixer = SequenceMixer(config.length, config.mixer_hidden or 2 * config.length, gate=config.gate)
        self.mlp = SwiGLU(config.width, config.hidden, gate=config.gate)

    def forward(self, x: Tensor, adjacency: Tensor | None = None) -> Tensor:
        """``adjacency`` belong to the message_passing mixer; no other has a use for them."""
        x = rms_norm(x + self.mixer(x))
        return rms_norm(x + self.mlp(x))
