"""Training pairs: inputs with one of their solutions, drawn by (seed, update) alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gramsolve.config.training import TrainingConfig
from gramsolve.model.config import ModelConfig
from gramsolve.model.network import as_inputs
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.data import Split
from gramsolve.tasks.task import Task
from gramsolve.training.targets import align_symbols, balanced_assignment, most_similar

AT_MOST = 2000
"""Solutions at most that a board is compared with, to find the nearest."""


class Pairs(NamedTuple):
    """int64 inputs [n, L_in] and targets [n, L_out]; ``ambiguous`` bool [n]: the input has, or may have, other
    solutions."""

    inputs: Tensor
    targets: Tensor
    ambiguous: Tensor


class Sampler:
    """Draws training pairs and targets of restarts.

    Nothing is stored between updates, so a resumed run draws what an uninterrupted one would.
    """

    def __init__(
        self,
        task: Task,
        variant: str,
        split: Split,
        *,
        seed: int,
        unconditional_share: float,
        augment: bool,
        clue_dropout: float = 0.0,
        clue_dropout_share: float = 1.0,
        balanced_targets: float = 0.0,
        rename: bool = False,
    ) -> None:
        """``rename``: the model treats symbols as interchangeable, so that a solution under any names is a target where
        the input contains no symbols. The other settings are those of ``TrainingConfig``."""
        self.task, self.variant, self.split = task, variant, plain(split)
        structure = task.structure(variant) if rename and task.capabilities.structure else None
        self.symbols = None
        if structure is not None:
            self.symbols = np.arange(structure.first_symbol, structure.first_symbol + structure.symbols)
        # Inputs about pairs of cells contain no symbols. Other inputs fix the names, except for the empty one.
        self.nameless = structure is not None and structure.pairs
        self._known: dict[bytes, int] = {}
        self.seed, self.unconditional_share, self.augment = seed, unconditional_share, augment
        self.clue_dropout, self.clue_dropout_share = clue_dropout, clue_dropout_share
        self.balanced_targets = balanced_targets
        self.blank_tokens = task.encode(task.blank(variant)) if unconditional_share or clue_dropout else None
        # An input that loses givens may have several solutions.
        self.unique = not unconditional_share and not clue_dropout and bool((np.diff(split.offsets) == 1).all())

    @classmethod
    def of(
        cls, task: Task, variant: str, split: Split, model: ModelConfig, config: TrainingConfig, *, seed: int
    ) -> Sampler:
        """The sampler of a configuration."""
        return cls(
            task,
            variant,
            split,
            seed=seed,
            unconditional_share=config.data.unconditional_share,
            augment=config.data.augment,
            clue_dropout=config.data.clue_dropout,
            clue_dropout_share=config.data.clue_dropout_share,
            balanced_targets=config.rollouts.balanced_targets,
            rename=model.mixer.equivariant,
        )

    def draw(self, update: int, count: int) -> Pairs:
        """``count`` pairs for this update.

        Inputs of tasks with several rules have one more column, the number of the rule. For an input with several
        solutions one is drawn uniformly at each visit, so that the posterior encodes which, and the prior learns their
        distribution.
        """
        rng = np.random.default_rng((self.seed, update))
        split = self.split
        rows = rng.integers(len(split), size=count)
        starts, ends = split.offsets[rows], split.offsets[rows + 1]
        targets = split.outputs[split.members[rng.integers(starts, ends)]]
        inputs, ambiguous = split.inputs[rows], ends - starts > 1
        if self.blank_tokens is not None and self.unconditional_share:
            empty = rng.random(count) < self.unconditional_share
            anything = split.outputs[rng.integers(len(split.outputs), size=count)]
            inputs = np.where(empty[:, None], self.blank_tokens, inputs)
            targets = np.where(empty[:, None], anything, targets)
            ambiguous |= empty
        if self.augment and self.task.capabilities.symmetries:
            symmetry = self.task.symmetries(self.variant, count, rng)
            inputs, targets = symmetry.inputs(inputs), symmetry.outputs(targets)
        if self.blank_tokens is not None and self.clue_dropout:
            # Padding marks absent cells, which hold no given.
            pad = self.task.variant(self.variant).spec.pad
            gone = rng.random(inputs.shape) < rng.random((count, 1)) * self.clue_dropout
            if self.clue_dropout_share < 1:
                gone &= rng.random((count, 1)) < self.clue_dropout_share
            gone &= (inputs != pad) & (inputs != self.blank_tokens)
            inputs = np.where(gone, self.blank_tokens, inputs)
            ambiguous |= gone.any(axis=1)
        numbers = None if split.rule_ids is None else split.rule_ids[rows]
        outputs = torch.from_numpy(targets.astype(np.int64))
        return Pairs(as_inputs(inputs, numbers), outputs, torch.from_numpy(ambiguous))

    def uniforms(self, update: int, count: int) -> npt.NDArray[np.float64]:
        """Uniform numbers in [0, 1), one for each of ``count`` rollouts that end at this update: they decide which
        become restarts."""
        return np.random.default_rng((self.seed, update, 1)).random(count)

    def nearest(
        self, update: int, inputs: Tokens, boards: Tokens, drawn: Tokens, others: tuple[Tokens, Tokens] | None = None
    ) -> tuple[Tokens, npt.NDArray[np.bool_]]:
        """Targets for boards [n, L_out] of inputs [n, L_in]: a near solution of each, and which are known, bool [n].

        - Puzzles with one solution each: the solution that was ``drawn`` [n, L_out]. In all other cases solutions of
          augmented inputs are not at hand, and such boards have no target unless the task finds one, see below.
        - Inputs with at most ``AT_MOST`` solutions: the one that agrees with the board in most tokens.
        - Inputs with more: ``AT_MOST`` of them are drawn and compared by ``targets.most_similar``, because counting
          tokens would prefer solutions without anything unusual. A share of the boards, ``balanced_targets``, gets
          targets by ``targets.balanced_assignment`` instead, together with the boards of the same input in ``others``,
          inputs [m, L_in] and boards [m, L_out].
        - The empty input: the nearest of all solutions, under all names that the model treats alike, if there are at
          most ``AT_MOST``. With more, a random subset contains no close match, and distant targets make training worse.
        - Boards that are left: ``task.nearest_solution``, where the task has it.
        """
        if self.unique:
            return drawn, np.ones(len(drawn), bool)
        if not self._known:
            self._known = {row.tobytes(): i for i, row in enumerate(self.split.inputs)}
        indices = np.array([self._known.get(given.tobytes(), -1) for given in inputs], np.int64)
        targets, known = boards.copy(), indices >= 0
        few = known & (np.diff(self.split.offsets)[indices] <= (0 if self.nameless else AT_MOST))
        if few.any():
            targets[few] = self._nearest_of_few(indices[few], boards[few])
        for index in np.unique(indices[known & ~few]):
            mine = indices == index
            rng = np.random.default_rng((self.seed, update, 2))
            targets[mine] = self._nearest(int(index), boards[mine], rng, others)
        if self.blank_tokens is not None and len(self.split.outputs) <= AT_MOST:
            empty = ~known & (inputs == self.blank_tokens).all(axis=1)
            if empty.any():
                targets[empty] = self._nearest_of_all(boards[empty], np.random.default_rng((self.seed, update, 3)))
                known |= empty
        left = ~known
        if left.any() and self.task.capabilities.nearest_solution:
            rng = np.random.default_rng((self.seed, update, 4))
            near = self.task.nearest_solution(self.variant, inputs[left], boards[left], rng)
            targets[left], known[left] = near
        return targets, known

    def _nearest_of_few(self, indices: npt.NDArray[np.int64], boards: Tokens) -> Tokens:
        """The solution of each input [n] nearest to its board [n, L], the first of several."""
        split = self.split
        counts = split.offsets[indices + 1] - split.offsets[indices]
        ends = counts.cumsum()
        owners = np.repeat(np.arange(len(indices)), counts)
        places = np.arange(ends[-1]) + (split.offsets[indices] - ends + counts)[owners]
        solutions = split.outputs[split.members[places]]
        agreeing = (solutions == boards[owners]).sum(axis=1)
        return solutions[np.lexsort((-agreeing, owners))[ends - counts]]

    def _nearest(
        self, index: int, boards: Tokens, rng: np.random.Generator, others: tuple[Tokens, Tokens] | None
    ) -> Tokens:
        """The solutions of one input nearest to boards [n, L]."""
        start, end = self.split.offsets[index : index + 2]
        if end - start > AT_MOST:
            some = self.split.outputs[self.split.members[rng.integers(start, end, size=AT_MOST)]]
            chosen = most_similar(some, boards)
            if self.balanced_targets:
                same = boards[:0]
                if others is not None:
                    same = others[1][(others[0] == self.split.inputs[index]).all(axis=1)]
                shared = balanced_assignment(some, np.concatenate([boards, same]), rng)[: len(boards)]
                chosen = np.where(rng.random(len(boards)) < self.balanced_targets, shared, chosen)
            return some[chosen]
        return self._named(self.split.solutions(index), boards, self.symbols if self.nameless else None)

    def _nearest_of_all(self, boards: Tokens, rng: np.random.Generator) -> Tokens:
        """Of ``AT_MOST`` solutions, whatever their input, those nearest to boards [n, L] of the blank input."""
        some = self.split.outputs[rng.integers(len(self.split.outputs), size=AT_MOST)]
        return some[most_similar(some, boards)] if self.symbols is None else self._named(some, boards, self.symbols)

    @staticmethod
    def _named(solutions: Tokens, boards: Tokens, symbols: npt.NDArray[np.integer] | None) -> Tokens:
        """The solutions that agree with most tokens of boards [n, L], with ``symbols`` renamed towards each."""
        found = boards.copy()
        for i, board in enumerate(boards):
            named = solutions if symbols is None else align_symbols(solutions, board, symbols)
            found[i] = named[(named == board).sum(axis=1).argmax()]
        return found


def plain(split: Split) -> Split:
    """A split with its arrays in memory: indexing a few rows of memory-mapped arrays takes several times as long."""
    own = np.asarray
    rule_ids = None if split.rule_ids is None else own(split.rule_ids)
    return Split(own(split.inputs), own(split.outputs), own(split.offsets), own(split.members), rule_ids)
