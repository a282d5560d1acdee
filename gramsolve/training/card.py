"""The model card that every checkpoint is born with; ``gramsolve eval`` adds the figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gramsolve.tasks.task import Task


def card(task: Task, config: Mapping[str, Any], parameters: int) -> str:
    """Markdown: what it is, how it was trained and the commands that repeat both training and evaluation."""
    training, variant = config["training"], config["variant"]
    minutes = training["seconds"] / 60
    ancestry = "".join(f"`{command}`, and from its weights " for command in training.get("ancestors", []))
    mode = "" if task.capabilities.conditional else " --unconditional"
    return f"""# {task.title} {variant}

{parameters:,} parameters, format: safetensors, averaged (EMA) weights.

| | |
| --- | --- |
| task | {task.description} |
| training data | the `{training["protocol"]}` protocol of the task's plugin, train split |
| training | {training["done"]:,} of {training["updates"]:,} updates, batch {training["batch"]}, \
N_sup {training["supervision_steps"]}, {training["precision"]}, seed {training["seed"]} |
| time | {minutes:.1f} minutes on {training["device"]} ({training["machine"]}, {training["threads"]} threads, \
torch {training["torch"]}) |

Train it again: {ancestry}`{training["command"]}`

Measure it: `gramsolve eval {task.name}{mode} --variant {variant} --checkpoint PATH`
"""
