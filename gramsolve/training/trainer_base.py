"""What every architecture's training has in common: model, optimizer, average, and this process's rows of the batch."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod

import torch
from torch import Tensor

from gramsolve import device as devices
from gramsolve.config.training import TrainingConfig
from gramsolve.model.build import Model
from gramsolve.training.distributed import ALONE, Group
from gramsolve.training.optimizer import Average, Optimizer
from gramsolve.training.sampler import Sampler


class TrainerBase(ABC):
    """Advanced by ``update``; nothing but weights, optimizer, average and carry outlives one."""

    model: Model

    def __init__(
        self,
        model: Model,
        config: TrainingConfig,
        sampler: Sampler,
        *,
        pad: int,
        seed: int,
        device: torch.device,
        group: Group = ALONE,
    ) -> None:
        group.require(config)
        self.group = group
        self.count = config.data.batch // group.size
        self.micro_batch = min(self.count, config.execution.micro_batch or self.count)
        self.rows = group.rows(config.data.batch, config.objective.phases)
        self.model, self.config, self.sampler = model.to(device), config, sampler
        self.pad, self.seed, self.device = pad, seed, device
        self.optimizer = Optimizer(model, config)
        self.average = Average(model, config.ema_decay)
        self.generator = torch.Generator(device)
        self.done = 0
        self.compile(False)

    def compile(self, use: bool, *, record: bool = True) -> None:
        """Compile the network's steps, or do them as they are written. ``record``: on a GPU, launch a step's kernels
        all at once, as they were recorded, where that is supported."""
        self.compiled = use

    def set_precision(self, *, precision: str) -> None:
        """Another precision, before the first update."""
        self.config = self.config.replace(precision=precision)
        self.optimizer = Optimizer(self.model, self.config)

    def autocast(self) -> contextlib.AbstractContextManager[None]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.execution.precision == "bf16")

    def _sent(self, tensor: Tensor) -> Tensor:
        """A tensor of the host's on this trainer's device."""
        return devices.send(tensor, self.device)

    def seed_generator(self) -> None:
        """Reseeding by the update's number leaves no generator state to save."""
        self.generator.manual_seed(self.seed * 1_000_003 + self.done)

    @abstractmethod
    def gradients(self) -> tuple[Tensor, Tensor]:
        """Forward and backward of every row, once. Returns (loss, CE per token), detached."""

    @abstractmethod
    def benchmark_step(self, rows: int) -> None:
        """What an update computes, for the first ``rows`` rows, with nothing learned from it: what a probe times."""

    def carry_state_dict(self) -> dict[str, Tensor]:
        """What an update hands to the next, of the whole batch, by name, on the CPU; every process has to ask."""
        return {}

    def load_carry_state_dict(self, tensors: dict[str, Tensor]) -> None:  # noqa: B027  (most have none)
        """This process's rows of what ``carry_state_dict`` gave."""

    def update(self) -> tuple[Tensor, Tensor]:
        """``gradients``, and what is learned from them."""
        loss, ce = self.gradients()
        self.group.all_reduce_mean(self.optimizer.parameters)
        self.optimizer.step(self.done)
        self.average.update(self.model, self.done)
        self.done += 1
        return loss, ce
