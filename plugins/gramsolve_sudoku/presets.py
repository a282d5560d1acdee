"""Settings that work. Splits are free of symmetric copies, so training always draws symmetries."""

from __future__ import annotations

from gramsolve.tasks import Preset, paper

HARD = {"beta": 3.0, "unconditional_share": 0.02, "self_correction": 0.9, "keep_correct": 0.2, "prior_share": 0.5}
"""For 9x9 boards. A low KL weight would let the posterior encode the answer, and the prior would not learn it."""


def presets(size: int) -> dict[str, Preset]:
    """``cpu`` and ``gpu`` use what is interchangeable: one state for every (cell, digit), the same weights for all."""
    small = size <= 6
    symmetric = {"mixer": "message_passing", "guidance_hidden": 24, "low_updates": 3}
    found = {
        "tiny": Preset(
            "seconds, for tests",
            model={"width": 32, "hidden": 64, "blocks": 1, "low_updates": 1},
            training={"batch": 32, "updates": 60, "warmup": 10, "eval_every": 20, "eval_inputs": 8, "augment": True},
        ),
        "cpu": Preset(
            "a quarter of an hour on one core" if small else "some hours on one core",
            model={**symmetric, "width": 32 if small else 48, "hidden": 64 if small else 96},
            training={
                "batch": 64 if small else 32,
                "updates": 4000 if small else 20_000,
                "ema": 0.998,
                "eval_every": 250 if small else 1000,
                "eval_inputs": 32 if small else 16,
                **({} if small else HARD),
            },
        ),
        "paper": paper(model={"mixer": "sequence", "low_updates": 6}, training={"augment": True}),
    }
    if size == 9:
        found["gpu"] = Preset(
            "five minutes on an H200",
            model={**symmetric, "width": 64, "hidden": 128, "guidance_hidden": 32},
            training={
                "batch": 256,
                "updates": 20_000,
                "decay": 0.5,
                "ema": 0.998,
                "eval_every": 1000,
                "eval_inputs": 64,
                **HARD,
            },
        )
    return found
