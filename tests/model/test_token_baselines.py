"""The two baselines against a plain re-derivation, position by position."""

import math

import pytest
import torch
from torch import Tensor

from gramsolve.model.attention import KVCache
from gramsolve.model.build import expected_shapes
from gramsolve.model.config import ModelConfig
from gramsolve.model.mixer_config import AttentionConfig
from gramsolve.model.token_baselines import TokenModel, build_token_model, draw

TINY = ModelConfig.from_flat(
    3, 4, 5, 6, width=16, hidden=24, heads=2, blocks=2, prefix=2, mixer="attention", method="autoregressive"
)
KINDS = ("autoregressive", "diffusion")


def made(kind: str, **values: object) -> TokenModel:
    return build_token_model(TINY.replace(method=kind, **values), seed=1)


def tokens(rows: int = 3) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(2)
    return torch.randint(0, 3, (rows, 5), generator=generator), torch.randint(0, 4, (rows, 6), generator=generator)


def norm(x: Tensor) -> Tensor:
    return x / (x.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt()


def turned(x: Tensor, position: int) -> Tensor:
    half = len(x) // 2
    angles = torch.tensor([position * 10_000.0 ** (-i / half) for i in range(half)])
    a, b = x[:half], x[half:]
    return torch.cat((a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()))


def by_hand(model: TokenModel, inputs: Tensor, outputs: Tensor) -> Tensor:
    """Logits [L_out, V] of one row: every attention weight computed by itself."""
    w, config, mixer = model.state_dict(), model.config, model.config.mixer
    assert isinstance(mixer, AttentionConfig)
    embedded = [torch.zeros(config.width)] * config.prefix
    embedded += [w["input_embedding.weight"][t] for t in inputs] + [w["output_embedding.weight"][t] for t in outputs]
    x = torch.stack(embedded) + w["position_embedding"]
    d = config.width // mixer.heads
    for block in range(config.blocks):
        read = norm(x) @ w[f"blocks.{block}.mixer.qkv.weight"].T
        mixed = torch.zeros_like(x)
        for head in range(mixer.heads):
            q, k, v = (read[:, i * config.width + head * d :][:, :d] for i in range(3))
            for i in range(len(x)):
                heard = range(i + 1) if model.causal else range(len(x))
                scores = torch.stack([turned(q[i], i) @ turned(k[j], j) / math.sqrt(d) for j in heard]).softmax(0)
                mixed[i, head * d : (head + 1) * d] = sum(s * v[j] for s, j in zip(scores, heard, strict=True))
        x = x + mixed @ w[f"blocks.{block}.mixer.out_proj.weight"].T
        gate, value = (norm(x) @ w[f"blocks.{block}.mlp.gate_up_proj.weight"].T).chunk(2, dim=-1)
        x = x + (gate * torch.sigmoid(gate) * value) @ w[f"blocks.{block}.mlp.down_proj.weight"].T
    logits = norm(x) @ w["decoder.weight"].T
    start = config.prefix + config.input_length - (1 if model.causal else 0)
    return logits[start : start + config.output_length]


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_logits_follow_the_equations(kind: str) -> None:
    model, (inputs, outputs) = made(kind), tokens()
    outputs[:, ::2] = model.mask if kind == "diffusion" else outputs[:, ::2]
    found = model(inputs, outputs)
    for row in range(len(inputs)):
        torch.testing.assert_close(found[row], by_hand(model, inputs[row], outputs[row]), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_a_causal_model_does_not_see_what_comes_later() -> None:
    model, (inputs, outputs) = made("autoregressive"), tokens()
    before = model(inputs, outputs)
    for cell in range(6):
        other = outputs.clone()
        other[:, cell] = (other[:, cell] + 1) % 4
        after = model(inputs, other)
        assert torch.equal(before[:, : cell + 1], after[:, : cell + 1]), "its own token is what it predicts"
        assert cell == 5 or not torch.allclose(before[:, cell + 1 :], after[:, cell + 1 :])
    inputs[:, -1] = (inputs[:, -1] + 1) % 3
    assert not torch.allclose(before[:, 0], model(inputs, outputs)[:, 0]), "all of the input comes before the answer"


@torch.no_grad()
def test_diffusion_hears_in_both_directions() -> None:
    model, (inputs, outputs) = made("diffusion"), tokens()
    before = model(inputs, outputs)
    outputs[:, 3] = model.mask
    assert (before != model(inputs, outputs)).any(-1).all()


@torch.no_grad()
def test_what_is_remembered_need_not_be_read_again() -> None:
    model, (inputs, outputs) = made("autoregressive"), tokens()
    caches = [KVCache() for _ in model.blocks]
    states = [model.run(model.embed(inputs), caches)[:, -1]]
    states += [model.run(model.embed_outputs(outputs[:, i : i + 1], i), caches)[:, -1] for i in range(5)]
    torch.testing.assert_close(torch.stack(states, dim=1), model.states(inputs, outputs), rtol=1e-4, atol=1e-5)
    assert all(len(cache) == 2 + 5 + 5 for cache in caches)


def test_drawn_tokens_have_the_probabilities_of_the_softmax() -> None:
    logits = torch.tensor([2.0, 0.0, -1.0, 0.5])
    spots = (torch.arange(10_000) + 0.5) / 10_000
    for temperature in (1.0, 0.5):
        found, confidence = draw(logits.expand(10_000, -1), spots, temperature)
        shares = torch.bincount(found, minlength=4) / 10_000
        torch.testing.assert_close(shares, (logits / temperature).softmax(-1), rtol=0, atol=2e-4)
        torch.testing.assert_close(confidence, logits.softmax(-1)[found])
    assert (draw(logits.expand(10_000, -1), spots, 0.0)[0] == 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_is_told_by_its_number(kind: str) -> None:
    model, (inputs, outputs) = made(kind, rule_ids=2), tokens()
    assert model.rule_embedding is not None
    with torch.no_grad():
        model.rule_embedding.weight.normal_()
        logits = [model(torch.cat((inputs, torch.full((3, 1), n)), dim=1), outputs) for n in (0, 1)]
    assert not torch.allclose(*logits)


@pytest.mark.parametrize("kind", KINDS)
def test_landmarks_show_every_size_that_costs_memory_in_baselines(kind: str) -> None:
    model = made(kind, rule_ids=2)
    shapes = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    assert expected_shapes(model.config).items() <= shapes.items()
    for name in ("input_vocab", "output_vocab", "input_length", "output_length", "width", "hidden", "blocks", "prefix"):
        larger = model.config.replace(**{name: 4 * model.config.flat()[name]})
        assert not expected_shapes(larger).items() <= shapes.items(), name
