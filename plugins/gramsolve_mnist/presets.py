"""Settings that work. Every input is blank, so ``unconditional_share`` is 0."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gramsolve.tasks import Preset, paper

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "tiny": Preset(
            "seconds, for tests",
            model={"patch": 4, "width": 32, "hidden": 64, "blocks": 1, "low_updates": 1},
            training={
                "batch": 32,
                "updates": 60,
                "warmup": 10,
                "unconditional_share": 0.0,
                "eval_every": 20,
                "eval_inputs": 8,
            },
        ),
        "cpu": Preset(
            "three hours on one core, one if it is made for bf16",
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
                "supervision_steps": 16,
                "updates": 14_000,
                "beta": 0.25,
                "beta_step1": 1.0,
                "decay": 0.5,
                "self_correction": 0.5,
                "prior_share": 0.5,
                "ema": 0.998,
                "unconditional_share": 0.0,
                "eval_every": 1000,
            },
        ),
        "paper": paper(model={"patch": 2}),
    }
)
"""``paper`` has the paper's sizes (B.2): 2x2 pixels a position, 14 x 14 of them."""
