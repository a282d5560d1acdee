"""The quality of drawn digits: how much they look like real ones to a classifier, and whether they are copies.

The score and the distance (paper, 4.4) are those of ``generative_metrics.py`` with the classifier of
``digit_classifier.py``. Real training images are measured in the same way, as many as there are drawings; no drawing
can be expected to do better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import Dataset, Tokens
from gramsolve.tasks.quality import Figure, Kept, Quality, QualityResult, real_sample
from gramsolve_mnist import digit_classifier
from gramsolve_mnist.data import ON, PIXELS
from gramsolve_mnist.generative_metrics import classifier_score, frechet_distance, nearest, packed

Ink = npt.NDArray[np.bool_]


class DigitQuality(Quality):
    """Figures of a set of drawings:

    ``score``, the classifier score; ``distance``, the Frechet classifier distance to the test images; ``classes``, how
    many digits were drawn, and ``counts`` how often each; ``rarest`` and ``commonest``, the shares of those digits;
    ``nearest``, the median number of pixels between a drawing and the training image nearest to it, and ``copies``,
    drawings that are a training image. For real images ``nearest`` and ``copies`` are those of test images.
    """

    noun: ClassVar[str] = "digits"
    least: ClassVar[int] = 100
    """Fewer drawings than features have no covariance to speak of."""
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("score", "score", "{:.2f}", curve="classifier score"),
        Figure("distance", "distance", "{:.2f}", curve="Frechet classifier distance"),
        Figure("classes", "digits drawn"),
        Figure("rarest", "rarest", "{:.1%}", shares="share of the rarest digit"),
        Figure("commonest", "commonest", "{:.1%}", shares="share of the commonest digit"),
        Figure("nearest", "pixels to a copy", "{:.0f}", curve="pixels to a copy"),
        Figure("copies", "copies"),
    )
    note: ClassVar[str] = (
        "Score: classifier score, 10 at most; distance: Frechet classifier distance to the test images, not the "
        "FID of other papers. Pixels to a copy: median number of pixels in which the nearest training image differs."
    )

    def __init__(self, variant: str) -> None:
        super().__init__(variant)
        self.classifier = digit_classifier.load()

    def keep(self, outputs: Tokens) -> Kept:
        """Eight pixels a byte: uint8 [n, 98]."""
        return np.packbits(inked(outputs), axis=1)

    def measure(self, samples: Sequence[Kept], data: Dataset, seed: int) -> QualityResult:
        train, test = inked(data.train.outputs), inked(data.test.outputs)
        number = len(samples[0])
        like, images = digit_classifier.classify(self.classifier, test), packed(train)

        def figures(ink: Ink, apart: npt.NDArray[np.int64]) -> dict[str, Any]:
            found = digit_classifier.classify(self.classifier, ink)
            counts = np.bincount(found.probabilities.argmax(axis=1), minlength=digit_classifier.CLASSES)
            return {
                "score": classifier_score(found.probabilities),
                "distance": frechet_distance(found.features, like.features),
                "classes": int((counts > 0).sum()),
                "rarest": float(counts.min() / len(ink)),
                "commonest": float(counts.max() / len(ink)),
                "counts": counts.tolist(),
                "nearest": float(np.median(apart)),
                "copies": int((apart == 0).sum()),
            }

        drawn = []
        for kept in samples:
            ink = np.unpackbits(kept, axis=1, count=PIXELS).astype(np.bool_)
            drawn.append(figures(ink, nearest(packed(ink), images)[0]))
        some = train[real_sample(len(train), number, seed)]
        return QualityResult(drawn, figures(some, nearest(packed(test[:number]), images)[0]))

    def remark(self, real: dict[str, Any]) -> str:
        return (
            f"As many real training images: score {real['score']:.2f}, distance {real['distance']:.2f}, rarest "
            f"{real['rarest']:.1%}, commonest {real['commonest']:.1%}; real test images are {real['nearest']:.0f} "
            "pixels from the nearest training image."
        )


def inked(tokens: Tokens) -> Ink:
    """Where there is ink: uint8 [n, P] -> bool [n, P]."""
    return np.asarray(tokens == ON)
