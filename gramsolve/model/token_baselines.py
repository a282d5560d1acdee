"""Two baselines that write the answer token by token: a Transformer over [prefix ; input ; output tokens].

Autoregressive: causal; output i is predicted from the input and the outputs before i. Masked diffusion (Sahoo et al.
2024; Nie et al. 2025): attention in both directions; masked outputs are predicted from the rest. Givens are inputs
like any others: nothing copies them into the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gramsolve.model.attention import KVCache, attention
from gramsolve.model.config import ModelConfig
from gramsolve.model.layers import SwiGLU, rms_norm
from gramsolve.model.mixer import Shapes
from gramsolve.model.mixer_config import AttentionConfig


class TokenBlock(nn.Module):
    """Attention, then SwiGLU, each reading a normalised stream (depth is in layers, not in calls). [B, n, D]."""

    def __init__(self, config: ModelConfig, mixer: AttentionConfig) -> None:
        super().__init__()
        self.mixer = attention(config, mixer)
        self.mlp = SwiGLU(config.width, config.hidden, gate=config.gate)

    def forward(self, x: Tensor, causal: bool, cache: KVCache | None) -> Tensor:
        x = x + self.mixer(rms_norm(x), causal=causal, cache=cache)
        return x + self.mlp(rms_norm(x))


class TokenModel(nn.Module):
    """Tokens in, logits of the output tokens out; ``config.method`` says which of the two baselines it is.

    Positions have learned embeddings beside the rotary ones: on a board, distance along the sequence says little.
    """

    def __init__(self, config: ModelConfig, mixer: AttentionConfig) -> None:
        super().__init__()
        self.config = config
        self.causal = config.method.name == "autoregressive"
        self.mask = config.output_vocab
        """The token of a cell that is not decided yet."""
        self.input_embedding = nn.Embedding(config.input_vocab, config.width)
        self.output_embedding = nn.Embedding(config.output_vocab + 1, config.width)
        self.position_embedding = nn.Parameter(torch.randn(config.length, config.width))
        self.rule_embedding: nn.Embedding | None = None
        if config.rule_ids:
            self.rule_embedding = nn.Embedding(config.rule_ids + 1, config.prefix * config.width)
            nn.init.zeros_(self.rule_embedding.weight)
        self.blocks = nn.ModuleList(TokenBlock(config, mixer) for _ in range(config.blocks))
        self.decoder = nn.Linear(config.width, config.output_vocab, bias=False)

    def embed(self, inputs: Tensor) -> Tensor:
        """Prefix and input tokens int64 [B, L_in (+ 1, the number of the rule)] -> [B, prefix + L_in, D]."""
        config = self.config
        prefix = inputs.new_zeros(len(inputs), config.prefix, config.width, dtype=self.position_embedding.dtype)
        if self.rule_embedding is not None:
            prefix = self.rule_embedding(inputs[:, -1]).unflatten(-1, prefix.shape[1:])
        x = torch.cat((prefix, self.input_embedding(inputs[:, : config.input_length])), dim=1)
        return x + self.position_embedding[: x.shape[1]]

    def embed_outputs(self, tokens: Tensor, first: int = 0) -> Tensor:
        """Output tokens int64 [B, n] of the cells from ``first`` on -> [B, n, D]."""
        start = self.config.prefix + self.config.input_length + first
        return self.output_embedding(tokens) + self.position_embedding[start : start + tokens.shape[1]]

    def run(self, x: Tensor, caches: Sequence[KVCache] | None = None) -> Tensor:
        """All blocks. With ``caches``, one a block, x follows what is in them. [B, n, D] -> [B, n, D]."""
        for number, block in enumerate(self.blocks):
            x = block(x, self.causal, None if caches is None else caches[number])
        return rms_norm(x)

    def states(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """What the decoder reads of every output cell [B, L_out, D], given ``outputs`` [B, L_out], masked or not.

        A causal model reads cell i off the position before it, so the last output is never read.
        """
        x = torch.cat((self.embed(inputs), self.embed_outputs(outputs)), dim=1)
        return self.run(x[:, :-1] if self.causal else x)[:, -self.config.output_length :]

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Logits [B, L_out, V]."""
        return self.decoder(self.states(inputs, outputs))


def build_token_model(config: ModelConfig, seed: int = 0) -> TokenModel:
    """The baseline of a config. ``seed`` alone decides the initial weights."""
    assert isinstance(config.mixer, AttentionConfig)  # ``ModelConfig`` checks it.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return TokenModel(config, config.mixer)


def draw(logits: Tensor, uniform: Tensor, temperature: float = 1.0) -> tuple[Tensor, Tensor]:
    """Tokens drawn from the softmax of logits [..., V] by inverting its distribution at ``uniform`` [...], and their
    probabilities. Temperature 0 takes the most probable token."""
    probabilities = logits.float().softmax(-1)
    if temperature == 0:
        confidence, tokens = probabilities.max(-1)
        return tokens, confidence
    sums = (logits.float() / temperature).softmax(-1).cumsum(-1)
    tokens = (sums < uniform.unsqueeze(-1) * sums[..., -1:]).sum(-1).clamp(max=logits.shape[-1] - 1)
    return tokens, probabilities.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


def expected_shapes(config: ModelConfig) -> Shapes:
    """Shapes of weights in which every size of the config shows, see ``network.expected_shapes``."""
    width = config.width
    shapes: dict[str, tuple[int, ...]] = {
        "input_embedding.weight": (config.input_vocab, width),
        "output_embedding.weight": (config.output_vocab + 1, width),
        "position_embedding": (config.length, width),
        f"blocks.{config.blocks - 1}.mlp.gate_up_proj.weight": (2 * config.hidden, width),
    }
    if config.rule_ids:
        shapes["rule_embedding.weight"] = (config.rule_ids + 1, config.prefix * width)
    return shapes
