"""Grid convolution: states for every candidate (position, symbol) of a grid, and shared weights for all symbols.

Offsets between positions matter here, unlike in ``message_passing.py``. A candidate receives messages from its own
symbol at all positions, through kernels that depend on the offset, and from the candidates of the other symbols at its
own position. Renaming symbols renames the states and changes nothing else. Kernels are those of a convolution as large
as the grid, one for each of ``heads`` groups of channels, with a learned correction for every pair of positions: a rule
about neighbours is learned once for all positions, and a rule that tiles or halves a grid can still be learned.

Inputs may be longer than outputs: a header follows the grid. A symbol in the header adds the vector of its place in the
header to the candidates of that symbol; that is how a recoloured puzzle tells which colour is which. Any other token of
the header is added to all candidates. A rule with an embedding (``rule_ids``) has one vector for all candidates and one
for each place of the header.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from gramsolve.model.config import ModelConfig
from gramsolve.model.core import Condition
from gramsolve.model.encoder import Encoder
from gramsolve.model.layers import Embedding, rms_norm, swiglu
from gramsolve.model.message_passing import SymbolDecoder, SymbolEmbedding
from gramsolve.model.mixer import Mixer, Shapes
from gramsolve.model.mixer_config import GridConvConfig

REACH = 1.5
"""Decay length of a kernel, in cells, at the start of training."""


class GridConv(nn.Module):
    """Convolve every symbol's grid with one kernel for each group of channels. [B, L_out, S, D] -> [B, L_out, S, D]."""

    offsets: Tensor

    def __init__(self, mixer: GridConvConfig) -> None:
        super().__init__()
        rows, columns, self.heads = mixer.rows, mixer.columns, mixer.heads
        down, right = 2 * rows - 1, 2 * columns - 1
        y, x = torch.meshgrid(torch.arange(down) - rows + 1, torch.arange(right) - columns + 1, indexing="ij")
        reach = torch.exp(-(y.square() + x.square()).sqrt() / REACH).flatten()
        self.offset_kernel = nn.Parameter(torch.randn(self.heads, down * right) * reach / reach.square().sum().sqrt())
        self.position_bias = nn.Parameter(torch.zeros(self.heads, rows * columns, rows * columns))
        row, column = torch.arange(rows * columns) // columns, torch.arange(rows * columns) % columns
        offsets = (row[:, None] - row + rows - 1) * right + column[:, None] - column + columns - 1
        self.register_buffer("offsets", offsets, persistent=False)

    def forward(self, cells: Tensor) -> Tensor:
        kernels = (self.offset_kernel[:, self.offsets] + self.position_bias).to(cells.dtype)  # [heads, L_out, L_out]
        batch, _, symbols, _ = cells.shape
        groups = cells.unflatten(-1, (self.heads, -1)).permute(3, 1, 0, 2, 4).flatten(2)  # [heads, L_out, B S d]
        sums = torch.bmm(kernels, groups).unflatten(2, (batch, symbols, -1))
        return sums.permute(2, 1, 3, 0, 4).flatten(3)


class GridConvBlock(nn.Module):
    """A SwiGLU for each candidate whose inner layer also receives messages. [B, C, D] -> [B, C, D]."""

    def __init__(self, config: ModelConfig, mixer: GridConvConfig) -> None:
        super().__init__()
        self.symbols, self.gate = mixer.symbols, config.gate
        self.mixer = GridConv(mixer)
        self.self_proj = nn.Linear(2 * config.width, 2 * config.hidden, bias=False)
        self.symbol_proj = nn.Linear(config.width, 2 * config.hidden, bias=False)
        self.down_proj = nn.Linear(config.hidden, config.width, bias=False)

    def forward(self, x: Tensor, adjacency: Tensor | None = None) -> Tensor:
        """``adjacency`` is for message passing."""
        cells = x.unflatten(1, (-1, self.symbols))
        inner = self.self_proj(torch.cat((cells, self.mixer(cells)), dim=-1))
        inner += self.symbol_proj(cells.sum(2, keepdim=True) / math.sqrt(self.symbols))
        gate, value = inner.flatten(1, 2).chunk(2, dim=-1)
        return rms_norm(x + self.down_proj(swiglu(gate, value, self.gate)))


class GridConvEmbedding(SymbolEmbedding):
    """Grid and header [B, L_out + n], and the vectors of the rule [B, (1 + n) D] where there are rules -> [B, C, D]."""

    def __init__(self, config: ModelConfig, mixer: GridConvConfig) -> None:
        super().__init__(config.input_vocab, config, mixer)
        self.first, self.symbols, self.length = mixer.first_symbol, mixer.symbols, config.output_length
        self.header = config.header
        self.header_embedding = Embedding(config.input_vocab, config.width)
        self.header_position = nn.Parameter(torch.randn(self.header, config.width) / math.sqrt(config.width))
        nn.init.normal_(self.header_embedding.weight, std=1 / math.sqrt(config.width))

    def forward(self, tokens: Tensor, rule: Tensor | None = None) -> Tensor:
        grid, header = tokens.split((self.length, self.header), dim=1)
        x = super().forward(grid).unflatten(1, (self.length, self.symbols))
        of_place = self.header_position.expand(len(tokens), -1, -1)
        of_symbol = x.new_zeros(len(tokens), 1, x.shape[-1])
        if rule is not None:
            of_all, of_each = rule.unflatten(-1, (1 + self.header, -1)).split((1, self.header), dim=1)
            of_place, of_symbol = of_place + of_each, of_symbol + of_all
        names = header.unsqueeze(1) == self.first + torch.arange(self.symbols, device=header.device)[:, None]
        others = ~names.any(1, keepdim=True)  # [B, 1, n]
        of_symbol = of_symbol + torch.bmm(others.to(x.dtype), self.header_embedding(header))
        of_symbol = of_symbol + torch.bmm(names.to(x.dtype), of_place)
        return (x + of_symbol.unsqueeze(1)).flatten(1, 2)


class GridEncoder(Encoder):
    """Inputs are a grid like the output, and a header."""

    def __init__(self, config: ModelConfig, mixer: GridConvConfig) -> None:
        grid = GridConvEmbedding(config, mixer)
        target = SymbolEmbedding(config.output_vocab, config, mixer)
        super().__init__(config, grid, target, rule_size=rule_size(config))
        self.input_length = config.input_length

    def forward(self, inputs: Tensor) -> Condition:
        rule = None if self.rule_embedding is None else self.rule_embedding(inputs[:, -1])
        return Condition(self.scale * self.input_embedding(inputs[:, : self.input_length], rule))


def rule_size(config: ModelConfig) -> int:
    """Number of values that describe a rule."""
    return (1 + config.header) * config.width


def expected_shapes(config: ModelConfig, mixer: GridConvConfig) -> Shapes:
    """Shapes of weights in which the sizes of embedding and block show."""
    shapes: dict[str, tuple[int, ...]] = {
        "encoder.prefix": (0, config.width),
        f"core.high.{config.blocks - 1}.down_proj.weight": (config.width, config.hidden),
        "encoder.input_embedding.header_embedding.weight": (config.input_vocab, config.width),
        "encoder.input_embedding.header_position": (config.header, config.width),
        "core.high.0.mixer.offset_kernel": (mixer.heads, (2 * mixer.rows - 1) * (2 * mixer.columns - 1)),
    }
    if config.rule_ids:
        shapes["encoder.rule_embedding.weight"] = (config.rule_ids + 1, rule_size(config))
    return shapes


MIXER = Mixer(GridEncoder, GridConvBlock, SymbolDecoder, expected_shapes)
