"""Unconditional samples, drawn in parts from the blank input: what measurements of them have in common."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

import numpy as np

from gramsolve import __version__
from gramsolve.errors import BadInput
from gramsolve.evaluation.report import GenerationReport, Origin, origin
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import CHUNK, RolloutStep
from gramsolve.inference.solver import Solver
from gramsolve.work_sharing import UNSHARED, Arrays, SharedWork, WorkShare

R = TypeVar("R", bound=GenerationReport)


class Facts(Origin):
    """The fields of a ``GenerationReport`` but its rows."""

    protocol: str | None
    seed: int
    seconds: float
    boards: int
    temperature: float
    processes: int


class Generation(ABC, Generic[R]):
    """Samples ``number`` boards, those of ``gramsolve sample`` with the same seed, and measures them after each of
    ``depths`` steps. Raises BadInput for numbers out of range, and for a task that cannot be sampled unconditionally.
    """

    KIND: str

    def __init__(
        self, solver: Solver, *, number: int, depths: Sequence[int], seed: int, temperature: float = 1.0
    ) -> None:
        if not solver.task.capabilities.unconditional:
            raise BadInput(f"{solver.task.title} has no blank input to sample boards from")
        self.solver, self.number, self.depths = solver, number, sorted({int(d) for d in depths})
        SolveOptions(depth=self.depths[0])
        self.options = SolveOptions(
            width=number,
            depth=self.depths[-1],
            halt="never",
            seed=seed,
            temperature=temperature,
            augment=1,
            exact=False,
        )
        self.blank = solver.task.blank(solver.variant)

    def run(self, share: WorkShare = UNSHARED, on_progress: Callable[[int, int], None] | None = None) -> R | None:
        """Draw this process's share; the report of all parts, or None where another process leads."""
        parts = SharedWork(share, self._key() if share.folder else "", -(-self.number // CHUNK))

        def tell(done: int, count: int) -> None:
            if on_progress is not None:
                on_progress(min(done * CHUNK, self.number), self.number)

        parts.work(self._part, tell)
        if not share.is_leader:
            return None
        return self._report([parts.read(number) for number in range(parts.count)], share.size)

    def _key(self) -> str:
        settings = (__version__, self.solver.digest(), self.solver.variant, self.KIND, self.options, self.depths)
        return hashlib.sha256(repr(settings).encode()).hexdigest()[:16]

    def frames(self, number: int) -> Iterator[RolloutStep]:
        """All boards of a part after each step; the last frame again where a rollout ended before ``depths`` did."""
        first = number * CHUNK
        count = min(CHUNK, self.number - first)
        last: RolloutStep | None = None
        for last in self.solver.steps(self.blank, self.options, first, count, validate=False):
            yield last
        assert last is not None  # Depth is at least 1.
        for step in range(last.number + 1, self.depths[-1] + 1):
            yield replace(last, number=step)

    @abstractmethod
    def _part(self, number: int) -> Arrays:
        """The arrays that are kept of a part's boards, with the ``seconds`` it took."""

    @abstractmethod
    def _report(self, every: Sequence[Arrays], processes: int) -> R:
        """The report of all parts."""

    def facts(self, every: Sequence[Arrays], processes: int, further: float) -> Facts:
        """The fields of a report that do not depend on what was measured; ``further`` seconds passed after sampling."""
        return {
            **origin(self.solver),
            "protocol": self.solver.trained_on,
            "boards": self.number,
            "seed": self.options.seed,
            "temperature": self.options.temperature,
            "seconds": sum(float(part["seconds"]) for part in every) + further,
            "processes": processes,
        }


def concatenate(every: Sequence[Arrays], name: str) -> np.ndarray:
    """One array of all parts."""
    return np.concatenate([part[name] for part in every])
