"""The one way from a checkpoint on disk to a model. Imports torch."""

from __future__ import annotations

from gramsolve.checkpoints import store, weights
from gramsolve.checkpoints.checkpoint import Checkpoint, CheckpointInfo
from gramsolve.errors import BadInput
from gramsolve.model.build import Model, build, expected_shapes
from gramsolve.tasks.task import Task


def load(task: Task, info: CheckpointInfo) -> tuple[Model, Checkpoint]:
    """The model of a checkpoint for ``task``, on the CPU, and the record that belongs to it.

    Raises BadInput where the checkpoint is corrupt or was made for another token layout.
    """
    config = store.read_config(info.path)
    if config.token_spec != task.variant(config.variant).spec.digest():
        raise BadInput(
            f"checkpoint {info.name} was made for another token layout of {task.name} {config.variant}; train a new one"
        )
    tensors = weights.read(info.path, config.files)
    found = {key: tuple(value.shape) for key, value in tensors.items()}
    # Sizes are compared before anything is allocated.
    model = build(config.model) if expected_shapes(config.model).items() <= found.items() else None
    if model is None or found != {key: tuple(value.shape) for key, value in model.state_dict().items()}:
        raise BadInput(f"checkpoint {info.name} is corrupt: its weights do not fit its config.json")
    model.load_state_dict(tensors)
    return model, Checkpoint(info, config.model, config.training, config.provenance, config.rule_ids, config.files)
