"""Layers that are written otherwise where they are compiled in bf16 on a processor say the same there."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gramsolve.model.config import ModelConfig
from gramsolve.model.network import build_gram
from tests.fakes.models import GRAPHS

BOARDS = ModelConfig.from_flat(
    input_vocab=3, output_vocab=3, input_length=7, output_length=7, width=12, hidden=20, mixer="sequence"
)


def outcome(layer: nn.Module, x: torch.Tensor, adjacency: torch.Tensor | None) -> list[torch.Tensor]:
    """What the layer says, and the gradients of a number made of it."""
    said = layer(x, adjacency)
    weight = torch.linspace(-1, 1, said.numel(), dtype=said.dtype).view_as(said)
    return [said, *torch.autograd.grad((weight * said).sum(), [x, *layer.parameters()])]


@pytest.mark.parametrize("config", [GRAPHS, BOARDS], ids=["graphs", "boards"])
def test_a_layer_compiled_in_bf16_says_what_it_says_plainly(config: ModelConfig) -> None:
    model, adjacency = build_gram(config), None
    layer = model.core.high.double()
    if config is GRAPHS:
        tokens = torch.tensor([[2, 1, 2, 0, 1, 2, 0, 1, 0, 0], [1, 1, 1, 2, 2, 2, 1, 2, 1, 2]])
        given = model.embed(tokens)
        assert given.adjacency is not None
        adjacency = given.adjacency.double()
    x = torch.randn(2, config.length, config.width, dtype=torch.float64, requires_grad=True)
    plain = outcome(layer, x, adjacency)
    products: list[int] = []

    def counted(module: torch.fx.GraphModule, _: list[torch.Tensor]) -> torch.fx.GraphModule:
        calls = [str(node.target) for node in module.graph.nodes]
        products.append(sum("linear" in call for call in calls))
        return module

    compiled = torch.compile(layer, backend=counted, fullgraph=True)
    # Autocast leaves double precision as it is, so that rounding hides nothing.
    for enabled in (False, True):
        torch.compiler.reset()
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            found = outcome(compiled, x, adjacency)  # type: ignore[arg-type]
        for one, other in zip(found, plain, strict=True):
            torch.testing.assert_close(one, other)
    assert products[0] != products[1], "written otherwise"
