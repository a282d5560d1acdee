"""Names, variants, token layouts and presets: how a task presents itself."""

from __future__ import annotations

import json

from gramsolve.tasks.task import API_VERSION, Task
from gramsolve.tasks.testing.helpers import require, require_refusal


def names(task: Task, variant: str) -> None:
    """Names, versions and variants."""
    version = getattr(task, "api_version", None)
    require(version == API_VERSION, f"api_version is {version}, not {API_VERSION}")
    for field in ("name", "title", "description"):
        text = getattr(task, field, None)
        require(isinstance(text, str) and text != "" and "\n" not in text, f"{field} is not one line of text")
    listed = [item.name for item in task.variants()]
    require(task.default_variant in listed, "default_variant is not among variants()")
    for name in {variant, *listed}:
        require(task.variant(name).name == name, f"variant({name!r}) is called otherwise")
    require(len(task.protocols) > 0, "there is no protocol")
    require_refusal("an unknown variant", lambda: task.variant("no such variant"))


def layout(task: Task, variant: str) -> None:
    """The token specification makes sense and does not change."""
    spec = task.variant(variant).spec
    for field in ("input_vocab", "output_vocab"):
        require(2 <= getattr(spec, field) <= 256, f"{field} must fit uint8 and tell two things apart")
    for field in ("input_length", "output_length"):
        require(getattr(spec, field) >= 1, f"{field} must be at least 1")
    require(spec.grid[0] * spec.grid[1] == spec.output_length, "grid does not hold output_length cells")
    require(0 <= spec.pad < spec.output_vocab and 0 <= spec.blank < spec.input_vocab, "pad or blank is no token")
    require(spec.digest() == task.variant(variant).spec.digest(), "the digest changes")


def presets(task: Task, variant: str) -> None:
    """The named settings are there and are plain values."""
    found = task.presets(variant)
    for name in ("tiny", "cpu", "paper"):
        require(name in found, f"there is no preset {name!r}")
    for name, preset in found.items():
        require(preset.title != "", f"preset {name!r} has no title")
        json.dumps([dict(preset.model), dict(preset.training)])
