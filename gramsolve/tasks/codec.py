"""The codec of a task: puzzles and answers as text, as words and as tokens."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from gramsolve.errors import BadInput
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance, TaskBase
from gramsolve.tasks.forms import Form, Reading, counted, named


class TaskCodec(TaskBase):
    """Converts puzzles between text, instances and input tokens, and outputs into text."""

    # Text

    forms: ClassVar[tuple[Form, ...]] = ()
    """The notations that ``read`` understands, in the order in which their content tests are tried."""

    @abstractmethod
    def parse(self, text: str, name: str = "") -> list[Instance]:
        """Read one or more puzzles. Raises BadInput in one line naming the line or cell that is wrong.

        ``name`` is that of the file the text comes from, without its ending, for tasks whose files are called after
        the puzzle.
        """

    def read(self, text: str, name: str = "", *, form: str | None = None, variant: str | None = None) -> Reading:
        """The puzzles of a text, with what was read in a sentence; a bad line of a list stands among them.

        Args:
            name: as for ``parse``.
            form: name of the notation, one of ``forms``; None has it found out from the content.
            variant: the one the puzzles are wanted in, where it is known: what contradicts itself may depend on it.

        Raises BadInput in one line where nothing can be read. The default asks ``parse``.
        """
        if form is not None:
            named(self.forms, form)
        puzzles = self.parse(text, name)
        return Reading(tuple(puzzles), counted(len(puzzles), "puzzle"))

    @abstractmethod
    def format(self, instance: Instance) -> str:
        """A puzzle as text that ``parse`` reads back."""

    @abstractmethod
    def answer(self, instance: Instance, outputs: Tokens) -> str:
        """One answer, outputs [L_out], as text in the form people write it. Tokens may be anything."""

    def answers(self, instances: Sequence[Instance], ranked: Sequence[Sequence[Tokens]]) -> str:
        """A file of answers to several puzzles in the form the field exchanges them: ``ranked[i]`` are the answers to
        ``instances[i]``, best first, possibly none. By default the best ones as text between empty lines."""
        best = [self.answer(i, found[0]) if found else "" for i, found in zip(instances, ranked, strict=True)]
        return "\n\n".join(best) + "\n"

    def describe(self, instance: Instance, outputs: Tokens | None) -> Sequence[str]:
        """Every position of an answer, outputs [L_out], in words, such as ``vertex 3: B``; None describes the puzzle
        before there is an answer. A text is empty for a position the puzzle does not have. Tokens may be anything.

        Capability ``descriptions``: for tasks whose boards do not say everything row by row.
        """
        raise self.lacks("descriptions")

    # Tokens

    @abstractmethod
    def encode(self, instance: Instance) -> Tokens:
        """Input tokens [L_in] of a puzzle."""

    @abstractmethod
    def decode(self, variant: str, inputs: Tokens) -> Instance:
        """The puzzle whose input tokens are ``inputs`` [L_in]: the inverse of ``encode``."""

    def blank(self, variant: str) -> Instance:
        """The puzzle without givens: the input of unconditional generation."""
        spec = self.variant(variant).spec
        return self.decode(variant, np.full(spec.input_length, spec.blank, dtype=np.uint8))

    # Changing a puzzle

    def edit(self, instance: Instance, cell: int, sign: str) -> Instance | None:
        """The puzzle with ``sign`` (one character, or nothing to clear) typed into a cell of its board, the cell being
        a position of ``TokenSpec.grid``; None for a sign that means nothing there. The edited puzzle may contradict
        itself: ``check`` marks the contradiction.

        Capability ``editing``.
        """
        raise self.lacks("editing")

    def to_variant(self, instance: Instance, variant: str) -> Instance:
        """The puzzle as an instance of another, larger variant. Raises BadInput where that makes no sense."""
        if instance.variant == variant:
            return instance
        raise BadInput(f"this puzzle is {instance.variant}, not {variant}")

    def rule_id(self, instance: Instance) -> str:
        """Name of the rule a puzzle belongs to, see ``Dataset.rule_ids``; "" for a task without the capability
        ``rule_ids``, whose puzzles all have one rule."""
        return ""
