"""Digits out of nothing: how much like real ones they look to a classifier, and whether they are copies (paper, 4.4).

The score and the distance are those of ``drawings.py`` with the classifier of ``judge.py``. Beside them stand the same
figures of as many real training images, which no drawing can be expected to beat.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gramsolve import __version__
from gramsolve.data import cache
from gramsolve.errors import BadInput
from gramsolve.evaluation import judge, tables
from gramsolve.evaluation.drawings import classifier_score, frechet_distance, nearest, packed
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import CHUNK
from gramsolve.inference.solver import Solver
from gramsolve.parts import ALONE, Parts, Share

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


class Digits:
    """``number`` drawings from the blank input, those of ``gramsolve sample`` with the same seed, ready to be made in
    parts. Raises BadInput for drawings that no classifier knows, and for numbers out of range."""

    def __init__(
        self, solver: Solver, *, number: int, depths: Sequence[int], seed: int, temperature: float = 1.0
    ) -> None:
        if not known(solver):
            raise BadInput(f"{solver.task.title}: there is neither a validator nor a classifier to ask")
        if number < LEAST:
            raise BadInput(f"number must be at least {LEAST} here, not {number}")
        self.solver, self.number, self.depths = solver, number, sorted({int(d) for d in depths})
        SolveOptions(depth=self.depths[0])
        self.options = SolveOptions(
            width=number, depth=self.depths[-1], halt="never", seed=seed, temperature=temperature, exact=False
        )
        self.blank = solver.task.blank(solver.variant)
        self.judge = judge.load()

    def run(self, share: Share = ALONE, on_progress: Callable[[int, int], None] | None = None) -> DigitsReport | None:
        """Draw this process's share; the report of all, or None where another process leads."""
        parts = Parts(share, self._key() if share.folder else "", -(-self.number // CHUNK))

        def tell(done: int, count: int) -> None:
            if on_progress is not None:
                on_progress(min(done * CHUNK, self.number), self.number)

        parts.work(self._part, tell)
        return self._report(parts, share.size) if share.leads else None

    def _key(self) -> str:
        settings = (__version__, self.solver.digest(), self.solver.variant, "digits", self.options, self.depths)
        return hashlib.sha256(repr(settings).encode()).hexdigest()[:16]

    def _part(self, number: int) -> dict[str, np.ndarray]:
        """For every depth d and n drawings: ``ink.d`` uint8 [n, 98], eight pixels a byte."""
        started, found, first = time.perf_counter(), dict[str, np.ndarray](), number * CHUNK
        for frame in self.solver.frames(self.blank, self.options, first, min(CHUNK, self.number - first)):
            if frame.number in self.depths:
                found[f"ink.{frame.number}"] = np.packbits(inked(frame.tokens), axis=1)
        return {**found, "seconds": np.array(time.perf_counter() - started)}

    def _report(self, parts: Parts, processes: int) -> DigitsReport:
        every = [parts.read(number) for number in range(parts.count)]
        started, solver = time.perf_counter(), self.solver
        data = cache.dataset(solver.task, solver.variant, solver.trained_on or solver.task.protocols[0])
        train, test = inked(data.train.outputs), inked(data.test.outputs)
        picked = np.random.default_rng(self.options.seed).choice(
            len(train), min(self.number, len(train)), replace=False
        )
        like, images = judge.judged(self.judge, test), packed(train)

        def figures(ink: Ink, apart: npt.NDArray[np.int64]) -> dict[str, Any]:
            said = judge.judged(self.judge, ink)
            counts = np.bincount(said.probabilities.argmax(axis=1), minlength=judge.CLASSES)
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
            bits = np.concatenate([part[f"ink.{depth}"] for part in every])
            ink = np.unpackbits(bits, axis=1).astype(np.bool_)
            rows.append({"depth": depth, **figures(ink, nearest(packed(ink), images)[0])})
        real = figures(train[picked], nearest(packed(test[: self.number]), images)[0])
        return DigitsReport(
            task=solver.task.name,
            variant=solver.variant,
            checkpoint=solver.checkpoint,
            protocol=solver.trained_on,
            boards=self.number,
            real=real,
            seed=self.options.seed,
            temperature=self.options.temperature,
            seconds=sum(float(part["seconds"]) for part in every) + time.perf_counter() - started,
            processes=processes,
            device=str(solver.device),
            threads=torch.get_num_threads(),
            rows=tuple(rows),
        )


def known(solver: Solver) -> bool:
    """Whether the classifier knows what is drawn: ``rows x columns`` of two colours, of the task it was trained for."""
    return solver.task.name == "mnist" and solver.model.config.output_length == judge.SIDE**2


def inked(tokens: npt.NDArray[np.uint8]) -> Ink:
    """Where there is ink: the last of the tokens, uint8 [n, P] -> bool [n, P]."""
    return np.asarray(tokens == 2)
