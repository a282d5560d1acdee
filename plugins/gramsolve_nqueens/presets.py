"""Settings that work, per board size."""

from __future__ import annotations

from gramsolve.tasks import Preset, paper


def presets(n: int) -> dict[str, Preset]:
    """``cpu`` is the recipe behind the shipped checkpoint; ``quick`` gives up some accuracy for time; ``paper``
    has the paper's sizes (B.2)."""
    model = {"width": 128, "hidden": 256, "blocks": 2, "mixer": "sequence", "low_updates": 2}
    return {
        "tiny": Preset(
            "seconds, for tests",
            model={"width": 32, "hidden": 64, "blocks": 1, "low_updates": 1},
            training={"batch": 32, "updates": 60, "warmup": 10, "eval_every": 20, "eval_inputs": 8},
        ),
        "cpu": Preset(
            "about three quarters of an hour on one core",
            model=model,
            training={"batch": 64, "supervision_steps": 4, "updates": 9000, "ema": 0.998, "eval_every": 500},
        ),
        "quick": Preset(
            "under ten minutes on two cores",
            model=model,
            training={
                "batch": 64,
                "supervision_steps": 4,
                "updates": 1000,
                "warmup": 100,
                "decay": 0.6,
                "ema": 0.99,
                "repair": 0.5,
                "prior_share": 0.5,
                "eval_every": 500,
            },
        ),
        "paper": paper(),
    }
