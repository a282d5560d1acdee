"""Rollouts of the baselines and of the systems whose noise is elsewhere than in the transitions."""

from typing import Any

import numpy as np
import pytest
import torch

from gramsolve.inference import rollout as module
from gramsolve.inference.rollout import RolloutStep, halt_by_head, rollout
from gramsolve.model.build import Model, build
from gramsolve.model.config import ModelConfig

CELLS = 16
WRITERS = ("autoregressive", "diffusion")
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "autoregressive": {"method": "autoregressive", "mixer": "attention"},
    "diffusion": {"method": "diffusion", "mixer": "attention"},
    "trm-random": {"guidance": "none", "shared": True, "initial_state": "sampled"},
    "trm-sampled": {"guidance": "none", "shared": True, "decoding": "sampled"},
}


def made(name: str, **values: Any) -> Model:
    return build(
        ModelConfig.from_flat(3, 3, CELLS, CELLS, width=32, hidden=48, **ARCHITECTURES[name], **values), seed=1
    ).eval()


def run(model: Model, pairs: list[tuple[int, int]], **settings: Any) -> list[RolloutStep]:
    puzzles = torch.randint(0, 3, (10, CELLS), generator=torch.Generator().manual_seed(0))
    instance, trajectory = torch.tensor(pairs).T
    return list(rollout(model, puzzles[instance], instance, trajectory, **{"depth": 5, **settings}))


def row(frame: RolloutStep, i: int) -> tuple[np.ndarray, ...]:
    return frame.tokens[i], frame.confidence[i], frame.halt[i], frame.value[i], frame.latent[i]


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_a_trajectory_of_any_system_is_the_same_alone_and_in_company(name: str) -> None:
    model, pairs = made(name), [(i, t) for i in range(4) for t in range(11)]
    together, alone = run(model, pairs, seed=5), run(model, [(2, 7)], seed=5)
    position = pairs.index((2, 7))
    assert len(together) == len(alone)
    for a, b in zip(together, alone, strict=True):
        for x, y in zip(row(a, position), row(b, 0), strict=True):
            np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_seed_and_trajectory_decide_and_temperature_zero_has_no_choice(name: str) -> None:
    model, pairs = made(name), [(0, t) for t in range(12)]
    first = run(model, pairs)[-1].tokens
    np.testing.assert_array_equal(first, run(model, pairs)[-1].tokens)
    assert len(np.unique(first, axis=0)) > 1
    assert not np.array_equal(first, run(model, pairs, seed=1)[-1].tokens)
    if name in ("autoregressive", "trm-sampled"):
        assert len(np.unique(run(model, pairs, temperature=0.0)[-1].tokens, axis=0)) == 1


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_chunks_of_any_system_do_not_show(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, pairs = made(name), [(0, t) for t in range(40)]
    whole = run(model, pairs)
    monkeypatch.setattr(module, "CHUNK", 16)
    for a, b in zip(whole, run(model, pairs), strict=True):
        np.testing.assert_array_equal(a.tokens, b.tokens)


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_those_who_leave_change_nothing_for_the_others(name: str) -> None:
    model, pairs = made(name), [(1, t) for t in range(13)]
    undisturbed = run(model, pairs)
    count = iter(range(10))

    def should_halt(step: RolloutStep, rows: np.ndarray) -> np.ndarray:
        return rows % 5 == next(count)

    for number, frame in enumerate(run(model, pairs, should_halt=should_halt)):
        for i in range(13):
            for x, y in zip(row(frame, i), row(undisturbed[min(number, i % 5)], i), strict=True):
                np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(("depth", "frames"), [(1, 1), (5, 5), (CELLS, CELLS), (1000, CELLS)])
def test_a_frame_decides_its_share_of_the_cells_for_good(name: str, depth: int, frames: int) -> None:
    seen = run(made(name), [(0, t) for t in range(3)], depth=depth, should_halt=halt_by_head)
    assert [frame.number for frame in seen] == list(range(1, frames + 1))
    if name == "autoregressive":
        for frame in seen:
            decided = -(-CELLS * frame.number // frames)
            np.testing.assert_array_equal(frame.tokens[:, :decided], seen[-1].tokens[:, :decided])
            assert (frame.tokens[:, decided:] == 0).all() and (frame.confidence[:, decided:] == 0).all()
            assert (frame.confidence[:, :decided] > 0).all()
    else:
        last = seen[-1].tokens
        settled = [(frame.tokens == last) for frame in seen]
        for number in range(frames):
            always = np.all(settled[number:], axis=0).sum(axis=1)
            assert (always >= -(-CELLS * (number + 1) // frames)).all()


def test_the_autoregressive_board_does_not_depend_on_the_frames() -> None:
    model, pairs = made("autoregressive"), [(0, t) for t in range(5)]
    boards = [run(model, pairs, depth=depth)[-1].tokens for depth in (1, 3, CELLS)]
    np.testing.assert_array_equal(boards[0], boards[1])
    np.testing.assert_array_equal(boards[0], boards[2])


@torch.no_grad()
def test_one_cell_at_a_time_diffusion_draws_from_its_own_conditionals() -> None:
    """Confidence is the probability that the network gave to the token, with what was decided before and no more."""
    model = made("diffusion")
    seen = run(model, [(3, 4)], depth=CELLS)
    puzzles = torch.randint(0, 3, (10, CELLS), generator=torch.Generator().manual_seed(0))
    board = torch.full((1, CELLS), 3)
    for frame in seen:
        logits = model(puzzles[3:4], board)
        probabilities = logits.softmax(-1)[0]
        waiting = (board[0] == 3).numpy()
        chosen = probabilities[range(CELLS), frame.tokens[0].astype(int)].numpy()
        np.testing.assert_allclose(chosen[waiting], frame.confidence[0][waiting], rtol=1e-4)
        later = seen[-1].tokens[0]
        # The one that was decided now: it keeps this confidence to the end.
        kept = waiting & np.isclose(frame.confidence[0], seen[-1].confidence[0], rtol=1e-6) & (frame.tokens[0] == later)
        assert kept.any()
        board[0, np.flatnonzero(kept)[0]] = int(later[np.flatnonzero(kept)[0]])


def test_a_direct_system_takes_one_step_whatever_the_depth() -> None:
    shape = ModelConfig.from_flat(
        3, 3, CELLS, CELLS, width=32, guidance="none", hierarchical=False, low_updates=0, step_limit=1
    )
    assert len(run(build(shape), [(0, 0), (1, 0)], depth=16)) == 1
