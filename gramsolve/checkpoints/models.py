"""The model that a checkpoint is of. Imports torch."""

from __future__ import annotations

from typing import Any

from gramsolve.checkpoints import store
from gramsolve.checkpoints.store import CheckpointInfo
from gramsolve.errors import BadInput
from gramsolve.model.build import Model, build, expected_shapes
from gramsolve.model.config import ModelConfig
from gramsolve.tasks.task import Task


def read(task: Task, info: CheckpointInfo) -> tuple[Model, dict[str, Any]]:
    """Model and config of a checkpoint for ``task``. Raises BadInput where it is corrupt or for other tokens."""
    config = store.read_config(info.path)
    name = str(config["variant"])
    if config["token_spec"] != task.variant(name).spec.digest():
        raise BadInput(
            f"checkpoint {info.name} was made for another token layout of {task.name} {name}; train a new one"
        )
    tensors = store.read_tensors(info.path, config)
    shape = ModelConfig.from_dict(config["model"])
    found = {key: tuple(value.shape) for key, value in tensors.items()}
    # Sizes are compared before anything is allocated.
    model = build(shape) if expected_shapes(shape).items() <= found.items() else None
    if model is None or found != {key: tuple(value.shape) for key, value in model.state_dict().items()}:
        raise BadInput(f"checkpoint {info.name} is corrupt: its weights do not fit its config.json")
    model.load_state_dict(tensors)
    return model, config
