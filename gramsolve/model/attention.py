"""Self-attention with rotary positions, as the mixer of a recursion and as the layer of the token baselines."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gramsolve.model import encoder
from gramsolve.model.config import ModelConfig
from gramsolve.model.encoder import TokenEncoder, token_decoder
from gramsolve.model.layers import Block, rms_norm
from gramsolve.model.mixer import Mixer, Shapes
from gramsolve.model.mixer_config import AttentionConfig


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
        self.out_proj = nn.Linear(width, width, bias=False)
        half = width // heads // 2
        angles = torch.outer(torch.arange(length), 10_000.0 ** -(torch.arange(half) / half))
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)

    def rotate(self, x: Tensor, start: int = 0) -> Tensor:
        """Turn each pair of channels of x [B, heads, L, d] by the angle of its position, counted from ``start``."""
        a, b = x.chunk(2, dim=-1)
        places = slice(start, start + x.shape[-2])
        cosine, sine = self.cosine[places].to(x.dtype), self.sine[places].to(x.dtype)
        return torch.cat((a * cosine - b * sine, a * sine + b * cosine), dim=-1)

    def forward(self, x: Tensor, *, causal: bool = False, cache: KVCache | None = None) -> Tensor:
        """``causal``: no position attends to a later one. With a ``cache``, x follows the positions in it: first a
        whole sequence, then one position at a time."""
        start = 0 if cache is None else len(cache)
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        if self.scale is not None:
            q, k = rms_norm(q) * self.scale.to(q.dtype), rms_norm(k)
        q, k = self.rotate(q, start), self.rotate(k, start)
        if cache is not None:
            k, v = cache.add(k, v)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal and not start)
        return self.out_proj(mixed.transpose(1, 2).flatten(2))


def attention(config: ModelConfig, mixer: AttentionConfig) -> Attention:
    """The attention layer of a model."""
    return Attention(config.width, mixer.heads, config.length, norm=mixer.qk_norm)


def block(config: ModelConfig, mixer: AttentionConfig) -> Block:
    """A block of f_L or f_H."""
    return Block(config, attention(config, mixer))


def expected_shapes(config: ModelConfig, mixer: AttentionConfig) -> Shapes:
    """Shapes of weights in which the sizes of the model show; heads do not change the shape of a weight."""
    return encoder.expected_shapes(config)


MIXER = Mixer(TokenEncoder, block, token_decoder, expected_shapes)
