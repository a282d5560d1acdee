"""The latent map's plane against numpy's own decomposition, and its calm."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve.tui.view.pca import fit_pca


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 40), st.integers(2, 12))
def test_it_is_the_plane_of_largest_variance(seed: int, count: int, width: int) -> None:
    points = np.random.default_rng(seed).normal(size=(count, width)) * np.linspace(3, 1, width)
    plane = fit_pca(points)
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-8)
    values = np.linalg.svd(points - points.mean(axis=0), compute_uv=False) ** 2
    np.testing.assert_allclose(plane.share, values[:2] / values.sum(), atol=1e-8)
    spread = plane.project(points)
    np.testing.assert_allclose((spread**2).sum(axis=0), values[:2], rtol=1e-6)


def test_more_points_neither_flip_nor_spin_the_picture() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(200, 8)) * [3, 3, 1, 1, 1, 1, 1, 1]  # two axes of nearly the same variance
    plane = fit_pca(points[:40])
    for end in range(50, 201, 10):
        after = fit_pca(points[:end], plane)
        np.testing.assert_allclose(after.axes @ after.axes.T, np.eye(2), atol=1e-8)
        assert (np.diag(plane.axes @ after.axes.T) > 0.6).all()
        plane = after


def test_points_that_are_all_alike_have_a_plane_too() -> None:
    plane = fit_pca(np.ones((5, 4)))
    assert np.isfinite(plane.project(np.ones((5, 4)))).all() and plane.share.sum() == 0
