"""The named architectures: each is what its name says, and has the size that the paper states."""

import dataclasses
from typing import Any

import pytest
import torch

from gramsolve.errors import BadInput
from gramsolve.model.architectures import ARCHITECTURES
from gramsolve.model.build import build, match_parameters, parameters
from gramsolve.model.config import ModelConfig
from gramsolve.model.network import GRAM
from gramsolve.model.token_baselines import TokenModel
from gramsolve.tasks import registry
from gramsolve.training.plan import TrainingPlan, command
from gramsolve.training.resolve import default_directory, resolve
from gramsolve.training.train_options import TrainOptions

BASELINES = ("autoregressive", "diffusion")
TASKS = ("arc", "coloring", "mnist", "nqueens", "sudoku")


def planned(task: str, **values: Any) -> TrainingPlan:
    return resolve(registry.load(task), TrainOptions(**values))


def config(task: str, **values: Any) -> ModelConfig:
    return planned(task, **values).model


@pytest.mark.parametrize(
    ("architecture", "low", "high"),
    [
        ("gram", 9.5e6, 12e6),
        ("trm", 6.5e6, 7.5e6),
        ("trm-random", 6.5e6, 7.5e6),
        ("trm-sampled", 6.5e6, 7.5e6),
        ("looped", 6.5e6, 7.5e6),
        ("hrm", 26.5e6, 28e6),
        ("autoregressive", 10.4e6, 10.8e6),
        ("diffusion", 12.4e6, 12.8e6),
    ],
)
def test_the_papers_sizes(architecture: str, low: float, high: float) -> None:
    for task in ("nqueens", "coloring"):
        assert low < parameters(config(task, preset="paper", architecture=architecture)) < high


def test_counting_builds_what_building_builds() -> None:
    for architecture in ARCHITECTURES:
        shape = config("nqueens", preset="tiny", architecture=architecture)
        assert parameters(shape) == sum(p.numel() for p in build(shape).parameters())


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("preset", ["tiny", "cpu"])
def test_every_system_fits_every_task(task: str, preset: str) -> None:
    for architecture in ARCHITECTURES:
        model = config(task, preset=preset, architecture=architecture)
        assert parameters(model) > 0
        assert isinstance(
            build(config(task, preset="tiny", architecture=architecture)),
            TokenModel if architecture in BASELINES else GRAM,
        )


def test_what_the_names_say() -> None:
    gram = config("nqueens", preset="cpu", architecture="gram")
    architectures = {
        architecture: config("nqueens", preset="cpu", architecture=architecture) for architecture in ARCHITECTURES
    }
    models = {
        architecture: build(shape) for architecture, shape in architectures.items() if architecture not in BASELINES
    }
    stacks = {
        architecture: (model.core.low is not None, model.core.guidance is not None)
        for architecture, model in models.items()
    }
    assert {architecture for architecture, (low, _) in stacks.items() if low} == {
        *("gram", "hrm", "gram-mean", "gram-noise", "gram-none", "gram-final"),
    }
    assert {architecture for architecture, (_, guided) in stacks.items() if guided} == {
        *("gram", "gram-mean", "gram-noise", "gram-flat", "gram-final"),
    }
    assert {
        architecture
        for architecture, shape in architectures.items()
        if shape.method.name == "recursive" and shape.recursion.hierarchical
    } == {
        *("gram", "hrm", "trm", "gram-mean", "gram-noise", "gram-none", "gram-final", "trm-random", "trm-sampled"),
    }
    for architecture in ("gram-mean", "gram-noise", "gram-none", "gram-flat"):
        same = {"width", "hidden", "blocks", "mixer", "low_updates", "transitions"}
        assert all(architectures[architecture].flat()[name] == gram.flat()[name] for name in same)
    assert planned("nqueens", preset="cpu", architecture="gram-final").training.objective.deep_supervision is False
    assert planned("coloring", preset="cpu", architecture="direct").training.objective.supervision_steps == 1
    assert architectures["direct"].recursion.step_limit == 1
    assert config("nqueens", architecture="direct", overrides={"blocks": "6"}).blocks == 6


@pytest.mark.parametrize("architecture", BASELINES)
def test_baselines_are_made_of_attention(architecture: str) -> None:
    with pytest.raises(BadInput, match="attention"):
        config("nqueens", architecture=architecture, overrides={"mixer": "sequence"})
    with pytest.raises(BadInput, match="heads"):
        config("nqueens", architecture=architecture, overrides={"width": "36", "heads": "4"})


