"""Images as patches, and rules as embeddings on the prefix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from gramsolve.errors import BadInput
from gramsolve.model.config import ModelConfig
from gramsolve.model.mixer_config import PatchConfig
from gramsolve.model.network import as_inputs, build_gram, expected_shapes
from gramsolve.model.patches import PatchDecoder, PatchEmbedding, to_patches, to_pixels

IMAGE = ModelConfig.from_flat(
    input_vocab=2, output_vocab=3, input_length=1, output_length=48, rows=6, columns=8, patch=2, width=16, hidden=24
)
RULES = ModelConfig.from_flat(
    input_vocab=4, output_vocab=4, input_length=6, output_length=5, width=16, hidden=24, prefix=2, rule_ids=3
)


def test_patches_are_squares_of_neighbours_row_by_row() -> None:
    picture = torch.arange(24).reshape(1, 1, 4, 6)
    patches = to_patches(picture, 2)
    assert patches.tolist()[0][:2] == [[0, 1, 6, 7], [2, 3, 8, 9]]
    assert patches.tolist()[0][3] == [12, 13, 18, 19]


@pytest.mark.parametrize("patch", [1, 2, 4])
def test_pixels_undo_patches(patch: int) -> None:
    pictures = torch.randn(3, 5, 8, 12)
    assert torch.equal(to_pixels(to_patches(pictures, patch), patch, 8, 12), pictures)


def test_the_decoder_puts_the_logits_of_a_patch_on_its_own_pixels() -> None:
    assert IMAGE.patches is not None
    decoder = PatchDecoder(IMAGE, IMAGE.patches)
    h = torch.zeros(1, 12, 16)
    h[0, 5] = torch.randn(16)  # second row of patches, second column
    lit = decoder(h).abs().sum(-1).reshape(6, 8) > 0
    assert lit.nonzero().tolist() == [[2, 2], [2, 3], [3, 2], [3, 3]]


def test_embedded_pixels_have_the_scale_of_embedded_tokens() -> None:
    embedding = PatchEmbedding(3, 16, PatchConfig(2, 6, 8))
    embedded = embedding(torch.randint(3, (2, 48)))
    assert embedded.shape == (2, 12, 16)
    assert torch.allclose(embedded.square().sum(-1), torch.ones(2, 12), atol=1e-3)


@pytest.mark.parametrize("mixer", ["sequence", "attention"])
def test_an_image_model_runs_on_patches(mixer: str) -> None:
    model = build_gram(IMAGE.replace(mixer=mixer))
    assert model.config.length == 12
    state = model.initial_state(2)
    target = model.embed_target(torch.ones(2, 48, dtype=torch.long))
    state, divergence = model.core.step(
        state, model.embed(torch.ones(2, 1, dtype=torch.long)), torch.randn(model.noise_shape(2)), target
    )
    assert divergence is not None
    assert model.decode(state).shape == (2, 48, 3)


def test_inputs_that_are_pictures_too_become_patches() -> None:
    model = build_gram(IMAGE.replace(input_length=48, input_vocab=3))
    assert model.embed(torch.ones(2, 48, dtype=torch.long)).x.shape == (2, 12, 16)


@pytest.mark.parametrize("wrong", [{"patch": 4}, {"patch": 0}, {"patch": 2, "rows": 0}])
def test_patches_must_tile_the_layout(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="do not tile"):
        IMAGE.replace(**wrong)


def test_rules_live_on_the_prefix_and_start_out_alike() -> None:
    model = build_gram(RULES)
    assert model.encoder.rule_embedding is not None
    tokens = np.ones((3, 6), np.uint8)
    inputs = as_inputs(tokens, np.array([0, 1, 3]))
    assert inputs.shape == (3, 7)
    same = model.embed(inputs).x
    assert torch.equal(same[0], same[1])
    with torch.no_grad():
        model.encoder.rule_embedding.weight[1] = 1.0
    changed = model.embed(inputs).x
    assert torch.equal(changed[0], same[0]) and torch.equal(changed[2], same[2])
    assert torch.allclose(changed[1, :2], same[1, :2] + model.encoder.scale)
    assert torch.equal(changed[1, 2:], same[1, 2:])


def test_only_the_rules_of_the_batch_are_taught() -> None:
    model = build_gram(RULES)
    model.embed(as_inputs(np.ones((2, 6), np.uint8), np.array([2, 2]))).x.sum().backward()
    assert model.encoder.rule_embedding is not None and model.encoder.rule_embedding.weight.grad is not None
    assert model.encoder.rule_embedding.weight.grad.abs().sum(1).bool().tolist() == [False, False, True, False]


def test_rules_need_a_prefix() -> None:
    with pytest.raises(BadInput, match="prefix"):
        RULES.replace(prefix=0)


@pytest.mark.parametrize("config", [IMAGE, RULES], ids=["image", "rules"])
def test_landmarks_are_shapes_of_real_weights(config: ModelConfig) -> None:
    state = {name: tuple(value.shape) for name, value in build_gram(config).state_dict().items()}
    assert expected_shapes(config).items() <= state.items()
