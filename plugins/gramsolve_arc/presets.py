"""Settings that work, per canvas."""

from __future__ import annotations

from typing import Any

from gramsolve.tasks import Preset, paper

CPU: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {
    10: ({"mixer": "sequence"}, {"batch": 64, "updates": 15_000}),
    20: ({"mixer": "attention"}, {"batch": 16, "updates": 3000}),
    30: ({"mixer": "attention"}, {"batch": 8, "updates": 3000}),
}
"""What depends on the canvas: the sequence mixer's weights grow with the square of its length."""


def presets(side: int) -> dict[str, Preset]:
    """All of them augment, and have a prefix, on which the embeddings of the tasks live."""
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
                "blank": 0.0,
                "augment": True,
            },
        ),
        "cpu": Preset(
            "about two hours on two cores"
            if side == 10
            else "about an hour on two cores: to see it learn, not to finish",
            model={"width": 128, "hidden": 256, "blocks": 2, "low_updates": 3, "prefix": 4, **model},
            training={
                "supervision_steps": 4,
                "ema": 0.998,
                "blank": 0.0,
                "augment": True,
                "eval_every": 250,
                **training,
            },
        ),
        "paper": paper(training={"updates": 500_000, "augment": True, "eval_every": 1000}),
    }
