"""Settings that work. Splits are free of symmetric copies, so training always draws symmetries."""

from __future__ import annotations

from gramsolve.tasks import Preset


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
        "paper": Preset(
            "the paper's sizes; needs a GPU",
            model={
                "width": 512,
                "hidden": 512,
                "heads": 8,
                "blocks": 2,
                "mixer": "sequence",
                "low_updates": 6,
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
                "augment": True,
            },
        ),
    }
