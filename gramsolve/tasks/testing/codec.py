"""The codec: puzzles and answers as tokens, as text and as words."""

from __future__ import annotations

from functools import partial

import numpy as np

from gramsolve.tasks.task import Task
from gramsolve.tasks.testing.helpers import alike, inputs_of, puzzles, require, require_refusal


def tokens(task: Task, variant: str) -> None:
    """Instances and input tokens are two forms of the same thing."""
    spec = task.variant(variant).spec
    for instance in inputs_of(task, variant):
        inputs = task.encode(instance)
        require(inputs.dtype == np.uint8 and inputs.shape == (spec.input_length,), "encode: not uint8 [L_in]")
        require(bool((inputs < spec.input_vocab).all()), "encode: a token outside the vocabulary")
        decoded = task.decode(variant, inputs)
        require(decoded.variant == variant, "decode: another variant")
        require(np.array_equal(task.encode(decoded), inputs), "encode(decode(tokens)) is not tokens")


def text(task: Task, variant: str) -> None:
    """Formatted puzzles can be parsed, one by one and all together; nonsense is refused in one line."""
    if not task.capabilities.conditional:
        require_refusal("a puzzle of a task that is only sampled", partial(task.parse, "1"))
        return
    instances = puzzles(task, variant)
    written = [task.format(instance) for instance in instances]
    for instance, part in zip(instances, written, strict=True):
        read = task.parse(part)
        require(len(read) == 1, "parse(format(puzzle)) is not one puzzle")
        fitted = task.to_variant(read[0], variant)
        require(fitted.variant == variant, "to_variant: not the variant asked for")
        require(alike(task, [fitted], [instance]), "parse(format(puzzle)) is another puzzle")
        require(task.rule_id(fitted) == task.rule_id(instance), "parse(format(puzzle)) has another rule")
    several = [task.to_variant(read, variant) for read in task.parse("\n\n".join(written))]
    require(alike(task, several, instances), "puzzles between empty lines are not read")
    if task.example:
        require(len(task.parse(task.example)) >= 1, "the example is not read")
    for nonsense in ("", " \n\n", "\0\x1b[31m", "no puzzle at all!", "9" * 5000):
        require_refusal(f"the text {nonsense[:20]!r}", partial(task.parse, nonsense))


def editing(task: Task, variant: str) -> None:
    """Clearing all cells of a puzzle leaves the blank one, and nonsense changes nothing."""
    if not task.capabilities.editing:
        return
    cells = task.variant(variant).spec.output_length
    for instance in puzzles(task, variant):
        cleared = instance
        for cell in range(cells):
            changed = task.edit(cleared, cell, "")
            require(changed is not None, f"edit: cell {cell} cannot be cleared")
            assert changed is not None
            cleared = changed
        require(alike(task, [cleared], [task.blank(variant)]), "edit: clearing every cell leaves something")
        require(task.edit(instance, 0, "\x1b") is None, "edit: a control character means something")


def answers(task: Task, variant: str) -> None:
    """Any answer can be written, and answers to several puzzles together; canonical form is stable."""
    spec, rng = task.variant(variant).spec, np.random.default_rng(0)
    instances = puzzles(task, variant)
    outputs = rng.integers(spec.output_vocab, size=(len(instances), spec.output_length), dtype=np.uint8)
    inputs = np.stack([task.encode(instance) for instance in instances])
    tidy = task.canonical(variant, inputs, outputs)
    require(tidy.dtype == np.uint8 and tidy.shape == outputs.shape, "canonical: not uint8 [B, L_out]")
    require(bool((tidy < spec.output_vocab).all()), "canonical: a token outside the vocabulary")
    require(np.array_equal(task.canonical(variant, inputs, tidy), tidy), "canonical: not stable")
    if task.capabilities.validator:
        before, after = task.check(variant, inputs, outputs), task.check(variant, inputs, tidy)
        require(np.array_equal(before.valid, after.valid), "canonical: changes what is valid")
    for instance, row in zip(instances, tidy, strict=True):
        require(isinstance(task.answer(instance, row), str), "answer: not text")
    ranked = [[row] for row in tidy[:-1]] + [[]]
    require(task.answers(instances, ranked).endswith("\n"), "answers: the last line has no end")


def descriptions(task: Task, variant: str) -> None:
    """Every position is described in one line, in the puzzle and in any answer."""
    if not task.capabilities.descriptions:
        return
    length, rng = task.variant(variant).spec.output_length, np.random.default_rng(0)
    tokens = rng.integers(task.variant(variant).spec.output_vocab, size=length, dtype=np.uint8)
    for instance in inputs_of(task, variant):
        puzzle, answer = (task.describe(instance, outputs) for outputs in (None, tokens))
        for texts in (puzzle, answer):
            require(len(texts) == length, "describe: not a text for every position")
            require(all(text.isprintable() for text in texts), "describe: not one line for each position")
        same = [(a == "") == (b == "") for a, b in zip(puzzle, answer, strict=True)]
        require(all(same), "describe: the puzzle and an answer have other positions")
