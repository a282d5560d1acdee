"""The model card that every checkpoint is born with; ``gramsolve eval`` adds the figures."""

from __future__ import annotations

from gramsolve.checkpoints.checkpoint import CheckpointConfig
from gramsolve.config.training import TrainingConfig
from gramsolve.tasks.task import Task


def card(task: Task, config: CheckpointConfig, parameters: int) -> str:
    """Markdown: what it is, how it was trained and the commands that repeat both training and evaluation."""
    training, origin, variant = config.training or TrainingConfig(), config.provenance, config.variant
    ancestry = "".join(f"`{command}`, and from its weights " for command in origin.init_commands)
    mode = "" if task.capabilities.conditional else " --unconditional"
    return f"""# {task.title} {variant}

{parameters:,} parameters, format: safetensors, averaged (EMA) weights.

| | |
| --- | --- |
| task | {task.description} |
| training data | the `{training.data.protocol}` protocol of the task's plugin, train split |
| training | {origin.updates_done:,} of {training.schedule.updates:,} updates, batch {training.data.batch}, \
N_sup {training.objective.supervision_steps}, {training.execution.precision}, seed {origin.seed} |
| time | {origin.seconds / 60:.1f} minutes on {origin.device} ({origin.machine}, {origin.threads} threads, \
torch {origin.torch}) |

Train it again: {ancestry}`{origin.command}`

Measure it: `gramsolve eval {task.name}{mode} --variant {variant} --checkpoint PATH`
"""
