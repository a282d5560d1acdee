"""From tokens to positions of the state: e_x, which stands for the input, and e_y, which stands for the target.

``Encoder`` is what all mixers share. ``TokenEncoder`` and ``TokenDecoder`` serve mixers whose positions are tokens.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gramsolve.model.config import ModelConfig
from gramsolve.model.core import Condition
from gramsolve.model.layers import Embedding
from gramsolve.model.mixer import Shapes
from gramsolve.model.mixer_config import MixerConfig
from gramsolve.model.patches import PatchDecoder, PatchEmbedding


class Encoder(nn.Module):
    """Embeddings of inputs, targets and rules, placed on the L positions of the state.

    ``rule_size`` is the number of values that describe a rule. Without a prefix the parameter of the prefix is empty.
    """

    def __init__(
        self, config: ModelConfig, input_embedding: nn.Module, target_embedding: nn.Module, rule_size: int
    ) -> None:
        super().__init__()
        self.length, self.scale = config.length, math.sqrt(config.width)
        self.input_embedding, self.target_embedding = input_embedding, target_embedding
        self.rule_embedding: nn.Embedding | None = None
        if config.rule_ids:
            self.rule_embedding = nn.Embedding(config.rule_ids + 1, rule_size)
            nn.init.zeros_(self.rule_embedding.weight)
        self.prefix = nn.Parameter(torch.randn(config.prefix, config.width) / self.scale)

    def forward(self, inputs: Tensor) -> Condition:
        """Input tokens int64 [B, L_in], with the number of the rule as a further column where there are rules."""
        if self.rule_embedding is None:
            return Condition(self.place(self.input_embedding(inputs)))
        return Condition(self.place(self.input_embedding(inputs[:, :-1]), self.rule_embedding(inputs[:, -1])))

    def target(self, targets: Tensor) -> Tensor:
        """Target tokens int64 [B, L_out] -> e_y [B, L, D]."""
        return self.place(self.target_embedding(targets))

    def place(self, embedded: Tensor, rule: Tensor | None = None) -> Tensor:
        """Embedded tokens [B, n, D] on the sequence: [B, L, D], prefix first, missing tail positions zero.

        ``rule`` [B, P D] is added to the prefix.
        """
        prefix = self.prefix.expand(len(embedded), -1, -1)
        if rule is not None:
            prefix = prefix + rule.unflatten(-1, prefix.shape[1:])
        missing = self.length - prefix.shape[1] - embedded.shape[1]
        return self.scale * F.pad(torch.cat((prefix, embedded), dim=1), (0, 0, 0, missing))


class TokenEncoder(Encoder):
    """A position for every token, or for every patch of them."""

    def __init__(self, config: ModelConfig, mixer: MixerConfig) -> None:
        inputs = self._embedding(config, config.input_vocab, config.input_length)
        targets = self._embedding(config, config.output_vocab, config.output_length)
        for table in (inputs, targets):
            if isinstance(table, nn.Embedding):
                nn.init.normal_(table.weight, std=1 / math.sqrt(config.width))
        super().__init__(config, inputs, targets, rule_size=config.prefix * config.width)

    @staticmethod
    def _embedding(config: ModelConfig, vocab: int, length: int) -> nn.Module:
        if config.patches is not None and length == config.output_length:
            return PatchEmbedding(vocab, config.width, config.patches)
        return Embedding(vocab, config.width)


class TokenDecoder(nn.Module):
    """States [B, L, D] -> logits [B, L_out, V] of the positions behind the prefix."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.positions = slice(config.prefix, config.prefix + config.output_positions)
        self.proj = nn.Linear(config.width, config.output_vocab, bias=False)

    def forward(self, h: Tensor) -> Tensor:
        return self.proj(h[:, self.positions])


def token_decoder(config: ModelConfig, mixer: MixerConfig) -> nn.Module:
    """The decoder that belongs to ``TokenEncoder``."""
    return TokenDecoder(config) if config.patches is None else PatchDecoder(config, config.patches)


def expected_shapes(config: ModelConfig) -> Shapes:
    """Shapes of weights in which the sizes of encoder, decoder and the channels of a block show."""
    shapes: dict[str, tuple[int, ...]] = {
        "encoder.prefix": (config.prefix, config.width),
        f"core.high.{config.blocks - 1}.mlp.gate_up_proj.weight": (2 * config.hidden, config.width),
    }
    if config.patches is None:
        shapes["encoder.input_embedding.weight"] = (config.input_vocab, config.width)
        shapes["decoder.proj.weight"] = (config.output_vocab, config.width)
    if config.rule_ids:
        shapes["encoder.rule_embedding.weight"] = (config.rule_ids + 1, config.prefix * config.width)
    return shapes
