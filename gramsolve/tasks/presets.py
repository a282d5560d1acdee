"""Presets: named settings of the model and of training, and the sizes of the paper that many tasks share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Preset:
    """Named settings: overrides of ``ModelConfig`` and ``TrainingConfig`` fields, checked when used.

    ``architectures``: further overrides of ``ModelConfig`` by name of architecture. ``architecture``: the default one.
    """

    title: str
    model: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    architectures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    architecture: str = "gram"


WIDE = {"hidden": 1536}
ARCHITECTURES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "trm": WIDE,
        "trm-random": WIDE,
        "trm-sampled": WIDE,
        "looped": WIDE,
        "universal": WIDE,
        "direct": WIDE,
        "hrm": {**WIDE, "blocks": 4},
        "autoregressive": {"hidden": 1024, "blocks": 4},
        "diffusion": {"hidden": 1344, "blocks": 4},
    }
)
"""Sizes that give about the parameters that the paper states: TRM and Looped Transformer 7M, HRM 27M, autoregressive
10.6M, masked diffusion 12.6M. Of the universal and the direct one it states none."""


def paper(*, model: Mapping[str, Any] | None = None, training: Mapping[str, Any] | None = None) -> Preset:
    """The sizes of the GRAM paper (B.2), with what is different for a task."""
    return Preset(
        "the paper's sizes; needs a GPU",
        model={
            "width": 512,
            "hidden": 512,
            "heads": 8,
            "blocks": 2,
            "mixer": "attention",
            "low_updates": 4,
            "transitions": 3,
            "prefix": 16,
            **(model or {}),
        },
        training={
            "batch": 768,
            "supervision_steps": 16,
            "updates": 50_000,
            "optimizer": "adamw",
            "adam_lr": 1e-4,
            "weight_decay": 1.0,
            "ema": 0.9999,
            "warmup": 2000,
            "decay": 0.0,
            "unconditional_share": 0.0,
            **(training or {}),
        },
        architectures=ARCHITECTURES,
    )
