"""Settings that work. ``cpu`` builds on vertices and colours being interchangeable; other models learn it from
permuted graphs."""

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
                "unconditional_share": 0.0,
            },
        ),
        "cpu": Preset(
            "about ten minutes on one core",
            model={"mixer": "message_passing", "width": 48, "hidden": 96, "guidance_hidden": 32, "low_updates": 3},
            training={
                "batch": 64,
                "updates": 2000,
                "unconditional_share": 0.0,
                "self_correction": 0.7,
                "prior_share": 0.5,
                "eval_every": 150,
                "eval_inputs": 64,
            },
        ),
        "paper": paper(training={"protocol": "paper"}),
    }
