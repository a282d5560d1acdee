"""Settings that work, per canvas."""

from __future__ import annotations

from typing import Any

from gramsolve.tasks import Preset, paper

ATTENTIVE = ("universal", "autoregressive", "diffusion")
"""Architectures that are made of attention whatever the preset."""

WIDE = {"mixer": "attention", "width": 128, "hidden": 256, "prefix": 4}
GRID_CONV = {"mixer": "grid_conv", "width": 48, "hidden": 96, "heads": 16, "prefix": 0}
CPU: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {
    10: (GRID_CONV, {"batch": 16, "updates": 7000, "self_correction": 0.7, "prior_share": 0.5}),
    20: (WIDE, {"batch": 16, "updates": 3000}),
    30: (WIDE, {"batch": 8, "updates": 3000}),
}
"""What depends on the canvas: the work of planes grows with the square of its area."""


def presets(side: int) -> dict[str, Preset]:
    """All presets augment, and have a place for the embeddings of the rules: a prefix, or the grid convolution."""
    model, training = CPU[side]
    return {
        "tiny": Preset(
            "seconds, for tests",
            model={"width": 16, "hidden": 32, "blocks": 1, "low_updates": 1, "prefix": 1, "mixer_hidden": 32},
            training={
                "batch": 8,
                "updates": 20,
                "warmup": 5,
                "eval_every": 10,
                "eval_inputs": 4,
                "eval_width": 2,
                "eval_depth": 4,
                "unconditional_share": 0.0,
                "augment": True,
            },
        ),
        "cpu": Preset(
            "about two hours on two cores"
            if side == 10
            else "about an hour on two cores: to see it learn, not to finish",
            model={"blocks": 2, "low_updates": 3, **model},
            training={
                "supervision_steps": 4,
                "ema": 0.998,
                "unconditional_share": 0.0,
                "augment": True,
                "eval_every": 250,
                **training,
            },
            architectures={name: {**WIDE, "heads": 4} for name in ATTENTIVE} if side == 10 else {},
        ),
        "paper": paper(training={"updates": 500_000, "augment": True, "eval_every": 1000}),
    }
