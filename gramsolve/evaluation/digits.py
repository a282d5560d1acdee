"""Digits out of nothing: how much like real ones they look to a classifier, and whether they are copies (paper, 4.4).

The score and the distance are those of ``drawings.py`` with the classifier of ``judge.py``. Beside them stand the same
figures of as many real training images, which no drawing can be expected to beat.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gramsolve.data import cache
from gramsolve.errors import BadInput
from gramsolve.evaluation import digit_classifier, tables
from gramsolve.evaluation.generation import Generation, concatenate
from gramsolve.evaluation.generative_metrics import classifier_score, frechet_distance, nearest, packed
from gramsolve.inference.solver import Solver
from gramsolve.work_sharing import Arrays

LEAST = 100
"""Fewer drawings than features have no covariance to speak of."""
Ink = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class DigitsReport:
    """What was drawn.

    ``rows`` hold one dict a depth: classifier ``score``, Frechet classifier ``distance`` to the test images, how many
    ``classes`` were drawn and how often each (``counts``), the ``rarest`` and the ``commonest`` share; ``nearest``, the
    median number of pixels between a drawing and the training image nearest to it, and ``copies``, drawings that are a
    training image. ``real`` is the same of as many training images, their ``nearest`` that of test images.
    """

    task: str
    variant: str
    checkpoint: str
    protocol: str | None
    boards: int
    real: dict[str, Any]
    seed: int
    temperature: float
    seconds: float
    processes: int
    device: str
    threads: int
    rows: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        return tables.plain({"kind": "digits", **self.__dict__, "seconds": round(self.seconds, 1)})


class Digits(Generation[DigitsReport]):
    """Asks the classifier about every drawing. Raises BadInput for drawings of which it knows nothing."""

    KIND = "digits"

    def __init__(
        self, solver: Solver, *, number: int, depths: Sequence[int], seed: int, temperature: float = 1.0
    ) -> None:
        if not known(solver):
            raise BadInput(f"{solver.task.title}: there is neither a validator nor a classifier to ask")
        if number < LEAST:
            raise BadInput(f"number must be at least {LEAST} here, not {number}")
        super().__init__(solver, number=number, depths=depths, seed=seed, temperature=temperature)
        self.classifier = digit_classifier.load()

    def _part(self, number: int) -> dict[str, np.ndarray]:
        """For every depth d and n drawings: ``ink.d`` uint8 [n, 98], eight pixels a byte."""
        started, found = time.perf_counter(), dict[str, np.ndarray]()
        for frame in self.frames(number):
            if frame.number in self.depths:
                found[f"ink.{frame.number}"] = np.packbits(inked(frame.tokens), axis=1)
        return {**found, "seconds": np.array(time.perf_counter() - started)}

    def _report(self, every: Sequence[Arrays], processes: int) -> DigitsReport:
        started, solver = time.perf_counter(), self.solver
        data = cache.dataset(solver.task, solver.variant, solver.trained_on or solver.task.protocols[0])
        train, test = inked(data.train.outputs), inked(data.test.outputs)
        picked = np.random.default_rng(self.options.seed).choice(
            len(train), min(self.number, len(train)), replace=False
        )
        like, images = digit_classifier.classify(self.classifier, test), packed(train)

        def figures(ink: Ink, apart: npt.NDArray[np.int64]) -> dict[str, Any]:
            said = digit_classifier.classify(self.classifier, ink)
            counts = np.bincount(said.probabilities.argmax(axis=1), minlength=digit_classifier.CLASSES)
            return {
                "score": classifier_score(said.probabilities),
                "distance": frechet_distance(said.features, like.features),
                "classes": int((counts > 0).sum()),
                "rarest": float(counts.min() / len(ink)),
                "commonest": float(counts.max() / len(ink)),
                "counts": counts.tolist(),
                "nearest": float(np.median(apart)),
                "copies": int((apart == 0).sum()),
            }

        rows = []
        for depth in self.depths:
            ink = np.unpackbits(concatenate(every, f"ink.{depth}"), axis=1).astype(np.bool_)
            rows.append({"depth": depth, **figures(ink, nearest(packed(ink), images)[0])})
        real = figures(train[picked], nearest(packed(test[: self.number]), images)[0])
        return DigitsReport(**self.facts(every, processes, time.perf_counter() - started), real=real, rows=tuple(rows))


def known(solver: Solver) -> bool:
    """Whether the classifier knows what is drawn: ``rows x columns`` of two colours, of the task it was trained for."""
    return solver.task.name == "mnist" and solver.model.config.output_length == digit_classifier.SIDE**2


def inked(tokens: npt.NDArray[np.uint8]) -> Ink:
    """Where there is ink: the last of the tokens, uint8 [n, P] -> bool [n, P]."""
    return np.asarray(tokens == 2)
