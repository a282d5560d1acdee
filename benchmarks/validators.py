"""Validators: one compiled pass against numpy, on solved boards and on boards with errors.

    python benchmarks/validators.py

All say which boards are valid and which cells break a rule. numpy is measured twice, plainly written and tuned. Reading
and writing alone, which reads as many bytes and writes as many, is what no validator can beat.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import harness
import numpy as np
import numpy_validators as rivals
from numpy_validators import Boards, Validator

from gramsolve import api
from gramsolve.inference.events import Step
from gramsolve.tasks import Task, Verdict, registry

BOARDS = 4096
ERRORS = 0.02
"""Share of cells that hold another token on the damaged boards."""

CONTESTS = {
    ("nqueens", "8x8"): (rivals.queens_plain(8), rivals.queens_tuned(8)),
    ("sudoku", "9x9"): (rivals.sudoku_plain(9), rivals.sudoku_tuned(9)),
    ("coloring", "8v3c"): (rivals.coloring_plain(8, 3), rivals.coloring_tuned(8, 3)),
}


def alone(inputs: Boards, outputs: Boards) -> object:
    """Every byte read once and as many written as a validator writes."""
    return inputs.max(), outputs ^ 1


def main() -> None:
    options = harness.arguments("Validators against numpy.").parse_args()
    rng = np.random.default_rng(0)
    rows: list[harness.Row] = []
    for (name, variant), (plain, tuned) in CONTESTS.items():
        task = registry.load(name)
        puzzles = task.generate(variant, 64, seed=0)
        pairs = [(task.encode(p), found[0]) for p in puzzles if (found := task.enumerate(p, 1)) is not None]
        inputs, right = (np.stack([pairs[i % len(pairs)][k] for i in range(BOARDS)]) for k in (0, 1))
        noise = rng.integers(task.variant(variant).spec.output_vocab, size=right.shape, dtype=np.uint8)
        damaged = np.where(rng.random(right.shape) < ERRORS, noise, right)
        for kind, outputs in (("right", right), ("damaged", damaged)):
            own = _ours(task, variant)
            contestants: dict[str, Callable[[Boards, Boards], object]] = {
                "gramsolve": own,
                "numpy, plain": plain,
                "numpy, tuned": tuned,
                "reading and writing alone": alone,
            }
            ours = own(inputs, outputs)
            for rival in (plain, tuned):
                theirs = rival(inputs, outputs)
                assert np.array_equal(ours.valid, theirs.valid)
                assert np.array_equal(ours.violations, theirs.violations)
            group = [
                harness.Row(f"{name} {variant}, {kind}", who, harness.rate(partial(check, inputs, outputs), BOARDS))
                for who, check in contestants.items()
            ]
            rows += harness.versus(group, {"numpy, tuned": "15 x"})
    harness.report("Validators, boards a second", rows + steps(), as_json=options.json)


def steps() -> list[harness.Row]:
    """A step of 20 trajectories by the checkpoint that ships, checks and all, against its check alone."""
    solver = api.load("nqueens", variant="8x8", threads=1)
    puzzle = solver.task.parse("8/8/3Q4/8/8/8/8/8")[0]
    options = api.SolveOptions(width=20, depth=8, halt="never")
    boards = [event.tokens for event in solver.run(puzzle, options) if isinstance(event, Step)]
    inputs = np.repeat(solver.task.encode(puzzle)[None], len(boards[-1]), axis=0)
    outputs = np.ascontiguousarray(boards[-1], np.uint8)
    check = harness.rate(partial(solver.task.check, "8x8", inputs, outputs), 1)
    run = harness.rate(lambda: list(solver.run(puzzle, options)), len(boards), rounds=3)
    what = "nqueens 8x8, 20 boards"
    return harness.versus(
        [harness.Row(what, "gramsolve", check), harness.Row(what, "a step of the network", run)],
        {"a step of the network": "1,000 x"},
    )


def _ours(task: Task, variant: str) -> Validator:
    def check(inputs: Boards, outputs: Boards) -> Verdict:
        found = task.check(variant, inputs, outputs)
        assert found is not None
        return found

    return check


if __name__ == "__main__":
    main()
