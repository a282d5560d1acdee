"""The checkpoint of a run: the averaged weights, how they were trained, and the card."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

from gramsolve.checkpoints import store
from gramsolve.checkpoints.checkpoint import CheckpointConfig, Provenance
from gramsolve.training.card import card
from gramsolve.training.metrics import TrainingMetrics
from gramsolve.training.plan import command
from gramsolve.training.prepare import TrainingRun
from gramsolve.training.train_state import TrainState


def write_checkpoint(
    run: TrainingRun, state: TrainState, metrics: TrainingMetrics | None, seconds: float, directory: Path
) -> None:
    """Write the averaged weights to ``directory``. ``metrics`` are those of the last held-out check."""
    state.ema.copy_to(run.eval_model)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in run.eval_model.state_dict().items()}
    plan, execution = run.plan, run.execution
    # Threads and compilation change the last bits, so they belong to the command.
    how = f" --threads {execution.threads} --compile {'on' if execution.compile else 'off'}"
    # Where there is no condition, a sample is not right because it is in the test set.
    measured = metrics is not None and run.task.capabilities.conditional
    provenance = Provenance(
        command=command(run.task, plan) + how,
        preset=plan.preset,
        architecture=plan.architecture,
        seed=plan.seed,
        initial_seed=plan.initial_seed,
        updates_done=state.update,
        seconds=round(seconds, 1),
        device=str(run.device),
        machine=platform.machine(),
        threads=execution.threads,
        torch=str(torch.__version__),
        held_out_accuracy=metrics.prior_accuracy if measured and metrics is not None else (),
        init_commands=plan.init_commands,
    )
    digest = run.task.variant(plan.variant).spec.digest()
    config = CheckpointConfig(
        plan.task, plan.variant, digest, plan.training, provenance, tuple(run.rule_names), model=plan.model
    )
    parameters = sum(parameter.numel() for parameter in run.eval_model.parameters())
    store.write(directory, tensors, config, card(run.task, config, parameters))
