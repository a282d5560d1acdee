"""Images: p x p pixels share one position of the sequence, so that a 28 x 28 picture is 49 positions and not 784."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from gramsolve.model.config import ModelConfig
from gramsolve.model.layers import Embedding, rms_norm
from gramsolve.model.mixer_config import PatchConfig

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

    def __init__(self, vocab: int, width: int, patches: PatchConfig) -> None:
        super().__init__()
        self.patches, self.scale = patches, math.sqrt(width)
        self.pixel_embedding = Embedding(vocab, CHANNELS)
        layers: list[nn.Module] = []
        for _ in range(2):
            layers += [nn.Conv2d(CHANNELS, CHANNELS, 5, padding=2), nn.SiLU(), nn.GroupNorm(GROUPS, CHANNELS)]
        self.convs = nn.Sequential(*layers)
        self.proj = nn.Linear(CHANNELS * patches.patch**2, width, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        layout = (self.patches.rows, self.patches.columns)
        pixels = self.pixel_embedding(tokens).transpose(1, 2).unflatten(2, layout)
        # Rows of unit length, as those of a token embedding are at the start of training.
        return rms_norm(self.proj(to_patches(self.convs(pixels), self.patches.patch))) / self.scale


class PatchDecoder(nn.Module):
    """States [B, L, D], whose positions behind the prefix are patches -> logits of pixels [B, H W, V]."""

    def __init__(self, config: ModelConfig, patches: PatchConfig) -> None:
        super().__init__()
        self.patches = patches
        self.positions = slice(config.prefix, config.prefix + config.output_positions)
        self.proj = nn.Linear(config.width, config.output_vocab * patches.patch**2, bias=False)

    def forward(self, h: Tensor) -> Tensor:
        pixels = to_pixels(self.proj(h[:, self.positions]), self.patches.patch, self.patches.rows, self.patches.columns)
        return pixels.flatten(2).transpose(1, 2)
