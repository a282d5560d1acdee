"""Muon for the matrices of the core, AdamW for everything else, one schedule for both, and the weight average."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from gramsolve.config.training import TrainingConfig
from gramsolve.training.muon import Muon

CORE = ("core.", "blocks.")
"""Names of the layers whose matrices Muon optimizes: of GRAM and of the token baselines."""


def split_parameters(model: nn.Module) -> tuple[list[Tensor], list[Tensor]]:
    """(matrices of the core, all other parameters). Embeddings, heads and vectors do not go to Muon; frozen parameters
    are in neither list."""
    matrices: list[Tensor] = []
    others: list[Tensor] = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            (matrices if name.startswith(CORE) and parameter.ndim == 2 else others).append(parameter)
    return matrices, others


class Optimizer:
    """Both optimizers behind one step, with the learning-rate schedule of the whole plan."""

    def __init__(self, model: nn.Module, config: TrainingConfig) -> None:
        self.config = config
        matrices, others = split_parameters(model)
        self.parameters = matrices + others
        self.parts: dict[str, torch.optim.Optimizer] = {}
        self.peaks: dict[str, float] = {}
        groups = [{"params": others, "weight_decay": 0.0}]
        if config.optimization.optimizer == "muon" and matrices:
            lr, decay = config.optimization.lr, config.optimization.weight_decay
            dtype = torch.float32 if config.execution.precision == "fp32" else torch.bfloat16
            self.parts["muon"] = Muon(matrices, lr=lr, weight_decay=decay, dtype=dtype)
            self.peaks["muon"] = config.optimization.lr
        elif matrices:
            groups.insert(0, {"params": matrices, "weight_decay": config.optimization.weight_decay})
        # The fused kernel is one pass over memory instead of a dozen.
        self.parts["adamw"] = torch.optim.AdamW(groups, lr=config.optimization.adam_lr, betas=(0.9, 0.95), fused=True)
        self.peaks["adamw"] = config.optimization.adam_lr

    def step(self, update: int) -> float:
        """Clip the gradients and step with the learning rate of ``update``, counted from 0. Returns that rate: Muon's,
        or AdamW's where there is no Muon."""
        fraction = schedule(update, self.config)
        nn.utils.clip_grad_norm_(self.parameters, self.config.optimization.clip)
        for name, part in self.parts.items():
            for group in part.param_groups:
                group["lr"] = self.peaks[name] * fraction
            part.step()
            part.zero_grad(set_to_none=True)
        return fraction * self.peaks.get("muon", self.peaks["adamw"])

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor of optimizer state under a stable name."""
        for name, part in self.parts.items():
            index = 0
            for group in part.param_groups:
                for parameter in group["params"]:
                    for key, value in sorted(part.state[parameter].items()):
                        yield f"{name}.{index}.{key}", value
                    index += 1

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Restore what ``tensors`` gave."""
        for name, part in self.parts.items():
            flat = [p for group in part.param_groups for p in group["params"]]
            for label, value in tensors.items():
                owner, index, key = label.split(".")
                if owner == name:
                    parameter = flat[int(index)]
                    # AdamW keeps its step counter on the CPU unless it is fused on an accelerator.
                    part.state[parameter][key] = value.clone().to(parameter.device)


def schedule(update: int, config: TrainingConfig) -> float:
    """The learning rate of an update, counted from 0, as a fraction of its peak, in (0, 1]: linear warm-up, plateau,
    and decay to zero over the last ``decay`` of the plan, linear or as half a cosine."""
    warm = min(1.0, (update + 1) / config.schedule.warmup) if config.schedule.warmup else 1.0
    tail = config.schedule.decay * config.schedule.updates
    left = (config.schedule.updates - update) / tail if tail else 1.0
    left = max(0.0, min(left, 1.0))
    if config.schedule.decay_shape == "cosine":
        left = (1 - math.cos(math.pi * left)) / 2
    return min(warm, left)


class WeightAverage:
    """Exponential moving average of a model's parameters. The decay rises to its value over the first updates, so that
    the random initial weights drop out."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {name: p.detach().clone() for name, p in model.named_parameters()}

    @torch.no_grad()
    def update(self, model: nn.Module, update: int) -> None:
        decay = min(self.decay, (1 + update) / (10 + update))
        torch._foreach_lerp_(list(self.values.values()), list(model.parameters()), 1 - decay)

    def load(self, values: dict[str, Tensor]) -> None:
        """Restore ``values``. Raises KeyError where one is missing."""
        for name, value in self.values.items():
            value.copy_(values[name])

    def copy_to(self, model: nn.Module) -> None:
        """Put the average into a model of the same shape."""
        model.load_state_dict(self.values, strict=False)
