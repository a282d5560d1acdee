"""The training loop's heart: one optimizer update per supervision step, with a carry that outlives updates.

The batch is staggered: row i of N_sup phases is at step (update + i) mod N_sup of its trajectory, so every update
sees all depths, and B / N_sup rows finish and are refilled each time. The first rows of the batch run a second time
under the prior, without gradient into the core; the halt and value heads learn from those rollouts, because they
are what inference sees. The host scores them while an accelerator is busy with the posterior.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gramsolve import device as devices
from gramsolve.config.training import TrainingConfig
from gramsolve.model.core import LatentState
from gramsolve.model.network import GRAM
from gramsolve.tasks.arrays import Bools, Tokens
from gramsolve.training.distributed import ALONE, Group
from gramsolve.training.objective import head_loss, step_loss
from gramsolve.training.sampler import Sampler
from gramsolve.training.trainer_base import TrainerBase

Score = Callable[[Tokens, Tokens, Tokens], tuple[Bools, np.ndarray]]
"""(inputs, outputs, targets) -> (right [n] bool, accuracy [n] float32), numpy in and out."""


@dataclass
class Carry:
    """What one update hands to the next. B rows in training, R of them also as prior rollouts.

    inputs int64 [B, L_in]; targets int64 [B, L_out]; ``ambiguous`` bool [B], see ``Pairs``; state under the posterior;
    prior state; ``history`` [R, N_sup, L, D] every h of the prior rollouts under way, ``right`` [R, N_sup] whether the
    board was right there, and ``boards`` uint8 [R, L_out] what they said last.
    """

    inputs: Tensor
    targets: Tensor
    ambiguous: Tensor
    state: LatentState
    prior: LatentState
    history: Tensor
    right: Tensor
    boards: Tensor

    def tensors(self) -> dict[str, Tensor]:
        return {
            "inputs": self.inputs,
            "targets": self.targets,
            "ambiguous": self.ambiguous,
            "h": self.state.h,
            "l": self.state.l,
            "prior_h": self.prior.h,
            "prior_l": self.prior.l,
            "history": self.history,
            "right": self.right,
            "boards": self.boards,
        }

    @classmethod
    def from_tensors(cls, t: dict[str, Tensor]) -> Carry:
        state, prior = LatentState(t["h"], t["l"]), LatentState(t["prior_h"], t["prior_l"])
        ambiguous = t.get("ambiguous", torch.zeros_like(t["inputs"][:, 0], dtype=torch.bool))  # States once had none.
        return cls(t["inputs"], t["targets"], ambiguous, state, prior, t["history"], t["right"], t["boards"])


class Trainer(TrainerBase):
    """Training of the recursive engine."""

    model: GRAM

    def __init__(
        self,
        model: GRAM,
        config: TrainingConfig,
        sampler: Sampler,
        score: Score,
        *,
        pad: int,
        seed: int,
        device: torch.device,
        group: Group = ALONE,
    ) -> None:
        super().__init__(model, config, sampler, pad=pad, seed=seed, device=device, group=group)
        self.score = score
        self.prior_rows = group.rows(config.prior_rows, config.objective.phases)
        # Supervision steps that an update takes of every row.
        self.steps_per_update = config.objective.supervision_steps // config.objective.phases
        self.generator.manual_seed(~seed)
        self.carry = self._empty_carry()
        self._seen: tuple[np.ndarray, ...] | None = None  # What the carry says of the prior rows, on the host.

    @property
    def dtype(self) -> torch.dtype:
        """That of states within a step. In fp32 they would be half of what a step in bf16 moves through memory."""
        return torch.bfloat16 if self.config.execution.precision == "bf16" else torch.float32

    def compile(self, use: bool, *, record: bool = True) -> None:
        """Compile the posterior's step and the prior's, or do them as they are written. On a GPU their launches are
        recorded too (CUDA graphs) and replayed all at once."""
        super().compile(use)
        mode = "reduce-overhead" if record and self.device.type == "cuda" else "default"
        self._forward = torch.compile(self._posterior_step, mode=mode) if use else self._posterior_step
        self._rollout = torch.compile(self._prior_step, mode=mode) if use else self._prior_step

    def begin(self) -> None:
        """What recorded launches have left in memory is no longer needed."""
        if self.compiled and self.device.type == "cuda":
            torch.compiler.cudagraph_mark_step_begin()

    def _empty_carry(self) -> Carry:
        shape, config = self.model.config, self.config
        prior = config.prior_rows // self.group.size
        inputs, targets, ambiguous = (drawn[self.rows] for drawn in self.sampler.draw(0, config.data.batch))
        start, prior_start = self._start(config.data.batch, self.rows), self._start(config.prior_rows, self.prior_rows)
        history = torch.zeros(prior, config.objective.phases, shape.length, shape.width, device=self.device)
        right = torch.zeros(prior, config.objective.phases, device=self.device)
        return Carry(
            inputs.to(self.device),
            targets.to(self.device),
            ambiguous.to(self.device),
            LatentState(start.h.clone(), start.l.clone()),
            LatentState(prior_start.h.clone(), prior_start.l.clone()),
            history,
            right,
            torch.zeros(prior, targets.shape[1], dtype=torch.uint8, device=self.device),
        )

    def _start(self, count: int, mine: Tensor | slice) -> LatentState:
        """z_0 of ``count`` rows of the whole batch, of which this process has ``mine``."""
        if self.model.config.initial_state == "stored":
            return self.model.initial_state(len(torch.arange(count)[mine]))
        noise = torch.randn(self.model.initial_noise_shape(count), generator=self.generator, device=self.device)[mine]
        return self.model.initial_state(len(noise), noise)

    def _refill(self) -> None:
        """Rows that finished a trajectory at the last update start a new one."""
        steps = self.config.objective.phases
        first = -self.done % steps
        mine = slice(self.group.rank, None, self.group.size)  # One row of every group of ``steps`` has finished.
        drawn = self.sampler.draw(self.done + 1, self.config.data.batch // steps)
        inputs, targets, ambiguous = (self._sent(part[mine]) for part in drawn)
        carry, rows = self.carry, slice(first, None, steps)
        again, solutions = self._repairs(first)
        puzzles, still_ambiguous, wrong = carry.inputs[again], carry.ambiguous[again], carry.prior.select(again)
        carry.inputs[rows], carry.targets[rows], carry.ambiguous[rows] = inputs, targets, ambiguous
        for state, count in ((carry.state, self.config.data.batch), (carry.prior, self.config.prior_rows)):
            start = self._start(count // steps, mine)
            state.h[rows], state.l[rows] = start.h, start.l
            state.h[again], state.l[again] = wrong.h, wrong.l
        carry.inputs[again], carry.targets[again], carry.ambiguous[again] = puzzles, solutions, still_ambiguous

    def _repairs(self, first: int) -> tuple[Tensor, Tensor]:
        """Rows whose next trajectory begins where their prior rollout has ended, and its targets."""
        carry, config, steps = self.carry, self.config, self.config.objective.phases
        ended = np.arange(first, len(carry.right), steps)
        if not config.rollouts.self_correction:
            return self._sent(torch.from_numpy(ended[:0])), carry.targets[:0]
        # All of it is on the host, which need not wait for an accelerator that is still busy with the last update.
        *shown, right = self._seen or self._shown()
        uniforms = self.sampler.uniforms(self.done, config.prior_rows // steps)[self.group.rank :: self.group.size]
        which = ended[
            uniforms < config.rollouts.self_correction * np.where(right[ended], config.rollouts.keep_correct, 1.0)
        ]
        inputs, boards, drawn = shown
        inputs = np.ascontiguousarray(inputs[:, : self.model.config.input_length])
        rest = np.setdiff1d(np.arange(len(boards)), which)
        beside = inputs[rest], boards[rest]
        targets, known = self.sampler.nearest(self.done, inputs[which], boards[which], drawn[which], beside)
        solutions = torch.from_numpy(targets[known].astype(np.int64))
        return self._sent(torch.from_numpy(which[known])), self._sent(solutions)

    def _shown(self) -> tuple[np.ndarray, ...]:
        """Inputs, boards and targets of the prior rows, and whether those that have ended are right."""
        carry = self.carry
        count = len(carry.right)
        tokens = (carry.inputs[:count], carry.boards, carry.targets[:count])
        return *map(as_tokens, tokens), carry.right[:, -1].cpu().numpy() > 0

    def _noise(self, count: int, mine: Tensor | slice) -> Tensor | None:
        """Noise of ``count`` rows of the whole batch, of which this process has ``mine``."""
        if not self.model.config.stochastic:
            return None
        shape = self.model.noise_shape(count, self.steps_per_update)
        return torch.randn(shape, generator=self.generator, device=self.device)[:, mine]

    def _beta(self) -> Tensor:
        """The KL's weight for each row of this process, [B]."""
        phases = (self.done + torch.arange(self.config.data.batch)[self.rows]) % self.config.objective.phases
        one, more = (
            self._sent(torch.tensor(self.config.betas_at(self.done, ambiguous=ambiguous))[phases])
            for ambiguous in (False, True)
        )
        return torch.where(self.carry.ambiguous, more, one)

    def _posterior_step(
        self,
        inputs: Tensor,
        targets: Tensor,
        h: Tensor,
        l: Tensor,  # noqa: E741
        noise: Tensor | None,
        beta: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(loss, CE per token, h, l) of one update's supervision steps under the posterior."""
        model, config = self.model, self.config
        with self.autocast():
            target = model.embed_target(targets).to(self.dtype) if model.core.guidance is not None else None
            start, given = LatentState(h, l).to(self.dtype), model.embed(inputs).to(self.dtype)
            state, divergence = model.core.step(start, given, noise, target, steps=self.steps_per_update)
            logits = model.decode(state)
        loss = step_loss(
            logits,
            targets,
            divergence,
            pad=self.pad,
            beta=beta,
            kl_balance=config.objective.kl_balance,
            supervision_steps=config.objective.supervision_steps,
            transitions=model.config.transitions,
        )
        return loss.total, loss.ce, state.h.detach().float(), state.l.detach().float()

    @torch.no_grad()
    def _prior_step(
        self,
        inputs: Tensor,
        h: Tensor,
        l: Tensor,  # noqa: E741
        noise: Tensor | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """(h, l, tokens) of one update's supervision steps under the prior."""
        with self.autocast():
            start, given = LatentState(h, l).to(self.dtype), self.model.embed(inputs).to(self.dtype)
            state, _ = self.model.core.step(start, given, noise, steps=self.steps_per_update)
            tokens = self.model.decode(state).argmax(-1)
        return state.h.float(), state.l.float(), tokens

    def prior_rollouts(self) -> Callable[[], Tensor]:
        """Advance the prior rows one step. What is returned gives the head loss of those that finish a trajectory: it
        waits for their boards, and had better be called when an accelerator has been given something to do meanwhile.
        """
        carry, model, steps = self.carry, self.model, self.config.objective.phases
        count = len(carry.right)
        inputs, targets = carry.inputs[:count], carry.targets[:count]
        noise = self._noise(self.config.prior_rows, self.prior_rows)
        h, l, outputs = self._rollout(inputs, carry.prior.h, carry.prior.l, noise)  # noqa: E741
        carry.prior.h.copy_(h)  # The next replay writes where this one has written.
        carry.prior.l.copy_(l)
        carry.boards.copy_(outputs)
        boards = devices.Fetched(*(tokens.to(torch.uint8) for tokens in (inputs, carry.boards, targets)))

        def judged() -> Tensor:
            shown = boards.arrays()
            judgement = self.score(*shown)
            self._seen = (*shown, judgement[0])
            right, accuracy = (self._sent(torch.from_numpy(x).float()) for x in judgement)
            phase = (self.done + torch.arange(count, device=self.device)) % steps
            row = torch.arange(count, device=self.device)
            carry.history[row, phase] = carry.prior.h
            carry.right[row, phase] = right
            finished = slice((steps - 1 - self.done) % steps, None, steps)
            final = accuracy[finished].repeat_interleave(steps)
            halt, value = model.heads(carry.history[finished].flatten(0, 1))
            return head_loss(halt, value, carry.right[finished].flatten(), final)

        return judged

    def carry_state_dict(self) -> dict[str, Tensor]:
        """The carry of the whole batch, by name, on the CPU; every process has to ask."""
        steps = self.config.objective.phases
        return {name: self.group.gathered(rows, steps).cpu() for name, rows in self.carry.tensors().items()}

    def load_carry_state_dict(self, tensors: dict[str, Tensor]) -> None:
        """This process's rows of what ``carry_state_dict`` gave."""
        batch, prior = {"inputs", "targets", "ambiguous", "h", "l"}, self.prior_rows
        self.carry = Carry.from_tensors(
            # Copies: how a tensor from a file is aligned in memory decides the last bits of sums over it.
            {k: v[self.rows if k in batch else prior].to(self.device, copy=True) for k, v in tensors.items()}
        )
        self._seen = None

    def benchmark_step(self, rows: int) -> None:
        """What an update computes, for the first ``rows`` rows and as many prior rollouts as belong to them, with
        nothing learned from it: what a probe times."""
        self.begin()
        carry, noise = self.carry, self._noise(rows, slice(None))
        inputs, targets, state = carry.inputs[:rows], carry.targets[:rows], carry.state.select(slice(rows))
        loss, *_ = self._forward(inputs, targets, state.h, state.l, noise, self._beta()[:rows])
        loss.backward()
        self.model.zero_grad(set_to_none=True)
        rolled = len(carry.right) if rows == self.micro_batch else max(1, rows * len(carry.right) // self.count)
        prior = carry.prior.select(slice(rolled))
        self._rollout(carry.inputs[:rolled], prior.h, prior.l, self._noise(rolled, slice(None)))

    def gradients(self) -> tuple[Tensor, Tensor]:
        """One supervision step of every row, or one trajectory without deep supervision, forward and backward."""
        self.begin()
        self.seed_generator()
        if self.done:
            self._refill()
        carry, beta = self.carry, self._beta()
        noise = self._noise(self.config.data.batch, self.rows)
        judged = self.prior_rollouts()
        loss, ce = torch.zeros((), device=self.device), torch.zeros((), device=self.device)
        for start in range(0, self.count, self.micro_batch):
            rows = slice(start, start + self.micro_batch)
            inputs, state = carry.inputs[rows], carry.state.select(rows)
            part = None if noise is None else noise[:, rows]
            part_loss, part_ce, h, l = self._forward(  # noqa: E741
                inputs, carry.targets[rows], state.h, state.l, part, beta[rows]
            )
            share = len(inputs) / self.count
            (share * part_loss).backward()
            loss, ce = loss + share * part_loss.detach(), ce + share * part_ce
            carry.state.h[rows], carry.state.l[rows] = h, l
        heads = judged()
        if heads.requires_grad:  # Not where they are frozen.
            heads.backward()
        return loss, ce


def as_tokens(tensor: Tensor) -> Tokens:
    """int64 tokens on any device -> uint8 numpy."""
    return tensor.to("cpu", torch.uint8).numpy()
