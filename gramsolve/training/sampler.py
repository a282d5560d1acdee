"""What the model sees at each update: inputs with one of their solutions, drawn by (seed, update) alone."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gramsolve.model.network import as_inputs
from gramsolve.tasks.task import Split, Task


class Sampler:
    """Draws training pairs.

    Nothing is stored between updates, so a resumed run sees exactly what an uninterrupted one would.
    """

    def __init__(self, task: Task, variant: str, split: Split, *, seed: int, blank: float, augment: bool) -> None:
        self.task, self.variant, self.split = task, variant, split
        self.seed, self.blank, self.augment = seed, blank, augment
        self.blank_tokens = task.encode(task.blank(variant)) if blank else None

    def draw(self, update: int, count: int) -> tuple[Tensor, Tensor]:
        """``count`` pairs for this update: int64 inputs [count, L_in] and targets [count, L_out].

        Where inputs belong to different rules they have one more column, the rule's number. Of an input with several
        solutions one is drawn uniformly at each visit, so that the posterior has something to say and the prior
        something to learn.
        """
        rng = np.random.default_rng((self.seed, update))
        split = self.split
        rows = rng.integers(len(split), size=count)
        starts, ends = split.offsets[rows], split.offsets[rows + 1]
        targets = split.outputs[split.members[rng.integers(starts, ends)]]
        inputs = split.inputs[rows]
        if self.blank_tokens is not None:
            empty = rng.random(count) < self.blank
            anything = split.outputs[rng.integers(len(split.outputs), size=count)]
            inputs = np.where(empty[:, None], self.blank_tokens, inputs)
            targets = np.where(empty[:, None], anything, targets)
        if self.augment:
            symmetry = self.task.symmetries(self.variant, count, rng)
            if symmetry is not None:
                inputs, targets = symmetry.inputs(inputs), symmetry.outputs(targets)
        numbers = None if split.identities is None else split.identities[rows]
        return as_inputs(inputs, numbers), torch.from_numpy(targets.astype(np.int64))
