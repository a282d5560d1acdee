"""Networks whose symmetries are to be seen, and what they answer."""

from __future__ import annotations

import torch
from torch import nn

from gramsolve.model.config import ModelConfig
from gramsolve.model.network import GRAM, build_gram

GRAPHS = ModelConfig.from_flat(
    input_vocab=3,
    output_vocab=6,
    input_length=10,
    output_length=5,
    width=12,
    hidden=20,
    mixer="message_passing",
    low_updates=2,
    first_symbol=3,
    symbols=3,
    pairs=True,
)
"""Of five vertices and three colours."""


def randomised(config: ModelConfig) -> GRAM:
    """Weights that are nowhere zero, as they are after some training."""
    model = build_gram(config, 0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.3, generator=generator)
    return model


def run(model: GRAM, inputs: torch.Tensor, targets: torch.Tensor | None, noise: torch.Tensor) -> torch.Tensor:
    """Logits [B, L, V] after two supervision steps, under the posterior when there are targets."""
    state, target = model.initial_state(len(inputs)), None if targets is None else model.embed_target(targets)
    for part in noise:
        state, _ = model.core.step(state, model.embed(inputs), part, target)
    return model.decode(state)


def require_right_gradient(block: nn.Module, shape: tuple[int, ...]) -> None:
    """Sums are made in place, which a gradient must not notice; nor must autocast, whose products are in bf16."""
    x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(block.double(), (x,), fast_mode=True)
    block, x = block.float(), x.detach().float().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        rounded = block(x)
    rounded.sum().backward()
    assert x.grad is not None and x.grad.isfinite().all()
    torch.testing.assert_close(rounded.float(), block(x), rtol=0.1, atol=0.1)
