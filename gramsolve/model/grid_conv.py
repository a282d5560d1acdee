"""Pictures whose colours are interchangeable: one plane of states for every symbol, and the same weights for all.

Offsets between positions matter here, unlike in ``message_passing.py``:
a candidate (position, symbol) hears its own symbol everywhere, through kernels that depend on how far away that is in
each direction, and the candidates of the other symbols at its own position. Renaming symbols renames the states and
changes nothing else. Kernels are those of a convolution as large as the grid, one for each of ``heads`` groups of
channels, with a learned correction for every pair of places: a rule that looks at neighbours is learned once for all
places, one that tiles or halves a grid can still be learned.

Inputs may be longer than outputs: a header follows the grid. A symbol in it names that symbol's candidates, which are
told the vector of the header's place; that is how the colours of a recoloured puzzle are known for what they were.
Any other token of a header is told to everybody. Rules with embeddings of their own (``rule_ids``) have one vector
for everybody and one for each place of the header.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from gramsolve.model.config import ModelConfig
from gramsolve.model.layers import embed, rms_norm, swiglu
from gramsolve.model.message_passing import SymbolEmbedding

REACH = 1.5
"""How far, in cells, a kernel hears at the start of training."""


class GridConv(nn.Module):
    """Hear the own plane through one kernel for each group of channels. [B, L, S, D] -> [B, L, S, D]."""

    offsets: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        rows, columns, self.heads = config.rows, config.columns, config.heads
        down, right = 2 * rows - 1, 2 * columns - 1
        y, x = torch.meshgrid(torch.arange(down) - rows + 1, torch.arange(right) - columns + 1, indexing="ij")
        reach = torch.exp(-(y.square() + x.square()).sqrt() / REACH).flatten()
        self.offset_kernel = nn.Parameter(torch.randn(self.heads, down * right) * reach / reach.square().sum().sqrt())
        self.position_bias = nn.Parameter(torch.zeros(self.heads, rows * columns, rows * columns))
        row, column = torch.arange(rows * columns) // columns, torch.arange(rows * columns) % columns
        offsets = (row[:, None] - row + rows - 1) * right + column[:, None] - column + columns - 1
        self.register_buffer("offsets", offsets, persistent=False)

    def forward(self, cells: Tensor) -> Tensor:
        kernels = (self.offset_kernel[:, self.offsets] + self.position_bias).to(cells.dtype)  # [heads, L, L]
        batch, _, symbols, _ = cells.shape
        groups = cells.unflatten(-1, (self.heads, -1)).permute(3, 1, 0, 2, 4).flatten(2)  # [heads, L, B S d]
        heard = torch.bmm(kernels, groups).unflatten(2, (batch, symbols, -1))
        return heard.permute(2, 1, 3, 0, 4).flatten(3)


class GridConvBlock(nn.Module):
    """A SwiGLU per candidate whose inner layer also hears its plane and the other symbols. [B, C, D] -> [B, C, D]."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.symbols, self.gate = config.symbols, config.gate
        self.mixer = GridConv(config)
        self.self_proj = nn.Linear(2 * config.width, 2 * config.hidden, bias=False)
        self.symbol_proj = nn.Linear(config.width, 2 * config.hidden, bias=False)
        self.down_proj = nn.Linear(config.hidden, config.width, bias=False)

    def forward(self, x: Tensor, adjacency: Tensor | None = None) -> Tensor:
        """``adjacency`` belong to the message_passing mixer."""
        cells = x.unflatten(1, (-1, self.symbols))
        inner = self.self_proj(torch.cat((cells, self.mixer(cells)), dim=-1))
        inner += self.symbol_proj(cells.sum(2, keepdim=True) / math.sqrt(self.symbols))
        gate, value = inner.flatten(1, 2).chunk(2, dim=-1)
        return rms_norm(x + self.down_proj(swiglu(gate, value, self.gate)))


class GridConvEmbedding(SymbolEmbedding):
    """Grid and header [B, L + n], and the vectors of the rule [B, (1 + n) D] if there are rules -> [B, C, D]."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config.input_vocab, config)
        self.first, self.symbols, self.length = config.first_symbol, config.symbols, config.output_length
        self.header = config.header
        self.header_embedding = nn.Embedding(config.input_vocab, config.width)
        self.header_position = nn.Parameter(torch.randn(self.header, config.width) / math.sqrt(config.width))
        nn.init.normal_(self.header_embedding.weight, std=1 / math.sqrt(config.width))

    def forward(self, tokens: Tensor, rule: Tensor | None = None) -> Tensor:
        grid, header = tokens.split((self.length, self.header), dim=1)
        x = super().forward(grid).unflatten(1, (self.length, self.symbols))
        named = self.header_position.expand(len(tokens), -1, -1)
        told = x.new_zeros(len(tokens), 1, x.shape[-1])
        if rule is not None:
            everybody, each = rule.unflatten(-1, (1 + self.header, -1)).split((1, self.header), dim=1)
            named, told = named + each, told + everybody
        names = header.unsqueeze(1) == self.first + torch.arange(self.symbols, device=header.device)[:, None]
        others = ~names.any(1, keepdim=True)  # [B, 1, n]
        told = (
            told
            + torch.bmm(others.to(x.dtype), embed(self.header_embedding, header))
            + torch.bmm(names.to(x.dtype), named)
        )
        return (x + told.unsqueeze(1)).flatten(1, 2)
