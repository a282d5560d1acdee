"""From a config to the network it describes, and the size of one before it is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import torch

from gramsolve.errors import BadInput
from gramsolve.model import network, token_baselines
from gramsolve.model.config import ModelConfig
from gramsolve.model.mixer import Shapes
from gramsolve.model.network import GRAM
from gramsolve.model.token_baselines import TokenModel

Model = GRAM | TokenModel
"""What a checkpoint holds: GRAM (or one of its recursive relatives), or a baseline that writes token by token."""

METHODS: Mapping[str, tuple[Callable[[ModelConfig, int], Model], Callable[[ModelConfig], Shapes]]] = MappingProxyType(
    {
        "recursive": (network.build_gram, network.expected_shapes),
        "autoregressive": (token_baselines.build_token_model, token_baselines.expected_shapes),
        "diffusion": (token_baselines.build_token_model, token_baselines.expected_shapes),
    }
)
"""(builder, expected shapes) by the name of the method."""


def build(config: ModelConfig, seed: int = 0) -> Model:
    """The network of a config; ``seed`` alone decides its initial weights."""
    return METHODS[config.method.name][0](config, seed)


def expected_shapes(config: ModelConfig) -> Shapes:
    """Shapes of weights in which every size of the config shows; see ``network.expected_shapes``."""
    return METHODS[config.method.name][1](config)


def parameters(config: ModelConfig) -> int:
    """Number of learned values, counted without allocating them."""
    with torch.device("meta"):
        return sum(p.numel() for p in build(config).parameters())


def match_parameters(config: ModelConfig, target: int) -> ModelConfig:
    """The config with the ``hidden`` size, a multiple of 8, whose number of parameters is closest to ``target``.

    Raises BadInput where even the smallest such model has over 10 % too many.
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
