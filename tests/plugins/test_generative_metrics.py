"""What drawings are measured by: against hand-computed cases and slow definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve.errors import Missing
from gramsolve_mnist import data, digit_classifier
from gramsolve_mnist.generative_metrics import classifier_score, frechet_distance, nearest, packed


def test_a_score_is_the_number_of_classes_that_are_drawn_clearly() -> None:
    assert classifier_score(np.eye(10)) == pytest.approx(10)
    assert classifier_score(np.eye(10)[[3, 3, 7, 7]]) == pytest.approx(2)
    assert classifier_score(np.full((5, 10), 0.1)) == pytest.approx(1)


def test_a_score_is_what_its_definition_says() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(4), size=30)
    marginal = p.sum(axis=0) / 30
    mean = sum(p[i, c] * math.log(p[i, c] / marginal[c]) for i in range(30) for c in range(4)) / 30
    assert classifier_score(p) == pytest.approx(math.exp(mean))


def test_the_distance_of_gaussians_along_the_axes_is_known() -> None:
    """For diagonal covariances it is |m1 - m2|^2 + sum (s1 - s2)^2."""
    corners = np.array([(x, y) for x in (-1, 1) for y in (-1, 1)], np.float64)
    one, other = corners * [1, 2], corners * [3, 5] + [10, -4]
    spread = math.sqrt(4 / 3)  # of four corners, with the unbiased covariance
    expected = 10**2 + 4**2 + (spread * (3 - 1)) ** 2 + (spread * (5 - 2)) ** 2
    assert frechet_distance(one, other) == pytest.approx(expected)
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)


def test_the_distance_is_symmetric_and_that_of_the_general_formula() -> None:
    rng = np.random.default_rng(1)
    one = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5))
    other = rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5)) + 1
    first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    # The trace of the root of S1 S2 is the sum of the roots of its eigenvalues.
    roots = np.sqrt(np.linalg.eigvals(first @ second).real).sum()
    apart = ((one.mean(axis=0) - other.mean(axis=0)) ** 2).sum()
    assert frechet_distance(one, other) == pytest.approx(apart + np.trace(first) + np.trace(second) - 2 * roots)
    assert frechet_distance(one, other) == pytest.approx(frechet_distance(other, one))


@settings(deadline=None)  # the kernel may have to be compiled first
@given(st.integers(0, 2**32), st.integers(1, 130), st.integers(1, 6), st.integers(1, 9))
def test_the_nearest_image_is_what_comparing_all_pixels_finds(seed: int, pixels: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    drawings, images = rng.random((n, pixels)) < 0.5, rng.random((m, pixels)) < 0.5
    apart = (drawings[:, None] != images[None]).sum(axis=2)
    distance, which = nearest(packed(drawings), packed(images))
    assert distance.tolist() == apart.min(axis=1).tolist()
    assert which.tolist() == apart.argmin(axis=1).tolist()


def test_the_classifier_knows_digits_apart() -> None:
    """Its labels are not in this package, but its opinions of real digits are sure and of all ten classes."""
    ink = data.packaged()[data.TRAIN : data.TRAIN + 2000] == data.ON
    said = digit_classifier.classify(digit_classifier.load(), ink)
    assert said.features.shape == (2000, digit_classifier.FEATURES) and said.probabilities.shape == (2000, 10)
    classes = np.bincount(said.probabilities.argmax(axis=1), minlength=10)
    assert classes.min() > 100 and classes.max() < 300
    assert classifier_score(said.probabilities) > 9
    noise = np.random.default_rng(0).random(ink.shape) < ink.mean()
    unlike = frechet_distance(said.features, digit_classifier.classify(digit_classifier.load(), noise).features)
    halves = frechet_distance(said.features[:1000], said.features[1000:])
    assert unlike > 20 * halves


def test_other_weights_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digit_classifier, "SHA256", "0" * 64)
    with pytest.raises(Missing, match="damaged"):
        digit_classifier.load()


def test_it_is_trained_the_same_way_twice() -> None:
    pixels = data.packaged()[:256] == data.ON
    labels = (np.arange(256) % 10).astype(np.uint8)
    one, other = (digit_classifier.train(pixels, labels, epochs=1, seed=3) for _ in range(2))
    assert all(
        np.array_equal(a.detach(), b.detach()) for a, b in zip(one.parameters(), other.parameters(), strict=True)
    )
