"""Training of the baselines that write the answer token by token: a new batch of puzzles at every update."""

from __future__ import annotations

import torch
from torch import Tensor

from gramsolve.model.token_baselines import TokenModel
from gramsolve.training.objective import token_loss
from gramsolve.training.train_state import TokenBatch, TrainState
from gramsolve.training.trainer_base import TrainerBase


def random_mask(uniforms: Tensor) -> tuple[Tensor, Tensor]:
    """Which cells of a batch are masked, bool [B, L], and their weights [B, L], from ``uniforms`` [B, L + 1].

    The number of masked cells is uniform in 1 .. L. Drawing the exact number rather than each cell with probability t
    changes nothing but the variance.
    """
    cells = uniforms.shape[1] - 1
    count = (uniforms[:, -1:] * cells).long().clamp(max=cells - 1) + 1
    hidden = uniforms[:, :-1].argsort(dim=1).argsort(dim=1) < count
    return hidden, hidden * (cells / count)


class TokenTrainer(TrainerBase[TokenBatch, Tensor | None]):
    """Training of either baseline. Its noise is uniform, [B, L + 1], or None for the causal one."""

    def compile(self, use: bool, *, record: bool = True) -> None:
        super().compile(use)
        self._step = torch.compile(self._loss) if use else self._loss

    def batch(self, state: TrainState) -> TokenBatch:
        drawn = self.sampler.draw(state.update, self.config.data.batch)
        inputs, targets = (self.send(part[self.rows]) for part in drawn[:2])
        return TokenBatch(inputs, targets)

    def noise(self, state: TrainState) -> Tensor | None:
        if _model(state).causal:
            return None
        self.seed_generator(state.update)
        shape = (self.config.data.batch, self.sampler.split.outputs.shape[1] + 1)
        return torch.rand(shape, generator=self.generator, device=self.device)[self.rows]

    def gradients(self, state: TrainState, batch: TokenBatch, noise: Tensor | None) -> tuple[None, Tensor, Tensor]:
        model, loss = _model(state), torch.zeros((), device=self.device)
        parts = self.masked(model, batch, noise)
        for start in range(0, self.local_batch, self.micro_batch):
            rows = [part[start : start + self.micro_batch] for part in parts]
            part_loss = len(rows[0]) / self.local_batch * self._step(model, *rows)
            part_loss.backward()
            loss = loss + part_loss.detach()
        return None, loss, loss

    def benchmark_step(self, state: TrainState, rows: int) -> None:
        model = _model(state)
        parts = self.masked(model, self.batch(state), self.noise(state))
        self._step(model, *(part[:rows] for part in parts)).backward()
        model.zero_grad(set_to_none=True)

    def masked(
        self, model: TokenModel, batch: TokenBatch, noise: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(inputs, outputs as the model sees them, targets, weights of the cells)."""
        inputs, targets = batch.inputs, batch.targets
        if noise is None:
            return inputs, targets, targets, torch.ones(targets.shape, device=self.device)
        hidden, weights = random_mask(noise)
        return inputs, targets.masked_fill(hidden, model.mask), targets, weights

    def _loss(self, model: TokenModel, inputs: Tensor, shown: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        with self.autocast():
            logits = model(inputs, shown)
        return token_loss(logits, targets, weights, self.pad)


def _model(state: TrainState) -> TokenModel:
    assert isinstance(state.model, TokenModel)
    return state.model
