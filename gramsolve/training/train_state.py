"""What one update hands to the next, and what enters and leaves an update.

``update(state, batch, noise)`` consumes its state: tensors are written in place, like donated buffers in JAX, because
the history of the rollouts is too large to copy at every update. Use the state that it returns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from gramsolve.model.build import Model
from gramsolve.model.core import LatentState
from gramsolve.tasks.arrays import Bools, Tokens
from gramsolve.training.optimizer import Optimizer, WeightAverage
from gramsolve.training.scoring import as_tokens


@dataclass(frozen=True)
class TrainState:
    """``update`` updates are done; the next one has this number, counted from 0.

    ``ema`` is the exponential moving average of the weights, which is what ships. ``trajectories`` is None for the
    token baselines, which draw new puzzles at every update.
    """

    update: int
    model: Model
    optimizer: Optimizer
    ema: WeightAverage
    trajectories: Trajectories | None = None


@dataclass(frozen=True)
class UpdateMetrics:
    """``loss`` and ``ce`` (nats per token) stay on the device, so that reading them is what waits for the update;
    ``learning_rate`` is that of the matrices of the core."""

    loss: Tensor
    ce: Tensor
    learning_rate: float


@dataclass(frozen=True)
class ObservedRollouts:
    """The prior rows as the host last saw them, uint8 numpy: ``inputs`` [R, L_in], ``boards`` [R, L_out], ``targets``
    [R, L_out], and ``correct`` bool [R], whether each board is correct.

    Held on the host so that choosing restarts does not wait for an accelerator that computes the last update.
    """

    inputs: Tokens
    boards: Tokens
    targets: Tokens
    correct: Bools


@dataclass(frozen=True)
class Trajectories:
    """The trajectories under way: B rows under the posterior, the first R of them also as prior rollouts.

    Attributes:
        inputs: int64 [B, L_in].
        targets: int64 [B, L_out].
        ambiguous: bool [B], see ``sampler.Pairs``.
        posterior, prior: latent states of B and of R rows.
        history: fp32 [R, N_sup, L, D], every h of the prior rollouts so far.
        correct: fp32 [R, N_sup], 1 where the board of that step was correct.
        boards: uint8 [R, L_out], the last boards of the prior rollouts.
        observed: the same on the host; derived from the rest, so it is not stored.
    """

    inputs: Tensor
    targets: Tensor
    ambiguous: Tensor
    posterior: LatentState
    prior: LatentState
    history: Tensor
    correct: Tensor
    boards: Tensor
    observed: ObservedRollouts

    def tensors(self) -> dict[str, Tensor]:
        """What is stored, by name."""
        return {
            "inputs": self.inputs,
            "targets": self.targets,
            "ambiguous": self.ambiguous,
            "h": self.posterior.h,
            "l": self.posterior.l,
            "prior_h": self.prior.h,
            "prior_l": self.prior.l,
            "history": self.history,
            "correct": self.correct,
            "boards": self.boards,
        }

    @classmethod
    def from_tensors(cls, t: dict[str, Tensor], observed: ObservedRollouts | None = None) -> Trajectories:
        """The inverse of ``tensors``."""
        posterior, prior = LatentState(t["h"], t["l"]), LatentState(t["prior_h"], t["prior_l"])
        if observed is None:
            rows = len(t["correct"])
            inputs, boards, targets = map(as_tokens, (t["inputs"][:rows], t["boards"], t["targets"][:rows]))
            # The last step is the one that matters: rollouts that end there may become restarts.
            observed = ObservedRollouts(inputs, boards, targets, np.asarray(t["correct"][:, -1].cpu()) > 0)
        return cls(
            t["inputs"],
            t["targets"],
            t["ambiguous"],
            posterior,
            prior,
            t["history"],
            t["correct"],
            t["boards"],
            observed,
        )


@dataclass(frozen=True)
class Batch:
    """What enters GRAM's batch at an update: n rows begin a trajectory, m of them as restarts.

    Attributes:
        inputs, targets, ambiguous: new puzzles, [n, L_in], [n, L_out] and [n].
        restart_rows: int64 [m], rows whose next trajectory restarts where their prior rollout stopped, with the puzzle
            they have, in place of a new one.
        restart_targets: int64 [m, L_out], a solution near the board of each.
    """

    inputs: Tensor
    targets: Tensor
    ambiguous: Tensor
    restart_rows: Tensor
    restart_targets: Tensor


@dataclass(frozen=True)
class Noise:
    """Standard normal noise of one update of GRAM; None where the model draws none.

    ``start`` and ``prior_start`` are for the z_0 of rows that begin; ``posterior`` [steps, B, L, D] and ``prior``
    [steps, R, L, D] are for the transitions.
    """

    start: Tensor | None
    prior_start: Tensor | None
    posterior: Tensor | None
    prior: Tensor | None


@dataclass(frozen=True)
class TokenBatch:
    """New puzzles for a token baseline: int64 ``inputs`` [B, L_in] and ``targets`` [B, L_out]."""

    inputs: Tensor
    targets: Tensor
