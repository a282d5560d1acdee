"""Training speed: samples times supervision steps a second, plain and compiled, against the machine's matrix products.

    python benchmarks/engine.py [--shape NAME ...] [--threads N] [--device auto]

``paper`` is the paper's shape for 8 queens with a batch that a CPU can bear; the others are the ``cpu`` presets. The
ceiling is a large matrix product in the same precision, measured in the same run; ``of the ceiling`` counts the
posterior's step alone, so an update that also rolls out the prior shows less than it does.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import harness

from gramsolve.tasks import registry
from gramsolve.training.options import TrainOptions
from gramsolve.training.session import TrainingSession

SHAPES: dict[str, tuple[str, str, dict[str, str]]] = {
    "nqueens 8x8, cpu": ("nqueens", "8x8", {}),
    "coloring 8v3c, cpu": ("coloring", "8v3c", {}),
    "sudoku 9x9, cpu": ("sudoku", "9x9", {}),
    "nqueens 8x8, paper": ("nqueens", "8x8", {"batch": "16"}),
}


def session(name: str, compile: str, threads: int | None, device: str, folder: str) -> TrainingSession:
    """A run of a shape, about to begin."""
    task, variant, overrides = SHAPES[name]
    preset = name.rsplit(", ", 1)[1]
    options = TrainOptions(
        variant=variant,
        preset=preset,
        overrides=overrides,
        run_dir=Path(folder) / compile,
        device=device,
        threads=threads,
        compile=compile,
    )
    return TrainingSession(registry.load(task), options)


def main() -> None:
    parser = harness.arguments("Training speed.")
    parser.add_argument("--shape", action="append", choices=list(SHAPES))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    rows: list[harness.Row] = []
    for name in options.shape or SHAPES:
        made: dict[str, tuple[TrainingSession, float]] = {}
        with tempfile.TemporaryDirectory() as folder:
            for compile in ("off", "on"):
                run = session(name, compile, options.threads, options.device, folder)
                samples = run.config.batch
                speed = harness.rate(lambda run=run: run.trainer.update(), samples, seconds=6.0)  # type: ignore[misc]
                made[compile] = run, speed
        precision = made["on"][0].config.precision
        for compile, who in (("on", "compiled"), ("off", "plain")):
            run, speed = made[compile]
            share = run.execution.utilisation(speed / run.config.batch) or 0.0
            rival, ratio = ("plain", speed / made["off"][1]) if compile == "on" else ("", None)
            rows.append(harness.Row(name, f"{who}, {precision}, {share:.0%} of the ceiling", speed, rival, ratio))
    harness.report("Samples times supervision steps a second", rows, as_json=options.json)


if __name__ == "__main__":
    main()
