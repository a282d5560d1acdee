"""The whole network: embeddings, core, decoder and the two heads that judge a trajectory."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gramsolve.model.config import SYMBOLIC, ModelConfig
from gramsolve.model.core import Condition, Core, LatentState
from gramsolve.model.grid_conv import GridConvEmbedding
from gramsolve.model.layers import embed
from gramsolve.model.message_passing import PairEmbedding, SymbolDecoder, SymbolEmbedding
from gramsolve.model.patches import PatchDecoder, PatchEmbedding

HALT_BIAS = -4.0
"""The halt head starts out sure that nothing is right, so that early rollouts run to full depth."""


class TrajectoryHeads(nn.Module):
    """Reads a whole state and says two numbers: a halt logit and a value. [B, L, D] -> ([B], [B]).

    The paper reads the first position of h. Its gradient must not reach the core, so nothing would teach the core to
    gather the board's doubt there; pooling a small layer over all positions, by mean and by maximum, finds it where
    it is.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.feature_proj = nn.Linear(width, width)
        self.output = nn.Linear(2 * width, 2)
        nn.init.zeros_(self.output.weight)
        with torch.no_grad():
            self.output.bias.copy_(torch.tensor([HALT_BIAS, 0.5]))

    def pool(self, h: Tensor) -> Tensor:
        """[B, L, D] -> [B, 2 D]."""
        features = F.silu(self.feature_proj(h))
        return torch.cat((features.mean(1), features.amax(1)), dim=-1)

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        # A sum for each row, because a product of so few rows rounds differently with their number, and a trajectory
        # is to get the same bits alone and in company.
        halt, value = ((self.pool(h).unsqueeze(-2) * self.output.weight).sum(-1) + self.output.bias).unbind(-1)
        return halt, value


