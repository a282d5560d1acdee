"""Training speed: samples times supervision steps a second, eager and compiled, against the machine's matrix products.

    python benchmarks/training_speed.py [--shape NAME ...] [--batch N] [--threads N] [--device auto]

``paper`` is the paper's shape for 8 queens with a batch that a CPU can bear, ``trm`` that of the Tiny Recursive Model's
own code for Sudoku, see README.md; the others are the ``cpu`` and ``gpu`` presets. All columns of a shape are from one
run. Where a processor multiplies in bf16 much faster than in fp32, a second row is in bf16, and ``ratio`` is that of
its compiled steps to the plain ones in fp32. The ceiling is one large matrix product in the same precision; shares of
it count all that an update computes. ``products`` is the share of an eager update that goes by inside matrix products:
compiled, it cannot be 1 / share times as fast. ``rollouts`` is the prior's part of an update, eager and compiled,
``check`` what held-out checks add to it at the preset's interval; with the paper's sizes one takes minutes on a CPU,
and is not timed.
On a GPU all is in bf16 and by the clock on the wall, ``eager`` and ``compiled`` with what the host does meanwhile, and
``launched`` is compiled too, but every kernel is launched by itself instead of all together, as recorded (CUDA graphs).
"""

from __future__ import annotations

import itertools
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness
import torch
from torch.autograd import DeviceType
from torch.profiler import profile

from gramsolve import device as devices
from gramsolve.model.network import GRAM
from gramsolve.tasks import registry
from gramsolve.training import autotune
from gramsolve.training.prepare import TrainingRun, prepare
from gramsolve.training.train_options import TrainOptions
from gramsolve.training.trainer import Trainer

TRM = {
    "mixer": "sequence",
    "mixer_hidden": "512",
    "low_updates": "6",
    "transitions": "3",
    "batch": "16",
    "prior_share": "0.0",
}
SHAPES: dict[str, tuple[str, str, str, str, dict[str, str]]] = {
    "nqueens 8x8, cpu": ("nqueens", "8x8", "cpu", "gram-flat", {}),
    "coloring 8v3c, cpu": ("coloring", "8v3c", "cpu", "gram", {}),
    "sudoku 9x9, cpu": ("sudoku", "9x9", "cpu", "gram", {}),
    "nqueens 8x8, paper": ("nqueens", "8x8", "paper", "gram", {"batch": "16"}),
    "sudoku 9x9, gpu": ("sudoku", "9x9", "gpu", "gram", {}),
    "sudoku 9x9, trm": ("sudoku", "9x9", "paper", "trm", TRM),
}
USUAL = list(SHAPES)[:4]
"""Task, variant, preset, architecture and settings by name; those that are measured unless others are asked for."""
PRODUCTS = ("aten::mm", "aten::bmm", "aten::addmm", "aten::baddbmm", "aten::baddbmm_")
ROUNDS = 5
"""Rounds of a second or one call, whichever is longer; the best counts."""
IN_A_ROW = 10
"""Calls between which a GPU need not be waited for: in training the host is a little ahead of it."""


def session(name: str, precision: str, batch: int | None, threads: int | None, device: str, folder: str) -> TrainingRun:
    """A run of a shape, ready for its loop."""
    task, variant, preset, architecture, overrides = SHAPES[name]
    overrides = {**overrides, "precision": precision}
    options = TrainOptions(
        variant=variant,
        preset=preset,
        architecture=architecture,
        overrides=overrides if batch is None else {**overrides, "batch": str(batch)},
        run_dir=Path(folder),
        device=device,
        threads=threads,
        compile="off",
    )
    return prepare(registry.load(task), options)


def seconds(work: Callable[[], Any], device: torch.device) -> float:
    """Of one call."""
    if device.type != "cuda":
        return 1 / harness.rate(work, 1, seconds=float(ROUNDS), rounds=ROUNDS)

    def several() -> None:
        for _ in range(IN_A_ROW):
            work()

    def clock() -> float:
        torch.cuda.synchronize(device)
        return time.perf_counter()

    several()  # Kernels are compiled, then recorded.
    return 1 / harness.rate(several, IN_A_ROW, seconds=float(ROUNDS), rounds=ROUNDS, clock=clock)


def ways(device: torch.device) -> dict[str, dict[str, bool]]:
    """How an update can be done, by name, as arguments of ``TrainerBase.compile``."""
    launched = {"launched": {"use": True, "record": False}} if device.type == "cuda" else {}
    return {"eager": {"use": False}, **launched, "compiled": {"use": True}}


