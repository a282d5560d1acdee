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

from gramsolve.tasks import registry
from gramsolve.training.train import TrainingSession
from gramsolve.training.train_options import TrainOptions
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


def trainer_of(task: str, variant: str, folder: str) -> Trainer:
    options = TrainOptions(
        variant=variant,
        preset="paper",
        overrides={"batch": str(ROWS), "precision": "bf16"},
        run_dir=Path(folder) / "run",
        device="cpu",
        threads=1,
        compile="off",
    )
    found = TrainingSession(registry.load(task), options).trainer
    assert isinstance(found, Trainer)
    return found


def kept(trainer: Trainer) -> int:
    """Bytes that autograd keeps of all rows, each storage once."""
    weights = {parameter.untyped_storage().data_ptr() for parameter in trainer.model.parameters()}
    held: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        held.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    carry, noise, beta = trainer.carry, trainer._noise(ROWS, slice(None)), trainer._beta()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        _ = trainer._posterior_step(carry.inputs, carry.targets, carry.state.h, carry.state.l, noise, beta)
    return sum(tensor.untyped_storage().nbytes() for place, tensor in held.items() if place not in weights)


def main() -> None:
    options = harness.arguments("Memory of training.").parse_args()
    rows = []
    if not options.json:
        print("| task | a row | batch of 768 | rollouts |\n| --- | ---: | ---: | ---: |")
    for task, variant in SHAPES:
        with tempfile.TemporaryDirectory() as folder:
            trainer = trainer_of(task, variant, folder)
            row = kept(trainer) / ROWS
            carry = trainer.carry
            rolled = sum(tensor.nbytes for tensor in (carry.prior.h, carry.prior.l, carry.history)) / len(carry.right)
        rollouts = rolled * trainer.config.replace(batch=BATCH).prior_rows
        rows.append({"task": f"{task} {variant}", "row": row, "rollouts": rollouts})
        if not options.json:
            words = f"{row / 1e6:.0f} MB | {row * BATCH / 1e9:.0f} GB | {rollouts / 1e9:.1f} GB"
            print(f"| {task} {variant} | {words} |", flush=True)
    if options.json:
        print(json.dumps({"title": "Memory of training", "rows": rows}))


if __name__ == "__main__":
    harness.run(main)
