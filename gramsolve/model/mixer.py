"""What a mixer brings to a model: how the parts of the network are made that differ between mixers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import nn

from gramsolve.model.config import ModelConfig

if TYPE_CHECKING:
    from gramsolve.model.encoder import Encoder

Shapes = Mapping[str, tuple[int, ...]]
"""Shapes of weights by the names of their tensors."""


@dataclass(frozen=True)
class Mixer:
    """Functions of the model's configuration and the mixer's own.

    Attributes:
        encoder: makes the module from tokens to e_x and e_y.
        block: makes one block of f_L or f_H, [B, L, D] -> [B, L, D].
        decoder: makes the module from h [B, L, D] to logits [B, L_out, V].
        expected_shapes: shapes of weights in which the sizes of encoder, block and decoder show.
    """

    encoder: Callable[[ModelConfig, Any], Encoder]
    block: Callable[[ModelConfig, Any], nn.Module]
    decoder: Callable[[ModelConfig, Any], nn.Module]
    expected_shapes: Callable[[ModelConfig, Any], Shapes]
