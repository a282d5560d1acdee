"""From a config to the network it describes, and the size of one before it is built."""

from __future__ import annotations

from dataclasses import replace

import torch

from gramsolve.errors import BadInput
from gramsolve.model import network, token_baselines
from gramsolve.model.config import ModelConfig
from gramsolve.model.network import GRAM
from gramsolve.model.token_baselines import TokenModel

Model = GRAM | TokenModel
"""What a checkpoint holds: the engine, or one of the baselines."""


def build(config: ModelConfig, seed: int = 0) -> Model:
    """The network of a config; ``seed`` alone decides its initial weights."""
    return GRAM(config, seed) if config.method == "recursive" else TokenModel(config, seed)


def expected_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Shapes of weights in which every size of the config shows; see ``network.expected_shapes``."""
    return network.expected_shapes(config) if config.method == "recursive" else token_baselines.expected_shapes(config)


def parameters(config: ModelConfig) -> int:
    """How many numbers are learned, counted without allocating them."""
    with torch.device("meta"):
        return sum(p.numel() for p in build(config).parameters())


def match_parameters(config: ModelConfig, target: int) -> ModelConfig:
    """The config with the ``hidden`` size, a multiple of 8, that brings its parameters nearest to ``target``.

    Raises BadInput where even the smallest has more than a tenth too many.
    """
    smallest = parameters(replace(config, hidden=8))
    each = parameters(replace(config, hidden=16)) - smallest
    found = replace(config, hidden=8 * max(1, 1 + round((target - smallest) / each)))
    if parameters(found) > 1.1 * target:
        raise BadInput(
            f"no hidden size brings this system to {target:,} parameters: the smallest has {smallest:,}; "
            "set a smaller width or fewer blocks"
        )
    return found
