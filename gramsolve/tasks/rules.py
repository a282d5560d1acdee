"""The rules of a task: which outputs solve a puzzle, which solutions there are, and which symmetries keep them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gramsolve.tasks.arrays import Bools, Tokens
from gramsolve.tasks.base import Instance, TaskBase
from gramsolve.tasks.symmetry import Structure, Symmetry


@dataclass(frozen=True)
class Verdict:
    """What the validator found: ``valid`` [B] and, per output cell, ``violations`` [B, L_out]."""

    valid: Bools
    violations: Bools


class TaskRules(TaskBase):
    """Judges outputs, lists solutions and draws symmetries. Only ``score`` and ``canonical`` are not optional."""

    def canonical(self, variant: str, inputs: Tokens, outputs: Tokens) -> Tokens:
        """Outputs [B, L_out] in the one form of all outputs with this meaning, for example with colours renamed in the
        order they appear in. Answers are compared, counted and shown in this form. Outputs may hold anything."""
        return outputs

    def check(self, variant: str, inputs: Tokens, outputs: Tokens) -> Verdict:
        """Validate outputs [B, L_out] against inputs [B, L_in]. Capability ``validator``."""
        raise self.lacks("validator")

    def conflicts(self, variant: str, inputs: Tokens, outputs: Tokens) -> npt.NDArray[np.int64]:
        """Violated constraints of each output, int64 [B], as the field counts them. Capability ``conflicts``."""
        raise self.lacks("conflicts")

    def enumerate(self, instance: Instance, limit: int) -> Tokens | None:
        """Up to ``limit`` exact solutions [S, L_out] in a fixed order. None where the search gave up, and from a task
        without the capability ``exact_solver``."""
        return None

    def nearest_solution(
        self, variant: str, inputs: Tokens, outputs: Tokens, rng: np.random.Generator
    ) -> tuple[Tokens, Bools]:
        """A solution of each input [B, L_in] close to its outputs [B, L_out], and whether one was found [B].

        Training takes it as the target of a wrong board, where the solutions are too many to be listed. Outputs may
        hold anything. Capability ``nearest_solution``.
        """
        raise self.lacks("nearest_solution")

    def score(
        self, variant: str, inputs: Tokens, outputs: Tokens, targets: Tokens
    ) -> tuple[Bools, npt.NDArray[np.float32]]:
        """(right [B], accuracy [B] in [0, 1]) of outputs: the targets of the halt head and the value head.

        With a validator any valid output is right, whatever the sampled target; without one it must equal the target,
        in canonical form.
        """
        if not self.capabilities.validator:
            same = self.canonical(variant, inputs, outputs) == targets
            return same.all(axis=1), same.mean(axis=1, dtype=np.float32)
        verdict = self.check(variant, inputs, outputs)
        return verdict.valid, 1.0 - verdict.violations.mean(axis=1, dtype=np.float32)

    def symmetries(self, variant: str, count: int, rng: np.random.Generator) -> Symmetry:
        """``count`` random symmetries: maps of puzzles to puzzles and of solutions to solutions. Capability
        ``symmetries``."""
        raise self.lacks("symmetries")

    def structure(self, variant: str) -> Structure:
        """Which symbols and positions are interchangeable, for models that build on it. Capability ``structure``."""
        raise self.lacks("structure")
