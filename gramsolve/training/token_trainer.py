"""Training of the baselines that write the answer token by token: a new batch of puzzles at every update."""

from __future__ import annotations

import torch
from torch import Tensor

from gramsolve.model.token_baselines import TokenModel
from gramsolve.training.objective import token_loss
from gramsolve.training.trainer_base import TrainerBase


def random_mask(noise: Tensor) -> tuple[Tensor, Tensor]:
    """Which cells of a batch are masked and what they weigh, from uniform ``noise`` [B, L + 1]: two of [B, L].

    How many is uniform in 1 to L; that the number is exact, and not its expectation, changes nothing but the variance.
    """
    cells = noise.shape[1] - 1
    count = (noise[:, -1:] * cells).long().clamp(max=cells - 1) + 1
    hidden = noise[:, :-1].argsort(dim=1).argsort(dim=1) < count
    return hidden, hidden * (cells / count)


class TokenTrainer(TrainerBase):
    """Training of either baseline."""

    model: TokenModel

    def compile(self, use: bool, *, record: bool = True) -> None:
        super().compile(use)
        self._forward = torch.compile(self._loss) if use else self._loss

    def _loss(self, inputs: Tensor, shown: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        with self.autocast():
            logits = self.model(inputs, shown)
        return token_loss(logits, targets, weights, self.pad)

    def _batch(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(inputs, outputs as they are shown, targets, weights) of this process's rows."""
        self.seed_generator()
        drawn = self.sampler.draw(self.done, self.config.data.batch)
        inputs, targets = (self._sent(part[self.rows]) for part in drawn[:2])
        if self.model.causal:
            return inputs, targets, targets, torch.ones(targets.shape, device=self.device)
        shape = (self.config.data.batch, targets.shape[1] + 1)
        hidden, weights = random_mask(torch.rand(shape, generator=self.generator, device=self.device)[self.rows])
        return inputs, targets.masked_fill(hidden, self.model.mask), targets, weights

    def benchmark_step(self, rows: int) -> None:
        self._forward(*(part[:rows] for part in self._batch())).backward()
        self.model.zero_grad(set_to_none=True)

    def gradients(self) -> tuple[Tensor, Tensor]:
        batch = self._batch()
        loss = torch.zeros((), device=self.device)
        for start in range(0, self.count, self.micro_batch):
            rows = [part[start : start + self.micro_batch] for part in batch]
            share = len(rows[0]) / self.count
            part_loss = share * self._forward(*rows)
            part_loss.backward()
            loss = loss + part_loss.detach()
        return loss, loss
