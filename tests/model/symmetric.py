"""Networks whose symmetries are to be seen, and what they answer."""

from __future__ import annotations

import torch

from gramsolve.model.config import ModelConfig
from gramsolve.model.network import GRAM


def randomised(config: ModelConfig) -> GRAM:
    """Weights that are nowhere zero, as they are after some training."""
    model = GRAM(config, 0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.3, generator=generator)
    return model


def run(model: GRAM, inputs: torch.Tensor, targets: torch.Tensor | None, noise: torch.Tensor) -> torch.Tensor:
    """Logits [B, L, V] after two supervision steps, under the posterior when there are targets."""
    state, target = model.initial(len(inputs)), None if targets is None else model.embed_target(targets)
    for part in noise:
        state, _ = model.core.step(state, model.embed(inputs), part, target)
    return model.decode(state)
