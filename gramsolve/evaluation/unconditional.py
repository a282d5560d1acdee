"""Unconditional samples: how many are valid, how many differ, and how many were seen in training (paper, D.5)."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from gramsolve.data import cache
from gramsolve.errors import BadInput, Missing
from gramsolve.evaluation import metrics
from gramsolve.evaluation.generation import Generation, concatenate
from gramsolve.evaluation.report import GenerationReport
from gramsolve.inference.rollout import RolloutStep
from gramsolve.inference.solver import Solver
from gramsolve.work_sharing import Arrays

COUNTABLE = 10_000
"""Solutions of the blank board are listed up to this many, to say how many of all were found."""


@dataclass(frozen=True, kw_only=True)
class UnconditionalReport(GenerationReport):
    """What was drawn.

    ``rows`` hold one dict a depth: ``valid`` (a share, with its 95 % Wilson interval ``valid_low`` to ``valid_high``),
    ``distinct`` boards, ``distinct_valid`` of them, ``distinct_share`` of the valid ones that differ, ``found_share``
    of all ``possible`` boards where those can be listed, and ``in_training``, the share of valid boards that are a
    solution of a training puzzle. Unknown figures are None.
    """

    kind: ClassVar[str] = "unconditional"

    possible: int | None
    training_boards: int | None


class UnconditionalEvaluation(Generation[UnconditionalReport]):
    """Checks every board and keeps its hash alone. Raises BadInput for a task without a validator."""

    KIND = "unconditional"

    def __init__(
        self, solver: Solver, *, number: int, depths: Sequence[int], seed: int, temperature: float = 1.0
    ) -> None:
        if number < 1:
            raise BadInput(f"number must be at least 1, not {number}")
        super().__init__(solver, number=number, depths=depths, seed=seed, temperature=temperature)
        self.inputs = solver.task.encode(self.blank)
        if not solver.task.capabilities.validator:
            raise BadInput(f"{solver.task.title} has no validator: look at `gramsolve sample {solver.task.name}`")

    def _part(self, number: int) -> dict[str, np.ndarray]:
        """For every depth d and n boards: ``hash.d`` uint64 [n] and ``valid.d`` bool [n]."""
        started, found = time.perf_counter(), dict[str, np.ndarray]()
        for frame in self.frames(number):
            if frame.number in self.depths:
                found |= self._judged(frame)
        return {**found, "seconds": np.array(time.perf_counter() - started)}

    def _judged(self, frame: RolloutStep) -> dict[str, np.ndarray]:
        inputs = np.ascontiguousarray(np.broadcast_to(self.inputs, (len(frame.tokens), len(self.inputs))))
        boards = self.solver.canonical(inputs, frame.tokens)
        verdict = self.solver.task.check(self.solver.variant, inputs, boards)
        return {f"hash.{frame.number}": hashes(boards), f"valid.{frame.number}": verdict.valid}

    def _report(self, every: Sequence[Arrays], processes: int) -> UnconditionalReport:
        started = time.perf_counter()
        training, possible = self._training_hashes(), self._possible()
        rows = tuple({"depth": depth, **_figures(every, depth, training, possible)} for depth in self.depths)
        return UnconditionalReport(
            **self.facts(every, processes, time.perf_counter() - started),
            possible=possible,
            training_boards=None if training is None else len(training),
            rows=rows,
        )

    def _training_hashes(self) -> npt.NDArray[np.uint64] | None:
        """Of all solutions the checkpoint may have seen, or None where its training data is not at hand."""
        if self.solver.trained_on is None:
            return None
        try:
            train = cache.dataset(self.solver.task, self.solver.variant, self.solver.trained_on).train
        except (BadInput, Missing):
            return None
        return np.unique(hashes(train.outputs[np.unique(train.members)]))

    def _possible(self) -> int | None:
        """How many boards there are, where they are few enough to list."""
        every = self.solver.task.enumerate(self.blank, COUNTABLE + 1)
        return len(every) if every is not None and len(every) <= COUNTABLE else None


def hashes(boards: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """64 bits of each board [n, L], of which two among a million agree by chance once in thirty million times."""
    digests = b"".join(hashlib.blake2b(row.tobytes(), digest_size=8).digest() for row in boards)
    return np.frombuffer(digests, np.uint64)


def _figures(
    every: Sequence[Arrays], depth: int, training: npt.NDArray[np.uint64] | None, possible: int | None
) -> dict[str, Any]:
    seen, valid = (concatenate(every, f"{name}.{depth}") for name in ("hash", "valid"))
    right = int(valid.sum())
    low, high = metrics.wilson(right, len(valid))
    distinct_valid = len(np.unique(seen[valid]))
    return {
        "valid": right / len(valid),
        "valid_low": low,
        "valid_high": high,
        "distinct": len(np.unique(seen)),
        "distinct_valid": distinct_valid,
        "distinct_share": distinct_valid / right if right else None,
        "found_share": distinct_valid / possible if possible else None,
        "in_training": float(np.isin(seen[valid], training).mean()) if training is not None and right else None,
    }
