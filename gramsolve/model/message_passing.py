"""Message passing: one state for every candidate (position, symbol), and shared weights for all candidates.

A task may say which tokens can be renamed among themselves (digits, colours), and in which groups positions stand to
each other (rows, columns, boxes), in families whose groups are interchangeable. A candidate receives messages from

* the candidates of its own symbol in each group it belongs to, one family of groups at a time,
* the candidates of its own symbol at the positions that the input joins it to, one type of edge at a time, where the
  input is a graph over the positions, and
* the candidates of the other symbols at its own position,

each a sum over the senders divided by the root of their number, and nothing else. Renaming symbols, or moving positions
so that groups become groups of a family of equal type, moves the states along and changes nothing else: the
symmetry that other networks learn from augmented data holds exactly. Candidates are numbered position by position,
C = L_out S of them for L_out positions and S symbols. F is the number of families, E the number of types of edges.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gramsolve.model.config import ModelConfig
from gramsolve.model.core import Condition
from gramsolve.model.encoder import Encoder
from gramsolve.model.layers import Embedding, is_memory_bound, rms_norm, swiglu
from gramsolve.model.mixer import Mixer, Shapes
from gramsolve.model.mixer_config import GridConvConfig, MessagePassingConfig

IS_SYMBOL, IS_ANOTHER, NO_SYMBOL = 0, 1, 2
"""The role of a token for a candidate; roles of tokens that are no symbol follow the last."""


class MessagePassingBlock(nn.Module):
    """A SwiGLU for each candidate whose inner layer also receives messages. [B, C, D] -> [B, C, D]."""

    incidence: Tensor
    membership: Tensor
    group_index: Tensor

    def __init__(self, config: ModelConfig, mixer: MessagePassingConfig) -> None:
        super().__init__()
        self.symbols, self.group_types, self.gate = mixer.symbols, mixer.group_types, config.gate
        width, inner = config.width, 2 * config.hidden
        self.self_proj = nn.Linear(width, inner, bias=False)
        self.symbol_proj = nn.Linear(width, inner, bias=False)
        types = len(set(mixer.group_types))
        self.group_proj = nn.ModuleList(nn.Linear(width, inner, bias=False) for _ in range(types))
        self.edge_proj = nn.ModuleList(nn.Linear(width, inner, bias=False) for _ in range(edge_types(config, mixer)))
        self.down_proj = nn.Linear(config.hidden, width, bias=False)
        groups = torch.tensor(mixer.groups, dtype=torch.long).reshape(-1, config.output_length)
        if not len(groups):
            return
        self.register_buffer("group_index", groups, persistent=False)
        belongs = F.one_hot(groups, 1 + max(map(max, mixer.groups))).float()  # [F, L_out, groups]
        sums = belongs.transpose(1, 2)
        self.register_buffer("incidence", sums / sums.sum(-1, keepdim=True).clamp(min=1).sqrt(), persistent=False)
        self.register_buffer("membership", belongs.transpose(0, 1).flatten(1), persistent=False)

    def forward(self, x: Tensor, adjacency: Tensor | None = None) -> Tensor:
        """``adjacency`` [B, E, N, N] as ``PairEmbedding`` makes it."""
        cells = x.unflatten(1, (-1, self.symbols))
        board, per_symbol = cells.flatten(2), (self.symbols, -1)
        if adjacency is not None and is_memory_bound(x):
            return self.update(x, self.inner_of_graph(cells, adjacency))
        # Added to in place: the inner layer is by far the largest tensor, and memory limits the speed of a step.
        inner = self.self_proj(cells)
        inner += self.symbol_proj(cells.sum(2, keepdim=True) / math.sqrt(self.symbols))
        if len(self.group_proj):
            incidence = self.incidence.flatten(0, 1).to(x.dtype).expand(len(x), -1, -1)
            sums = torch.bmm(incidence, board).unflatten(1, self.incidence.shape[:2])
            messages = [
                self.group_proj[kind](sums[:, i].unflatten(-1, per_symbol)) for i, kind in enumerate(self.group_types)
            ]
            if torch.compiler.is_compiling():  # Fuses copies and sums into one pass over the inner layer.
                for i, message in enumerate(messages):
                    inner = inner + message[:, self.group_index[i]]
            else:  # One product is one pass too.
                membership = self.membership.to(inner.dtype).expand(len(x), -1, -1)
                inner.flatten(2).baddbmm_(membership, torch.cat(messages, 1).flatten(2))
        if adjacency is not None:
            for kind, layer in enumerate(self.edge_proj):
                sums = torch.bmm(adjacency[:, kind].to(x.dtype), board)
                inner += layer(sums.unflatten(-1, per_symbol))
        return self.update(x, inner)

    def inner_of_graph(self, cells: Tensor, adjacency: Tensor) -> Tensor:
        """The inner layer of a graph as one product of all messages: [B, N, S, D] -> [B, N, S, 2 hidden].

        More arithmetic than a product for each message, and a fourth of the passes over memory.
        """
        others = (cells.sum(2, keepdim=True) / math.sqrt(self.symbols)).expand_as(cells)
        sums = torch.bmm(adjacency.to(cells.dtype).flatten(1, 2), cells.flatten(2)).unflatten(1, adjacency.shape[1:3])
        messages = [message.view_as(cells) for message in sums.unbind(1)]
        weights = [layer.weight for layer in (self.self_proj, self.symbol_proj, *self.edge_proj)]
        return F.linear(torch.cat((cells, others, *messages), -1), torch.cat(weights, 1))

    def update(self, x: Tensor, inner: Tensor) -> Tensor:
        """States [B, C, D] and their inner layer [B, L_out, S, 2 hidden] -> new states."""
        gate, value = inner.flatten(1, 2).chunk(2, dim=-1)
        return rms_norm(x + self.down_proj(swiglu(gate, value, self.gate)))


class SymbolEmbedding(nn.Module):
    """Tokens [B, L_out] -> their role for every candidate [B, C, D]: this symbol, another one, or no symbol."""

    roles: Tensor

    def __init__(self, vocab: int, config: ModelConfig, mixer: MessagePassingConfig | GridConvConfig) -> None:
        super().__init__()
        first, symbols = mixer.first_symbol, mixer.symbols
        self.role_embedding = Embedding(NO_SYMBOL + vocab - symbols, config.width)
        nn.init.normal_(self.role_embedding.weight, std=1 / math.sqrt(config.width))
        tokens = torch.arange(vocab)
        is_symbol = (tokens >= first) & (tokens < first + symbols)
        rank = NO_SYMBOL + torch.where(tokens < first, tokens, tokens - symbols)
        roles = torch.where(is_symbol, IS_ANOTHER, rank)[:, None].repeat(1, symbols)
        roles[first + torch.arange(symbols), torch.arange(symbols)] = IS_SYMBOL
        self.register_buffer("roles", roles, persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.role_embedding(self.roles[tokens].flatten(1))


class PairEmbedding(nn.Module):
    """Tokens of all pairs of positions [B, N (N - 1) / 2] -> (states of every candidate [B, C, D], adjacency).

    A state says only whether its position exists. ``adjacency`` [B, E, N, N] has, for each token from 1, the positions
    it joins, each row divided by the root of its sum. The weights do not depend on N.
    """

    pair_index: Tensor

    def __init__(self, config: ModelConfig, mixer: MessagePassingConfig) -> None:
        super().__init__()
        self.symbols, self.edge_types = mixer.symbols, edge_types(config, mixer)
        self.presence_embedding = Embedding(2, config.width)
        nn.init.normal_(self.presence_embedding.weight, std=1 / math.sqrt(config.width))
        count = config.output_length
        first, second = torch.triu_indices(count, count, 1)
        index = torch.full((count, count), len(first))  # A position is no pair with itself: that is one more token.
        index[first, second] = index[second, first] = torch.arange(len(first))
        self.register_buffer("pair_index", index, persistent=False)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        matrix = F.pad(tokens, (0, 1))[:, self.pair_index]  # [B, N, N]
        types = torch.arange(1, self.edge_types + 1, device=tokens.device)
        adjacency = (matrix[:, None] == types[:, None, None]).float()
        adjacency = adjacency / adjacency.sum(-1, keepdim=True).clamp(min=1).sqrt()
        present = (matrix > 0).any(-1).long()
        return self.presence_embedding(present).repeat_interleave(self.symbols, dim=1), adjacency


def edge_types(config: ModelConfig, mixer: MessagePassingConfig) -> int:
    """E, the number of tokens that join two positions."""
    return config.input_vocab - 1 if mixer.pairs else 0


class SymbolDecoder(nn.Module):
    """States of candidates [B, C, D] -> logits [B, L_out, V]: that of a symbol from its own candidate, those of other
    tokens from the mean of all candidates at the position."""

    def __init__(self, config: ModelConfig, mixer: MessagePassingConfig | GridConvConfig) -> None:
        super().__init__()
        self.first, self.symbols = mixer.first_symbol, mixer.symbols
        self.symbol_proj = nn.Linear(config.width, 1, bias=False)
        self.other_proj = nn.Linear(config.width, config.output_vocab - mixer.symbols)

    def forward(self, h: Tensor) -> Tensor:
        cells = h.unflatten(1, (-1, self.symbols))
        before, after = self.other_proj(cells.mean(2)).tensor_split([self.first], dim=-1)
        return torch.cat((before, self.symbol_proj(cells).squeeze(-1), after), dim=-1)


class BoardEncoder(Encoder):
    """Inputs are boards like outputs."""

    def __init__(self, config: ModelConfig, mixer: MessagePassingConfig) -> None:
        inputs = SymbolEmbedding(config.input_vocab, config, mixer)
        super().__init__(config, inputs, SymbolEmbedding(config.output_vocab, config, mixer), rule_size=0)


class GraphEncoder(Encoder):
    """Inputs are graphs over the positions of the output."""

    def __init__(self, config: ModelConfig, mixer: MessagePassingConfig) -> None:
        inputs = PairEmbedding(config, mixer)
        super().__init__(config, inputs, SymbolEmbedding(config.output_vocab, config, mixer), rule_size=0)

    def forward(self, inputs: Tensor) -> Condition:
        embedded, adjacency = self.input_embedding(inputs)
        return Condition(self.place(embedded), adjacency)


def encoder(config: ModelConfig, mixer: MessagePassingConfig) -> Encoder:
    """The encoder of boards or of graphs."""
    return GraphEncoder(config, mixer) if mixer.pairs else BoardEncoder(config, mixer)


def expected_shapes(config: ModelConfig, mixer: MessagePassingConfig) -> Shapes:
    """Shapes of weights in which the sizes of a block show."""
    return {
        "encoder.prefix": (0, config.width),
        f"core.high.{config.blocks - 1}.down_proj.weight": (config.width, config.hidden),
    }


MIXER = Mixer(encoder, MessagePassingBlock, SymbolDecoder, expected_shapes)