def expected_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Shapes of a few weights in which every size of the config shows.

    Weights from a file are compared with these before a model is built: a config may ask for more memory than there
    is, and building on the meta device instead costs a second of imports.
    """
    width, first, last = config.width, "core.high.0", f"core.high.{config.blocks - 1}"
    relational = config.mixer in SYMBOLIC
    shapes: dict[str, tuple[int, ...]] = {
        "z0_h": (1 if relational else config.length, width),
        "prefix": (config.prefix, width),
    }
    if relational:
        shapes[f"{last}.down_proj.weight"] = (width, config.hidden)
    else:
        shapes[f"{last}.mlp.gate_up_proj.weight"] = (2 * config.hidden, width)
    if config.patch == 1 and not relational:
        shapes["input_embedding.weight"] = (config.input_vocab, width)
        shapes["decoder.weight"] = (config.output_vocab, width)
    if config.rule_ids:
        shapes["rule_embedding.weight"] = (config.rule_ids + 1, config.rule_size)
    if config.mixer == "sequence":
        shapes[f"{first}.mixer.gate_up_proj.weight"] = (2 * (config.mixer_hidden or 2 * config.length), config.length)
    if config.mixer == "grid_conv":
        shapes["input_embedding.header_embedding.weight"] = (config.input_vocab, width)
        shapes["input_embedding.header_position"] = (config.header, width)
        shapes[f"{first}.mixer.offset_kernel"] = (config.heads, (2 * config.rows - 1) * (2 * config.columns - 1))
    if config.guidance != "none":
        part = "log_sigma" if config.guidance == "noise" else "mean"
        shapes[f"core.guidance.prior_head.{part}.gate_up_proj.weight"] = (2 * (config.guidance_hidden or width), width)
    return shapes


def as_inputs(tokens: npt.NDArray[np.uint8], rule_ids: npt.NDArray[np.integer] | None = None) -> Tensor:
    """Input tokens [B, L_in], with numbers of rules [B] as a last column where there are any: int64 [B, L_in (+ 1)]."""
    if rule_ids is not None:
        return torch.from_numpy(np.column_stack((tokens, rule_ids)).astype(np.int64))
    return torch.from_numpy(tokens.astype(np.int64))


class GRAM(nn.Module):
    """Generative recursive reasoning model over tokens.

    Methods are the pieces of one supervision step; training and inference put them together. All are pure functions
    of weights and arguments.
    """

    z0_h: Tensor
    z0_l: Tensor

    def __init__(self, config: ModelConfig, seed: int = 0) -> None:
        """``seed`` alone decides the initial weights and z_0."""
        super().__init__()
        self.config = config
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.scale = math.sqrt(config.width)
            self.input_embedding = self._input_embedding()
            self.target_embedding = self._embedding(config.output_vocab, config.output_length)
            for table in (self.input_embedding, self.target_embedding):
                if isinstance(table, nn.Embedding):
                    nn.init.normal_(table.weight, std=1 / self.scale)
            self.rule_embedding: nn.Embedding | None = None
            if config.rule_ids:
                self.rule_embedding = nn.Embedding(config.rule_ids + 1, config.rule_size)
                nn.init.zeros_(self.rule_embedding.weight)
            self.prefix = nn.Parameter(torch.randn(config.prefix, config.width) / self.scale)
            self.core = Core(config)
            self.decoder = self._decoder()
            self.heads = TrajectoryHeads(config.width)
            # A start that told positions apart would break the symmetry that these mixers keep.
            places = 1 if config.mixer in SYMBOLIC else config.length
            self.register_buffer("z0_h", torch.randn(places, config.width))
            self.register_buffer("z0_l", torch.randn(places if config.hierarchical else 0, config.width))

    def _input_embedding(self) -> nn.Module:
        config = self.config
        if config.mixer == "grid_conv":
            return GridConvEmbedding(config)
        return PairEmbedding(config) if config.pairs else self._embedding(config.input_vocab, config.input_length)

    def _embedding(self, vocab: int, length: int) -> nn.Module:
        config = self.config
        if config.mixer in SYMBOLIC:
            return SymbolEmbedding(vocab, config)
        if config.patch > 1 and length == config.output_length:
            return PatchEmbedding(vocab, config.width, config.rows, config.columns, config.patch)
        return nn.Embedding(vocab, config.width)

    def _decoder(self) -> nn.Module:
        config = self.config
        if config.mixer in SYMBOLIC:
            return SymbolDecoder(config.output_vocab, config)
        if config.patch > 1:
            return PatchDecoder(config.output_vocab, config.width, config.rows, config.columns, config.patch)
        return nn.Linear(config.width, config.output_vocab, bias=False)

    def place(self, embedded: Tensor, rule_id: Tensor | None = None) -> Tensor:
        """Embedded tokens [B, n, D] on the sequence: [B, L, D], prefix first, missing tail positions zero."""
        prefix = self.prefix.expand(len(embedded), -1, -1)
        if rule_id is not None and self.rule_embedding is not None:
            prefix = prefix + self.rule_embedding(rule_id).unflatten(-1, prefix.shape[1:])
        missing = self.config.length - prefix.shape[1] - embedded.shape[1]
        return self.scale * F.pad(torch.cat((prefix, embedded), dim=1), (0, 0, 0, missing))

    def embed(self, inputs: Tensor) -> Condition:
        """Input tokens int64 [B, L_in] -> e_x [B, L, D] and, for graphs, their adjacency; computed once a trajectory.

        A model with rule_ids takes [B, L_in + 1], the number of the rule in the last column.
        """
        if isinstance(self.input_embedding, PairEmbedding):
            embedded, adjacency = self.input_embedding(inputs)
            return Condition(self.place(embedded), adjacency)
        if isinstance(self.input_embedding, GridConvEmbedding):
            rule = None if self.rule_embedding is None else self.rule_embedding(inputs[:, -1])
            tokens = inputs[:, : self.config.input_length]
            return Condition(self.scale * self.input_embedding(tokens, rule))
        if self.rule_embedding is None:
            return Condition(self.place(self._embedded(self.input_embedding, inputs)))
        return Condition(self.place(self._embedded(self.input_embedding, inputs[:, :-1]), inputs[:, -1]))

    def embed_target(self, targets: Tensor) -> Tensor:
        """Target tokens int64 [B, L_out] -> e_y [B, L, D], for the posterior."""
        return self.place(self._embedded(self.target_embedding, targets))

    @staticmethod
    def _embedded(embedding: nn.Module, tokens: Tensor) -> Tensor:
        return embed(embedding, tokens) if isinstance(embedding, nn.Embedding) else embedding(tokens)

    def initial_state(self, batch: int, noise: Tensor | None = None) -> LatentState:
        """z_0 for ``batch`` trajectories: the stored one, or standard normal ``noise`` of ``initial_noise_shape``."""
        length = self.config.length
        low = length if self.config.hierarchical else 0
        if noise is not None:
            return LatentState(noise[:, :length], noise[:, length:])
        return LatentState(self.z0_h.expand(batch, length, -1), self.z0_l.expand(batch, low, -1))

    def initial_noise_shape(self, batch: int) -> tuple[int, int, int]:
        """Shape of the noise that a drawn z_0 is made of: [B, L (h), then L (l) where there is one; D]."""
        return batch, (2 if self.config.hierarchical else 1) * self.config.length, self.config.width

    def decode(self, state: LatentState) -> Tensor:
        """Logits [B, L_out, V] from h alone."""
        if self.config.mixer in SYMBOLIC:
            return self.decoder(state.h)
        start = self.config.prefix
        return self.decoder(state.h[:, start : start + self.config.output_positions])

    def noise_shape(self, batch: int, steps: int = 1) -> tuple[int, int, int, int]:
        """Shape of the standard normal noise that so many supervision steps take: [steps * T, B, L, D]."""
        return steps * self.config.transitions, batch, self.config.length, self.config.width
