"""Settings that work, per board size."""

from __future__ import annotations

from gramsolve.tasks import Preset, paper


def presets(n: int) -> dict[str, Preset]:
    """``cpu`` is the recipe behind the shipped checkpoint for 8x8; ``quick`` gives up some accuracy for time; both have
    one state and one stack, which learn queens faster than two. ``paper`` has the paper's sizes (B.2)."""
    width = 64 if n <= 8 else 128
    model = {"width": width, "hidden": 2 * width, "blocks": 2, "mixer": "sequence", "low_updates": 2}
    training = {"batch": 64, "supervision_steps": 4, "self_correction": 0.7, "keep_correct": 0.2, "prior_share": 0.5}
    return {
        "tiny": Preset(
            "seconds, for tests",
            model={"width": 32, "hidden": 64, "blocks": 1, "low_updates": 1},
            training={"batch": 32, "updates": 60, "warmup": 10, "eval_every": 20, "eval_inputs": 8},
        ),
        "cpu": Preset(
            "twenty minutes on one core" if n <= 8 else "some hours on one core",
            model=model,
            training={**training, "updates": 4000 if n <= 8 else 9000, "ema": 0.998, "eval_every": 500},
            architecture="gram-flat",
        ),
        "quick": Preset(
            "five minutes on two cores" if n <= 8 else "half an hour on two cores",
            model=model,
            training={**training, "updates": 1300, "warmup": 100, "decay": 0.6, "ema": 0.99, "eval_every": 650},
            architecture="gram-flat",
        ),
        "paper": paper(),
    }
