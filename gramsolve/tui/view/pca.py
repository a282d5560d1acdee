"""The first two principal components of latent states, for the latent map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PCA:
    """``mean`` [D], orthonormal ``axes`` [2, D], and the ``share`` [2] of the variance that lies along each."""

    mean: Floats
    axes: Floats
    share: Floats

    def project(self, latent: npt.NDArray[np.floating]) -> Floats:
        """[..., D] -> [..., 2]."""
        return (latent - self.mean) @ self.axes.T


def fit_pca(latent: npt.NDArray[np.floating], before: PCA | None = None) -> PCA:
    """The plane of largest variance of points [M, D], D at least 2.

    Components are defined up to sign, and two of similar variance up to a rotation: a picture that gains points would
    flip and spin. So the new axes are turned within their plane to lie as close to those of ``before`` as they can.
    """
    points = np.asarray(latent, np.float64)
    mean = points.mean(axis=0)
    centred = points - mean
    variance, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, :-3:-1].T
    total = max(float(variance.sum()), np.finfo(np.float64).tiny)
    share = np.clip(variance[:-3:-1], 0, None) / total
    if before is not None and before.axes.shape == axes.shape:
        left, _, right = np.linalg.svd(before.axes @ axes.T)
        axes = left @ right @ axes
    else:
        # Whatever the linear algebra library likes, the largest loading of each axis is positive.
        largest = np.abs(axes).argmax(axis=1)
        axes = axes * np.sign(axes[[0, 1], largest])[:, None]
    return PCA(mean, axes, share)
