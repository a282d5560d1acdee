"""The engine against a plain re-derivation of the equations, written from the paper without looking at the layers."""

import math

import pytest
import torch
from torch import Tensor

from gramsolve.errors import BadInput
from gramsolve.model.architectures import ARCHITECTURES
from gramsolve.model.config import ModelConfig, relevant
from gramsolve.model.core import Condition, LatentState
from gramsolve.model.guidance import Gaussian, balanced_kl, kl_divergence
from gramsolve.model.mixer_config import AttentionConfig
from gramsolve.model.network import GRAM, build_gram, expected_shapes

TINY = ModelConfig.from_flat(3, 4, 6, 6, width=16, hidden=24, mixer_hidden=10, blocks=2, prefix=2, low_updates=3)


def norm(x: Tensor) -> Tensor:
    return x / (x.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt()


def silu(x: Tensor) -> Tensor:
    return x * torch.sigmoid(x)


def swiglu(weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    both = x @ weights[f"{name}.gate_up_proj.weight"].T
    half = both.shape[-1] // 2
    return (silu(both[..., :half]) * both[..., half:]) @ weights[f"{name}.down_proj.weight"].T


def sequence_mix(weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return swiglu(weights, name, x.transpose(1, 2)).transpose(1, 2)


def attention(weights: dict[str, Tensor], name: str, x: Tensor, heads: int) -> Tensor:
    batch, length, width = x.shape
    d = width // heads
    out = torch.zeros_like(x)
    projected = x @ weights[f"{name}.qkv.weight"].T
    for b in range(batch):
        for k in range(heads):
            q, key, v = (projected[b, :, i * width + k * d : i * width + (k + 1) * d] for i in range(3))

            def turn(m: Tensor) -> Tensor:
                turned = torch.empty_like(m)
                for position in range(length):
                    for i in range(d // 2):
                        angle = position * 10_000.0 ** (-i / (d // 2))
                        a, c = m[position, i], m[position, i + d // 2]
                        turned[position, i] = a * math.cos(angle) - c * math.sin(angle)
                        turned[position, i + d // 2] = a * math.sin(angle) + c * math.cos(angle)
                return turned

            scores = turn(q) @ turn(key).T / math.sqrt(d)
            out[b, :, k * d : (k + 1) * d] = scores.softmax(-1) @ v
    return out @ weights[f"{name}.out_proj.weight"].T


def stack(model: GRAM, name: str, x: Tensor) -> Tensor:
    weights = model.state_dict()
    for block in range(model.config.blocks):
        prefix = f"core.{name}.{block}"
        mixer = model.config.mixer
        if isinstance(mixer, AttentionConfig):
            mixed = attention(weights, f"{prefix}.mixer", x, mixer.heads)
        else:
            mixed = sequence_mix(weights, f"{prefix}.mixer", x)
        x = norm(x + mixed)
        x = norm(x + swiglu(weights, f"{prefix}.mlp", x))
    return x


def gaussian(model: GRAM, name: str, x: Tensor) -> tuple[Tensor, Tensor]:
    weights = model.state_dict()
    mean = swiglu(weights, f"core.guidance.{name}.mean", x)
    return mean, torch.exp((swiglu(weights, f"core.guidance.{name}.log_sigma", x) + math.log(0.5)).clamp(-5, 2))


def randomised(config: ModelConfig, seed: int = 0) -> GRAM:
    """A model whose zero-initialised layers are not zero, so that every path shows."""
    model = build_gram(config, seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=generator) * (0.15 if p.ndim == 2 else 1.0))
    return model


@pytest.mark.parametrize("mixer", ["sequence", "attention"])
@pytest.mark.parametrize("posterior", [False, True])
@torch.no_grad()
def test_hierarchical_step_follows_the_equations(mixer: str, posterior: bool) -> None:
    model = randomised(TINY.replace(mixer=mixer, transitions=2))
    inputs = torch.tensor([[1, 2, 0, 1, 1, 2], [2, 2, 1, 0, 1, 1]])
    targets = torch.tensor([[1, 2, 3, 1, 1, 2], [2, 2, 1, 3, 1, 1]])
    noise = torch.randn(model.noise_shape(2), generator=torch.Generator().manual_seed(1))

    weights = model.state_dict()

    def embed(table: Tensor, tokens: Tensor) -> Tensor:
        return 4.0 * torch.cat((weights["encoder.prefix"].expand(2, -1, -1), table[tokens]), dim=1)

    x = embed(weights["encoder.input_embedding.weight"], inputs)
    y = embed(weights["encoder.target_embedding.weight"], targets)
    h, low = model.z0_h.expand(2, -1, -1), model.z0_l.expand(2, -1, -1)
    for t in range(2):
        for _ in range(3):
            low = stack(model, "low", low + h + x)
        u = stack(model, "high", h + low)
        if posterior:
            mean, sigma = gaussian(model, "posterior_head", torch.cat((u, y), dim=-1))
        else:
            mean, sigma = gaussian(model, "prior_head", u)
        h = u + mean + sigma * noise[t]
    state, divergence = model.core.step(
        model.initial_state(2), model.embed(inputs), noise, model.embed_target(targets) if posterior else None
    )
    torch.testing.assert_close(state.h, h, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(state.l, low, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(model.decode(state), h[:, 2:] @ weights["decoder.proj.weight"].T, rtol=1e-4, atol=1e-4)
    assert (divergence is not None) == posterior


@torch.no_grad()
def test_flat_deterministic_step_is_the_looped_network() -> None:
    model = randomised(TINY.replace(hierarchical=False, guidance="none"))
    inputs = torch.tensor([[1, 2, 0, 1, 1, 2]])
    given = model.embed(inputs)
    h = model.z0_h[None]
    for _ in range(TINY.recursion.low_updates + 1):
        h = stack(model, "high", h + given.x)
    state, divergence = model.core.step(model.initial_state(1), given, None)
    torch.testing.assert_close(state.h, h, rtol=1e-4, atol=1e-4)
    assert divergence is None


@pytest.mark.parametrize(
    "name", [name for name, architecture in ARCHITECTURES.items() if "method" not in architecture.model]
)
def test_every_named_architecture_steps_and_learns(name: str) -> None:
    values = {**TINY.flat(), **ARCHITECTURES[name].model}
    model = build_gram(ModelConfig.from_flat(**relevant(values)))
    inputs = torch.ones(2, 6, dtype=torch.long)
    noise = torch.zeros(model.noise_shape(2)) if model.recursion.stochastic else None
    state, _ = model.core.step(model.initial_state(2), model.embed(inputs), noise)
    model.decode(state).sum().backward()
    assert all(p.grad is not None for p in model.core.high.parameters())


@torch.no_grad()
def test_ablations_drop_exactly_the_noise_or_the_mean() -> None:
    u = torch.randn(2, 8, 16)
    quiet = randomised(TINY.replace(guidance="mean")).core.guidance
    assert quiet is not None
    p = quiet.prior(u)
    torch.testing.assert_close(quiet.draw(p, torch.randn_like(u)), p.mean)
    noisy = randomised(TINY.replace(guidance="noise")).core.guidance
    assert noisy is not None
    p = noisy.prior(u)
    assert p.mean.abs().max() == 0
    noise = torch.randn_like(u)
    torch.testing.assert_close(noisy.draw(p, noise), p.log_sigma.exp() * noise)


def test_gradient_flows_through_all_calls_of_the_last_transition_only() -> None:
    model = randomised(TINY.replace(transitions=2))
    start = LatentState(*(torch.randn(1, 8, 16, requires_grad=True) for _ in range(2)))
    x = Condition(torch.randn(1, 8, 16))
    noise = torch.randn(2, 1, 8, 16)
    state, _ = model.core.step(start, x, noise)
    state.h.sum().backward()
    assert start.h.grad is None, "the first of two transitions must not carry gradient"
    whole = [p.grad.clone() for p in model.core.low.parameters()]
    with torch.no_grad():
        middle, _ = model.core.transition(start, x, noise[0])
    model.zero_grad()
    again, _ = model.core.transition(middle, x, noise[1])
    again.h.sum().backward()
    for a, p in zip(whole, model.core.low.parameters(), strict=True):
        torch.testing.assert_close(a, p.grad)
    # A one-step gradient would be smaller: cut the chain before the last low-level call and compare.
    model.zero_grad()
    low = middle.l
    with torch.no_grad():
        for _ in range(TINY.recursion.low_updates - 1):
            low = model.core.low(low + middle.h + x.x)  # type: ignore[misc]
    low = model.core.low(low + middle.h + x.x)  # type: ignore[misc]
    u = model.core.high(middle.h + low)
    guidance = model.core.guidance
    assert guidance is not None
    (u + guidance.draw(guidance.prior(u), noise[1])).sum().backward()
    shorter = [p.grad for p in model.core.low.parameters()]
    assert any(not torch.allclose(a, b) for a, b in zip(whole, shorter, strict=True))  # type: ignore[arg-type]


def test_kl_agrees_with_torch_distributions() -> None:
    q = Gaussian(torch.randn(3, 5, 7), torch.randn(3, 5, 7) * 0.3)
    p = Gaussian(torch.randn(3, 5, 7), torch.randn(3, 5, 7) * 0.3)
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(
        normal(q.mean, q.log_sigma.exp()), normal(p.mean, p.log_sigma.exp())
    ).sum(-1)
    torch.testing.assert_close(kl_divergence(q, p), expected, rtol=1e-4, atol=1e-4)


def test_balancing_keeps_the_value_and_splits_the_gradient() -> None:
    def fresh() -> tuple[Gaussian, Gaussian]:
        g = torch.Generator().manual_seed(0)
        q, p = (
            Gaussian(*(torch.randn(2, 3, 4, generator=g).mul(0.3).requires_grad_() for _ in range(2))) for _ in "qp"
        )
        return q, p

    q, p = fresh()
    plain = kl_divergence(q, p)
    plain.sum().backward()
    q2, p2 = fresh()
    balanced = balanced_kl(q2, p2, 0.8)
    torch.testing.assert_close(balanced, plain)
    balanced.sum().backward()
    assert p.mean.grad is not None and q.mean.grad is not None
    torch.testing.assert_close(p2.mean.grad, 0.8 * p.mean.grad)
    torch.testing.assert_close(q2.mean.grad, 0.2 * q.mean.grad)


def test_judge_sends_no_gradient_to_the_core_when_given_a_detached_state() -> None:
    model = randomised(TINY)
    state, _ = model.core.step(model.initial_state(2), model.embed(torch.ones(2, 6, dtype=torch.long)), None)
    halt, value = model.heads(state.h.detach())
    (halt.sum() + value.sum()).backward()
    assert all(p.grad is None for p in model.core.parameters())
    assert all(p.grad is not None for p in model.heads.parameters())


def test_embeddings_start_at_unit_scale_and_z0_is_stored() -> None:
    model = build_gram(ModelConfig.from_flat(50, 50, 40, 40, width=64))
    assert model.embed(torch.arange(40)[None]).x.std().item() == pytest.approx(1.0, abs=0.1)
    assert {"z0_h", "z0_l"} <= set(model.state_dict())
    assert torch.equal(model.z0_h, build_gram(ModelConfig.from_flat(50, 50, 40, 40, width=64)).z0_h)
    assert not torch.equal(model.z0_h, build_gram(ModelConfig.from_flat(50, 50, 40, 40, width=64), seed=1).z0_h)


@torch.no_grad()
def test_state_stays_bounded_over_many_steps() -> None:
    model = randomised(TINY)
    state = model.initial_state(4)
    x = model.embed(torch.ones(4, 6, dtype=torch.long))
    size = []
    for _ in range(200):
        state, _ = model.core.step(state, x, torch.randn(model.noise_shape(4)))
        size.append(float(state.l.square().mean()))
    assert max(size) < 1.1


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"width": 0}, "width"),
        ({"mixer": "convolution"}, "mixer"),
        ({"guidance": "maybe"}, "guidance"),
        ({"mixer": "attention", "width": 30}, "heads"),
        ({"colour": 1}, "colour"),
        ({"width": "wide"}, "width"),
        ({"hierarchical": 1}, "hierarchical"),
    ],
)
def test_bad_settings_are_named(values: dict, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        TINY.replace(**values)


@pytest.mark.parametrize("mixer", ["sequence", "attention"])
@pytest.mark.parametrize("guidance", ["gaussian", "mean", "noise", "none"])
def test_landmarks_show_every_size_that_costs_memory(mixer: str, guidance: str) -> None:
    config = TINY.replace(mixer=mixer, guidance=guidance)
    shapes = {key: tuple(value.shape) for key, value in build_gram(config).state_dict().items()}
    assert expected_shapes(config).items() <= shapes.items()
    sizes = ["input_vocab", "output_vocab", "input_length", "width", "hidden", "blocks", "prefix"]
    sizes += ["mixer_hidden"] * (mixer == "sequence") + ["guidance_hidden"] * (guidance != "none")
    for name in sizes:
        larger = config.replace(**{name: 4 * max(1, config.flat()[name])})
        if larger != config:
            assert not expected_shapes(larger).items() <= shapes.items(), name