class Loop:
    """Updates of a run, one after the other."""

    def __init__(self, run: TrainingRun) -> None:
        self.trainer, self.state = run.trainer, run.state

    def update(self) -> None:
        trainer, state = self.trainer, self.state
        self.state, _ = trainer.update(state, trainer.batch(state), trainer.noise(state))

    def rollouts(self) -> None:
        """The prior's part of an update: a step of the rollouts, and the loss of the heads."""
        trainer, state = self.trainer, self.state
        assert isinstance(trainer, Trainer) and isinstance(state.model, GRAM) and state.trajectories is not None
        trainer.mark_step()
        boards = trainer.advance_rollouts(state.model, state.trajectories, trainer.noise(state).prior)
        trainer.score_rollouts(state.model, state.update, state.trajectories, boards)


def products(loop: Loop, device: torch.device) -> float:
    """Share of an update's time that is spent inside matrix products, as torch's profiler sees it."""
    with profile() as seen:
        for _ in range(ROUNDS):
            loop.update()
    on = "self_cpu_time_total" if device.type == "cpu" else "self_device_time_total"
    # Operations only: a GPU's kernels are listed beside those that launch them.
    events = [event for event in seen.key_averages() if event.device_type == DeviceType.CPU]
    times = {event.key: float(getattr(event, on)) for event in events}
    # What attention is called depends on the library that does it.
    return sum(time for name, time in times.items() if name in PRODUCTS or "attention" in name) / sum(times.values())


def precisions(device: torch.device) -> list[str]:
    """What to measure in: on a processor fp32 always."""
    fast = autotune.precision(device)
    return list(dict.fromkeys(["fp32", fast])) if device.type == "cpu" else [fast]


def measured(name: str, precision: str, batch: int | None, threads: int | None, device: str) -> dict[str, Any]:
    """One row: speeds, and shares of the ceiling and of an update."""
    torch.compiler.reset()
    with tempfile.TemporaryDirectory() as folder:
        run = session(name, precision, batch, threads, device, folder + "/run")
        trainer, config, loop = run.trainer, run.plan.training, Loop(run)
        row: dict[str, Any] = {"what": name, "precision": config.execution.precision}
        best = run.execution.ceiling
        dtype = torch.bfloat16 if config.execution.precision == "bf16" else torch.float32

        for how, settings in ways(trainer.device).items():
            trainer.compile(**settings)
            update = seconds(loop.update, trainer.device)
            row[how] = config.data.batch / update
            if how == "eager":
                row["products"] = products(loop, trainer.device)
            row[f"{how} rollouts"] = seconds(loop.rollouts, trainer.device) / update
            # Measured before, between and after, by the clock on the wall: the best is what the machine can do.
            best = max(best, autotune.ceiling(trainer.device, dtype))
        for how in ways(trainer.device):
            row[f"{how} of ceiling"] = run.execution.work * row[how] / config.data.batch / best
        row["ceiling"] = best / 1e9
        if SHAPES[name][2] != "paper":
            check = seconds(lambda: run.validation.examine(run.eval_model), trainer.device)
            row["check"] = check / (config.validation.eval_every * update)
        return row


def main() -> None:
    parser = harness.arguments("Training speed.")
    parser.add_argument("--shape", action="append", choices=list(SHAPES))
    parser.add_argument("--batch", type=int, help="instead of the shape's own")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    device = devices.choose(options.device)
    devices.use_threads(options.threads)
    about = harness.machine()
    hardware = torch.cuda.get_device_name(device) if device.type == "cuda" else about["cpu"]
    names = list(ways(device))
    if not options.json:
        print(f"Samples times supervision steps a second  ({hardware}, torch {torch.__version__})\n")
        heads = " ".join(f"{name:>9}" for name in names)
        print(
            f"{'what':20} {'precision':>9} {heads} {'ratio':>6}   {'ceiling':>14} {heads}"
            f"   {'products':>8} {'rollouts':>11} {'check':>6}"
        )
    for name, precision in itertools.product(options.shape or USUAL, precisions(device)):
        row = measured(name, precision, options.batch, options.threads, options.device)
        plain = next((other for other in rows if other["what"] == name), row)
        row["ratio"] = row["compiled"] / plain["eager"]
        rows.append(row)
        if not options.json:
            speeds = " ".join(f"{row[name]:>9.3g}" for name in names)
            shares = " ".join(f"{row[f'{name} of ceiling']:>9.0%}" for name in names)
            rollouts = f"{row['eager rollouts']:.0%}, {row['compiled rollouts']:.0%}"
            check = f"{row['check']:.0%}" if "check" in row else "-"
            ratio, ceiling = f"{row['ratio']:>6.2f}", f"{row['ceiling']:>6,.0f} GFLOP/s"
            print(
                f"{name:20} {row['precision']:>9} {speeds} {ratio}   {ceiling} {shares}"
                f"   {row['products']:>8.0%} {rollouts:>11} {check:>6}",
                flush=True,
            )
    if options.json:
        print(json.dumps({"title": "Training speed", "machine": {**about, "device": hardware}, "rows": rows}))


if __name__ == "__main__":
    harness.run(main)
