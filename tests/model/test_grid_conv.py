"""The grid_conv mixer: against its definition candidate by candidate, and as symmetric as it promises."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from gramsolve.errors import BadInput
from gramsolve.model.config import ModelConfig
from gramsolve.model.grid_conv import GridConv, GridConvBlock, GridConvEmbedding
from gramsolve.model.mixer_config import GridConvConfig
from gramsolve.model.network import build_gram, expected_shapes
from tests.fakes.models import randomised, require_right_gradient, run

ARC = ModelConfig.from_flat(
    input_vocab=9,
    output_vocab=6,
    input_length=12 + 5,
    output_length=12,
    width=12,
    hidden=20,
    heads=3,
    mixer="grid_conv",
    low_updates=2,
    rows=3,
    columns=4,
    rule_ids=3,
    first_symbol=2,
    symbols=4,
)
"""A grid of 3 x 4 in four colours, 2 to 5; the header has one token for the turn, 6 to 8, and one for each colour."""


def mixer_of(config: ModelConfig) -> GridConvConfig:
    assert isinstance(config.mixer, GridConvConfig)
    return config.mixer


def test_a_block_is_what_its_definition_says() -> None:
    block = GridConvBlock(ARC, mixer_of(ARC))
    torch.nn.init.normal_(block.mixer.position_bias, std=0.3)
    x, mixer = torch.randn(2, 48, 12), block.mixer
    found, near = block(x), mixer.offset_kernel.reshape(3, 5, 7)
    for b, position, symbol in ((0, 0, 0), (1, 6, 2), (1, 11, 3)):
        cells, row, column = x[b].reshape(12, 4, 12), position // 4, position % 4
        heard = torch.zeros(12)
        for other in range(12):
            down, right = row - other // 4, column - other % 4
            weights = near[:, down + 2, right + 3] + mixer.position_bias[:, position, other]
            heard = heard + weights.repeat_interleave(4) * cells[other, symbol]
        inner = block.self_proj.weight @ torch.cat((cells[position, symbol], heard))
        inner = inner + block.symbol_proj.weight @ (cells[position].sum(0) / math.sqrt(4))
        gate, value = inner.chunk(2)
        out = cells[position, symbol] + block.down_proj.weight @ (F.silu(gate) * value)
        expected = out / out.square().mean().add(1e-5).sqrt()
        torch.testing.assert_close(found[b, position * 4 + symbol], expected, rtol=1e-4, atol=1e-5)


def test_a_blocks_gradient_is_that_of_its_output() -> None:
    require_right_gradient(GridConvBlock(ARC.replace(width=3, hidden=2), mixer_of(ARC)), (1, 48, 3))


def test_kernels_start_out_the_same_at_every_place() -> None:
    """What is far from the edges moves with its surroundings."""
    mixer = GridConv(mixer_of(ARC.replace(rows=9, columns=9, input_length=86, output_length=81)))
    picture = torch.zeros(1, 9, 9, 4, 12)
    picture[:, 4, 4] = torch.randn(1, 4, 12)
    there = picture.roll((1, -2), dims=(1, 2))
    heard, heard_there = (mixer(p.flatten(1, 2)).unflatten(1, (9, 9)) for p in (picture, there))
    torch.testing.assert_close(heard_there[:, 3:8, 1:6], heard[:, 2:7, 3:8])
    assert heard[:, 2:7, 3:8].abs().amin() > 0


def test_a_header_tells_everybody_or_names_a_symbol() -> None:
    embedding = GridConvEmbedding(ARC, mixer_of(ARC))
    grid = [0, 1, 2, 5, *[1] * 8]
    rule = torch.randn(1, 6, 12)
    tokens = torch.tensor([[*grid, 7, 3, 2, 5, 4]])
    cells = embedding(tokens, rule.flatten(1)).reshape(12, 4, 12)
    meanings, words, named = (
        embedding.role_embedding.weight,
        embedding.header_embedding.weight,
        embedding.header_position,
    )
    everybody = words[7] + rule[0, 0]
    names = [(named + rule[0, 1:])[place] for place in (2, 1, 4, 3)]  # which place of the header names each symbol
    for cell, token in enumerate(grid[:4]):
        for symbol in range(4):
            meaning = 2 + token if token < 2 else int(token != 2 + symbol)
            torch.testing.assert_close(cells[cell, symbol], meanings[meaning] + everybody + names[symbol])


@pytest.mark.parametrize("posterior", [False, True])
def test_renaming_symbols_renames_the_answer_and_changes_nothing_else(posterior: bool) -> None:
    model, rng = randomised(ARC), np.random.default_rng(0)
    names = torch.tensor([0, 1, 4, 2, 5, 3, 6, 7, 8, 9])
    grid, rules = torch.randint(0, 6, (3, 12)), torch.tensor([[0], [2], [3]])
    header = torch.tensor([6, 2, 3, 4, 5]).expand(3, -1)
    inputs, targets = torch.cat((grid, header), 1), torch.randint(2, 6, (3, 12))
    noise = torch.from_numpy(rng.normal(size=(2, 1, 3, 12, 4, 12)).astype(np.float32))
    renamed = torch.empty_like(noise)
    renamed[..., names[2:6] - 2, :] = noise
    before = run(model, torch.cat((inputs, rules), 1), targets if posterior else None, noise.flatten(3, 4))
    there = torch.cat((names[inputs], rules), 1)
    after = run(model, there, names[targets] if posterior else None, renamed.flatten(3, 4))
    torch.testing.assert_close(after[..., names[:6]], before, rtol=1e-4, atol=1e-4)
    # The header is what tells colours apart: without its renaming, the answer is another one.
    there = torch.cat((names[grid], header, rules), 1)
    after = run(model, there, names[targets] if posterior else None, renamed.flatten(3, 4))
    assert not torch.allclose(after[..., names[:6]], before, atol=1e-2)


def test_rules_and_inputs_without_any() -> None:
    """Every rule has an answer of its own; a model without rules reads inputs alone, and headers may be empty."""
    model = randomised(ARC)
    inputs = torch.randint(2, 6, (1, 17)).expand(3, -1)
    answers = run(model, torch.cat((inputs, torch.tensor([[1], [2], [1]])), 1), None, torch.zeros(1, 1, 3, 48, 12))
    torch.testing.assert_close(answers[0], answers[2])
    assert not torch.allclose(answers[0], answers[1], atol=1e-2)
    plain = randomised(ARC.replace(rule_ids=0, input_length=12))
    assert run(plain, torch.randint(0, 6, (2, 12)), None, torch.zeros(1, 1, 2, 48, 12)).shape == (2, 12, 6)


def test_landmarks_are_shapes_of_the_weights() -> None:
    weights = build_gram(ARC).state_dict()
    for name, shape in expected_shapes(ARC).items():
        assert tuple(weights[name].shape) == shape, name
    assert "core.high.0.mixer.offset_kernel" in expected_shapes(ARC)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"symbols": 0}, "no interchangeable symbols, which the grid_conv mixer"),
        ({"rows": 5}, "needs a grid"),
        ({"input_length": 11}, "inputs that begin with one"),
        ({"prefix": 2}, "prefix is no setting"),
        ({"heads": 5}, "multiple of the 5 heads"),
        ({"pairs": True}, "pairs is no setting of a model with mixer grid_conv"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        ARC.replace(**change)
