"""What training of every architecture has in common: one update, from gradients to averaged weights."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from gramsolve import device as devices
from gramsolve.config.training import TrainingConfig
from gramsolve.model.build import Model
from gramsolve.training.distributed import ALONE, Group
from gramsolve.training.optimizer import Optimizer, WeightAverage
from gramsolve.training.sampler import Sampler
from gramsolve.training.train_state import TrainState, Trajectories, UpdateMetrics

B = TypeVar("B")
N = TypeVar("N")


class TrainerBase(ABC, Generic[B, N]):
    """Computes updates of one run. It holds what stays fixed: configuration, data, device and this process's share of
    the rows. Everything that changes is in ``TrainState``; everything random is in ``batch`` and ``noise``, which
    depend on the seed and the number of the update alone.
    """

    def __init__(
        self,
        config: TrainingConfig,
        sampler: Sampler,
        *,
        pad: int,
        seed: int,
        device: torch.device,
        group: Group = ALONE,
    ) -> None:
        group.require(config)
        self.config, self.sampler, self.group = config, sampler, group
        self.pad, self.seed, self.device = pad, seed, device
        self.local_batch = config.data.batch // group.size
        self.micro_batch = min(self.local_batch, config.execution.micro_batch or self.local_batch)
        self.rows = group.rows(config.data.batch, config.objective.phases)
        self.generator = torch.Generator(device)
        self.compile(False)

    # Named steps before the loop

    def compile(self, use: bool, *, record: bool = True) -> None:
        """Compile the steps of the network, or run them as they are written. ``record``: on a GPU, record the launches
        of a step and replay them together, where that is supported."""
        self.compiled = use

    def set_precision(self, precision: str) -> None:
        """Choose ``bf16`` or ``fp32``, before the state is made."""
        self.config = self.config.replace(precision=precision)

    def initial_state(self, model: Model) -> TrainState:
        """The state before the first update."""
        model = model.to(self.device)
        optimizer, ema = Optimizer(model, self.config), WeightAverage(model, self.config.ema_decay)
        return TrainState(0, model, optimizer, ema, self.initial_trajectories(model))

    def initial_trajectories(self, model: Model) -> Trajectories | None:
        """The trajectories that the first update finds; None where updates hand on none."""
        return None

    @abstractmethod
    def benchmark_step(self, state: TrainState, rows: int) -> None:
        """Compute what an update computes, for the first ``rows`` rows, and leave the state as it is."""

    # The loop

    @abstractmethod
    def batch(self, state: TrainState) -> B:
        """What enters at the next update. Host work that does not wait for an accelerator."""

    @abstractmethod
    def noise(self, state: TrainState) -> N:
        """The noise of the next update."""

    @abstractmethod
    def gradients(self, state: TrainState, batch: B, noise: N) -> tuple[Trajectories | None, Tensor, Tensor]:
        """Forward and backward of every row, once: (trajectories, loss, CE per token), the latter two detached."""

    def update(self, state: TrainState, batch: B, noise: N) -> tuple[TrainState, UpdateMetrics]:
        """One update. Consumes ``state``, see ``train_state``."""
        trajectories, loss, ce = self.gradients(state, batch, noise)
        self.group.all_reduce_mean(state.optimizer.parameters)
        learning_rate = state.optimizer.step(state.update)
        state.ema.update(state.model, state.update)
        return (
            replace(state, update=state.update + 1, trajectories=trajectories),
            UpdateMetrics(loss, ce, learning_rate),
        )

    # Saving

    def state_dict(self, state: TrainState) -> dict[str, Tensor]:
        """Everything the next update needs but its number, for the whole batch, by name. Every process has to call."""
        tensors = {f"model/{name}": tensor for name, tensor in state.model.state_dict().items()}
        tensors |= {f"ema/{name}": tensor for name, tensor in state.ema.values.items()}
        tensors |= {f"optimizer/{name}": tensor for name, tensor in state.optimizer.tensors()}
        if state.trajectories is not None:
            phases = self.config.objective.phases
            for name, rows in state.trajectories.tensors().items():
                tensors[f"trajectories/{name}"] = self.group.gathered(rows, phases)
        return tensors

    def load_state_dict(self, state: TrainState, tensors: dict[str, Tensor], update: int) -> TrainState:
        """``state`` with what ``state_dict`` gave after ``update`` updates. Raises KeyError and RuntimeError."""
        parts: dict[str, dict[str, Tensor]] = {"model": {}, "ema": {}, "optimizer": {}, "trajectories": {}}
        for name, tensor in tensors.items():
            part, key = name.split("/", 1)
            parts[part][key] = tensor
        state.model.load_state_dict(parts["model"])
        state.ema.load(parts["ema"])
        state.optimizer.load(parts["optimizer"])
        return replace(state, update=update, trajectories=self.local_trajectories(parts["trajectories"]))

    def local_trajectories(self, tensors: dict[str, Tensor]) -> Trajectories | None:
        """This process's rows of the whole batch's trajectories."""
        return None

    # For subclasses

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.execution.precision == "bf16")

    def send(self, tensor: Tensor) -> Tensor:
        """A tensor of the host on this trainer's device."""
        return devices.send(tensor, self.device)

    def seed_generator(self, update: int) -> None:
        """Seeding by the number of the update leaves no generator state to save."""
        self.generator.manual_seed(self.seed * 1_000_003 + update)
