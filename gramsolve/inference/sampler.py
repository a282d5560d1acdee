"""Samplers advance trajectories of one model by a step: the protocol, and the sampler of GRAM."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from gramsolve.inference.noise import branch, normal, uniform
from gramsolve.model.core import LatentState
from gramsolve.model.network import GRAM
from gramsolve.model.token_baselines import draw

START, TOKENS, ORDER = 1, 2, 3
"""Streams of a trajectory's noise beside that of its transitions: for z_0, for tokens that are drawn, and for the order
in which they are."""


class StepOutput(NamedTuple):
    """n trajectories after a step: tokens and confidence [n, L_out], halt and value [n], latent
    [n, D]."""

    tokens: Tensor
    confidence: Tensor
    halt: Tensor
    value: Tensor
    latent: Tensor


class TrajectorySampler(Protocol):
    """n trajectories of one model; after ``depth`` steps nothing changes any more."""

    depth: int

    def advance(self, number: int) -> StepOutput:
        """Step ``number``, from 1, of all trajectories."""

    def select(self, index: Tensor) -> None:
        """Continue with the rows ``index`` int64 [m] alone."""


class RecursiveSampler:
    """Supervision steps of GRAM under the prior."""

    def __init__(
        self, model: GRAM, inputs: Tensor, keys: Tensor, *, depth: int, temperature: float, chunk: int
    ) -> None:
        recursion = model.recursion
        self.model, self.keys, self.temperature, self.chunk = model, keys, temperature, chunk
        self.depth = min(depth, recursion.step_limit or depth)
        self.given = model.embed(inputs)
        noise = None
        if recursion.initial_state == "sampled":
            noise = normal(branch(keys, START), 0, model.initial_noise_shape(len(keys))[1:])
        self.state = model.initial_state(len(keys), noise)

    def advance(self, number: int) -> StepOutput:
        model = self.model
        self.state = self._step(number)
        logits = model.decode(self.state)
        if model.recursion.decoding == "sampled":
            spot = uniform(branch(self.keys, TOKENS), number, logits.shape[1:-1])
            tokens, confidence = draw(logits, spot, self.temperature)
        else:
            confidence, tokens = logits.softmax(-1).max(-1)
        halt, value = model.heads(self.state.h)
        latent = self.state.h[:, model.config.prefix :].mean(1)
        return StepOutput(tokens, confidence, halt.sigmoid(), value.clamp(0, 1), latent)

    def _step(self, number: int) -> LatentState:
        """One supervision step of all rows, a chunk at a time so that memory does not grow with the width."""
        model, recursion, parts = self.model, self.model.recursion, []
        for start in range(0, len(self.keys), self.chunk):
            part = slice(start, start + self.chunk)
            noise = None
            if recursion.stochastic:
                # [rows, T, L, D] -> [T, rows, L, D]
                shape = (recursion.transitions, model.config.length, model.config.width)
                noise = normal(self.keys[part], number, shape).transpose(0, 1)
            state, given = self.state.select(part), self.given.select(part)
            parts.append(model.core.step(state, given, noise, temperature=self.temperature)[0])
        if len(parts) == 1:
            return parts[0]
        return LatentState(torch.cat([p.h for p in parts]), torch.cat([p.l for p in parts]))

    def select(self, index: Tensor) -> None:
        self.given, self.keys, self.state = self.given.select(index), self.keys[index], self.state.select(index)
