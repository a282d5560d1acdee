"""The capabilities: a task declares what it implements, and implements what it declares."""

from __future__ import annotations

import numpy as np

from gramsolve.tasks.capabilities import Capabilities
from gramsolve.tasks.task import Task
from gramsolve.tasks.testing.helpers import require, solved

METHODS = {
    "validator": "check",
    "conflicts": "conflicts",
    "exact_solver": "enumerate",
    "nearest_solution": "nearest_solution",
    "symmetries": "symmetries",
    "structure": "structure",
    "editing": "edit",
    "descriptions": "describe",
    "context": "context",
    "rule_ids": "rule_id",
    "demonstrations": "demonstrations",
}
"""The method of each capability that has one of its own."""


def capabilities(task: Task, variant: str) -> None:
    """Every declared capability has its method, and every optional method is declared."""
    record = task.capabilities
    require(isinstance(record, Capabilities), "capabilities: not a Capabilities record")
    for name, method in METHODS.items():
        implemented = getattr(type(task), method) is not getattr(Task, method)
        if getattr(record, name):
            require(implemented, f"capabilities: {name} is declared, and `{method}` is not implemented")
        else:
            require(not implemented, f"capabilities: `{method}` is implemented, and {name} is not declared")
    require(record.conditional or record.unconditional, "capabilities: neither puzzles to solve nor boards to sample")
    require(record.conditional or not record.demonstrations, "capabilities: demonstrations without puzzles")


def given_cells(task: Task, variant: str) -> None:
    """Givens stand in the solutions where they stand in the input, and the blank input has none."""
    if not task.capabilities.given_cells:
        return
    spec = task.variant(variant).spec
    require(spec.input_length == spec.output_length, "given_cells: inputs have other cells than outputs")
    require(bool((task.encode(task.blank(variant)) == spec.blank).all()), "given_cells: the blank input has givens")
    for instance, solutions in solved(task, variant):
        inputs = task.encode(instance)
        given = (inputs != spec.blank) & (inputs != spec.pad)
        require(
            np.array_equal(solutions[:, given], np.broadcast_to(inputs[given], solutions[:, given].shape)),
            "given_cells: a solution changes a given",
        )
