"""The counter-based noise: a function of its coordinates alone, and normal."""

import math

import pytest
import torch

from gramsolve.inference.noise import normal, stream_keys

GOLDEN = [-0.551457, -1.722135, -1.000348, 1.376858]


def keys(seed: int, pairs: list[tuple[int, int]]) -> torch.Tensor:
    instance, trajectory = torch.tensor(pairs).T
    return stream_keys(seed, instance, trajectory)


def test_rows_do_not_depend_on_their_neighbours() -> None:
    many = normal(keys(3, [(i, t) for i in range(4) for t in range(5)]), 2, (3, 7))
    alone = normal(keys(3, [(2, 4)]), 2, (3, 7))
    assert torch.equal(many[14], alone[0])


def test_every_coordinate_matters() -> None:
    base = normal(keys(0, [(0, 0)]), 1, (64,))
    others = [
        normal(keys(1, [(0, 0)]), 1, (64,)),
        normal(keys(0, [(1, 0)]), 1, (64,)),
        normal(keys(0, [(0, 1)]), 1, (64,)),
        normal(keys(0, [(0, 0)]), 2, (64,)),
    ]
    for other in others:
        assert (base == other).sum() <= 1


def test_known_values_never_change() -> None:
    """Recordings and published figures name seeds: the stream is part of the format."""
    drawn = normal(keys(42, [(7, 3)]), 5, (4,))
    torch.testing.assert_close(drawn[0], torch.tensor(GOLDEN), rtol=1e-5, atol=1e-5)


def test_moments_and_tails_are_normal() -> None:
    x = normal(keys(9, [(i, 0) for i in range(200)]), 3, (5_000,)).flatten().double()
    assert abs(x.mean()) < 5 / math.sqrt(len(x))
    assert x.var() == pytest.approx(1, abs=0.01)
    assert (x**3).mean() == pytest.approx(0, abs=0.02)
    assert (x**4).mean() == pytest.approx(3, abs=0.05)
    assert (x.abs() > 1.959964).double().mean() == pytest.approx(0.05, abs=0.001)
    # Kolmogorov-Smirnov distance at a million samples: 1.95 / sqrt(n) is the 0.1 % point.
    cdf = torch.distributions.Normal(0.0, 1.0).cdf(x.sort().values)
    steps = torch.arange(1, len(x) + 1, dtype=torch.float64) / len(x)
    assert (cdf - steps).abs().max() < 1.95 / math.sqrt(len(x))


def test_steps_trajectories_and_cells_are_uncorrelated() -> None:
    a = normal(keys(0, [(0, t) for t in range(1000)]), 1, (200,))
    b = normal(keys(0, [(0, t) for t in range(1000)]), 2, (200,))
    limit = 5 / math.sqrt(a.numel())
    assert abs((a * b).mean()) < limit
    assert abs((a[:-1] * a[1:]).mean()) < limit
    assert abs((a[:, :-1] * a[:, 1:]).mean()) < limit
    assert abs((a[:, :100] * a[:, 100:]).mean()) < limit
