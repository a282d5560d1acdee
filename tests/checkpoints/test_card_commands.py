"""The command on a card trains what the checkpoint is, also after presets have changed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click
import pytest

from gramsolve.checkpoints import store
from gramsolve.cli.main import cli
from gramsolve.cli.train import train
from gramsolve.config.training import TrainingConfig
from gramsolve.tasks import registry
from gramsolve.tasks.symmetry import Structure
from gramsolve.training.plan import TrainingPlan
from gramsolve.training.resolve import resolve
from gramsolve.training.train_options import TrainOptions

GIVEN = {"rule_ids", *Structure.__dataclass_fields__}
"""Settings of the model that follow from the data and the structure of the task."""
ROOT = Path(__file__).parents[2]
RECENT = {"rows", "columns"}
"""Of the model; checkpoints from before there were these have zeros."""


def plan_of(command: str) -> TrainingPlan:
    program, verb, *words = shlex.split(command)
    assert (program, verb) == ("gramsolve", "train")
    # Click keeps a command's help option as its first context made it, so the context must be the program's.
    asked = train.make_context("train", words, parent=click.Context(cli, **cli.context_settings)).params
    return resolve(
        registry.load(asked["task"]),
        TrainOptions(
            variant=asked["variant"],
            preset=asked["preset"],
            architecture=asked["architecture"],
            protocol=asked["protocol"],
            overrides=dict(pair.split("=", 1) for pair in asked["overrides"]),
            max_updates=asked["max_updates"],
            seed=asked["seed"],
        ),
    )


@pytest.mark.parametrize("folder", sorted((ROOT / "checkpoints").iterdir()), ids=lambda folder: folder.name)
def test_a_card_trains_its_checkpoint_again(folder: Path) -> None:
    config = store.read_config(folder)
    assert config.training is not None
    recipe, model, told = config.training.flat(), config.model.flat(), config.provenance
    assert told.command in (folder / "README.md").read_text(encoding="utf-8")
    plan = plan_of(told.command)
    assert (plan.task, plan.variant, plan.architecture) == (
        config.task,
        config.variant,
        told.architecture,
    )
    learned = {key: value for key, value in plan.training.flat().items() if key in recipe}
    assert learned == {key: recipe[key] for key in learned}
    shape = {key: value for key, value in plan.model.flat().items() if key in model and key not in GIVEN | RECENT}
    assert shape == {key: model[key] for key in shape}
    # What a checkpoint does not tell has been added since, and is off unless asked for.
    assert plan.training.flat() == {**TrainingConfig().flat(), **learned}


def test_stored_reports_name_the_system_and_size_they_measured() -> None:
    seen = 0
    for path in sorted((ROOT / "docs" / "results").glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))["provenance"]["model"]
        if not told.get("training_command", "").startswith("gramsolve train nqueens"):
            continue
        plan = plan_of(told["training_command"])
        assert (plan.architecture, plan.training.schedule.updates, plan.seed) == (
            told["architecture"],
            told["updates"],
            told["seed"],
        )
        if path.stem.endswith("-equal"):
            assert plan.training.rollouts.self_correction == 0 and plan.training.rollouts.prior_share == 0.25, path.name
            assert plan.model.width == 64, path.name
        seen += 1
    assert seen > 10
