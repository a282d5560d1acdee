"""An ARC checkpoint with random weights, and a task that even such a small one learns in a second or two."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gramsolve import api
from gramsolve.checkpoints import store
from gramsolve.checkpoints.checkpoint import CheckpointConfig
from gramsolve.inference.solver import Solver
from gramsolve.model.build import build
from gramsolve.tasks import registry
from gramsolve.training.resolve import resolve
from gramsolve.training.train_options import TrainOptions
from tests.fakes.arc_grids import BLACK, grid


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights as a run begins with, which know two rules by name."""
    return untrained("10x10", tmp_path_factory.mktemp("arc") / "weights")


@pytest.fixture(scope="session")
def large_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for larger grids."""
    return untrained("20x20", tmp_path_factory.mktemp("arc") / "large")


def untrained(variant: str, folder: Path) -> Path:
    task = registry.load("arc")
    plan = resolve(task, TrainOptions(variant=variant, preset="tiny", protocol="arc1-training"))
    model = replace(plan.model, rule_ids=2)
    torch.manual_seed(0)
    tensors = dict(build(model).state_dict())
    tensors["encoder.rule_embedding.weight"] = 0.1 * torch.randn_like(tensors["encoder.rule_embedding.weight"])
    config = CheckpointConfig("arc", variant, task.variant(variant).spec.digest(), plan.training, model=model)
    store.write(folder, tensors, replace(config, rule_ids=("one", "3c9b0459")), "# Random\n")
    return folder


@pytest.fixture
def solver(checkpoint: Path) -> Solver:
    return api.load("arc", checkpoint=str(checkpoint), device="cpu", threads=1)


@pytest.fixture
def black(tmp_path: Path) -> Path:
    """Whatever is given, the answer is two by two black cells; two test inputs."""
    train = [{"input": grid(seed, 3, 3), "output": BLACK} for seed in range(3)]
    path = tmp_path / "black.json"
    path.write_text(json.dumps({"train": train, "test": [{"input": grid(7, 3, 3)}, {"input": grid(8, 4, 2)}]}))
    return path
