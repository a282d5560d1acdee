"""How a task scores boards in training: functions of numpy tokens, for one variant."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from gramsolve.tasks.arrays import Bools, Tokens
from gramsolve.tasks.task import Task

Score = Callable[[Tokens, Tokens, Tokens], tuple[Bools, np.ndarray]]
"""(inputs [n, L_in], outputs [n, L_out], targets [n, L_out]) -> (correct [n] bool, accuracy [n] float32)."""
Canonical = Callable[[Tokens, Tokens], Tokens]
"""(inputs [n, L_in], outputs [n, L_out]) -> outputs, equal for boards that are the same solution."""


def score_function(task: Task, variant: str) -> Score:
    """``task.score`` of a variant. Inputs may have a further column, the number of the rule."""
    length = task.variant(variant).spec.input_length

    def score(inputs: Tokens, outputs: Tokens, targets: Tokens) -> tuple[Bools, np.ndarray]:
        return task.score(variant, np.ascontiguousarray(inputs[:, :length]), outputs, targets)

    return score


def canonical_function(task: Task, variant: str) -> Canonical:
    """``task.canonical`` of a variant. Inputs may have a further column, the number of the rule."""
    length = task.variant(variant).spec.input_length

    def canonical(inputs: Tokens, outputs: Tokens) -> Tokens:
        return task.canonical(variant, np.ascontiguousarray(inputs[:, :length]), outputs)

    return canonical


def as_tokens(tensor: Tensor) -> Tokens:
    """int64 tokens on any device -> uint8 numpy."""
    return tensor.to("cpu", torch.uint8).numpy()
