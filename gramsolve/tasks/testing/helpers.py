"""How a check states what it requires, and the puzzles and answers that checks look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from gramsolve.errors import BadInput
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance
from gramsolve.tasks.drawing import View
from gramsolve.tasks.task import Task

SOLUTIONS = 50
"""Solutions looked at for one puzzle."""


def require(ok: bool, promise: str) -> None:
    if not ok:
        raise AssertionError(promise)


def require_refusal(what: str, action: Callable[[], object]) -> None:
    """The action must raise BadInput in one printable line."""
    try:
        action()
    except BadInput as error:
        require(str(error).isprintable() and str(error) != "", f"{what}: the message is not one line")
        return
    raise AssertionError(f"{what} is not refused with BadInput")


def puzzles(task: Task, variant: str) -> list[Instance]:
    return task.generate(variant, 4, seed=0)


def inputs_of(task: Task, variant: str) -> list[Instance]:
    """Some puzzles and, where boards can be sampled, the blank one."""
    return [*puzzles(task, variant), *([task.blank(variant)] if task.capabilities.unconditional else [])]


def alike(task: Task, left: list[Instance], right: list[Instance]) -> bool:
    return len(left) == len(right) and all(
        np.array_equal(task.encode(a), task.encode(b)) for a, b in zip(left, right, strict=True)
    )


def solved(task: Task, variant: str) -> Iterator[tuple[Instance, Tokens]]:
    """Some puzzles with solutions, where they can be enumerated."""
    for instance in puzzles(task, variant):
        solutions = task.enumerate(instance, SOLUTIONS)
        if solutions is not None:
            require(solutions.dtype == np.uint8 and len(solutions) > 0, "enumerate: no uint8 solutions")
            yield instance, solutions


def known_pairs(task: Task, variant: str) -> Iterator[tuple[Tokens, Tokens]]:
    """Inputs [n, L_in] with a solution each [n, L_out]: of puzzles, or else of the training data."""
    known = False
    for instance, solutions in solved(task, variant):
        known = True
        yield np.repeat(task.encode(instance)[None], len(solutions), axis=0), solutions
    if not known:
        train = task.dataset(variant, task.protocols[0]).train
        rows = np.arange(min(SOLUTIONS, len(train)))
        yield np.asarray(train.inputs[rows]), np.asarray(train.outputs[train.members[train.offsets[rows]]])


def moments(task: Task, variant: str) -> Iterator[tuple[Instance, View]]:
    """Views of all kinds: the puzzle alone, random tokens, everything known."""
    spec, rng = task.variant(variant).spec, np.random.default_rng(0)
    for instance in (*puzzles(task, variant)[:2], *inputs_of(task, variant)[4:]):
        before, now = rng.integers(spec.output_vocab, size=(2, spec.output_length), dtype=np.uint8)
        confidence = rng.random(spec.output_length, dtype=np.float32)
        violations = rng.random(spec.output_length) < 0.3
        yield instance, View()
        yield instance, View(tokens=now)
        yield instance, View(now, confidence, violations, before)
        yield instance, View(now, room=(12, 30))
