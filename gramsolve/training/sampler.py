"""What the model sees at each update: inputs with one of their solutions, drawn by (seed, update) alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gramsolve.model.network import as_inputs
from gramsolve.tasks.task import Split, Task, Tokens


class Sampler:
    """Draws training pairs.

    Nothing is stored between updates, so a resumed run sees exactly what an uninterrupted one would.
    """

    def __init__(
        self,
        task: Task,
        variant: str,
        split: Split,
        *,
        seed: int,
        blank: float,
        augment: bool,
        corruption: float = 0.0,
        rename: bool = False,
    ) -> None:
        """``rename``: the model knows that symbols can be renamed, so that any names of a solution will do as target
        where the input has no symbols in it. The others are those of ``TrainingConfig``."""
        self.task, self.variant, self.split = task, variant, split
        structure = task.structure(variant) if rename else None
        self.symbols = None
        if structure is not None and structure.pairs:
            self.symbols = np.arange(structure.first_symbol, structure.first_symbol + structure.symbols)
        self._known: dict[bytes, int] = {}
        self.seed, self.blank, self.augment, self.corruption = seed, blank, augment, corruption
        self.blank_tokens = task.encode(task.blank(variant)) if blank or corruption else None

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
        if self.blank_tokens is not None and self.blank:
            empty = rng.random(count) < self.blank
            anything = split.outputs[rng.integers(len(split.outputs), size=count)]
            inputs = np.where(empty[:, None], self.blank_tokens, inputs)
            targets = np.where(empty[:, None], anything, targets)
        if self.augment:
            symmetry = self.task.symmetries(self.variant, count, rng)
            if symmetry is not None:
                inputs, targets = symmetry.inputs(inputs), symmetry.outputs(targets)
        if self.blank_tokens is not None and self.corruption:
            # Padding says that there is nothing here, which is no given.
            pad = self.task.variant(self.variant).spec.pad
            gone = rng.random(inputs.shape) < rng.random((count, 1)) * self.corruption
            inputs = np.where(gone & (inputs != pad), self.blank_tokens, inputs)
        numbers = None if split.identities is None else split.identities[rows]
        return as_inputs(inputs, numbers), torch.from_numpy(targets.astype(np.int64))

    def repaired(self, update: int, count: int, share: float) -> npt.NDArray[np.bool_]:
        """Which of ``count`` rollouts that end at this update are to be learned from."""
        return np.random.default_rng((self.seed, update, 1)).random(count) < share

    def nearest(self, inputs: Tokens, outputs: Tokens) -> tuple[Tokens, npt.NDArray[np.bool_]]:
        """The solution of each input [n, L_in] that agrees with most of its outputs [n, L_out], and which inputs are
        known [n]: those that were made up, such as by a symmetry, are not."""
        if not self._known:
            self._known = {row.tobytes(): i for i, row in enumerate(self.split.inputs)}
        targets, known = outputs.copy(), np.zeros(len(inputs), np.bool_)
        for i, (given, board) in enumerate(zip(inputs, outputs, strict=True)):
            index = self._known.get(given.tobytes())
            if index is not None:
                solutions = self.split.solutions(index)
                if self.symbols is not None:
                    solutions = renamed_towards(solutions, board, self.symbols)
                targets[i], known[i] = solutions[(solutions == board).sum(axis=1).argmax()], True
        return targets, known


def renamed_towards(solutions: Tokens, board: Tokens, symbols: npt.NDArray[np.integer]) -> Tokens:
    """Solutions [S, L] with symbols renamed to agree with a board [L]: pair by pair, the pair that meets most often
    first."""
    meets = ((solutions[:, None, :, None] == symbols[:, None, None]) & (board[:, None] == symbols)[None, None]).sum(
        axis=2
    )
    names = np.tile(np.arange(256, dtype=np.uint8), (len(solutions), 1))
    rows = np.arange(len(solutions))
    for _ in symbols:
        old, new = np.divmod(meets.reshape(len(solutions), -1).argmax(axis=1), len(symbols))
        names[rows, symbols[old]] = symbols[new]
        meets[rows, old] = meets[rows, :, new] = -1
    return np.take_along_axis(names, solutions.astype(np.int64), axis=1)
