"""An accelerator is not kept waiting: an update asks the host for nothing but the score of its rollouts."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from gramsolve import device
from gramsolve.model.core import LatentState
from gramsolve.tasks import registry
from gramsolve.training.objective import head_loss
from gramsolve.training.train_state import Noise, Trajectories
from tests.fakes.trainers import advance, trainer_of


def on_meta(tensor: Tensor) -> Tensor:
    return torch.empty_like(tensor, device="meta")


@pytest.mark.parametrize("task", registry.names())
def test_nothing_an_update_computes_depends_on_a_value_the_host_must_see(task: str, tmp_path: Path) -> None:
    """Tensors on the meta device have no values, so that whatever asks for one fails."""
    trainer, state = trainer_of(task, tmp_path)
    model, beta = state.model, trainer.beta(0, state.trajectories.ambiguous)
    noise, beta = (on_meta(tensor) for tensor in (trainer.noise(state).posterior, beta))  # type: ignore[arg-type]
    tensors = {name: on_meta(tensor) for name, tensor in state.trajectories.tensors().items()}
    t = Trajectories.from_tensors(tensors, state.trajectories.observed)
    model.to("meta")
    loss, _, h, l = trainer.posterior_step(  # noqa: E741
        model,  # type: ignore[arg-type]
        t.inputs,
        t.targets,
        t.posterior.h,
        t.posterior.l,
        noise,
        beta,
    )
    loss.backward()
    count = len(t.correct)
    rolled = LatentState(*trainer.prior_step(model, t.inputs[:count], t.prior.h, t.prior.l, noise[:, :count])[:2])  # type: ignore[arg-type]
    halt, value = model.heads(rolled.h)  # type: ignore[operator]
    correct = on_meta(t.correct[:, 0])
    head_loss(halt, value, correct, correct).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    assert loss.is_meta and h.is_meta and l.is_meta
    assert all(p.grad is not None and p.grad.is_meta for p in model.parameters() if p.requires_grad)


def test_the_host_scores_when_the_posterior_has_been_queued(tmp_path: Path) -> None:
    """Rollouts go first, so that their boards are there by the time that the gradients are under way."""
    trainer, state = trainer_of("nqueens", tmp_path)
    score, queued = trainer.score, []

    def watched(*boards: Any) -> Any:
        queued.append(any(p.grad is not None for p in state.model.core.parameters()))
        return score(*boards)

    trainer.score = watched
    advance(trainer, state)
    assert queued == [True]


def test_repairing_looks_at_nothing_that_is_still_being_computed(tmp_path: Path) -> None:
    """What rollouts said was fetched for their score, and that is all there is to know."""
    trainer, state = trainer_of("nqueens", tmp_path, self_correction="1", prior_share="0.5")
    state, _ = advance(trainer, state, 4)
    tensors = {name: on_meta(tensor) for name, tensor in state.trajectories.tensors().items()}
    state = replace(state, trajectories=Trajectories.from_tensors(tensors, state.trajectories.observed))
    trainer.device = torch.device("meta")
    state.model.to("meta")
    batch = trainer.batch(state)
    assert batch is not None and len(batch.restart_rows) == len(batch.restart_targets) == 2
    nothing = Noise(None, None, None, None)
    trainer.refill(state.model, state.update, state.trajectories, batch, nothing)  # type: ignore[arg-type]


def test_boards_fetched_are_those_sent() -> None:
    boards = [np.arange(12, dtype=np.uint8).reshape(3, 4), np.ones((2, 2), np.uint8)]
    there = [device.send(torch.from_numpy(board), torch.device("cpu")) for board in boards]
    for board, back in zip(boards, device.Fetched(*there).arrays(), strict=True):
        assert back.dtype == np.uint8 and np.array_equal(back, board)
