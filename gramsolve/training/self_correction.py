"""Self-correction: finished prior rollouts from which a training trajectory restarts.

An on-policy restart, the idea of DAgger (Ross et al. 2011): without it training never sees the wrong boards from which
inference must find its way.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gramsolve.config.training import TrainingConfig
from gramsolve.training.sampler import Sampler
from gramsolve.training.train_state import ObservedRollouts


def choose_restarts(
    config: TrainingConfig,
    sampler: Sampler,
    update: int,
    observed: ObservedRollouts,
    *,
    groups: slice,
    input_length: int,
) -> tuple[Tensor, Tensor]:
    """Rows whose next trajectory restarts where their prior rollout stopped, int64 [m], and the solutions nearest to
    their boards, int64 [m, L_out].

    Args:
        update: the update that the trajectories begin with, counted from 0.
        groups: this process's groups of ``phases`` rows; one row of each has finished.
        input_length: columns of the inputs without the number of the rule.
    """
    rollouts, phases = config.rollouts, config.objective.phases
    finished = np.arange(-update % phases, len(observed.boards), phases)
    if not rollouts.self_correction:
        return torch.zeros(0, dtype=torch.int64), torch.zeros((0, observed.targets.shape[1]), dtype=torch.int64)
    uniforms = sampler.uniforms(update, config.prior_rows // phases)[groups]
    share = rollouts.self_correction * np.where(observed.correct[finished], rollouts.keep_correct, 1.0)
    chosen = finished[uniforms < share]
    rest = np.setdiff1d(np.arange(len(observed.boards)), chosen)
    inputs, boards = np.ascontiguousarray(observed.inputs[:, :input_length]), observed.boards
    others = inputs[rest], boards[rest]
    targets, known = sampler.nearest(update, inputs[chosen], boards[chosen], observed.targets[chosen], others)
    return torch.from_numpy(chosen[known]), torch.from_numpy(targets[known].astype(np.int64))
