"""Memory of the paper's sizes, counted: what the gradient of one row of the batch needs, and what rollouts carry.

    python benchmarks/memory.py [--json]

No GPU is needed: these are the tensors that autograd keeps in a plain step in bf16 on a processor, 16 rows of it, and
the state that prior rollouts hand from update to update. Weights, optimizer and workspace come on top.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import harness
import torch
from torch import Tensor

from gramsolve.model.network import GRAM
from gramsolve.tasks import registry
from gramsolve.training.prepare import TrainingRun, prepare
from gramsolve.training.train_options import TrainOptions
from gramsolve.training.train_state import TrainState, Trajectories
from gramsolve.training.trainer import Trainer

SHAPES = [
    ("nqueens", "8x8"),
    ("nqueens", "10x10"),
    ("coloring", "8v3c"),
    ("coloring", "10v3c"),
    ("sudoku", "9x9"),
    ("mnist", "28x28"),
]
ROWS, BATCH = 16, 768


def prepared(task: str, variant: str, folder: str) -> TrainingRun:
    options = TrainOptions(
        variant=variant,
        preset="paper",
        overrides={"batch": str(ROWS), "precision": "bf16"},
        run_dir=Path(folder) / "run",
        device="cpu",
        threads=1,
        compile="off",
    )
    return prepare(registry.load(task), options)


def kept(trainer: Trainer, state: TrainState, t: Trajectories) -> int:
    """Bytes that autograd keeps of all rows, each storage once."""
    model = state.model
    assert isinstance(model, GRAM)
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    held: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        held.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    noise, beta = trainer.noise(state).posterior, trainer.beta(0, t.ambiguous)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        _ = trainer.posterior_step(model, t.inputs, t.targets, t.posterior.h, t.posterior.l, noise, beta)
    return sum(tensor.untyped_storage().nbytes() for place, tensor in held.items() if place not in weights)


def main() -> None:
    options = harness.arguments("Memory of training.").parse_args()
    rows = []
    if not options.json:
        print("| task | a row | batch of 768 | rollouts |\n| --- | ---: | ---: | ---: |")
    for task, variant in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            run = prepared(task, variant, folder)
            trainer, t = run.trainer, run.state.trajectories
            assert isinstance(trainer, Trainer) and t is not None
            row = kept(trainer, run.state, t) / ROWS
            rolled = sum(tensor.nbytes for tensor in (t.prior.h, t.prior.l, t.history)) / len(t.correct)
        rollouts = rolled * trainer.config.replace(batch=BATCH).prior_rows
        rows.append({"task": f"{task} {variant}", "row": row, "rollouts": rollouts})
        if not options.json:
            words = f"{row / 1e6:.0f} MB | {row * BATCH / 1e9:.0f} GB | {rollouts / 1e9:.1f} GB"
            print(f"| {task} {variant} | {words} |", flush=True)
    if options.json:
        print(json.dumps({"title": "Memory of training", "rows": rows}))


if __name__ == "__main__":
    harness.run(main)
