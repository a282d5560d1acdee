"""Layers that all networks share. Shapes: B batch, L positions, D width."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gramsolve.model.config import ModelConfig


def rms_norm(x: Tensor) -> Tensor:
    """Scale every position to unit root mean square, in fp32 at least. There is no learned gain: the state is
    renormalised dozens of times a trajectory, and a gain would compound."""
    wide = torch.promote_types(x.dtype, torch.float32)
    return F.rms_norm(x.to(wide), (x.shape[-1],), eps=1e-5).to(x.dtype)


def is_memory_bound(x: Tensor) -> bool:
    """Compiled in bf16 on a processor, where a pass over cache takes longer than the arithmetic that saves it."""
    on = x.device.type
    return on == "cpu" and torch.compiler.is_compiling() and torch.is_autocast_enabled(on)


class Embedding(nn.Embedding):
    """Rows of a small table: int64 [...] -> [..., D].

    A GPU multiplies one-hot vectors instead: the gradient of an index adds millions of numbers into few addresses.
    """

    def forward(self, tokens: Tensor) -> Tensor:
        return one_hot_matmul(self, tokens) if tokens.is_cuda else super().forward(tokens)


def one_hot_matmul(table: nn.Embedding, tokens: Tensor) -> Tensor:
    """Rows of a small table as a product of one-hot tokens with the table: int64 [...] -> [..., D]."""
    one_hot = tokens.unsqueeze(-1) == torch.arange(table.num_embeddings, device=tokens.device)
    return one_hot.to(table.weight.dtype) @ table.weight


def swiglu(gate: Tensor, value: Tensor, kind: str, dim: int = -1) -> Tensor:
    """The activation of a SwiGLU: silu(g) * v or, ``normed``, sigmoid(g) * (g * v at unit root mean square).

    Since silu(g) = g sigmoid(g), the two differ by the norm alone. The norm bounds the product of a large gate and a
    large value, which matters to an optimizer whose steps have a fixed size.
    """
    if kind == "silu":
        return F.silu(gate) * value
    product = gate * value
    size = product.float().square().mean(dim, keepdim=True).add(1e-5).rsqrt().to(product.dtype)
    return gate.sigmoid() * product * size


class SwiGLU(nn.Module):
    """``swiglu(W_g x, W_v x)``, projected to D_out (Shazeer 2020). [..., D_in] -> [..., D_out]."""

    def __init__(self, d_in: int, hidden: int, d_out: int | None = None, *, gate: str = "silu") -> None:
        super().__init__()
        self.gate = gate
        self.gate_up_proj = nn.Linear(d_in, 2 * hidden, bias=False)
        self.down_proj = nn.Linear(hidden, d_out or d_in, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, value = self.gate_up_proj(x).chunk(2, dim=-1)
        return self.down_proj(swiglu(gate, value, self.gate))


class Block(nn.Module):
    """A mixer over positions, then a SwiGLU over channels. Each residual is renormalised, so the output has unit scale.
    [B, L, D] -> [B, L, D]."""

    def __init__(self, config: ModelConfig, mixer: nn.Module) -> None:
        super().__init__()
        self.mixer = mixer
        self.mlp = SwiGLU(config.width, config.hidden, gate=config.gate)

    def forward(self, x: Tensor, adjacency: Tensor | None = None) -> Tensor:
        """``adjacency`` is for message passing; other mixers ignore it."""
        x = rms_norm(x + self.mixer(x))
        return rms_norm(x + self.mlp(x))
