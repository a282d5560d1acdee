"""The whole network: embeddings, core, decoder and the two heads that judge a trajectory."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gramsolve.model.config import ModelConfig
from gramsolve.model.core import Core, State

HALT_BIAS = -4.0
"""The halt head starts out sure that nothing is right, so that early rollouts run to full depth."""


class Judge(nn.Module):
    """Reads a whole state and says two numbers: a halt logit and a value. [B, L, D] -> ([B], [B]).

    The paper reads the first position of h. Its gradient must not reach the core, so nothing would teach the core to
    gather the board's doubt there; pooling a small layer over all positions, by mean and by maximum, finds it where
    it is.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.feature = nn.Linear(width, width)
        self.verdict = nn.Linear(2 * width, 2)
        nn.init.zeros_(self.verdict.weight)
        with torch.no_grad():
            self.verdict.bias.copy_(torch.tensor([HALT_BIAS, 0.5]))

    def pool(self, h: Tensor) -> Tensor:
        """[B, L, D] -> [B, 2 D]."""
        features = F.silu(self.feature(h))
        return torch.cat((features.mean(1), features.amax(1)), dim=-1)

    def forward(self, h: Tensor) -> tuple[Tensor, Tensor]:
        halt, value = self.verdict(self.pool(h)).unbind(-1)
        return halt, value


def landmarks(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Shapes of a few weights in which every size of the config shows.

    Weights from a file are compared with these before a model is built: a config may ask for more memory than there
    is, and building on the meta device instead costs a second of imports.
    """
    width, first, last = config.width, "core.high.0", f"core.high.{config.blocks - 1}"
    shapes: dict[str, tuple[int, ...]] = {
        "z0_h": (config.length, width),
        "prefix": (config.prefix, width),
        "input_embedding.weight": (config.input_vocab, width),
        "decoder.weight": (config.output_vocab, width),
        f"{last}.feed.inward.weight": (2 * config.hidden, width),
    }
    if config.mixer == "sequence":
        shapes[f"{first}.mix.inward.weight"] = (2 * (config.mixer_hidden or 2 * config.length), config.length)
    if config.guidance != "none":
        part = "spread" if config.guidance == "noise" else "mean"
        shapes[f"core.guidance.prior_head.{part}.inward.weight"] = (2 * (config.guidance_hidden or width), width)
    return shapes


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
            self.input_embedding = nn.Embedding(config.input_vocab, config.width)
            self.target_embedding = nn.Embedding(config.output_vocab, config.width)
            for table in (self.input_embedding, self.target_embedding):
                nn.init.normal_(table.weight, std=1 / self.scale)
            self.prefix = nn.Parameter(torch.randn(config.prefix, config.width) / self.scale)
            self.core = Core(config)
            self.decoder = nn.Linear(config.width, config.output_vocab, bias=False)
            self.judge = Judge(config.width)
            self.register_buffer("z0_h", torch.randn(config.length, config.width))
            self.register_buffer("z0_l", torch.randn(config.length if config.hierarchical else 0, config.width))

    def place(self, table: nn.Embedding, tokens: Tensor) -> Tensor:
        """Embed tokens [B, n] onto the sequence: [B, L, D], prefix first, missing tail positions zero."""
        embedded = table(tokens)
        prefix = self.prefix.expand(len(tokens), -1, -1)
        missing = self.config.length - prefix.shape[1] - embedded.shape[1]
        return self.scale * F.pad(torch.cat((prefix, embedded), dim=1), (0, 0, 0, missing))

    def embed(self, inputs: Tensor) -> Tensor:
        """Input tokens int64 [B, L_in] -> e_x [B, L, D], computed once a trajectory."""
        return self.place(self.input_embedding, inputs)

    def embed_target(self, targets: Tensor) -> Tensor:
        """Target tokens int64 [B, L_out] -> e_y [B, L, D], for the posterior."""
        return self.place(self.target_embedding, targets)

    def initial(self, batch: int) -> State:
        """z_0 for ``batch`` trajectories."""
        return State(self.z0_h.expand(batch, -1, -1), self.z0_l.expand(batch, -1, -1))

    def decode(self, state: State) -> Tensor:
        """Logits [B, L_out, V] from h alone."""
        start = self.config.prefix
        return self.decoder(state.h[:, start : start + self.config.output_length])

    def noise_shape(self, batch: int) -> tuple[int, int, int, int]:
        """Shape of the standard normal noise one supervision step takes: [T, B, L, D]."""
        return self.config.transitions, batch, self.config.length, self.config.width
