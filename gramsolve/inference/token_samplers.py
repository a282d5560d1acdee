"""How token baselines write an answer: token after token, or by unmasking. Every cell is decided once, for good.

Depth is the number of steps, at most one for each cell. For masked diffusion a step is one call of the network, which
decides an equal share of the cells in an order drawn for each trajectory; undecided cells show the most probable token
so far. The autoregressive model calls its network once for each cell whatever the depth, and a step shows an equal
share of the calls; undecided cells are 0. Neither model has heads: its trajectories never halt, and their value is 0.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gramsolve.inference.noise import branch, uniform
from gramsolve.inference.sampler import ORDER, TOKENS, StepOutput
from gramsolve.model.attention import KVCache
from gramsolve.model.token_baselines import TokenModel, draw


class _TokenSampler:
    """The board so far [R, L_out], and one uniform number for each of its cells."""

    def __init__(
        self, model: TokenModel, inputs: Tensor, keys: Tensor, *, depth: int, temperature: float, chunk: int
    ) -> None:
        self.model, self.temperature, self.chunk = model, temperature, chunk
        self.cells = model.config.output_length
        self.depth = min(depth, self.cells)
        self.spots = uniform(branch(keys, TOKENS), 0, (self.cells,))
        self.confidence = torch.zeros_like(self.spots)

    def until(self, number: int) -> int:
        """How many cells are decided after step ``number``."""
        return -(-self.cells * number // self.depth)

    def output(self, tokens: Tensor, confidence: Tensor, latent: Tensor) -> StepOutput:
        nothing = torch.zeros(len(tokens), device=tokens.device)
        return StepOutput(tokens, confidence, nothing, nothing, latent)


class AutoregressiveSampler(_TokenSampler):
    """One cell after the other. Keys and values of earlier positions are cached, so that a cell costs one position."""

    def __init__(
        self, model: TokenModel, inputs: Tensor, keys: Tensor, *, depth: int, temperature: float, chunk: int
    ) -> None:
        super().__init__(model, inputs, keys, depth=depth, temperature=temperature, chunk=chunk)
        self.tokens = torch.zeros(self.spots.shape, dtype=torch.long, device=keys.device)
        self.caches = [KVCache() for _ in model.blocks]
        self.state = model.run(model.embed(inputs), self.caches)[:, -1]
        self.decided = 0

    def advance(self, number: int) -> StepOutput:
        model = self.model
        for i in range(self.decided, self.until(number)):
            logits = model.decoder(self.state)
            self.tokens[:, i], self.confidence[:, i] = draw(logits, self.spots[:, i], self.temperature)
            if i + 1 < self.cells:
                self.state = model.run(model.embed_outputs(self.tokens[:, i : i + 1], i), self.caches)[:, -1]
        self.decided = self.until(number)
        return self.output(self.tokens, self.confidence, self.state)

    def select(self, index: Tensor) -> None:
        self.spots, self.tokens, self.confidence = self.spots[index], self.tokens[index], self.confidence[index]
        self.state = self.state[index]
        for cache in self.caches:
            cache.keep(index)


class MaskedDiffusionSampler(_TokenSampler):
    """Masked diffusion from a board of masks."""

    def __init__(
        self, model: TokenModel, inputs: Tensor, keys: Tensor, *, depth: int, temperature: float, chunk: int
    ) -> None:
        super().__init__(model, inputs, keys, depth=depth, temperature=temperature, chunk=chunk)
        self.inputs = inputs
        self.tokens = torch.full(self.spots.shape, model.mask, device=keys.device)
        self.turn = uniform(branch(keys, ORDER), 0, (self.cells,)).argsort(stable=True).argsort()

    def advance(self, number: int) -> StepOutput:
        parts = zip(self.inputs.split(self.chunk), self.tokens.split(self.chunk), strict=True)
        states = torch.cat([self.model.states(inputs, tokens) for inputs, tokens in parts])
        logits = self.model.decoder(states)
        drawn, sure = draw(logits, self.spots, self.temperature)
        open_cells = self.tokens == self.model.mask
        now = open_cells & (self.turn < self.until(number))
        self.tokens = torch.where(now, drawn, self.tokens)
        self.confidence = torch.where(now, sure, self.confidence)
        guess_sure, guess = logits.softmax(-1).max(-1)
        waiting = open_cells & ~now
        tokens = torch.where(waiting, guess, self.tokens)
        return self.output(tokens, torch.where(waiting, guess_sure, self.confidence), states.mean(1))

    def select(self, index: Tensor) -> None:
        self.spots, self.tokens, self.confidence = self.spots[index], self.tokens[index], self.confidence[index]
        self.inputs, self.turn = self.inputs[index], self.turn[index]
