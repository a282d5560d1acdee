"""Boards whose symbols are interchangeable: one state for every candidate (position, symbol), the same weights for all.

A task may say which tokens can be renamed among themselves (digits, colours), and in which groups positions stand to
each other (rows, columns, boxes), in groups whose members are interchangeable too. A candidate then hears from

* the candidates of its own symbol in each group it belongs to, family by family,
* the candidates of its own symbol at the positions that the input joins it to, one type of edge at a time,
  where the input is a graph over the positions, and
* the candidates of the other symbols at its own position,

each as a sum over the group divided by the root of its size, and nothing else. Renaming symbols, or moving positions
so that groups become groups of a family of the same kind, moves the states with them and changes nothing else: what a
network without this structure has to learn from augmented data holds here exactly. Candidates are numbered position by
position, C = L * S of them for L positions and S symbols.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gramsolve.model.config import ModelConfig
from gramsolve.model.layers import embed, is_memory_bound, rms_norm, swiglu

IS_SYMBOL, IS_ANOTHER, NO_SYMBOL = 0, 1, 2
"""What a token means to a candidate; tokens that are no symbol follow the last."""


class MessagePassingBlock(nn.Module):
    """A SwiGLU per candidate whose inner layer also hears groups and neighbours. [B, C, D] -> [B, C, D]."""

    incidence: Tensor
    membership: Tensor
    groups: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.symbols, self.group_types, self.gate = config.symbols, config.group_types, config.gate
        self.self_proj = nn.Linear(config.width, 2 * config.hidden, bias=False)
        self.symbol_proj = nn.Linear(config.width, 2 * config.hidden, bias=False)
        self.group_proj = nn.ModuleList(
            nn.Linear(config.width, 2 * config.hidden, bias=False) for _ in range(len(set(config.group_types)))
        )
        self.edge_proj = nn.ModuleList(
            nn.Linear(config.width, 2 * config.hidden, bias=False) for _ in range(edge_types(config))
        )
        self.down_proj = nn.Linear(config.hidden, config.width, bias=False)
        groups = torch.tensor(config.groups, dtype=torch.long).reshape(-1, config.output_length)
        if not len(groups):
            return
        self.register_buffer("groups", groups, persistent=False)
        belongs = F.one_hot(groups, 1 + max(map(max, config.groups))).float()  # [groups, positions, groups]
        sums = belongs.transpose(1, 2)
        self.register_buffer("incidence", sums / sums.sum(-1, keepdim=True).clamp(min=1).sqrt(), persistent=False)
        self.register_buffer("membership", belongs.transpose(0, 1).flatten(1), persistent=False)

    def forward(self, x: Tensor, adjacency: Tensor | None = None) -> Tensor:
        """``adjacency`` [B, E, N, N] as ``PairEmbedding`` makes them."""
        cells = x.unflatten(1, (-1, self.symbols))
        board, apart = cells.flatten(2), (self.symbols, -1)
        if adjacency is not None and is_memory_bound(x):
            return self.outcome(x, self.linked(cells, adjacency))
        # Added to in place: the inner layer is by far the largest tensor, and memory is what a step waits for.
        inner = self.self_proj(cells)
        inner += self.symbol_proj(cells.sum(2, keepdim=True) / math.sqrt(self.symbols))
        if len(self.group_proj):
            every = self.incidence.flatten(0, 1).to(x.dtype).expand(len(x), -1, -1)
            heard = torch.bmm(every, board).unflatten(1, self.incidence.shape[:2])
            told = [self.group_proj[kind](heard[:, i].unflatten(-1, apart)) for i, kind in enumerate(self.group_types)]
            if torch.compiler.is_compiling():  # Fuses copies and sums into one pass over the inner layer.
                for i, words in enumerate(told):
                    inner = inner + words[:, self.groups[i]]
            else:  # One product is one pass too.
                spread = self.membership.to(inner.dtype).expand(len(x), -1, -1)
                inner.flatten(2).baddbmm_(spread, torch.cat(told, 1).flatten(2))
        if adjacency is not None:
            for kind, layer in enumerate(self.edge_proj):
                heard = torch.bmm(adjacency[:, kind].to(x.dtype), board)
                inner += layer(heard.unflatten(-1, apart))
        return self.outcome(x, inner)

    def linked(self, cells: Tensor, adjacency: Tensor) -> Tensor:
        """The inner layer of a graph as one product of all that a candidate hears: [B, N, S, D] -> [B, N, S, 2 hidden].
        More arithmetic than a product each, and a fourth of the passes over it."""
        others = (cells.sum(2, keepdim=True) / math.sqrt(self.symbols)).expand_as(cells)
        heard = torch.bmm(adjacency.to(cells.dtype).flatten(1, 2), cells.flatten(2)).unflatten(1, adjacency.shape[1:3])
        words = [words.view_as(cells) for words in heard.unbind(1)]
        weights = [layer.weight for layer in (self.self_proj, self.symbol_proj, *self.edge_proj)]
        return F.linear(torch.cat((cells, others, *words), -1), torch.cat(weights, 1))

    def outcome(self, x: Tensor, inner: Tensor) -> Tensor:
        """States [B, C, D] and their inner layer [B, L, S, 2 hidden] -> new states."""
        gate, value = inner.flatten(1, 2).chunk(2, dim=-1)
        return rms_norm(x + self.down_proj(swiglu(gate, value, self.gate)))


class SymbolEmbedding(nn.Module):
    """Tokens [B, L] -> what they mean to every candidate [B, C, D]: this symbol, another one, or no symbol."""

    def __init__(self, vocab: int, config: ModelConfig) -> None:
        super().__init__()
        first, symbols = config.first_symbol, config.symbols
        self.role_embedding = nn.Embedding(NO_SYMBOL + vocab - symbols, config.width)
        nn.init.normal_(self.role_embedding.weight, std=1 / math.sqrt(config.width))
        tokens = torch.arange(vocab)
        is_symbol = (tokens >= first) & (tokens < first + symbols)
        rank = NO_SYMBOL + torch.where(tokens < first, tokens, tokens - symbols)
        table = torch.where(is_symbol, IS_ANOTHER, rank)[:, None].repeat(1, symbols)
        table[first + torch.arange(symbols), torch.arange(symbols)] = IS_SYMBOL
        self.register_buffer("roles", table, persistent=False)

    roles: Tensor

    def forward(self, tokens: Tensor) -> Tensor:
        return embed(self.role_embedding, self.roles[tokens].flatten(1))


class PairEmbedding(nn.Module):
    """Tokens of all pairs of positions [B, N (N - 1) / 2] -> (what they mean to every candidate [B, C, D], adjacency).

    A candidate learns here only whether its position exists. ``adjacency`` [B, E, N, N] has, for each token from 1,
    the positions it joins, each row divided by the root of its sum. The weights do not depend on N.
    """

    pair_index: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.symbols, self.group_types = config.symbols, edge_types(config)
        self.presence_embedding = nn.Embedding(2, config.width)
        nn.init.normal_(self.presence_embedding.weight, std=1 / math.sqrt(config.width))
        count = config.output_length
        first, second = torch.triu_indices(count, count, 1)
        places = torch.full((count, count), len(first))  # A position is no pair with itself: that is one more token.
        places[first, second] = places[second, first] = torch.arange(len(first))
        self.register_buffer("pair_index", places, persistent=False)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        matrix = F.pad(tokens, (0, 1))[:, self.pair_index]  # [B, N, N]
        kinds = torch.arange(1, self.group_types + 1, device=tokens.device)
        adjacency = (matrix[:, None] == kinds[:, None, None]).float()
        adjacency = adjacency / adjacency.sum(-1, keepdim=True).clamp(min=1).sqrt()
        present = (matrix > 0).any(-1).long()
        return embed(self.presence_embedding, present).repeat_interleave(self.symbols, dim=1), adjacency


def edge_types(config: ModelConfig) -> int:
    """Tokens that join two positions."""
    return config.input_vocab - 1 if config.pairs else 0


class SymbolDecoder(nn.Module):
    """States of candidates [B, C, D] -> logits [B, L, V]: one of each symbol by its own candidate, those of the other
    tokens by the mean of all candidates at the position."""

    def __init__(self, vocab: int, config: ModelConfig) -> None:
        super().__init__()
        self.first, self.symbols = config.first_symbol, config.symbols
        self.symbol_proj = nn.Linear(config.width, 1, bias=False)
        self.other_proj = nn.Linear(config.width, vocab - config.symbols)

    def forward(self, h: Tensor) -> Tensor:
        cells = h.unflatten(1, (-1, self.symbols))
        before, after = self.other_proj(cells.mean(2)).tensor_split([self.first], dim=-1)
        return torch.cat((before, self.symbol_proj(cells).squeeze(-1), after), dim=-1)
