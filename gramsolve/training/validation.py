"""The held-out check: the posterior when it sees the answer, the prior alone, and the two silent failures of both."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from gramsolve.config.training import TrainingConfig
from gramsolve.inference.rollout import rollout
from gramsolve.model.build import Model
from gramsolve.model.guidance import kl_divergence
from gramsolve.model.network import GRAM, as_inputs
from gramsolve.model.token_baselines import TokenModel, draw
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.data import Split
from gramsolve.training.metrics import ValidationMetrics
from gramsolve.training.objective import cross_entropy, token_loss
from gramsolve.training.scoring import Canonical, Score, as_tokens
from gramsolve.training.token_trainer import random_mask

PRIVATE_CHANNEL = (
    "private channel: the posterior solves {posterior:.0%} of held-out puzzles when shown the answer, the prior "
    "{prior:.0%} alone; beta is too small"
)
POSTERIOR_COLLAPSE = (
    "posterior collapse: the KL is {kl:.4f} nats a position and trajectories of one puzzle agree; beta is too large, "
    "or needs a warm-up"
)


class Validation:
    """A fixed sample of held-out inputs, on which a model is examined."""

    def __init__(
        self,
        split: Split,
        config: TrainingConfig,
        score: Score,
        canonical: Canonical,
        *,
        pad: int,
        device: torch.device,
        seed: int = 0,
    ) -> None:
        self.config, self.score, self.canonical, self.pad, self.device = config, score, canonical, pad, device
        rng = np.random.default_rng((seed, 1))
        count = min(config.validation.eval_inputs, len(split))
        chosen = rng.choice(len(split), count, replace=False)
        counts = np.diff(split.offsets)[chosen]
        targets = np.stack([split.solutions(i)[rng.integers(n)] for i, n in zip(chosen, counts, strict=True)])
        self.ambiguous = counts > 1
        numbers = None if split.rule_ids is None else split.rule_ids[chosen]
        self.inputs = as_inputs(split.inputs[chosen], numbers).to(device)
        self.targets = torch.from_numpy(targets.astype(np.int64)).to(device)

    def examine(self, model: Model) -> ValidationMetrics:
        """Run the posterior for N_sup steps and the prior for ``eval_depth``."""
        ce, kl, posterior = self._posterior(model)
        prior, prior_ce, diversity = self._prior(model)
        return ValidationMetrics(ce, kl, posterior, prior, prior_ce, diversity)

    @torch.inference_mode()
    def _posterior(self, model: Model) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
        assert isinstance(model, GRAM)
        target = model.embed_target(self.targets) if model.core.guidance is not None else None
        steps = self._steps(model, self.inputs, self.targets, target, self.config.objective.supervision_steps)
        ce, kl, accuracy, _ = zip(*steps, strict=True)
        return ce, (kl if target is not None else ()), accuracy

    @torch.inference_mode()
    def _prior(self, model: Model) -> tuple[tuple[float, ...], tuple[float, ...], float | None]:
        assert isinstance(model, GRAM)
        inputs, targets = self._wide()
        depth = min(self.config.validation.eval_depth, model.recursion.step_limit or self.config.validation.eval_depth)
        ce, _, accuracy, outputs = zip(*self._steps(model, inputs, targets, None, depth), strict=True)
        return accuracy, ce, self._diversity(inputs, outputs[-1])

    def _wide(self) -> tuple[Tensor, Tensor]:
        """Inputs and targets, once for every trajectory."""
        width = self.config.validation.eval_width
        return self.inputs.repeat_interleave(width, 0), self.targets.repeat_interleave(width, 0)

    def _diversity(self, inputs: Tensor, outputs: Tokens) -> float | None:
        width = self.config.validation.eval_width
        if width == 1 or not self.ambiguous.any():
            return None
        boards = self.canonical(as_tokens(inputs), outputs).reshape(len(self.inputs), width, -1)[self.ambiguous]
        return float(np.mean([(len(np.unique(b, axis=0)) - 1) / (width - 1) for b in boards]))

    def _steps(
        self, model: GRAM, inputs: Tensor, targets: Tensor, target: Tensor | None, depth: int
    ) -> Iterator[tuple[float, float, float, Tokens]]:
        """(CE, KL in nats a puzzle, accuracy, outputs [n, L_out]) after each supervision step, under the posterior
        when the embedded ``target`` is given."""
        # Equal noise at every check, so that curves move only because the weights do.
        generator = torch.Generator(self.device).manual_seed(0)
        first = None
        if model.recursion.initial_state == "sampled":
            first = torch.randn(model.initial_noise_shape(len(inputs)), generator=generator, device=self.device)
        condition, state = model.embed(inputs), model.initial_state(len(inputs), first)
        given, wanted = as_tokens(inputs), as_tokens(targets)
        for _ in range(depth):
            noise = torch.randn(model.noise_shape(len(inputs)), generator=generator, device=self.device)
            kl = 0.0
            for t in range(model.recursion.transitions):
                state, divergence = model.core.transition(state, condition, noise[t], target)
                if divergence is not None:
                    kl += float(kl_divergence(divergence.posterior, divergence.prior).sum(-1).mean())
            logits = model.decode(state)
            chosen = logits.argmax(-1)
            if model.recursion.decoding == "sampled":
                chosen, _ = draw(logits, torch.rand(chosen.shape, generator=generator, device=self.device))
            outputs = as_tokens(chosen)
            right, _ = self.score(given, outputs, wanted)
            yield float(cross_entropy(logits, targets, self.pad).mean()), kl, float(right.mean()), outputs


class TokenValidation(Validation):
    """The held-out check of the token baselines. Their training objective, once, takes the posterior's place; rollouts
    take the prior's, one number for each step."""

    @torch.inference_mode()
    def _posterior(self, model: Model) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
        assert isinstance(model, TokenModel)
        shown, weights = self.targets, torch.ones(self.targets.shape, device=self.device)
        if not model.causal:
            generator = torch.Generator(self.device).manual_seed(0)
            cells = len(shown), shown.shape[1] + 1
            hidden, weights = random_mask(torch.rand(cells, generator=generator, device=self.device))
            shown = shown.masked_fill(hidden, model.mask)
        logits = model(self.inputs, shown)
        tokens = torch.where(weights > 0, logits.argmax(-1), self.targets)
        right, _ = self.score(as_tokens(self.inputs), as_tokens(tokens), as_tokens(self.targets))
        nats = token_loss(logits, self.targets, weights, self.pad) * self.targets.shape[1]
        return (float(nats),), (), (float(right.mean()),)

    def _prior(self, model: Model) -> tuple[tuple[float, ...], tuple[float, ...], float | None]:
        inputs, targets = self._wide()
        trajectory = torch.arange(len(inputs), device=self.device)
        accuracy, outputs = [], as_tokens(targets)
        for frame in rollout(model, inputs, trajectory, trajectory, depth=self.config.validation.eval_depth):
            outputs = frame.tokens
            right, _ = self.score(as_tokens(inputs), outputs, as_tokens(targets))
            accuracy.append(float(right.mean()))
        return tuple(accuracy), (), self._diversity(inputs, outputs)


def warnings(metrics: ValidationMetrics, config: TrainingConfig, *, update: int, length: int) -> tuple[str, ...]:
    """Failures by name, from a tenth of the plan on: before that the two look alike."""
    if update < config.schedule.updates / 10 or not metrics.kl:
        return ()
    found = []
    posterior, prior = metrics.posterior_accuracy[-1], max(metrics.prior_accuracy)
    kl = max(metrics.kl) / length
    stochastic = any(k > 0 for k in metrics.kl)
    if stochastic and posterior > 0.9 and prior < 0.1:
        found.append(PRIVATE_CHANNEL.format(posterior=posterior, prior=prior))
    if stochastic and kl < 0.01 and metrics.diversity is not None and metrics.diversity < 0.05:
        found.append(POSTERIOR_COLLAPSE.format(kl=kl))
    return tuple(found)
