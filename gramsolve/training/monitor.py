"""The held-out check: what the posterior does when shown the answer, what the prior does alone, and the two ways in
which training fails silently."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gramsolve.model.guidance import kl_divergence
from gramsolve.model.network import GRAM, as_inputs
from gramsolve.tasks.task import Split, Tokens
from gramsolve.training.loop import Score, as_tokens
from gramsolve.training.objective import cross_entropy
from gramsolve.training.options import TrainingConfig

PRIVATE_CHANNEL = (
    "private channel: the posterior solves {posterior:.0%} of held-out puzzles when shown the answer, the prior "
    "{prior:.0%} alone; beta is too small"
)
POSTERIOR_COLLAPSE = (
    "posterior collapse: the KL is {kl:.4f} nats a position and trajectories of one puzzle agree; beta is too large, "
    "or needs a warm-up"
)


@dataclass(frozen=True)
class Findings:
    """One number per supervision step in each tuple; see ``Report``. ``diversity`` is the mean share of distinct
    boards among the trajectories of one puzzle that has several solutions (None if none has)."""

    ce: tuple[float, ...]
    kl: tuple[float, ...]
    posterior_accuracy: tuple[float, ...]
    prior_accuracy: tuple[float, ...]
    prior_ce: tuple[float, ...]
    diversity: float | None


class Monitor:
    """A fixed sample of held-out inputs, examined with the averaged weights."""

    def __init__(
        self,
        split: Split,
        config: TrainingConfig,
        score: Score,
        canonical: Callable[[Tokens, Tokens], Tokens],
        *,
        pad: int,
        device: torch.device,
        seed: int = 0,
    ) -> None:
        self.config, self.score, self.canonical, self.pad, self.device = config, score, canonical, pad, device
        rng = np.random.default_rng((seed, 1))
        count = min(config.eval_inputs, len(split))
        chosen = rng.choice(len(split), count, replace=False)
        counts = np.diff(split.offsets)[chosen]
        targets = np.stack([split.solutions(i)[rng.integers(n)] for i, n in zip(chosen, counts, strict=True)])
        self.several = counts > 1
        numbers = None if split.identities is None else split.identities[chosen]
        self.inputs = as_inputs(split.inputs[chosen], numbers).to(device)
        self.targets = torch.from_numpy(targets.astype(np.int64)).to(device)

    def examine(self, model: GRAM) -> Findings:
        """Run the posterior for N_sup steps and the prior for ``eval_depth``."""
        ce, kl, posterior = self._posterior(model)
        prior, prior_ce, diversity = self._prior(model)
        return Findings(ce, kl, posterior, prior, prior_ce, diversity)

    @torch.inference_mode()
    def _posterior(self, model: GRAM) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
        target = model.embed_target(self.targets) if model.core.guidance is not None else None
        walk = self._walk(model, self.inputs, self.targets, target, self.config.supervision_steps)
        ce, kl, accuracy, _ = zip(*walk, strict=True)
        return ce, (kl if target is not None else ()), accuracy

    @torch.inference_mode()
    def _prior(self, model: GRAM) -> tuple[tuple[float, ...], tuple[float, ...], float | None]:
        width = self.config.eval_width
        inputs, targets = (t.repeat_interleave(width, 0) for t in (self.inputs, self.targets))
        ce, _, accuracy, outputs = zip(*self._walk(model, inputs, targets, None, self.config.eval_depth), strict=True)
        diversity = None
        if width > 1 and self.several.any():
            boards = self.canonical(as_tokens(inputs), outputs[-1]).reshape(len(self.inputs), width, -1)[self.several]
            diversity = float(np.mean([(len(np.unique(b, axis=0)) - 1) / (width - 1) for b in boards]))
        return accuracy, ce, diversity

    def _walk(
        self, model: GRAM, inputs: Tensor, targets: Tensor, target: Tensor | None, depth: int
    ) -> Iterator[tuple[float, float, float, Tokens]]:
        """(CE, KL in nats a puzzle, accuracy, outputs [n, L_out]) after each supervision step, under the posterior
        when the embedded ``target`` is given."""
        # The same noise at every check, so that curves move because the weights do.
        generator = torch.Generator(self.device).manual_seed(0)
        condition, state = model.embed(inputs), model.initial(len(inputs))
        given, wanted = as_tokens(inputs), as_tokens(targets)
        for _ in range(depth):
            noise = torch.randn(model.noise_shape(len(inputs)), generator=generator, device=self.device)
            kl = 0.0
            for t in range(model.config.transitions):
                state, divergence = model.core.transition(state, condition, noise[t], target)
                if divergence is not None:
                    kl += float(kl_divergence(divergence.posterior, divergence.prior).sum(-1).mean())
            logits = model.decode(state)
            outputs = as_tokens(logits.argmax(-1))
            right, _ = self.score(given, outputs, wanted)
            yield float(cross_entropy(logits, targets, self.pad).mean()), kl, float(right.mean()), outputs


def warnings(findings: Findings, config: TrainingConfig, *, update: int, length: int) -> tuple[str, ...]:
    """The failures by name, once a tenth of the plan is done (before that both look alike)."""
    if update < config.updates / 10 or not findings.kl:
        return ()
    found = []
    posterior, prior = findings.posterior_accuracy[-1], max(findings.prior_accuracy)
    kl = max(findings.kl) / length
    stochastic = any(k > 0 for k in findings.kl)
    if stochastic and posterior > 0.9 and prior < 0.1:
        found.append(PRIVATE_CHANNEL.format(posterior=posterior, prior=prior))
    if stochastic and kl < 0.01 and findings.diversity is not None and findings.diversity < 0.05:
        found.append(POSTERIOR_COLLAPSE.format(kl=kl))
    return tuple(found)
