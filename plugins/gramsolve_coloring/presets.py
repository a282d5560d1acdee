"""Settings that work. Vertices are interchangeable, so training always permutes them."""

from __future__ import annotations

from gramsolve.tasks import Preset, paper


def presets() -> dict[str, Preset]:
    """``paper`` has the paper's sizes (B.2)."""
    return {
        "tiny": Preset(
            "seconds, for tests",
            model={"width": 32, "hidden": 64, "blocks": 1, "low_updates": 1},
            training={
                "batch": 32,
                "updates": 60,
                "warmup": 10,
                "eval_every": 20,
                "eval_inputs": 8,
                "augment": True,
                "blank": 0.0,
            },
        ),
        "cpu": Preset(
            "about an hour on two cores",
            model={"width": 128, "hidden": 256, "blocks": 2, "mixer": "sequence", "low_updates": 3},
            training={
                "batch": 64,
                "supervision_steps": 4,
                "updates": 8000,
                "ema": 0.998,
                "blank": 0.0,
                "augment": True,
                "eval_every": 500,
            },
        ),
        "paper": paper(training={"protocol": "paper"}),
    }
