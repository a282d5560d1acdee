"""Training of GRAM: one optimizer update for each supervision step, with trajectories that outlive updates.

The batch is staggered: row i of N_sup phases is at step (update + i) mod N_sup of its trajectory, so every update sees
all depths, and B / N_sup rows finish and are refilled each time. The first R rows of the batch run a second time under
the prior, without gradient into the core. The halt and value heads learn from those rollouts, because inference sees
the same kind of states. The host scores the rollouts while an accelerator computes the posterior's gradients.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gramsolve import device as devices
from gramsolve.config.training import TrainingConfig
from gramsolve.model.build import Model
from gramsolve.model.core import LatentState
from gramsolve.model.network import GRAM
from gramsolve.training.distributed import ALONE, Group
from gramsolve.training.objective import head_loss, step_loss
from gramsolve.training.sampler import Sampler
from gramsolve.training.scoring import Score
from gramsolve.training.self_correction import choose_restarts
from gramsolve.training.train_state import Batch, Noise, ObservedRollouts, TrainState, Trajectories
from gramsolve.training.trainer_base import TrainerBase


class Trainer(TrainerBase[Batch | None, Noise]):
    """Updates of GRAM. The batch of the first update is None: the initial state holds its puzzles."""

    def __init__(
        self,
        config: TrainingConfig,
        sampler: Sampler,
        score: Score,
        *,
        pad: int,
        seed: int,
        device: torch.device,
        group: Group = ALONE,
    ) -> None:
        super().__init__(config, sampler, pad=pad, seed=seed, device=device, group=group)
        self.score = score
        self.prior_rows = group.rows(config.prior_rows, config.objective.phases)
        self.steps_per_update = config.objective.supervision_steps // config.objective.phases
        # Of every group of ``phases`` rows one finishes at a time; this process has these of the groups.
        self.groups = slice(group.rank, None, group.size)

    # Named steps before the loop

    def compile(self, use: bool, *, record: bool = True) -> None:
        """Compile the posterior's step and the prior's. With ``record`` a GPU records CUDA graphs of them."""
        super().compile(use)
        mode = "reduce-overhead" if record and self.device.type == "cuda" else "default"
        self._posterior = torch.compile(self.posterior_step, mode=mode) if use else self.posterior_step
        self._prior = torch.compile(self.prior_step, mode=mode) if use else self.prior_step

    def initial_trajectories(self, model: Model) -> Trajectories:
        assert isinstance(model, GRAM)
        config, shape, device = self.config, model.config, self.device
        rollouts, phases = config.prior_rows // self.group.size, config.objective.phases
        self.generator.manual_seed(~self.seed)
        start, prior_start = (
            self._initial_latent(model, self._initial_noise(model, count, rows), len(torch.arange(count)[rows]))
            for count, rows in ((config.data.batch, self.rows), (config.prior_rows, self.prior_rows))
        )
        drawn = self.sampler.draw(0, config.data.batch)
        inputs, targets, ambiguous = (part[self.rows].to(device) for part in drawn)
        return Trajectories.from_tensors(
            {
                "inputs": inputs,
                "targets": targets,
                "ambiguous": ambiguous,
                "h": start.h.clone(),
                "l": start.l.clone(),
                "prior_h": prior_start.h.clone(),
                "prior_l": prior_start.l.clone(),
                "history": torch.zeros(rollouts, phases, shape.length, shape.width, device=device),
                "correct": torch.zeros(rollouts, phases, device=device),
                "boards": torch.zeros(rollouts, targets.shape[1], dtype=torch.uint8, device=device),
            }
        )

    def local_trajectories(self, tensors: dict[str, Tensor]) -> Trajectories:
        batch = {"inputs", "targets", "ambiguous", "h", "l"}
        return Trajectories.from_tensors(
            # Copies: how a tensor from a file is aligned in memory decides the last bits of sums over it.
            {
                name: tensor[self.rows if name in batch else self.prior_rows].to(self.device, copy=True)
                for name, tensor in tensors.items()
            }
        )

    def benchmark_step(self, state: TrainState, rows: int) -> None:
        model, t = _parts(state)
        self.mark_step()
        noise = self._transition_noise(model, rows, slice(None))
        posterior, beta = t.posterior.select(slice(rows)), self.beta(state.update, t.ambiguous)[:rows]
        loss, *_ = self._posterior(model, t.inputs[:rows], t.targets[:rows], posterior.h, posterior.l, noise, beta)
        loss.backward()
        model.zero_grad(set_to_none=True)
        total = len(t.correct)
        rollouts = total if rows == self.micro_batch else max(1, rows * total // self.local_batch)
        prior = t.prior.select(slice(rollouts))
        noise = self._transition_noise(model, rollouts, slice(None))
        self._prior(model, t.inputs[:rollouts], prior.h, prior.l, noise)

    def mark_step(self) -> None:
        """Tell CUDA graphs that the outputs of earlier replays are no longer needed."""
        if self.compiled and self.device.type == "cuda":
            torch.compiler.cudagraph_mark_step_begin()

    # What an update depends on

    def batch(self, state: TrainState) -> Batch | None:
        """New puzzles for the rows that finished at the last update, and restarts from their prior rollouts.

        All of it is on the host: ``observed`` holds what the rollouts of the last update have shown.
        """
        if not state.update:
            return None
        model, t = _parts(state)
        drawn = self.sampler.draw(state.update + 1, self.config.data.batch // self.config.objective.phases)
        inputs, targets, ambiguous = (self.send(part[self.groups]) for part in drawn)
        length = model.config.input_length
        rows, solutions = choose_restarts(
            self.config, self.sampler, state.update, t.observed, groups=self.groups, input_length=length
        )
        return Batch(inputs, targets, ambiguous, self.send(rows), self.send(solutions))

    def noise(self, state: TrainState) -> Noise:
        """All noise of the next update. It is drawn for the whole batch, and every process takes its rows, so that the
        result does not depend on the number of processes."""
        model, _ = _parts(state)
        batch, rollouts, phases = self.config.data.batch, self.config.prior_rows, self.config.objective.phases
        self.seed_generator(state.update)
        start = prior_start = None
        if state.update:
            start = self._initial_noise(model, batch // phases, self.groups)
            prior_start = self._initial_noise(model, rollouts // phases, self.groups)
        posterior = self._transition_noise(model, batch, self.rows)
        prior = self._transition_noise(model, rollouts, self.prior_rows)
        return Noise(start, prior_start, posterior, prior)

    def _initial_noise(self, model: GRAM, count: int, rows: Tensor | slice) -> Tensor | None:
        """Noise for z_0 of ``count`` trajectories, of which this process has ``rows``."""
        if model.recursion.initial_state == "stored":
            return None
        return torch.randn(model.initial_noise_shape(count), generator=self.generator, device=self.device)[rows]

    def _transition_noise(self, model: GRAM, count: int, rows: Tensor | slice) -> Tensor | None:
        """Noise for the transitions of ``count`` trajectories, of which this process has ``rows``."""
        if not model.recursion.stochastic:
            return None
        shape = model.noise_shape(count, self.steps_per_update)
        return torch.randn(shape, generator=self.generator, device=self.device)[:, rows]

    def _initial_latent(self, model: GRAM, noise: Tensor | None, count: int) -> LatentState:
        return model.initial_state(count) if noise is None else model.initial_state(count, noise)

    # The update

    def gradients(self, state: TrainState, batch: Batch | None, noise: Noise) -> tuple[Trajectories, Tensor, Tensor]:
        """One supervision step of every row, or a whole trajectory without deep supervision, forward and backward.

        On an accelerator the prior rollouts are queued first and the posterior's gradients after them. The host then
        waits for the boards of the rollouts only, and scores them while the gradients are computed.
        """
        self.mark_step()
        model, t = _parts(state)
        if batch is not None:
            self.refill(model, state.update, t, batch, noise)
        boards = self.advance_rollouts(model, t, noise.prior)
        loss, ce = self.posterior_gradients(model, state.update, t, noise.posterior)
        observed, heads = self.score_rollouts(model, state.update, t, boards)
        if heads.requires_grad:  # Not where the heads are frozen.
            heads.backward()
        return replace(t, observed=observed), loss, ce

    def refill(self, model: GRAM, update: int, t: Trajectories, batch: Batch, noise: Noise) -> None:
        """Rows that finished a trajectory at the last update begin a new one, in place."""
        phases = self.config.objective.phases
        rows, restarts = slice(-update % phases, None, phases), batch.restart_rows
        inputs, ambiguous, stopped = t.inputs[restarts], t.ambiguous[restarts], t.prior.select(restarts)
        t.inputs[rows], t.targets[rows], t.ambiguous[rows] = batch.inputs, batch.targets, batch.ambiguous
        for latent, start in ((t.posterior, noise.start), (t.prior, noise.prior_start)):
            fresh = self._initial_latent(model, start, len(latent.h[rows]))
            latent.h[rows], latent.l[rows] = fresh.h, fresh.l
            latent.h[restarts], latent.l[restarts] = stopped.h, stopped.l
        t.inputs[restarts], t.targets[restarts], t.ambiguous[restarts] = inputs, batch.restart_targets, ambiguous

    def advance_rollouts(self, model: GRAM, t: Trajectories, noise: Tensor | None) -> devices.Fetched:
        """Queue one step of the prior rollouts; (inputs, boards, targets) on their way to the host."""
        count = len(t.correct)
        inputs, targets = t.inputs[:count], t.targets[:count]
        h, l, outputs = self._prior(model, inputs, t.prior.h, t.prior.l, noise)  # noqa: E741
        t.prior.h.copy_(h)  # The next replay of a CUDA graph writes where this one has written.
        t.prior.l.copy_(l)
        t.boards.copy_(outputs)
        return devices.Fetched(*(tokens.to(torch.uint8) for tokens in (inputs, t.boards, targets)))

    def posterior_gradients(
        self, model: GRAM, update: int, t: Trajectories, noise: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """(loss, CE per token) of the posterior's step, detached, one micro-batch after the other."""
        beta = self.beta(update, t.ambiguous)
        loss, ce = torch.zeros((), device=self.device), torch.zeros((), device=self.device)
        for start in range(0, self.local_batch, self.micro_batch):
            rows = slice(start, start + self.micro_batch)
            inputs, posterior = t.inputs[rows], t.posterior.select(rows)
            part_loss, part_ce, h, l = self._posterior(  # noqa: E741
                model,
                inputs,
                t.targets[rows],
                posterior.h,
                posterior.l,
                None if noise is None else noise[:, rows],
                beta[rows],
            )
            share = len(inputs) / self.local_batch
            (share * part_loss).backward()
            loss, ce = loss + share * part_loss.detach(), ce + share * part_ce
            t.posterior.h[rows], t.posterior.l[rows] = h, l
        return loss, ce

    def score_rollouts(
        self, model: GRAM, update: int, t: Trajectories, boards: devices.Fetched
    ) -> tuple[ObservedRollouts, Tensor]:
        """Wait for the boards of the rollouts, score and record them; the loss of the heads over those that finish."""
        inputs, outputs, targets = boards.arrays()
        right, share = self.score(inputs, outputs, targets)
        correct, accuracy = (self.send(torch.from_numpy(x).float()) for x in (right, share))
        phases, row = self.config.objective.phases, torch.arange(len(t.correct), device=self.device)
        phase = (update + row) % phases
        t.history[row, phase] = t.prior.h
        t.correct[row, phase] = correct
        finished = slice((phases - 1 - update) % phases, None, phases)
        final = accuracy[finished].repeat_interleave(phases)
        halt, value = model.heads(t.history[finished].flatten(0, 1))
        loss = head_loss(halt, value, t.correct[finished].flatten(), final)
        return ObservedRollouts(inputs, outputs, targets, right), loss

    def beta(self, update: int, ambiguous: Tensor) -> Tensor:
        """The weight of the KL for each row of this process, [B]."""
        config = self.config
        phase = (update + torch.arange(config.data.batch)[self.rows]) % config.objective.phases
        unique, several = (
            self.send(torch.tensor(config.betas_at(update, ambiguous=many))[phase]) for many in (False, True)
        )
        return torch.where(ambiguous, several, unique)

    # The steps of the network, compiled or not

    @property
    def dtype(self) -> torch.dtype:
        """Of states within a step. In fp32 they would be half of the bytes that a step in bf16 moves."""
        return torch.bfloat16 if self.config.execution.precision == "bf16" else torch.float32

    def posterior_step(
        self,
        model: GRAM,
        inputs: Tensor,
        targets: Tensor,
        h: Tensor,
        l: Tensor,  # noqa: E741
        noise: Tensor | None,
        beta: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(loss, CE per token, h, l) of one update's supervision steps under the posterior."""
        objective = self.config.objective
        with self.autocast():
            target = model.embed_target(targets).to(self.dtype) if model.core.guidance is not None else None
            start, condition = LatentState(h, l).to(self.dtype), model.embed(inputs).to(self.dtype)
            latent, divergence = model.core.step(start, condition, noise, target, steps=self.steps_per_update)
            logits = model.decode(latent)
        loss = step_loss(
            logits,
            targets,
            divergence,
            pad=self.pad,
            beta=beta,
            kl_balance=objective.kl_balance,
            supervision_steps=objective.supervision_steps,
            transitions=model.recursion.transitions,
        )
        return loss.total, loss.ce, latent.h.detach().float(), latent.l.detach().float()

    @torch.no_grad()
    def prior_step(
        self,
        model: GRAM,
        inputs: Tensor,
        h: Tensor,
        l: Tensor,  # noqa: E741
        noise: Tensor | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """(h, l, tokens) of one update's supervision steps under the prior."""
        with self.autocast():
            start, condition = LatentState(h, l).to(self.dtype), model.embed(inputs).to(self.dtype)
            latent, _ = model.core.step(start, condition, noise, steps=self.steps_per_update)
            tokens = model.decode(latent).argmax(-1)
        return latent.h.float(), latent.l.float(), tokens


def _parts(state: TrainState) -> tuple[GRAM, Trajectories]:
    assert isinstance(state.model, GRAM) and state.trajectories is not None
    return state.model, state.trajectories
