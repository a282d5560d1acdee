"""An accelerator is not kept waiting: an update asks the host for nothing but the score of its rollouts."""

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
from gramsolve.training.trainer import Carry
from tests.fakes.trainers import trainer_of


def on_meta(tensor: Tensor) -> Tensor:
    return torch.empty_like(tensor, device="meta")


@pytest.mark.parametrize("task", registry.names())
def test_nothing_an_update_computes_depends_on_a_value_the_host_must_see(task: str, tmp_path: Path) -> None:
    """Tensors on the meta device have no values, so that whatever asks for one fails."""
    trainer = trainer_of(task, tmp_path)
    carry = Carry.from_tensors({name: on_meta(tensor) for name, tensor in trainer.carry.tensors().items()})
    trainer.model.to("meta")
    noise, beta = (on_meta(tensor) for tensor in (trainer._noise(16, slice(None)), trainer._beta()))
    loss, _, h, l = trainer._posterior_step(  # noqa: E741
        carry.inputs, carry.targets, carry.state.h, carry.state.l, noise, beta
    )
    loss.backward()
    count = len(carry.right)
    rolled = LatentState(*trainer._prior_step(carry.inputs[:count], carry.prior.h, carry.prior.l, noise[:, :count])[:2])
    halt, value = trainer.model.heads(rolled.h)
    right = on_meta(carry.right[:, 0])
    head_loss(halt, value, right, right).backward()
    torch.nn.utils.clip_grad_norm_(trainer.model.parameters(), 1.0)
    assert loss.is_meta and h.is_meta and l.is_meta
    assert all(p.grad is not None and p.grad.is_meta for p in trainer.model.parameters() if p.requires_grad)


def test_the_host_scores_when_the_posterior_has_been_queued(tmp_path: Path) -> None:
    """Rollouts go first, so that their boards are there by the time that the gradients are under way."""
    trainer = trainer_of("nqueens", tmp_path)
    score, queued = trainer.score, []

    def watched(*boards: Any) -> Any:
        queued.append(any(p.grad is not None for p in trainer.model.core.parameters()))
        return score(*boards)

    trainer.score = watched
    trainer.update()
    assert queued == [True]


def test_repairing_looks_at_nothing_that_is_still_being_computed(tmp_path: Path) -> None:
    """What rollouts said was fetched for their score, and that is all there is to know."""
    trainer = trainer_of("nqueens", tmp_path, self_correction="1", prior_share="0.5")
    for _ in range(4):
        trainer.update()
    trainer.carry = Carry.from_tensors({name: on_meta(tensor) for name, tensor in trainer.carry.tensors().items()})
    trainer.device = torch.device("meta")
    trainer.model.to("meta")
    again, solutions = trainer._repairs(-trainer.done % trainer.config.objective.phases)
    assert len(again) == len(solutions) == 2
    trainer._refill()


def test_boards_fetched_are_those_sent() -> None:
    boards = [np.arange(12, dtype=np.uint8).reshape(3, 4), np.ones((2, 2), np.uint8)]
    there = [device.send(torch.from_numpy(board), torch.device("cpu")) for board in boards]
    for board, back in zip(boards, device.Fetched(*there).arrays(), strict=True):
        assert back.dtype == np.uint8 and np.array_equal(back, board)
