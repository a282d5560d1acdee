"""Trajectories: independent of their batch, halting one by one, finished ones out of the way."""

import numpy as np
import pytest
import torch

from gramsolve.inference import rollout as module
from gramsolve.inference.rollout import RolloutStep, halt_by_head, rollout
from gramsolve.model.config import ModelConfig
from gramsolve.model.network import GRAM, build_gram

CONFIG = ModelConfig.from_flat(3, 3, 16, 16, width=32, hidden=48, transitions=2)


@pytest.fixture(scope="module")
def model() -> GRAM:
    """Random weights, large enough that noise changes answers."""
    model = build_gram(CONFIG, seed=1)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn(p.shape, generator=generator) * 0.1)
    return model.eval()


def run(model: GRAM, pairs: list[tuple[int, int]], **settings: object) -> list[RolloutStep]:
    generator = torch.Generator().manual_seed(0)
    puzzles = torch.randint(0, 3, (10, 16), generator=generator)
    instance, trajectory = torch.tensor(pairs).T
    return list(rollout(model, puzzles[instance], instance, trajectory, **{"depth": 5, **settings}))  # type: ignore[arg-type]


def row(frame: RolloutStep, i: int) -> tuple[np.ndarray, ...]:
    return frame.tokens[i], frame.confidence[i], frame.halt[i], frame.value[i], frame.latent[i]


def test_a_trajectory_is_the_same_alone_and_in_company(model: GRAM) -> None:
    pairs = [(i, t) for i in range(4) for t in range(11)]
    together, alone = run(model, pairs, seed=5), run(model, [(2, 7)], seed=5)
    position = pairs.index((2, 7))
    for a, b in zip(together, alone, strict=True):
        for x, y in zip(row(a, position), row(b, 0), strict=True):
            np.testing.assert_array_equal(x, y)


def test_chunks_do_not_show(model: GRAM, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [(0, t) for t in range(40)]
    whole = run(model, pairs)
    monkeypatch.setattr(module, "CHUNK", 16)
    for a, b in zip(whole, run(model, pairs), strict=True):
        np.testing.assert_array_equal(a.tokens, b.tokens)
        np.testing.assert_array_equal(a.confidence, b.confidence)


def test_leaving_trajectories_change_nothing_for_the_others(model: GRAM) -> None:
    pairs = [(1, t) for t in range(13)]
    all_steps = run(model, pairs)

    def should_halt(step: RolloutStep, rows: np.ndarray) -> np.ndarray:
        return rows % 3 == (len(seen) % 3)

    seen: list[RolloutStep] = []
    instance, trajectory = torch.tensor(pairs).T
    puzzles = torch.randint(0, 3, (10, 16), generator=torch.Generator().manual_seed(0))
    for frame in rollout(model, puzzles[instance], instance, trajectory, depth=5, should_halt=should_halt):
        seen.append(frame)  # noqa: PERF402  (`should_halt` reads it on the way)
    # Rows 0 mod 3 leave after step 1, 1 mod 3 after step 2, 2 mod 3 after step 3: nobody is left for step 4.
    assert len(seen) == 3
    for i in range(13):
        stopped = i % 3
        for number, frame in enumerate(seen):
            for x, y in zip(row(frame, i), row(all_steps[min(number, stopped)], i), strict=True):
                np.testing.assert_array_equal(x, y)
            assert frame.running[i] == (number < stopped)


def test_frames_already_seen_stay_as_they_were(model: GRAM) -> None:
    instance = torch.zeros(9, dtype=torch.long)
    stream = rollout(model, torch.ones(9, 16, dtype=torch.long), instance, torch.arange(9), depth=4)
    first = next(stream)
    kept = first.tokens.copy(), first.latent.copy(), first.running.copy()
    for _ in stream:
        pass
    np.testing.assert_array_equal(first.tokens, kept[0])
    np.testing.assert_array_equal(first.latent, kept[1])
    np.testing.assert_array_equal(first.running, kept[2])


def test_seeds_and_trajectories_differ_and_temperature_zero_does_not(model: GRAM) -> None:
    pairs = [(0, t) for t in range(12)]
    base = run(model, pairs)[-1]
    assert len(np.unique(base.latent, axis=0)) == 12
    assert not np.array_equal(base.latent, run(model, pairs, seed=1)[-1].latent)
    frozen = run(model, pairs, temperature=0.0)[-1]
    assert len(np.unique(frozen.latent, axis=0)) == 1


def test_deterministic_model_needs_no_noise() -> None:
    model = build_gram(ModelConfig.from_flat(3, 3, 16, 16, width=32, guidance="none"))
    frames = run(model, [(0, t) for t in range(9)])
    assert len(np.unique(frames[-1].latent, axis=0)) == 1


def test_halting_follows_the_head(model: GRAM) -> None:
    frames = run(model, [(0, t) for t in range(9)], should_halt=halt_by_head)
    for frame in frames:
        np.testing.assert_array_equal(frame.running, frame.halt <= 0.5)
