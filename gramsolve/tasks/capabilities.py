"""What a task can do, stated once by the task and read by everything else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """The optional parts of the task contract that a task has; the conformance kit checks that the record is true.

    Methods that belong to a capability are called only where the capability is declared.

    Attributes:
        conditional: puzzles state something to solve; False for tasks that are only sampled, such as images.
        unconditional: ``blank`` is an input without givens, from which boards can be sampled.
        validator: ``check`` judges outputs by rules. Without it an output is right when it equals the one solution.
        conflicts: ``conflicts`` counts violated constraints.
        exact_solver: ``enumerate`` lists the solutions of a puzzle.
        nearest_solution: ``nearest_solution`` finds a solution close to any output.
        symmetries: ``symmetries`` draws maps of puzzles to puzzles and of solutions to solutions.
        structure: ``structure`` says which symbols and positions are interchangeable.
        given_cells: input token i states output cell i, and ``TokenSpec.blank`` marks a cell without a given.
        editing: ``edit`` changes one cell of a puzzle.
        descriptions: ``describe`` puts every position of a board into words.
        context: ``context`` draws what belongs beside the board.
        rule_ids: ``rule_id`` names the rule a puzzle belongs to; models learn an embedding for each rule.
        demonstrations: ``demonstrations`` gives solved examples of a puzzle's rule.
        quality: the task's own measure of samples, as ``module:Class`` of a ``Quality``, loaded on demand; "" for none.
    """

    conditional: bool = True
    unconditional: bool = True
    validator: bool = False
    conflicts: bool = False
    exact_solver: bool = False
    nearest_solution: bool = False
    symmetries: bool = False
    structure: bool = False
    given_cells: bool = False
    editing: bool = False
    descriptions: bool = False
    context: bool = False
    rule_ids: bool = False
    demonstrations: bool = False
    quality: str = ""

    def declared(self) -> Iterator[str]:
        """Names of the capabilities that the task has, in the order above."""
        return (field.name.replace("_", " ") for field in fields(self) if getattr(self, field.name))
