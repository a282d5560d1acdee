"""An ARC checkpoint with random weights, and a task that even such a small one learns in a second or two."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from little_tasks import BLACK, grid

from gramsolve import api
from gramsolve.checkpoints import store
from gramsolve.inference.solver import Solver
from gramsolve.model.build import build
from gramsolve.model.config import ModelConfig
from gramsolve.tasks import registry
from gramsolve.training.options import TrainOptions
from gramsolve.training.plan import resolve


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights as a run begins with, which know two rules by name."""
    task = registry.load("arc")
    plan = resolve(task, TrainOptions(variant="10x10", preset="tiny", protocol="arc1-training"))
    model = {**plan["model"], "identities": 2}
    torch.manual_seed(0)
    tensors = dict(build(ModelConfig.from_dict(model)).state_dict())
    tensors["identity_embedding.weight"] = 0.1 * torch.randn_like(tensors["identity_embedding.weight"])
    digest = task.variant("10x10").spec.digest()
    config = {"task": "arc", "variant": "10x10", "token_spec": digest, "model": model, "training": plan["training"]}
    folder = tmp_path_factory.mktemp("arc") / "weights"
    store.write(folder, tensors, {**config, "identities": ["one", "3c9b0459"]}, "# Random\n")
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
