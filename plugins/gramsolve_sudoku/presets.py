"""Settings that work. Splits are free of symmetric copies, so training always draws symmetries."""

from __future__ import annotations

from gramsolve.tasks import Preset, paper


def presets(size: int) -> dict[str, Preset]:
    """``cpu`` uses what is interchangeable: one state for every (cell, digit) and the same weights for all."""
    small = size <= 6
    return {
        "tiny": Preset(
            "seconds, for tests",
            model={"width": 32, "hidden": 64, "blocks": 1, "low_updates": 1},
            training={"batch": 32, "updates": 60, "warmup": 10, "eval_every": 20, "eval_inputs": 8, "augment": True},
        ),
        "cpu": Preset(
            "a quarter of an hour on one core" if small else "some hours on one core",
            model={
                "mixer": "relations",
                "width": 32 if small else 48,
                "hidden": 64 if small else 96,
                "guidance_hidden": 24,
                "low_updates": 3,
            },
            training={
                "batch": 64 if small else 32,
                "updates": 4000 if small else 20_000,
                "ema": 0.998,
                "eval_every": 250 if small else 1000,
                "eval_inputs": 32 if small else 16,
            },
        ),
        "paper": paper(model={"mixer": "sequence", "low_updates": 6}, training={"augment": True}),
    }
