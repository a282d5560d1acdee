"""The sequence mixer: a SwiGLU across positions (paper, B.2; MLP-Mixer, Tolstikhin et al. 2021)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gramsolve.model import encoder
from gramsolve.model.config import ModelConfig
from gramsolve.model.encoder import TokenEncoder, token_decoder
from gramsolve.model.layers import Block, is_memory_bound, swiglu
from gramsolve.model.mixer import Mixer, Shapes
from gramsolve.model.mixer_config import SequenceConfig


class SequenceMixer(nn.Module):
    """A SwiGLU across positions instead of channels. [B, L, D] -> [B, L, D].

    Weights belong to positions, so on a board of fixed geometry rows, columns and diagonals are learned directly.
    """

    def __init__(self, length: int, hidden: int, *, gate: str = "silu") -> None:
        super().__init__()
        self.gate = gate
        self.gate_up_proj = nn.Linear(length, 2 * hidden, bias=False)
        self.down_proj = nn.Linear(hidden, length, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        if is_memory_bound(x):  # The left product has a gradient for each board, which are then summed.
            gate, value = self.gate_up_proj(x.mT.contiguous()).chunk(2, dim=-1)
            return self.down_proj(swiglu(gate, value, self.gate)).mT
        # Multiplying from the left mixes positions without transposing the state back and forth; as a batched
        # product it is twice as fast as torch.matmul, which folds the batch into one matrix first.
        gate, value = self.left(self.gate_up_proj, x).chunk(2, dim=-2)
        return self.left(self.down_proj, swiglu(gate, value, self.gate, dim=-2))

    @staticmethod
    def left(layer: nn.Linear, x: Tensor) -> Tensor:
        return torch.bmm(layer.weight.expand(len(x), -1, -1), x)


def block(config: ModelConfig, mixer: SequenceConfig) -> Block:
    """A block of f_L or f_H."""
    return Block(config, SequenceMixer(config.length, hidden_size(config, mixer), gate=config.gate))


def hidden_size(config: ModelConfig, mixer: SequenceConfig) -> int:
    """Hidden size across positions."""
    return mixer.mixer_hidden or 2 * config.length


def expected_shapes(config: ModelConfig, mixer: SequenceConfig) -> Shapes:
    """Shapes of weights in which the sizes of the mixer show."""
    across = (2 * hidden_size(config, mixer), config.length)
    return {**encoder.expected_shapes(config), "core.high.0.mixer.gate_up_proj.weight": across}


MIXER = Mixer(TokenEncoder, block, token_decoder, expected_shapes)
