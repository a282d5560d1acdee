"""The negative ELBO of posterior trajectories, beside the surrogate that training minimises (paper, A.3).

    -log p(y | x)  <=  E_q[ -log p(y | h_N) ]  +  sum over all N_sup T transitions of KL(q || p)        (nats)

A posterior rollout gives one sample of the right side. The surrogate that training minimises charges the last
transition of every supervision step alone and pays the cross-entropy at every step; see ``training/objective.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from gramsolve.errors import BadInput
from gramsolve.evaluation import metrics
from gramsolve.evaluation.held_out import coordinates, held_out
from gramsolve.evaluation.report import HeldOutReport, origin
from gramsolve.inference.noise import branch, generator, normal, stream_keys
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import chunk
from gramsolve.inference.sampler import START
from gramsolve.inference.solver import Solver
from gramsolve.model.core import LatentState
from gramsolve.model.guidance import kl_divergence
from gramsolve.model.network import GRAM
from gramsolve.training.objective import cross_entropy


@dataclass(frozen=True)
class Terms:
    """Nats of B posterior trajectories: ``ce`` [N, B] after each step, ``kl`` [N, T, B] of each transition."""

    ce: Tensor
    kl: Tensor

    def bound(self, depth: int) -> Tensor:
        """The negative ELBO [B] of a trajectory that ends after ``depth`` steps."""
        return self.ce[depth - 1] + self.kl[:depth].sum((0, 1))

    def surrogate(self, depth: int, beta: float) -> Tensor:
        """What training minimises, [B]: its loss averaged over ``depth`` steps, without heads and not per cell."""
        transitions = self.kl.shape[1]
        return (self.ce[:depth] + beta * depth * transitions * self.kl[:depth, -1]).mean(0)


@torch.inference_mode()
def posterior_terms(model: GRAM, inputs: Tensor, targets: Tensor, keys: Tensor, *, depth: int, pad: int) -> Terms:
    """Roll out the posterior for ``depth`` supervision steps.

    Args:
        inputs: int64 [B, L_in]; targets: int64 [B, L_out]; keys: int64 [B], which name the noise.
        pad: the token that is never a target.
    """
    transitions = model.recursion.transitions
    given, target, state = model.embed(inputs), model.embed_target(targets), start(model, keys)
    ce, kl = [], []
    for number in range(1, depth + 1):
        noise = normal(keys, number, (transitions, model.config.length, model.config.width)).unbind(1)
        for draw in noise:
            state, divergence = model.core.transition(state, given, draw, target)
            if divergence is None:  # Without guidance there is no posterior.
                kl.append(torch.zeros(len(inputs), device=inputs.device))
            else:
                kl.append(kl_divergence(divergence.posterior, divergence.prior).sum(-1))
        ce.append(cross_entropy(model.decode(state), targets, pad))
    return Terms(torch.stack(ce), torch.stack(kl).unflatten(0, (depth, transitions)))


@dataclass(frozen=True, kw_only=True)
class ElboReport(HeldOutReport):
    """Nats a puzzle, means over puzzles with half of their 95 % intervals (``..._error``).

    ``rows`` hold one dict a depth: ``ce`` of the last step, ``kl`` of all transitions, ``bound`` = ce + kl (the
    negative ELBO), ``surrogate`` with ``beta``, and ``kl_steps``, the KL of each supervision step. ``floor`` is the
    mean logarithm of the number of solutions, which the bound cannot undercut on average: the model must guess which
    one was drawn.
    """

    kind: ClassVar[str] = "elbo"

    beta: float
    floor: float


def measure_elbo(
    solver: Solver,
    *,
    depths: Sequence[int],
    beta: float = 1.0,
    protocol: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> ElboReport:
    """One posterior rollout for each held-out puzzle, shown one of its solutions drawn with ``seed``.

    Raises BadInput for numbers out of range and for a model that has no latent trajectory.
    """
    depths = sorted({int(d) for d in depths})
    SolveOptions(depth=depths[0], seed=seed)
    model = recursive(solver)
    puzzles = held_out(solver, protocol, limit, seed)
    started, chosen, test = time.perf_counter(), puzzles.chosen, puzzles.test
    drawn = generator(seed).integers(test.offsets[chosen], test.offsets[chosen + 1])
    targets, found = test.outputs[test.members[drawn]].astype(np.int64), list[Terms]()
    pad = solver.task.variant(solver.variant).spec.pad
    rows = chunk(model)
    for first in range(0, len(chosen), rows):
        part = chosen[first : first + rows]
        terms = posterior_terms(
            model,
            puzzles.inputs(solver, part),
            torch.from_numpy(targets[first : first + rows]).to(solver.device),
            stream_keys(seed, *coordinates(solver, part, 1)),
            depth=depths[-1],
            pad=pad,
        )
        found.append(Terms(terms.ce.cpu(), terms.kl.cpu()))
        if on_progress is not None:
            on_progress(min(first + rows, len(chosen)), len(chosen))
    terms = Terms(torch.cat([t.ce for t in found], -1).double(), torch.cat([t.kl for t in found], -1).double())
    return ElboReport(
        **origin(solver),
        protocol=puzzles.protocol,
        instances=len(chosen),
        of=len(test),
        beta=beta,
        floor=float(np.log(puzzles.solutions()).mean()),
        seed=seed,
        seconds=time.perf_counter() - started,
        rows=tuple(_row(terms, depth, beta) for depth in depths),
    )


def start(model: GRAM, keys: Tensor) -> LatentState:
    """z_0 of the trajectories whose noise ``keys`` name."""
    if model.recursion.initial_state != "sampled":
        return model.initial_state(len(keys))
    return model.initial_state(len(keys), normal(branch(keys, START), 0, model.initial_noise_shape(len(keys))[1:]))


def recursive(solver: Solver) -> GRAM:
    """The solver's network, if it is one whose state can be followed. Raises BadInput otherwise."""
    if not isinstance(solver.model, GRAM):
        raise BadInput(f"{solver.name} has no latent trajectory to look at")
    return solver.model


def _row(terms: Terms, depth: int, beta: float) -> dict[str, Any]:
    row: dict[str, Any] = {"depth": depth}
    for name, values in (
        ("ce", terms.ce[depth - 1]),
        ("kl", terms.kl[:depth].sum((0, 1))),
        ("bound", terms.bound(depth)),
        ("surrogate", terms.surrogate(depth, beta)),
    ):
        row |= {name: float(values.mean()), f"{name}_error": metrics.clustered_error(values.numpy())}
    return {**row, "kl_steps": terms.kl[:depth].sum(1).mean(-1).tolist()}
