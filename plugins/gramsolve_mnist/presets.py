"""Settings that work. Every sample is drawn from nothing, so no share of them needs an empty input besides."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gramsolve.tasks import Preset

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "tiny": Preset(
            "seconds, for tests",
            model={"patch": 4, "width": 32, "hidden": 64, "blocks": 1, "low_updates": 1},
            training={"batch": 32, "updates": 60, "warmup": 10, "blank": 0.0, "eval_every": 20, "eval_inputs": 8},
        ),
        "cpu": Preset(
            "about an hour on two cores",
            model={
                "patch": 4,
                "width": 128,
                "hidden": 256,
                "blocks": 2,
                "mixer": "sequence",
                "low_updates": 2,
            },
            training={
                "batch": 64,
                "supervision_steps": 4,
                "updates": 15_000,
                "ema": 0.998,
                "blank": 0.0,
                "eval_every": 500,
            },
        ),
        "paper": Preset(
            "the paper's sizes; needs a GPU",
            model={
                "patch": 2,
                "width": 512,
                "hidden": 512,
                "heads": 8,
                "blocks": 2,
                "mixer": "attention",
                "low_updates": 4,
                "transitions": 3,
                "prefix": 16,
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
                "blank": 0.0,
            },
        ),
    }
)
"""``paper`` has the paper's sizes (B.2): 2x2 pixels a position, 14 x 14 of them."""
