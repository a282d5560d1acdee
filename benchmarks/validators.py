"""Validators: one compiled pass against the best numpy we could write, on solved boards and on boards with errors.

    python benchmarks/validators.py

Ours says which cells break a rule. numpy is measured twice: saying the same, and saying only which boards are valid.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import harness
import numpy as np
import numpy.typing as npt

from gramsolve.tasks import registry
from gramsolve.tasks.task import Check

BOARDS = 4096
ERRORS = 0.02
"""Share of cells that hold another token on the damaged boards."""

Boards = npt.NDArray[np.uint8]
Validator = Callable[[Boards, Boards], Check]


def queens_numpy(n: int) -> tuple[Validator, Validator]:
    """Queens counted on every line at once, as a product with the incidence matrix of lines and cells."""
    row, column = np.divmod(np.arange(n * n), n)
    names = np.stack([row, n + column, 2 * n + row + column, 4 * n + row - column + n])
    lines = np.unique(names, return_inverse=True)[1].reshape(4, -1)
    incidence = np.zeros((n * n, lines.max() + 1), np.float32)
    for kind in range(4):
        incidence[np.arange(n * n), lines[kind]] = 1

    def full(inputs: Boards, outputs: Boards) -> Check:
        queens = outputs == 2
        counts = queens.astype(np.float32) @ incidence
        attacked = ((counts > 1).astype(np.float32) @ incidence.T > 0) & queens
        empty_row = (counts[:, :n] == 0)[:, row]
        wrong = attacked | (~queens & ((inputs == 2) | empty_row)) | ((outputs != 1) & ~queens)
        return Check(~wrong.any(axis=1), wrong)

    def valid(inputs: Boards, outputs: Boards) -> Check:
        queens = outputs == 2
        counts = queens.astype(np.float32) @ incidence
        good = (counts <= 1).all(axis=1) & (counts[:, :n] == 1).all(axis=1)
        missing = (inputs == 2) & ~queens | (outputs != 1) & ~queens
        return Check(good & ~missing.any(axis=1), queens)

    return full, valid


def sudoku_numpy(n: int) -> tuple[Validator, Validator]:
    """Digits as bits: a unit is right when its bits, taken together, are all there."""
    side = int(n**0.5)
    every = (1 << n) - 1

    def units(bits: npt.NDArray[np.uint16]) -> list[npt.NDArray[np.uint16]]:
        board = bits.reshape(-1, n, n)
        boxes = board.reshape(-1, side, side, side, side).transpose(0, 1, 3, 2, 4).reshape(-1, n, n)
        return [board, board.transpose(0, 2, 1), boxes]

    def bits_of(outputs: Boards) -> npt.NDArray[np.uint16]:
        table = np.zeros(256, np.uint16)
        table[2 : n + 2] = 1 << np.arange(n)
        return table[outputs]

    def valid(inputs: Boards, outputs: Boards) -> Check:
        bits = bits_of(outputs)
        good = ((inputs < 2) | (inputs == outputs)).all(axis=1)
        for unit in units(bits):
            good &= (np.bitwise_or.reduce(unit, axis=2) == every).all(axis=1)
        return Check(good, bits == 0)

    def full(inputs: Boards, outputs: Boards) -> Check:
        hot = outputs[:, :, None] == np.arange(2, n + 2, dtype=np.uint8)
        board = hot.reshape(-1, n, n, n)
        boxes = board.reshape(-1, side, side, side, side, n)
        clash = board & (board.sum(axis=2, keepdims=True, dtype=np.uint8) > 1)
        clash |= board & (board.sum(axis=1, keepdims=True, dtype=np.uint8) > 1)
        crowded = boxes.sum(axis=(2, 4), keepdims=True, dtype=np.uint8) > 1
        clash |= (boxes & crowded).reshape(clash.shape)
        wrong = clash.any(axis=3).reshape(outputs.shape) | ~hot.any(axis=2) | ((inputs >= 2) & (inputs != outputs))
        return Check(~wrong.any(axis=1), wrong)

    return full, valid


def coloring_numpy(n: int, colours: int) -> tuple[Validator, Validator]:
    """Both ends of every possible edge, compared."""
    first, second = np.triu_indices(n, 1)
    ends = np.zeros((len(first), n), np.float32)
    ends[np.arange(len(first)), first] = ends[np.arange(len(first)), second] = 1

    def full(inputs: Boards, outputs: Boards) -> Check:
        clash = (inputs == 2) & (outputs[:, first] == outputs[:, second])
        wrong = (clash.astype(np.float32) @ ends > 0) | (outputs < 3) | (outputs >= 3 + colours)
        return Check(~wrong.any(axis=1), wrong)

    def valid(inputs: Boards, outputs: Boards) -> Check:
        clash = ((inputs == 2) & (outputs[:, first] == outputs[:, second])).any(axis=1)
        return Check(~clash & ((outputs >= 3) & (outputs < 3 + colours)).all(axis=1), inputs == 2)

    return full, valid


CONTESTS = {
    ("nqueens", "8x8"): queens_numpy(8),
    ("sudoku", "9x9"): sudoku_numpy(9),
    ("coloring", "8v3c"): coloring_numpy(8, 3),
}


def main() -> None:
    options = harness.arguments("Validators against numpy.").parse_args()
    rng = np.random.default_rng(0)
    rows: list[harness.Row] = []
    for (name, variant), (full, valid) in CONTESTS.items():
        task = registry.load(name)
        puzzles = task.generate(variant, 64, seed=0)
        pairs = [(task.encode(p), found[0]) for p in puzzles if (found := task.enumerate(p, 1)) is not None]
        inputs, right = (np.stack([pairs[i % len(pairs)][k] for i in range(BOARDS)]) for k in (0, 1))
        noise = rng.integers(task.variant(variant).spec.output_vocab, size=right.shape, dtype=np.uint8)
        damaged = np.where(rng.random(right.shape) < ERRORS, noise, right)
        for kind, outputs in (("right", right), ("damaged", damaged)):
            ours, theirs, alone = (check(inputs, outputs) for check in (_ours(task, variant), full, valid))
            assert np.array_equal(ours.valid, theirs.valid) and np.array_equal(ours.violations, theirs.violations)
            assert np.array_equal(ours.valid, alone.valid)
            what = f"{name} {variant}, {kind}"
            group = [
                harness.Row(what, who, harness.rate(partial(check, inputs, outputs), BOARDS))
                for who, check in (("gramsolve", _ours(task, variant)), ("numpy", full), ("numpy, valid only", valid))
            ]
            rows += harness.versus(group, "15 x", "numpy")
    harness.report("Validators, boards a second", rows, as_json=options.json)


def _ours(task: object, variant: str) -> Validator:
    return lambda inputs, outputs: task.check(variant, inputs, outputs)  # type: ignore[attr-defined, no-any-return]


if __name__ == "__main__":
    main()
