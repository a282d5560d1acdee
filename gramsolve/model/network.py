"""GRAM, composed of encoder, core, decoder and heads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from gramsolve.model import attention, grid_conv, message_passing, sequence
from gramsolve.model.config import ModelConfig
from gramsolve.model.core import Condition, Core, LatentState
from gramsolve.model.encoder import Encoder
from gramsolve.model.heads import TrajectoryHeads
from gramsolve.model.mixer import Mixer

MIXERS: Mapping[str, Mixer] = MappingProxyType(
    {
        "sequence": sequence.MIXER,
        "attention": attention.MIXER,
        "message_passing": message_passing.MIXER,
        "grid_conv": grid_conv.MIXER,
    }
)
"""What each mixer brings, by the name that its configuration has."""


def as_inputs(tokens: npt.NDArray[np.uint8], rule_ids: npt.NDArray[np.integer] | None = None) -> Tensor:
    """Input tokens [B, L_in], with numbers of rules [B] as a last column where there are any: int64 [B, L_in (+ 1)]."""
    if rule_ids is not None:
        return torch.from_numpy(np.column_stack((tokens, rule_ids)).astype(np.int64))
    return torch.from_numpy(tokens.astype(np.int64))


class GRAM(nn.Module):
    """Generative recursive reasoning model over tokens.

    Methods are the pieces of one supervision step; training and inference put them together. All are pure functions
    of weights and arguments. ``z0`` is the stored initial state (h, l): each [1 or L, D], l [0, D] without
    hierarchy.
    """

    z0_h: Tensor
    z0_l: Tensor

    def __init__(
        self,
        config: ModelConfig,
        encoder: Encoder,
        core: Core,
        decoder: nn.Module,
        heads: TrajectoryHeads,
        z0: tuple[Tensor, Tensor],
    ) -> None:
        super().__init__()
        self.config, self.recursion = config, config.recursion
        self.encoder, self.core, self.decoder, self.heads = encoder, core, decoder, heads
        self.register_buffer("z0_h", z0[0])
        self.register_buffer("z0_l", z0[1])

    def embed(self, inputs: Tensor) -> Condition:
        """Input tokens int64 [B, L_in] -> e_x [B, L, D] and, for graphs, their adjacency; computed once a trajectory.

        A model with rule_ids takes [B, L_in + 1], the number of the rule in the last column.
        """
        return self.encoder(inputs)

    def embed_target(self, targets: Tensor) -> Tensor:
        """Target tokens int64 [B, L_out] -> e_y [B, L, D], for the posterior."""
        return self.encoder.target(targets)

    def initial_state(self, batch: int, noise: Tensor | None = None) -> LatentState:
        """z_0 for ``batch`` trajectories: the stored one, or standard normal ``noise`` of ``initial_noise_shape``."""
        length = self.config.length
        low = length if self.recursion.hierarchical else 0
        if noise is not None:
            return LatentState(noise[:, :length], noise[:, length:])
        return LatentState(self.z0_h.expand(batch, length, -1), self.z0_l.expand(batch, low, -1))

    def initial_noise_shape(self, batch: int) -> tuple[int, int, int]:
        """Shape of the noise that a sampled z_0 is made of: [B, L (h), then L (l) where there is one; D]."""
        return batch, (2 if self.recursion.hierarchical else 1) * self.config.length, self.config.width

    def decode(self, state: LatentState) -> Tensor:
        """Logits [B, L_out, V] from h alone."""
        return self.decoder(state.h)

    def noise_shape(self, batch: int, steps: int = 1) -> tuple[int, int, int, int]:
        """Shape of the standard normal noise that so many supervision steps take: [steps T, B, L, D]."""
        return steps * self.recursion.transitions, batch, self.config.length, self.config.width


def build_gram(config: ModelConfig, seed: int = 0) -> GRAM:
    """The recursive network of a config. ``seed`` alone decides the initial weights and z_0."""
    parts = MIXERS[config.mixer.name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        # The order of the parts is the order of the random draws.
        encoder = parts.encoder(config, config.mixer)
        core = Core(config, lambda: parts.block(config, config.mixer))
        decoder = parts.decoder(config, config.mixer)
        heads = TrajectoryHeads(config.width)
        # A z_0 that differs between positions would break the symmetry that symbolic mixers keep.
        positions = 1 if config.mixer.symbolic else config.length
        z0_h = torch.randn(positions, config.width)
        z0_l = torch.randn(positions if config.recursion.hierarchical else 0, config.width)
    return GRAM(config, encoder, core, decoder, heads, (z0_h, z0_l))


def expected_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Shapes of a few weights in which every size of the config shows.

    Weights from a file are compared with these before a model is built: a config may ask for more memory than there
    is, and building on the meta device instead costs a second of imports.
    """
    recursion, width = config.recursion, config.width
    shapes = {
        "z0_h": (1 if config.mixer.symbolic else config.length, width),
        **MIXERS[config.mixer.name].expected_shapes(config, config.mixer),
    }
    if recursion.guidance != "none":
        part = "log_sigma" if recursion.guidance == "noise" else "mean"
        hidden = recursion.guidance_hidden or width
        shapes[f"core.guidance.prior_head.{part}.gate_up_proj.weight"] = (2 * hidden, width)
    return shapes
