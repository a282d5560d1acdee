"""The bound against a plain one made of torch.distributions, transition by transition and cell by cell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch.distributions import Categorical, Independent, Normal, kl_divergence

from gramsolve import api
from gramsolve.errors import BadInput
from gramsolve.evaluation.elbo import Terms, measure_elbo, posterior_terms
from gramsolve.inference.noise import normal, stream_keys
from gramsolve.inference.solver import Solver
from gramsolve.model.config import ModelConfig
from gramsolve.model.network import GRAM, build_gram
from gramsolve.training.objective import step_loss


def shaken(**settings: object) -> GRAM:
    """A small model whose heads say something: they start at zero."""
    config = ModelConfig.from_flat(4, 5, 6, 6, width=12, hidden=16, transitions=2, low_updates=1, prefix=1, **settings)
    model = build_gram(config, seed=3).eval()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    return model


@torch.inference_mode()
def plain(
    model: GRAM, inputs: torch.Tensor, targets: torch.Tensor, seed: int, row: int, depth: int
) -> tuple[list[float], list[list[float]]]:
    """Of one puzzle alone: the cross-entropy after each step and the KL of each transition."""
    core, recursion, given = model.core, model.recursion, model.embed(inputs[row : row + 1])
    target, state = model.embed_target(targets[row : row + 1]), model.initial_state(1)
    assert core.guidance is not None
    key = stream_keys(seed, torch.tensor([row]), torch.tensor([0]))
    h, low = state.h, state.l
    ce: list[Any] = []
    kl: list[Any] = []
    for number in range(1, depth + 1):
        noise = normal(key, number, (recursion.transitions, model.config.length, model.config.width))[0]
        kl.append([])
        for t in range(recursion.transitions):
            u, low = core.propose(type(state)(h, low), given)
            p, q = core.guidance.prior(u), core.guidance.posterior(u, target)
            prior = Independent(Normal(p.mean[0].double(), p.log_sigma[0].double().exp()), 2)
            posterior = Independent(Normal(q.mean[0].double(), q.log_sigma[0].double().exp()), 2)
            kl[-1].append(float(kl_divergence(posterior, prior)))
            h = u + q.mean + q.log_sigma.exp() * noise[t]
        logits = model.decode(type(state)(h, low))[0]
        wanted = [i for i in range(model.config.output_length) if targets[row, i] != 0]
        ce.append(-float(sum(Categorical(logits=logits[i].double()).log_prob(targets[row, i]) for i in wanted)))
    return ce, kl


def test_every_term_is_that_of_torch_distributions() -> None:
    model, depth = shaken(), 3
    rng = torch.Generator().manual_seed(1)
    inputs, targets = torch.randint(4, (5, 6), generator=rng), torch.randint(5, (5, 6), generator=rng)
    targets[2, 4:] = 0  # padding, which is no target
    keys = stream_keys(9, torch.arange(5), torch.zeros(5, dtype=torch.int64))
    terms = posterior_terms(model, inputs, targets, keys, depth=depth, pad=0)
    assert terms.ce.shape == (3, 5) and terms.kl.shape == (3, 2, 5)
    for row in range(5):
        ce, kl = plain(model, inputs, targets, 9, row, depth)
        assert terms.ce[:, row].tolist() == pytest.approx(ce, rel=1e-4)
        assert terms.kl[..., row].flatten().tolist() == pytest.approx([k for step in kl for k in step], rel=1e-4)
        for n in (1, 3):
            assert float(terms.bound(n)[row]) == pytest.approx(ce[n - 1] + sum(map(sum, kl[:n])), rel=1e-4)
            of_steps = [ce[i] + 0.5 * n * 2 * kl[i][-1] for i in range(n)]
            assert float(terms.surrogate(n, 0.5)[row]) == pytest.approx(sum(of_steps) / n, rel=1e-4)
    assert terms.kl.min() > 0


def test_the_surrogate_is_the_loss_of_training() -> None:
    """The mean over steps of ``step_loss``, which is per cell, with the state carried on as training carries it."""
    model, depth = shaken(), 3
    rng = torch.Generator().manual_seed(2)
    inputs, targets = torch.randint(4, (4, 6), generator=rng), torch.randint(1, 5, (4, 6), generator=rng)
    keys = stream_keys(0, torch.arange(4), torch.zeros(4, dtype=torch.int64))
    terms = posterior_terms(model, inputs, targets, keys, depth=depth, pad=0)
    state, losses = model.initial_state(4), list[float]()
    for number in range(1, depth + 1):
        noise = normal(keys, number, model.noise_shape(4)[:1] + model.noise_shape(4)[2:]).transpose(0, 1)
        state, divergence = model.core.step(state, model.embed(inputs), noise, model.embed_target(targets))
        settings = {"pad": 0, "beta": 0.7, "kl_balance": 0.8, "supervision_steps": depth, "transitions": 2}
        losses.append(step_loss(model.decode(state), targets, divergence, **settings).total.item())  # type: ignore[arg-type]
    assert float(terms.surrogate(depth, 0.7).mean()) == pytest.approx(6 * np.mean(losses), rel=1e-4)


def test_by_hand() -> None:
    terms = Terms(torch.tensor([[4.0], [1.0]]), torch.tensor([[[1.0], [2.0]], [[0.5], [0.25]]]))
    assert terms.bound(1).item() == 4 + 3 and terms.bound(2).item() == 1 + 3.75
    assert terms.surrogate(2, 1.0).item() == ((4 + 2 * 2 * 2) + (1 + 2 * 2 * 0.25)) / 2


def test_without_guidance_there_is_only_cross_entropy() -> None:
    model = shaken(guidance="none")
    terms = posterior_terms(
        model, torch.ones(2, 6).long(), torch.ones(2, 6).long(), torch.zeros(2).long(), depth=2, pad=0
    )
    assert torch.equal(terms.bound(2), terms.ce[1]) and not terms.kl.any()


@pytest.fixture(scope="module")
def solver() -> Solver:
    return api.load("sudoku", variant="4x4", device="cpu", threads=1)


def test_a_report_of_held_out_puzzles(solver: Solver) -> None:
    report = measure_elbo(solver, depths=(2, 4), limit=60)
    again = measure_elbo(solver, depths=(4,), limit=60)
    assert report.rows[1] == again.rows[0] and report.instances == 60
    for row in report.rows:
        assert row["bound"] == pytest.approx(row["ce"] + row["kl"], rel=1e-9)
        assert sum(row["kl_steps"]) == pytest.approx(row["kl"], rel=1e-6) and len(row["kl_steps"]) == row["depth"]
        assert row["bound_error"] > 0 and math.isfinite(row["surrogate"])
    # A trained model: the posterior has read the solution, and has paid about what it had to learn.
    assert report.rows[1]["ce"] < 1 and report.rows[1]["bound"] > report.floor > 0
    with pytest.raises(BadInput, match="depth"):
        measure_elbo(solver, depths=(0,))
