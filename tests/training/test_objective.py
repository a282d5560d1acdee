"""The loss in ELBO units, the schedule, the average and the optimizer split."""

import itertools
import math
from typing import Any

import pytest
import torch

from gramsolve.config.training import TrainingConfig
from gramsolve.model.config import ModelConfig
from gramsolve.model.core import Divergence
from gramsolve.model.guidance import Gaussian
from gramsolve.model.network import GRAM, build_gram
from gramsolve.training.objective import cross_entropy, elbo_beta, head_loss, step_loss
from gramsolve.training.optimizer import Optimizer, WeightAverage, schedule, split_parameters

CONFIG = ModelConfig.from_flat(3, 3, 8, 8, width=16, hidden=16)


def test_cross_entropy_sums_nats_and_skips_padding() -> None:
    logits = torch.zeros(1, 3, 4)
    targets = torch.tensor([[1, 2, 0]])
    assert cross_entropy(logits, targets, pad=0).item() == pytest.approx(2 * math.log(4))


def test_step_loss_weighs_kl_by_every_transition_of_the_trajectory() -> None:
    q = Gaussian(torch.full((2, 8, 16), 0.3), torch.zeros(2, 8, 16))
    p = Gaussian(torch.zeros(2, 8, 16), torch.zeros(2, 8, 16))
    logits, targets = torch.zeros(2, 8, 3), torch.ones(2, 8, dtype=torch.long)
    loss = step_loss(
        logits, targets, Divergence(q, p), pad=0, beta=0.5, kl_balance=0.8, supervision_steps=4, transitions=3
    )
    kl_per_position = 16 * 0.3**2 / 2
    assert loss.ce.item() == pytest.approx(math.log(3))
    assert loss.total.item() == pytest.approx(math.log(3) + 0.5 * 4 * 3 * kl_per_position, rel=1e-5)
    plain = step_loss(logits, targets, None, pad=0, beta=0.5, kl_balance=0.8, supervision_steps=4, transitions=3)
    assert plain.total.item() == pytest.approx(math.log(3))


def test_every_row_may_have_a_beta_of_its_own() -> None:
    rng = torch.Generator().manual_seed(0)
    means, logits = torch.randn(2, 8, 16, generator=rng), torch.randn(2, 8, 3, generator=rng)
    q, p = Gaussian(means, torch.zeros(2, 8, 16)), Gaussian(torch.zeros(2, 8, 16), torch.zeros(2, 8, 16))
    targets = torch.ones(2, 8, dtype=torch.long)
    names: dict[str, Any] = {"pad": 0, "kl_balance": 0.8, "supervision_steps": 4}

    def loss(rows: slice, beta: float | torch.Tensor) -> float:
        divergence = Divergence(*(Gaussian(g.mean[rows], g.log_sigma[rows]) for g in (q, p)))
        kept = step_loss(logits[rows], targets[rows], divergence, beta=beta, transitions=1, **names)
        return kept.total.item()

    together = loss(slice(None), torch.tensor([0.5, 3.0]))
    assert together == pytest.approx((loss(slice(0, 1), 0.5) + loss(slice(1, 2), 3.0)) / 2, rel=1e-5)


def test_beta_goes_geometrically_from_the_first_step_to_the_last() -> None:
    config = TrainingConfig.from_flat(updates=1000, supervision_steps=4, beta=2.0, beta_step1=16.0)
    assert config.betas_at(0) == pytest.approx([16, 8, 4, 2])
    ending = TrainingConfig.from_flat(updates=1000, supervision_steps=2, beta=1.0, beta_final=4.0, beta_step1=8.0)
    assert ending.betas_at(999) == pytest.approx([8, 4])
    assert TrainingConfig.from_flat(supervision_steps=4, beta=0.7).betas_at(3) == [0.7] * 4
    assert TrainingConfig.from_flat(supervision_steps=8, deep_supervision=False, beta_step1=9.0).betas_at(0) == [1.0]


def test_paper_beta_converts() -> None:
    """beta * mean-over-channels KL of one step equals our weight times the summed KL."""
    width, steps, transitions, paper = 512, 16, 3, 0.07
    kl_sum = 37.0
    for reduction, theirs in (("sum", paper * kl_sum), ("mean", paper * kl_sum / width)):
        ours = elbo_beta(paper, reduction, width=width, supervision_steps=steps, transitions=transitions)
        assert ours * steps * transitions * kl_sum == pytest.approx(theirs)
    with pytest.raises(ValueError, match="reduction"):
        elbo_beta(0.1, "median", width=1, supervision_steps=1, transitions=1)


def test_heads_are_pulled_to_their_targets() -> None:
    halt, value = torch.tensor([10.0, -10.0]), torch.tensor([1.0, 0.25])
    right = torch.tensor([1.0, 0.0])
    assert head_loss(halt, value, right, torch.tensor([1.0, 0.25])).item() < 1e-3
    assert head_loss(-halt, value, right, torch.tensor([0.0, 0.25])).item() > 5


def test_schedule_warms_up_holds_and_ends_at_zero() -> None:
    config = TrainingConfig.from_flat(updates=1000, warmup=100, decay=0.4)
    rates = [schedule(u, config) for u in range(1001)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[99] == rates[600] == 1.0
    assert rates[800] == pytest.approx(0.5)
    assert rates[1000] == 0.0
    assert all(a >= b for a, b in itertools.pairwise(rates[100:]))


def test_muon_gets_the_matrices_of_the_core_and_nothing_else() -> None:
    model = build_gram(CONFIG)
    matrices, others = split_parameters(model)
    assert len(matrices) + len(others) == len(list(model.parameters()))
    names = {id(p): n for n, p in model.named_parameters()}
    assert all(names[id(p)].startswith("core.") for p in matrices)
    assert {"decoder.proj.weight", "encoder.input_embedding.weight"} <= {names[id(p)] for p in others}


@pytest.mark.parametrize("kind", ["muon", "adamw"])
def test_optimizer_state_survives_a_round_trip(kind: str) -> None:
    config = TrainingConfig.from_flat(updates=50, warmup=2, optimizer=kind)

    def advance(model: GRAM, optimizer: Optimizer, updates: range) -> None:
        for u in updates:
            sum((p * p).sum() for p in model.parameters()).backward()
            optimizer.step(u)

    model = build_gram(CONFIG)
    optimizer = Optimizer(model, config)
    advance(model, optimizer, range(3))
    twin = build_gram(CONFIG, seed=1)
    twin.load_state_dict(model.state_dict())
    copy = Optimizer(twin, config)
    copy.load({k: v.clone() for k, v in optimizer.tensors()})
    advance(model, optimizer, range(3, 6))
    advance(twin, copy, range(3, 6))
    for a, b in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.equal(a, b)


def test_average_follows_and_forgets_the_start() -> None:
    model = build_gram(CONFIG)
    average = WeightAverage(model, 0.9)
    with torch.no_grad():
        for p in model.parameters():
            p.fill_(2.0)
    for u in range(200):
        average.update(model, u)
    copy = build_gram(CONFIG, seed=3)
    average.copy_to(copy)
    for p in copy.parameters():
        torch.testing.assert_close(p, torch.full_like(p, 2.0), atol=1e-4, rtol=0)
