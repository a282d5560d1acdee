"""Training of every named architecture, and the objectives of the two baselines."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from gramsolve import api
from gramsolve.inference.events import Finished, Step
from gramsolve.inference.options import SolveOptions
from gramsolve.model.architectures import ARCHITECTURES
from gramsolve.tasks import registry
from gramsolve.training.distributed import Group
from gramsolve.training.metrics import TrainingMetrics
from gramsolve.training.objective import token_loss
from gramsolve.training.prepare import prepare
from gramsolve.training.token_trainer import TokenTrainer, random_mask
from gramsolve.training.train_options import TrainOptions
from gramsolve.training.trainer import Trainer
from tests.fakes.trainers import advance, entering

BASELINES = ("autoregressive", "diffusion")
SETTINGS = {"eval_every": "4", "eval_inputs": "2", "eval_depth": "3", "batch": "8", "precision": "fp32", "warmup": "2"}


def options(run_dir: Path, architecture: str, **values: Any) -> TrainOptions:
    base: dict = {"variant": "6x6", "preset": "tiny", "overrides": SETTINGS, "max_updates": 8, "threads": 1}
    return TrainOptions(**{**base, "device": "cpu", "run_dir": run_dir, "architecture": architecture, **values})


@pytest.mark.parametrize("architecture", list(ARCHITECTURES))
def test_every_system_trains_loads_and_solves(architecture: str, tmp_path: Path) -> None:
    reports: list[TrainingMetrics] = []
    result = api.train("nqueens", options(tmp_path / "run", architecture), on_report=reports.append)
    checks = [report for report in reports if report.ce]
    assert result.finished and [report.update for report in checks] == [4, 8]
    assert checks[-1].ce[-1] < checks[0].ce[-1]
    assert bool(checks[-1].kl) == ("gram" in architecture and architecture != "gram-none")
    solver = api.load("nqueens", checkpoint=str(result.checkpoint), device="cpu", threads=1)
    events = list(solver.run(solver.task.blank("6x6"), SolveOptions(width=3, depth=4, halt="never")))
    steps = [event for event in events if isinstance(event, Step)]
    assert len(steps) == (1 if architecture == "direct" else 4)
    assert isinstance(events[-1], Finished) and sum(candidate.votes for candidate in events[-1].candidates) == 3
    assert steps[-1].tokens.shape == (3, 36) and (steps[-1].tokens < 3).all()


@pytest.mark.parametrize("architecture", [*BASELINES, "trm-random", "gram-final"])
def test_stopped_and_resumed_is_the_same_run(architecture: str, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    api.train("nqueens", options(whole, architecture))
    seen: list[int] = []

    def stop() -> bool:
        seen.append(1)
        return len(seen) in (3, 4)

    result = api.train("nqueens", options(parts, architecture), stop=stop)
    while not result.finished:
        result = api.train("nqueens", options(parts, architecture, resume=True), stop=stop)
    assert len(seen) == 8
    for name in ("state.safetensors", "checkpoint/model.safetensors"):
        one, other = load_file(whole / name), load_file(parts / name)
        assert one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def test_a_random_start_is_another_for_every_row_and_trajectory(tmp_path: Path) -> None:
    run = prepare(registry.load("nqueens"), options(tmp_path / "run", "trm-random"))
    t = run.state.trajectories
    starts = [t.posterior.h.flatten(1).clone(), t.prior.h.flatten(1).clone()]
    state, _ = advance(run.trainer, run.state, 2)  # An update refills rows and steps, so look at the refill alone.
    t = state.trajectories
    run.trainer.refill(state.model, state.update, t, *entering(run.trainer, state))  # type: ignore[arg-type, attr-defined]
    rows = slice(-state.update % 4, None, 4)
    starts += [t.posterior.h[rows].flatten(1).clone(), t.prior.h[rows].flatten(1).clone()]
    every = torch.cat(starts)
    assert len(torch.unique(every, dim=0)) == len(every)
    assert every.mean().abs() < 0.05 and every.std().sub(1).abs() < 0.05


def test_processes_share_the_random_starts_of_the_whole_batch(tmp_path: Path) -> None:
    overrides = {**SETTINGS, "batch": "16", "prior_share": "0.5"}
    run = prepare(registry.load("nqueens"), options(tmp_path / "run", "trm-random", overrides=overrides))
    whole = run.trainer
    assert isinstance(whole, Trainer)
    settings = {"pad": whole.pad, "seed": whole.seed, "device": whole.device}
    for rank in range(2):
        part = Trainer(whole.config, whole.sampler, whole.score, **settings, group=Group(rank, 2))  # type: ignore[arg-type]
        for update in (0, 3, 4):
            found = []
            for trainer in (whole, part):
                state = replace(trainer.initial_state(run.state.model), update=update)
                if update:
                    trainer.refill(state.model, update, state.trajectories, *entering(trainer, state))  # type: ignore[arg-type]
                found.append(state.trajectories)
            assert torch.equal(found[1].posterior.h, found[0].posterior.h[part.rows])
            assert torch.equal(found[1].prior.l, found[0].prior.l[part.prior_rows])


@pytest.mark.parametrize("cells", [1, 7])
def test_masks_have_every_size_equally_often_and_weigh_one_on_average(cells: int) -> None:
    hidden, weights = random_mask(torch.rand(20_000, cells + 1, generator=torch.Generator().manual_seed(0)))
    count = hidden.sum(-1)
    shares = torch.bincount(count, minlength=cells + 1)[1:] / len(count)
    torch.testing.assert_close(shares, torch.full((cells,), 1 / cells), rtol=0, atol=0.02)
    assert count.min() == 1 and count.max() == cells
    torch.testing.assert_close(weights.sum(-1), torch.full((len(count),), float(cells)))
    torch.testing.assert_close(weights.mean(0), torch.ones(cells), rtol=0, atol=0.05)
    assert ((weights > 0) == hidden).all()


def test_the_loss_of_diffusion_is_the_mean_over_what_is_masked() -> None:
    generator = torch.Generator().manual_seed(0)
    logits, targets = torch.randn(5, 7, 4, generator=generator), torch.randint(0, 4, (5, 7), generator=generator)
    hidden, weights = random_mask(torch.rand(5, 8, generator=generator))
    expected = 0.0
    for row in range(5):
        share = sum(bool(hidden[row, i]) for i in range(7)) / 7
        for i in range(7):
            if hidden[row, i] and targets[row, i] != 0:  # 0 is padding
                exponents = [math.exp(float(logit)) for logit in logits[row, i]]
                expected -= math.log(exponents[int(targets[row, i])] / sum(exponents)) / share / 7 / 5
    assert float(token_loss(logits, targets, weights, pad=0)) == pytest.approx(expected, rel=1e-5)
    everything = token_loss(logits, targets, torch.ones(5, 7), pad=0)
    assert float(everything) == pytest.approx(
        float(
            torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=0, reduction="sum")
        )
        / 35,
        rel=1e-5,
    )


@pytest.mark.parametrize("architecture", BASELINES)
def test_a_baseline_is_shown_what_it_may_see(architecture: str, tmp_path: Path) -> None:
    run = prepare(registry.load("nqueens"), options(tmp_path / "run", architecture))
    trainer, state = run.trainer, run.state
    assert isinstance(trainer, TokenTrainer)
    inputs, shown, targets, weights = trainer.masked(state.model, trainer.batch(state), trainer.noise(state))  # type: ignore[arg-type]
    known = shown != state.model.mask
    assert inputs.shape == targets.shape == (8, 36) and torch.equal(shown[known], targets[known])
    assert torch.equal(weights > 0, ~known) if architecture == "diffusion" else known.all() and (weights == 1).all()  # type: ignore[arg-type, attr-defined]


@pytest.mark.parametrize("architecture", BASELINES)
def test_gradients_of_shares_and_pieces_are_those_of_the_whole(architecture: str, tmp_path: Path) -> None:
    run = prepare(registry.load("nqueens"), options(tmp_path / "run", architecture))
    whole, state = run.trainer, run.state
    common = (whole.config, whole.sampler)
    settings = {"pad": whole.pad, "seed": whole.seed, "device": whole.device}
    parts = [TokenTrainer(*common, **settings, group=Group(rank, 2)) for rank in range(2)]  # type: ignore[arg-type]
    parts.append(TokenTrainer(*common, **settings))  # type: ignore[arg-type]
    parts[2].micro_batch = 3
    found = []
    for trainer in (whole, *parts):
        trainer.gradients(state, trainer.batch(state), trainer.noise(state))
        found.append([p.grad.clone() for p in state.model.parameters() if p.grad is not None])
        state.model.zero_grad()
    for all_rows, first, second, pieces in zip(*found, strict=True):
        torch.testing.assert_close(all_rows, (first + second) / 2, rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(all_rows, pieces, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("architecture", BASELINES)
def test_baselines_learn_a_board_by_heart(architecture: str, tmp_path: Path) -> None:
    """One solution and nothing else: rollouts from random states must write it."""
    overrides = {
        **SETTINGS,
        "eval_every": "1000",
        "unconditional_share": "0.0",
        "lr": "0.01",
        "adam_lr": "0.01",
        "decay": "0",
    }
    run = prepare(registry.load("nqueens"), options(tmp_path / "run", architecture, overrides=overrides))
    split = run.trainer.sampler.split
    board = split.outputs[split.members[0]]
    run.trainer.sampler.draw = lambda update, count: (  # type: ignore[assignment, method-assign, return-value]
        torch.ones(count, 36, dtype=torch.long),
        torch.from_numpy(board.astype(np.int64)).expand(count, -1),
    )
    state, _ = advance(run.trainer, run.state, 60)
    from gramsolve.inference.rollout import rollout

    model = state.model.eval()
    rows = torch.arange(8)
    last = list(rollout(model, torch.ones(8, 36, dtype=torch.long), rows, rows, depth=12))[-1]
    assert (last.tokens == board).mean() > 0.95
