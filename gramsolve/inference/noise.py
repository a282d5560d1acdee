"""Noise, standard normal and uniform, that depends on its coordinates alone.

Every number is a pure function of (seed, instance, trajectory, step, position in the state): the same on every
device, whatever runs beside it in the batch. It is a counter-based generator: coordinates are mixed by the
finaliser of SplitMix64 (Steele, Lea and Flood 2014) and turned into normals by Box and Muller.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

# Odd multipliers of SplitMix64 and its golden-ratio increment, as signed 64-bit integers (torch has no uint64 maths).
_GOLDEN = 0x9E3779B97F4A7C15 - (1 << 64)
_MIX_1 = 0xBF58476D1CE4E5B9 - (1 << 64)
_MIX_2 = 0x94D049BB133111EB - (1 << 64)


def generator(*seeds: int) -> np.random.Generator:
    """numpy's for whole numbers, of which it takes none below zero: for what is drawn on the host."""
    return np.random.default_rng([seed % 2**64 for seed in seeds] if len(seeds) > 1 else seeds[0] % 2**64)


def _shift_right(x: Tensor, bits: int) -> Tensor:
    """Logical shift of int64: torch's own keeps the sign."""
    return (x >> bits) & ((1 << (64 - bits)) - 1)


def _mix(x: Tensor) -> Tensor:
    """A bijection of 64-bit integers in which every input bit moves half of the output bits."""
    x = (x ^ _shift_right(x, 30)) * _MIX_1
    x = (x ^ _shift_right(x, 27)) * _MIX_2
    return x ^ _shift_right(x, 31)


def stream_keys(seed: int, instance: Tensor, trajectory: Tensor) -> Tensor:
    """One 64-bit key per trajectory: int64 [R] from int64 [R] and [R]."""
    start = torch.full_like(instance, seed)
    key = _mix(start * _GOLDEN + 1)
    key = _mix(key ^ (instance * _GOLDEN + 2))
    return _mix(key ^ (trajectory * _GOLDEN + 3))


def branch(keys: Tensor, number: int) -> Tensor:
    """Keys of another stream for each trajectory, independent of its own and of those with another number."""
    return _mix(keys ^ (torch.full_like(keys, number) * _GOLDEN + 4))


def _bits(keys: Tensor, step: int, count: int) -> Tensor:
    """64 random bits int64 [R, count]."""
    counter = torch.arange(count, device=keys.device, dtype=torch.int64) + step * (1 << 40)
    return _mix(keys[:, None] + counter * _GOLDEN)


def uniform(keys: Tensor, step: int, shape: tuple[int, ...]) -> Tensor:
    """Uniform in (0, 1), float32 [R, *shape], for trajectories with ``keys`` int64 [R]."""
    bits = _bits(keys, step, math.prod(shape))
    return ((_shift_right(bits, 41).float() + 0.5) * 2.0**-23).reshape(len(keys), *shape)


def normal(keys: Tensor, step: int, shape: tuple[int, ...]) -> Tensor:
    """Standard normals float32 [R, *shape] of supervision step ``step`` for trajectories with ``keys`` int64 [R]."""
    count = math.prod(shape)
    bits = _bits(keys, step, (count + 1) // 2)
    # 24 bits each: exact in float32. The half keeps the logarithm's argument above zero.
    first = (_shift_right(bits, 40).float() + 0.5) * 2.0**-24
    second = (bits & 0xFFFFFF).float() * (2.0**-24 * 2 * math.pi)
    radius = (-2 * first.log()).sqrt()
    both = torch.cat((radius * second.cos(), radius * second.sin()), dim=1)
    return both[:, :count].reshape(len(keys), *shape)
