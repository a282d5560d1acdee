"""Inference speed: steps of a trajectory a second for every checkpoint that ships, and their share of the ceiling.

    python benchmarks/inference_steps.py [--width N] [--together N] [--threads N] [--device auto] [CHECKPOINT ...]

A step is what ``solve`` repeats: a supervision step under the prior, its board decoded and checked by the task's
validator where there is one, here for ``--width`` trajectories of one puzzle together; the fastest of some counts. The
ceiling is one large matrix product in fp32 in the same run, a step's work is counted by torch. ``--together`` sets how
many of them go through the network at once, which is otherwise what a processor's cache holds.
"""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import Any

import harness
import torch
from torch.utils.flop_counter import FlopCounterMode

from gramsolve import api
from gramsolve import device as devices
from gramsolve.checkpoints import store
from gramsolve.inference import rollout
from gramsolve.inference.events import Step
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.solver import Solver
from gramsolve.model.network import GRAM
from gramsolve.training.autotune import ceiling

STEPS = 12


def seconds(solver: Solver, width: int) -> float:
    """Of one step of ``width`` trajectories."""
    puzzle = (
        solver.task.generate(solver.variant, 1, 0)[0]
        if solver.task.capabilities.conditional
        else solver.task.blank(solver.variant)
    )
    options = SolveOptions(width=width, depth=STEPS, halt="never", exact=False)
    at = [time.perf_counter() for event in solver.run(puzzle, options) if isinstance(event, Step)]
    return min(later - earlier for earlier, later in pairwise(at))


def work(solver: Solver, width: int) -> int:
    """Floating-point operations of one step of ``width`` trajectories."""
    model, device = solver.model, solver.device
    assert isinstance(model, GRAM)
    inputs = solver.task.encode(solver.task.blank(solver.variant))[None].repeat(width, 0)
    given = model.embed(solver.inputs(inputs, [""] * width))
    noise = torch.zeros(model.noise_shape(width), device=device)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        state, _ = model.core.step(model.initial_state(width), given, noise)
        model.decode(state)
    return int(counter.get_total_flops())


def measured(name: str, width: int, device: str, threads: int) -> dict[str, Any]:
    task = store.get(name).task
    solver = api.load(task, checkpoint=name, device=device, threads=threads)
    best = max(ceiling(solver.device, torch.float32) for _ in range(3))
    took, flops = seconds(solver, width), work(solver, width)
    return {"checkpoint": name, "steps": width / took, "gflop": flops / width / 1e9, "share": flops / took / best}


def main() -> None:
    parser = harness.arguments(__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="CHECKPOINT", help="instead of all that ship")
    parser.add_argument("--width", type=int, default=20)
    parser.add_argument("--together", type=int, help="rows that go through the network at once")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    devices.use_threads(options.threads)
    if options.together:
        rollout.chunk = lambda model: options.together
    about = harness.machine()
    names = options.names or [info.name for info in store.listing()]
    if not options.json:
        print(f"{options.width} trajectories of a puzzle together  ({about['cpu']}, Python {about['python']})\n")
        print(f"{'checkpoint':24} {'steps/s':>9} {'GFLOP a step':>13} {'of the ceiling':>15}")
    for name in names:
        row = measured(name, options.width, options.device, options.threads)
        if options.json:
            print(json.dumps({**row, "machine": about}))
        else:
            print(f"{name:24} {row['steps']:>9,.0f} {row['gflop']:>13.3f} {row['share']:>15.0%}", flush=True)


if __name__ == "__main__":
    harness.run(main)
