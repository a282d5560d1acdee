"""Metrics of drawings: scores from the output of a classifier, and the distance to the nearest image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gramsolve.tasks.kernel import Kernel

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]


def classifier_score(probabilities: Floats) -> float:
    """exp of the mean KL(p(y|x) || p(y)) over drawings x: float64 [N, C] -> between 1 and C.

    The Inception score (Salimans et al. 2016, section 4) with another classifier: high when every drawing is clearly
    of one class and all classes are drawn.
    """
    p = np.clip(probabilities, 1e-12, 1)
    marginal = p.mean(axis=0)
    return float(np.exp(np.mean(np.sum(p * (np.log(p) - np.log(marginal)), axis=1))))


def frechet_distance(one: Floats, other: Floats) -> float:
    """Squared Frechet distance of two Gaussians fitted to features float64 [N, D] and [M, D] (Heusel et al. 2017).

    |m1 - m2|^2 + trace(S1 + S2 - 2 (S1^(1/2) S2 S1^(1/2))^(1/2)).
    """
    first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    # The product under the root is symmetric, so its root has the roots of its eigenvalues.
    both = np.sqrt(np.clip(np.linalg.eigvalsh(root @ second @ root), 0, None)).sum()
    apart = one.mean(axis=0) - other.mean(axis=0)
    return float(apart @ apart + np.trace(first) + np.trace(second) - 2 * both)


def packed(ink: npt.NDArray[np.bool_]) -> Words:
    """Drawings bool [N, P] as words of 64 pixels, zeros at the end: uint64 [N, ceil(P / 64)]."""
    missing = -ink.shape[1] % 64
    return np.packbits(np.pad(ink, ((0, 0), (0, missing))), axis=1).view(np.uint64)


@Kernel
def nearest(drawings: Words, images: Words) -> tuple[np.ndarray, np.ndarray]:
    """For each drawing the least number of pixels in which an image differs, int64 [N], and that image, int64 [N]."""
    distance = np.empty(len(drawings), np.int64)
    which = np.empty(len(drawings), np.int64)
    for i in range(len(drawings)):
        distance[i] = np.int64(1) << 40
        for j in range(len(images)):
            apart = np.int64(0)
            for k in range(drawings.shape[1]):
                x = drawings[i, k] ^ images[j, k]
                x -= (x >> np.uint64(1)) & np.uint64(0x5555555555555555)
                x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
                x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
                apart += np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))
            if apart < distance[i]:
                distance[i], which[i] = apart, j
    return distance, which
