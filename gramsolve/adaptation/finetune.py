"""Fine-tune a copy of a solver on a few pairs of one rule, with the loop that trained it.

The number of updates need not be known in advance: the rate is constant after a short warm-up, and the result is an
average of the weights over about the last ninth of the updates.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from gramsolve.adaptation.options import Budget, Stop
from gramsolve.config.training import TrainingConfig
from gramsolve.errors import BadInput, GramsolveError
from gramsolve.inference.solver import Solver
from gramsolve.model.build import build
from gramsolve.model.network import GRAM
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.data import Split
from gramsolve.training.sampler import Sampler
from gramsolve.training.scoring import score_function
from gramsolve.training.train_state import TrainState
from gramsolve.training.trainer import Trainer

BATCH = 8
"""Rows of a batch at most: with a few pairs, more updates learn more than larger batches."""
RATE, ADAM_RATE = 3e-3, 3e-3
"""Rates at most; lower ones if the recipe's are. See docs/training.md for what they were chosen by."""
FROZEN_RATE = 1e-2
"""Rate of the embedding where the weights are frozen."""
WARMUP = 5
AVERAGE = 0.999
"""Bound on the decay of the weights' average, which otherwise follows from the number of updates."""
HORIZON = 2**31
"""Updates of a plan without an end."""

OnUpdate = Callable[[int, float, float], None]
"""Called after every update with (updates, seconds, loss)."""


@dataclass(frozen=True, eq=False)
class Finetuned:
    """The adapted solver, and its cost. ``loss`` is that of the last update."""

    solver: Solver
    updates: int
    seconds: float
    loss: float


def require(solver: Solver) -> None:
    """Raises BadInput for a checkpoint that cannot be adapted to a new rule."""
    model, name = solver.model, solver.name
    if not isinstance(model, GRAM):
        raise BadInput(f"the checkpoint {name} is a baseline without a latent state: only GRAM's kind can be adapted")
    if not model.config.rule_ids:
        raise BadInput(f"the checkpoint {name} has no embeddings of rules, so there is none to fit to a new one")


def finetune(
    solver: Solver,
    inputs: Tokens,
    outputs: Tokens,
    rule: str,
    budget: Budget,
    *,
    weights: bool,
    seed: int,
    stop: Stop,
    on_update: OnUpdate,
    from_mean: bool = False,
) -> Finetuned:
    """Fit an embedding, and a copy of the weights, to pairs [n, L_in], [n, L_out] of one rule.

    The embedding starts as that of the rule if the checkpoint has one, and as the mean of all embeddings otherwise and
    with ``from_mean``. ``solver`` is not changed. There is at least one update; ``stop`` is asked after each.
    """
    known = 0 if from_mean else solver.rule_ids.get(rule, 0)
    trainer, state = _trainer(solver, split_of(inputs, outputs), known, weights=weights, seed=seed)
    # From here: torch's optimizers take seconds to import, the first time that a process makes one.
    began = time.monotonic()
    loss = float("nan")
    while budget.used(time.monotonic() - began, state.update) < 1 or not state.update:
        state, metrics = trainer.update(state, trainer.batch(state), trainer.noise(state))
        loss = float(metrics.loss)
        if not np.isfinite(loss):
            raise GramsolveError(f"adapting failed: the loss is not finite at update {state.update}")
        on_update(state.update, time.monotonic() - began, loss)
        if stop():
            break
    state.ema.copy_to(state.model)
    checkpoint = replace(solver.checkpoint, model=state.model.config, rule_ids=(rule,))
    adapted = Solver(solver.task, state.model.requires_grad_(True), checkpoint, device=solver.device)
    return Finetuned(adapted, state.update, time.monotonic() - began, loss)


def _trainer(solver: Solver, split: Split, known: int, *, weights: bool, seed: int) -> tuple[Trainer, TrainState]:
    task, variant = solver.task, solver.variant
    # The generators of training count updates on top of a multiple of the seed, which has to leave them room.
    seed, config = seed % 2**32, settings(solver, weights=weights)
    model = _with_rule_embedding(solver, known)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(weights or name.startswith("encoder.rule_embedding."))

    sampler = Sampler.of(task, variant, split, model.config, config, seed=seed)
    pad = task.variant(variant).spec.pad
    trainer = Trainer(config, sampler, score_function(task, variant), pad=pad, seed=seed, device=solver.device)
    return trainer, trainer.initial_state(model)


def _with_rule_embedding(solver: Solver, known: int) -> GRAM:
    """A copy of the network that has an embedding for one rule. It starts out as that of the rule numbered ``known``,
    or for 0 as the mean of all. The table of these is left behind, which saves an optimizer's state for it."""
    model = build(replace(solver.model.config, rule_ids=1))
    assert isinstance(model, GRAM)
    state = solver.model.state_dict()
    table = state["encoder.rule_embedding.weight"]
    # Number 0 is that of an unknown rule and was never learned.
    mean = table[1:].mean(dim=0)
    start = torch.stack((mean, table[known] if known else mean))
    model.load_state_dict({**state, "encoder.rule_embedding.weight": start})
    return model


def settings(solver: Solver, *, weights: bool) -> TrainingConfig:
    """The checkpoint's TrainingConfig, adjusted for open-ended fine-tuning on a few pairs."""
    recipe = solver.checkpoint.training or TrainingConfig()
    phases = recipe.objective.phases
    batch = max(phases, min(recipe.data.batch, BATCH) // phases * phases)
    precision = recipe.execution.precision
    return recipe.replace(
        updates=HORIZON,
        batch=batch,
        micro_batch=min(recipe.execution.micro_batch, batch),
        beta=recipe.objective.beta_final or recipe.objective.beta,
        beta_final=0.0,
        lr=min(recipe.optimization.lr, RATE),
        adam_lr=min(recipe.optimization.adam_lr, ADAM_RATE) if weights else FROZEN_RATE,
        weight_decay=0.0,
        warmup=WARMUP,
        decay=0.0,
        ema=AVERAGE,
        ema_horizon=0.0,
        # What a machine does fast is measured, and a measurement may come out otherwise the next time.
        precision=precision if solver.device.type == "cuda" and precision != "auto" else "fp32",
        augment=True,
    )


def split_of(inputs: Tokens, outputs: Tokens) -> Split:
    """Pairs [n, L_in], [n, L_out] of the one rule with number 1, as training reads them."""
    questions, which = np.unique(inputs, axis=0, return_inverse=True)
    pool, members = np.unique(outputs, axis=0, return_inverse=True)
    links = np.unique(np.stack((which.ravel(), members.ravel()), axis=1), axis=0)
    offsets = np.searchsorted(links[:, 0], np.arange(len(questions) + 1)).astype(np.int64)
    numbers = np.ones(len(questions), np.int32)
    return Split(questions, pool, offsets, links[:, 1].astype(np.int32), numbers)
