"""Settings of the learning problem that are off unless asked for: each against its definition."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from gramsolve.config.training import TrainingConfig
from gramsolve.data import cache
from gramsolve.errors import BadInput
from gramsolve.model.attention import Attention
from gramsolve.model.config import ModelConfig
from gramsolve.model.layers import swiglu
from gramsolve.model.network import build_gram
from gramsolve.tasks import registry
from gramsolve.training.optimizer import schedule
from gramsolve.training.prepare import prepare
from gramsolve.training.sampler import Sampler
from gramsolve.training.train_options import TrainOptions
from gramsolve.training.trainer import Trainer
from tests.fakes.trainers import advance


def test_the_normed_gate_is_sigmoid_times_the_normed_product() -> None:
    torch.manual_seed(0)
    gate, value = torch.randn(2, 5, 7), torch.randn(2, 5, 7)
    assert torch.equal(swiglu(gate, value, "silu"), F.silu(gate) * value)
    for dim, length in ((-1, 7), (-2, 5)):
        product = gate * value
        expected = torch.sigmoid(gate) * product / (product.pow(2).sum(dim, keepdim=True) / length + 1e-5).sqrt()
        torch.testing.assert_close(swiglu(gate, value, "normed", dim), expected)


def test_normed_queries_and_keys_do_not_depend_on_the_size_of_the_input() -> None:
    torch.manual_seed(0)
    layer = Attention(16, 2, 6, norm=True)
    x = torch.randn(1, 6, 16)
    torch.testing.assert_close(layer(100 * x), 100 * layer(x), rtol=1e-3, atol=1e-2)
    plain = Attention(16, 2, 6)
    plain.load_state_dict({name: w for name, w in layer.state_dict().items() if name != "scale"})
    assert not torch.allclose(plain(100 * x), 100 * plain(x), rtol=1e-2, atol=1e-1)
    assert [name for name, _ in layer.named_parameters() if name == "scale"]


@pytest.mark.parametrize("mixer", ["sequence", "attention"])
def test_a_model_is_made_of_what_its_config_says(mixer: str) -> None:
    base: dict[str, Any] = {
        "input_vocab": 3,
        "output_vocab": 3,
        "input_length": 9,
        "output_length": 9,
        "width": 16,
        "hidden": 32,
    }
    usual, other = (ModelConfig.from_flat(**base, mixer=mixer, gate=gate) for gate in ("silu", "normed"))
    state = build_gram(usual).state_dict()
    one, two = build_gram(usual), build_gram(other)
    two.load_state_dict(state)
    inputs = torch.randint(0, 3, (4, 9))
    steps = [model.core.propose(model.initial_state(4), model.embed(inputs))[0] for model in (one, two)]
    assert not torch.allclose(steps[0], steps[1])
    if mixer == "sequence":
        with pytest.raises(BadInput, match="qk_norm"):
            ModelConfig.from_flat(**base, mixer=mixer, qk_norm=True)


def test_rates_fall_along_half_a_cosine() -> None:
    config = TrainingConfig.from_flat(updates=1000, warmup=10, decay=0.5, decay_shape="cosine")
    assert schedule(0, config) == pytest.approx(0.1) and schedule(400, config) == 1
    for update in (500, 600, 750, 900, 999):
        way = (update - 500) / 500
        assert schedule(update, config) == pytest.approx((1 + math.cos(math.pi * way)) / 2)
    assert schedule(750, TrainingConfig.from_flat(updates=1000, decay=0.5)) == pytest.approx(0.5)
    with pytest.raises(BadInput, match="decay_shape"):
        TrainingConfig.from_flat(decay_shape="square")


def test_the_horizon_of_the_average_can_follow_the_plan() -> None:
    assert TrainingConfig.from_flat(updates=2000, ema_horizon=0.1).ema_decay == pytest.approx(1 - 1 / 200)
    assert TrainingConfig.from_flat(updates=2000, ema=0.9).ema_decay == 0.9
    assert TrainingConfig.from_flat(updates=5, ema_horizon=0.1).ema_decay == 0


@pytest.mark.parametrize(("name", "variant"), [("nqueens", "6x6"), ("sudoku", "4x4"), ("coloring", "8v3c")])
def test_what_solved_a_puzzle_solves_what_is_left_of_its_givens(name: str, variant: str) -> None:
    task = registry.load(name)
    split = cache.dataset(task, variant, task.protocols[0]).train
    whole = Sampler(task, variant, split, seed=3, unconditional_share=0.0, augment=False)
    holed = Sampler(task, variant, split, seed=3, unconditional_share=0.0, augment=False, clue_dropout=0.6)
    (given, targets, _), (left, same, thinned) = (sampler.draw(7, 400) for sampler in (whole, holed))
    assert torch.equal(targets, same)
    gone = (given != left).numpy()
    assert 0.005 < gone.mean() < 0.4 and (left != given).any(1).float().mean() > 0.3
    blank = task.encode(task.blank(variant))
    assert (left.numpy()[gone] == np.broadcast_to(blank, gone.shape)[gone]).all()
    checked = task.check(variant, left.numpy().astype(np.uint8), targets.numpy().astype(np.uint8))
    assert checked is not None and checked.valid.all()
    again = holed.draw(7, 400)[0]
    assert torch.equal(again, left)
    assert thinned[(given != left).any(1)].all(), "several solutions are possible"
    some = Sampler(
        task, variant, split, seed=3, unconditional_share=0.0, augment=False, clue_dropout=0.6, clue_dropout_share=0.3
    ).draw(7, 400)
    touched = (some.inputs != given).any(1)
    assert 0.1 < touched.float().mean() < 0.35 and torch.equal(some.inputs[touched], left[touched])


def test_the_kl_of_inputs_with_several_solutions_has_a_weight_of_its_own(tmp_path: Path) -> None:
    task = registry.load("sudoku")
    overrides = {
        "beta": "3",
        "beta_ambiguous": "0.5",
        "unconditional_share": "0.2",
        "batch": "32",
        "updates": "50",
        "self_correction": "0.7",
    }
    options = TrainOptions(variant="6x6", preset="tiny", overrides=overrides, threads=1, run_dir=tmp_path / "run")
    run = prepare(task, options)
    trainer, state = run.trainer, run.state
    assert isinstance(trainer, Trainer)
    for _ in range(6):
        puzzles = [task.decode("6x6", row.astype(np.uint8)) for row in state.trajectories.inputs.numpy()]
        found = [task.enumerate(puzzle, 2) for puzzle in puzzles]
        ambiguous = torch.tensor([solutions is not None and len(solutions) > 1 for solutions in found])
        beta = trainer.beta(state.update, state.trajectories.ambiguous)
        assert torch.equal(beta, torch.where(ambiguous, 0.5, 3.0))
        assert ambiguous.any() and not ambiguous.all()
        state, _ = advance(trainer, state)


def test_names_of_settings_are_unique_and_settings_survive_a_round_trip() -> None:
    leaves = [leaf for group in TrainingConfig().to_dict().values() for leaf in group]
    assert len(leaves) == len(set(leaves)) and not set(leaves) & set(ModelConfig.__dataclass_fields__)
    config = TrainingConfig.from_flat(updates=7, beta=2, precision="fp32")
    assert config.schedule.updates == 7 and config.objective.beta == 2.0
    assert TrainingConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert TrainingConfig.from_flat(**config.flat()) == config
    assert config.replace(lr=1e-4).optimization.lr == 1e-4 and config.optimization.lr == 3e-3


@pytest.mark.parametrize(
    ("leaves", "words"),
    [
        ({"updates": 0}, "updates must be at least 1, not 0"),
        ({"beta": -1}, "beta must be at least 0, not -1"),
        ({"lr": float("nan")}, "optimization.lr must be a finite number"),
        ({"kl_balance": 2}, "kl_balance must lie between 0 and 1"),
        ({"optimizer": "sgd"}, "optimization.optimizer must be one of adamw, muon, not 'sgd'"),
        ({"augment": 1}, "data.augment must be true or false, not 1"),
        ({"batch": 6}, "batch 6 must be a multiple of supervision_steps 4"),
        ({"repair": 0.5}, "unknown setting 'repair'"),
    ],
)
def test_bad_settings_are_one_line(leaves: dict, words: str) -> None:
    with pytest.raises(BadInput, match=re.escape(words)) as error:
        TrainingConfig.from_flat(**leaves)
    assert str(error.value).startswith("training settings: ") and "\n" not in str(error.value)