@pytest.mark.parametrize(
    "values", [{"method": "prophetic"}, {"initial_state": "late"}, {"decoding": "maybe"}, {"step_limit": -1}]
)
def test_new_settings_are_checked(values: dict) -> None:
    with pytest.raises(BadInput, match=next(iter(values))):
        ModelConfig.from_flat(3, 3, 16, 16, **values)


def test_configs_from_before_these_settings_are_the_engine() -> None:
    old = ModelConfig.from_flat(3, 3, 16, 16).to_dict()
    for name in ("initial_state", "decoding", "step_limit"):
        del old["method"][name]
    assert ModelConfig.from_dict(old) == ModelConfig.from_flat(3, 3, 16, 16)
    del old["method"]
    assert ModelConfig.from_dict(old) == ModelConfig.from_flat(3, 3, 16, 16)


@pytest.mark.parametrize("architecture", [name for name in ARCHITECTURES if name != "gram"])
def test_matched_systems_have_as_many_parameters_as_gram(architecture: str) -> None:
    wanted = parameters(config("nqueens", preset="cpu", architecture="gram"))
    fitted = config("nqueens", preset="cpu", architecture=architecture, match_params="gram")
    assert fitted.hidden % 8 == 0
    nearest = min(
        (dataclasses.replace(fitted, hidden=fitted.hidden + change) for change in (-8, 0, 8) if fitted.hidden > 8),
        key=lambda other: abs(parameters(other) - wanted),
    )
    assert nearest == fitted
    assert abs(parameters(fitted) - wanted) < 0.02 * wanted


def test_a_number_of_parameters_and_what_cannot_be_had() -> None:
    assert parameters(
        config("nqueens", preset="cpu", architecture="diffusion", match_params="770000")
    ) == pytest.approx(770_000, rel=0.01)
    with pytest.raises(BadInput, match="smaller width"):
        config("nqueens", preset="cpu", architecture="diffusion", match_params="1000")
    for nonsense in ("transformer", "0", "-5"):
        with pytest.raises(BadInput, match="--match-params"):
            config("nqueens", architecture="trm", match_params=nonsense)
    assert (
        match_parameters(ModelConfig.from_flat(3, 3, 16, 16), parameters(ModelConfig.from_flat(3, 3, 16, 16))).hidden
        == 256
    )


def test_every_system_has_a_run_directory_of_its_own() -> None:
    task = registry.load("nqueens")
    assert str(default_directory(task, TrainOptions())) == "runs/nqueens-8x8-cpu"
    assert str(default_directory(task, TrainOptions(architecture="gram-flat"))) == "runs/nqueens-8x8-cpu"
    assert str(default_directory(task, TrainOptions(architecture="gram"))) == "runs/nqueens-8x8-cpu-gram"
    assert len(
        {default_directory(task, TrainOptions(architecture=architecture)) for architecture in ARCHITECTURES}
    ) == len(ARCHITECTURES)


def test_a_preset_says_which_system_it_trains() -> None:
    task = registry.load("nqueens")
    for preset, architecture, usual in (("cpu", None, "gram-flat"), ("cpu", "gram", "gram"), ("tiny", None, "gram")):
        plan = planned("nqueens", preset=preset, architecture=architecture)
        assert plan.architecture == usual and plan.model.recursion.hierarchical == (usual == "gram")
        assert ("--architecture gram " in command(task, plan)) == (architecture == "gram")


def test_the_command_of_a_matched_run_says_its_size() -> None:
    plan = planned("nqueens", preset="cpu", architecture="trm", match_params="gram")
    words = command(registry.load("nqueens"), plan)
    assert "--architecture trm" in words and f"--set hidden={plan.model.hidden}" in words


def test_a_step_without_deep_supervision_is_all_transitions_with_the_gradient_of_the_last() -> None:
    model = build(ModelConfig.from_flat(3, 3, 9, 9, width=16, hidden=24, transitions=2))
    assert isinstance(model, GRAM)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.1 * torch.randn(p.shape, generator=torch.Generator().manual_seed(0)))
    given, noise = model.embed(torch.ones(3, 9, dtype=torch.long)), torch.randn(model.noise_shape(3, 4))
    assert len(noise) == 8
    whole, _ = model.core.step(model.initial_state(3), given, noise, steps=4)
    whole.h.sum().backward()
    gradients = [p.grad.clone() for p in model.core.high.parameters() if p.grad is not None]
    state = model.initial_state(3)
    for step in range(4):
        state, _ = model.core.step(
            state.detach(), model.embed(torch.ones(3, 9, dtype=torch.long)), noise[2 * step :][:2]
        )
    torch.testing.assert_close(whole.h, state.h)
    model.zero_grad()
    state.h.sum().backward()
    for a, p in zip(gradients, model.core.high.parameters(), strict=True):
        torch.testing.assert_close(a, p.grad)
