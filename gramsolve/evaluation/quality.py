"""Samples measured by the task's own quality measure, for tasks without a validator; see ``tasks/quality.py``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from gramsolve.data import cache
from gramsolve.errors import BadInput
from gramsolve.evaluation.generation import Generation, concatenate
from gramsolve.evaluation.report import GenerationReport
from gramsolve.inference.solver import Solver
from gramsolve.tasks import quality
from gramsolve.work_sharing import Arrays


@dataclass(frozen=True, kw_only=True)
class QualityReport(GenerationReport):
    """What was drawn.

    ``rows`` hold one dict a depth with the figures that the quality measure gives; ``real`` holds those of as many real
    samples. ``noun``, ``figures``, ``note`` and ``remark`` say how they are shown and what they mean, so that a stored
    report can be read without the plugin.
    """

    kind: ClassVar[str] = "quality"

    real: dict[str, Any]
    noun: str
    figures: tuple[dict[str, str], ...]
    note: str
    remark: str


class QualityEvaluation(Generation[QualityReport]):
    """Measures every sample. Raises BadInput for a task without a quality measure, and for too few samples."""

    KIND = "quality"

    def __init__(
        self, solver: Solver, *, number: int, depths: Sequence[int], seed: int, temperature: float = 1.0
    ) -> None:
        if not solver.task.capabilities.quality:
            raise BadInput(f"{solver.task.title} has no measure of the quality of samples")
        self.quality = quality.load(solver.task, solver.variant)
        if number < self.quality.least:
            raise BadInput(f"number must be at least {self.quality.least} here, not {number}")
        super().__init__(solver, number=number, depths=depths, seed=seed, temperature=temperature)

    def _part(self, number: int) -> Arrays:
        """For every depth d what the measure keeps of n samples: ``kept.d`` [n, ...]."""
        started, found = time.perf_counter(), dict[str, np.ndarray]()
        for frame in self.frames(number):
            if frame.number in self.depths:
                found[f"kept.{frame.number}"] = self.quality.keep(frame.tokens)
        return {**found, "seconds": np.array(time.perf_counter() - started)}

    def _report(self, every: Sequence[Arrays], processes: int) -> QualityReport:
        started, solver = time.perf_counter(), self.solver
        data = cache.dataset(solver.task, solver.variant, solver.trained_on or solver.task.protocols[0])
        samples = [concatenate(every, f"kept.{depth}") for depth in self.depths]
        measured = self.quality.measure(samples, data, self.options.seed)
        rows = [{"depth": depth, **row} for depth, row in zip(self.depths, measured.samples, strict=True)]
        return QualityReport(
            **self.facts(every, processes, time.perf_counter() - started),
            rows=tuple(rows),
            real=measured.real,
            noun=self.quality.noun,
            figures=tuple(asdict(figure) for figure in self.quality.figures),
            note=self.quality.note,
            remark=self.quality.remark(measured.real),
        )
