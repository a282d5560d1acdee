"""Images: p x p pixels share one position of the sequence, so that a 28 x 28 picture is 49 positions and not 784."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from gramsolve.model.layers import embed, rms_norm

CHANNELS = 16
GROUPS = 4


def to_patches(x: Tensor, patch: int) -> Tensor:
    """[B, C, H, W] -> [B, H W / p^2, C p^2], patches row by row."""
    return F.pixel_unshuffle(x, patch).flatten(2).transpose(1, 2)


def to_pixels(x: Tensor, patch: int, rows: int, columns: int) -> Tensor:
    """[B, H W / p^2, C p^2] -> [B, C, H, W], the inverse."""
    return F.pixel_shuffle(x.transpose(1, 2).unflatten(2, (rows // patch, columns // patch)), patch)


class PatchEmbedding(nn.Module):
    """Tokens of pixels [B, H W] -> [B, H W / p^2, D]: two 5x5 convolutions with SiLU and GroupNorm, then patches
    (paper, B.2)."""

    def __init__(self, vocab: int, width: int, rows: int, columns: int, patch: int) -> None:
        super().__init__()
        self.rows, self.columns, self.patch, self.scale = rows, columns, patch, math.sqrt(width)
        self.pixel_embedding = nn.Embedding(vocab, CHANNELS)
        layers: list[nn.Module] = []
        for _ in range(2):
            layers += [nn.Conv2d(CHANNELS, CHANNELS, 5, padding=2), nn.SiLU(), nn.GroupNorm(GROUPS, CHANNELS)]
        self.convs = nn.Sequential(*layers)
        self.proj = nn.Linear(CHANNELS * patch * patch, width, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        pixels = embed(self.pixel_embedding, tokens).transpose(1, 2).unflatten(2, (self.rows, self.columns))
        # Rows of unit length, as those of a token embedding are at the start of training.
        return rms_norm(self.proj(to_patches(self.convs(pixels), self.patch))) / self.scale


class PatchDecoder(nn.Module):
    """States [B, H W / p^2, D] -> logits of pixels [B, H W, V]."""

    def __init__(self, vocab: int, width: int, rows: int, columns: int, patch: int) -> None:
        super().__init__()
        self.rows, self.columns, self.patch = rows, columns, patch
        self.proj = nn.Linear(width, vocab * patch * patch, bias=False)

    def forward(self, h: Tensor) -> Tensor:
        return to_pixels(self.proj(h), self.patch, self.rows, self.columns).flatten(2).transpose(1, 2)
