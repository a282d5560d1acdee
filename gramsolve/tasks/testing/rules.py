"""The rules: solutions checked, listed, found near an output, and moved by symmetries."""

from __future__ import annotations

import numpy as np

from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.task import Task
from gramsolve.tasks.testing.helpers import SOLUTIONS, inputs_of, known_pairs, require, solved


def validator(task: Task, variant: str) -> None:
    """Solutions are accepted, and violations are shown exactly where a board is invalid."""
    spec, rng = task.variant(variant).spec, np.random.default_rng(0)
    if not task.capabilities.validator:
        return
    strangers = task.enumerate(task.blank(variant), SOLUTIONS) if task.capabilities.unconditional else None
    for instance, solutions in solved(task, variant):
        if strangers is not None and len(solutions) < SOLUTIONS:
            _check_strangers(task, variant, task.encode(instance), solutions, strangers)
        inputs = np.repeat(task.encode(instance)[None], len(solutions), axis=0)
        found = task.check(variant, inputs, solutions)
        require(bool(found.valid.all()) and not found.violations.any(), "check: a solution is refused")
        # Tokens that occur in solutions, so that a validator must look at more than the vocabulary.
        noise = rng.choice(np.unique(solutions), size=solutions.shape)
        strange = rng.integers(spec.output_vocab, size=solutions.shape, dtype=np.uint8)
        noise = np.where(rng.random((len(solutions), 1)) < 0.5, noise, strange)
        share = rng.choice([0.02, 0.1, 0.5, 1.0], size=(len(solutions), 1))
        outputs = np.where(rng.random(solutions.shape) < share, noise, solutions)
        found = task.check(variant, inputs, outputs)
        require(
            found.valid.dtype == np.bool_ and found.valid.shape == (len(outputs),),
            "check: valid is not bool [B]",
        )
        require(
            found.violations.dtype == np.bool_ and found.violations.shape == outputs.shape,
            "check: violations is not bool [B, L_out]",
        )
        require(
            np.array_equal(found.valid, ~found.violations.any(axis=1)),
            "check: violations are not shown exactly where a board is invalid",
        )
        if len(solutions) < SOLUTIONS:
            listed = {row.tobytes() for row in solutions}
            accepted = task.canonical(variant, inputs, outputs)[found.valid]
            require(all(row.tobytes() in listed for row in accepted), "check: accepts what is no solution")
        right, accuracy = task.score(variant, inputs, outputs, solutions)
        require(np.array_equal(right, found.valid), "score: right is not what the validator accepts")
        require(bool(((accuracy >= 0) & (accuracy <= 1)).all()), "score: accuracy outside 0 to 1")
        padded = np.full_like(solutions, spec.pad)
        found = task.check(variant, inputs, padded)
        require(not found.valid.any(), "check: padding is accepted")


def enumeration(task: Task, variant: str) -> None:
    """Solutions are distinct and come in a fixed order, as many as asked for."""
    if not task.capabilities.exact_solver:
        return
    known = False
    for instance, solutions in solved(task, variant):
        known = True
        require(len(np.unique(solutions, axis=0)) == len(solutions), "enumerate: a solution is there twice")
        for limit in (0, 1, len(solutions)):
            part = task.enumerate(instance, limit)
            if part is not None:
                require(np.array_equal(part, solutions[:limit]), f"enumerate: limit {limit} gives something else")
    require(known, "enumerate: gives up on every puzzle")


def nearest_solution(task: Task, variant: str) -> None:
    """``nearest_solution`` gives solutions, leaves solutions as they are and takes all chance from its generator."""
    if not task.capabilities.nearest_solution:
        return
    spec, rng = task.variant(variant).spec, np.random.default_rng(0)
    for instance in inputs_of(task, variant):
        solutions = task.enumerate(instance, SOLUTIONS)
        if solutions is None:
            continue
        inputs = np.repeat(task.encode(instance)[None], len(solutions), axis=0)
        noise = rng.integers(spec.output_vocab, size=solutions.shape, dtype=np.uint8)
        share = rng.choice([0.02, 0.1, 0.5, 1.0], size=(len(solutions), 1))
        for outputs in (solutions, np.where(rng.random(solutions.shape) < share, noise, solutions)):
            targets, known = task.nearest_solution(variant, inputs, outputs, np.random.default_rng(1))
            require(
                targets.dtype == np.uint8 and targets.shape == outputs.shape, "nearest_solution: not uint8 [B, L_out]"
            )
            require(
                known.dtype == np.bool_ and known.shape == (len(outputs),), "nearest_solution: found is not bool [B]"
            )
            if task.capabilities.validator:
                verdict = task.check(variant, inputs[known], targets[known])
                require(bool(verdict.valid.all()), "nearest_solution: what it found is no solution")
            if outputs is solutions:
                require(bool(known.all()) and np.array_equal(targets, outputs), "nearest_solution: changes a solution")
            again = task.nearest_solution(variant, inputs, outputs, np.random.default_rng(1))
            require(
                np.array_equal(again[0][known], targets[known]),
                "nearest_solution: chance of its own",
            )


def symmetries(task: Task, variant: str) -> None:
    """Symmetries map solutions to solutions, others to others, and can be undone."""
    if not task.capabilities.symmetries:
        return
    spec = task.variant(variant).spec
    for inputs, solutions in known_pairs(task, variant):
        count = len(solutions)
        symmetry = task.symmetries(variant, count, np.random.default_rng(0))
        again = task.symmetries(variant, count, np.random.default_rng(0))
        require(
            np.array_equal(symmetry.inputs(inputs), again.inputs(inputs))
            and np.array_equal(symmetry.outputs(solutions), again.outputs(solutions)),
            "symmetries: the generator does not fix them",
        )
        wrong = np.where(np.random.default_rng(1).random(solutions.shape) < 0.1, spec.pad, solutions)
        for outputs in (solutions, wrong.astype(np.uint8)):
            moved = symmetry.inputs(inputs), symmetry.outputs(outputs)
            require(all(m.dtype == np.uint8 for m in moved), "symmetries: tokens become another type")
            if task.capabilities.validator:
                before, after = task.check(variant, inputs, outputs), task.check(variant, *moved)
                require(np.array_equal(before.valid, after.valid), "symmetries: a valid board becomes invalid")
            some = np.arange(0, count, 2)
            part = symmetry.take(some)
            require(
                np.array_equal(part.inputs(inputs[some]), moved[0][some])
                and np.array_equal(part.outputs(outputs[some]), moved[1][some]),
                "symmetries: `take` gives others than it is asked for",
            )
            sources = symmetry.source_cells(outputs)
            if sources is not None:
                require(
                    sources.shape == outputs.shape and bool(((sources >= 0) & (sources < outputs.shape[1])).all()),
                    "symmetries: `source_cells` are no cells of the board",
                )
            undo = symmetry.inverse()
            back = undo.inputs(moved[0]), undo.outputs(moved[1])
            same = task.canonical(variant, inputs, back[1]), task.canonical(variant, inputs, outputs)
            require(
                np.array_equal(back[0], inputs) and np.array_equal(*same), "symmetries: the inverse does not undo them"
            )


def structure(task: Task, variant: str) -> None:
    """What is called interchangeable is: renamed puzzles have renamed solutions, and groups cover the layout."""
    if not task.capabilities.structure:
        return
    found, spec = task.structure(variant), task.variant(variant).spec
    last = found.first_symbol + found.symbols
    count = spec.output_length
    fits = spec.input_length == count * (count - 1) // 2 if found.pairs else spec.input_length >= count
    require(fits, "structure: inputs neither begin like outputs nor are pairs of their positions")
    known = spec.output_vocab if found.pairs else min(spec.input_vocab, spec.output_vocab)
    require(0 <= found.first_symbol < last <= known, "structure: no such symbols")
    require(len(found.groups) == len(found.group_types), "structure: not one kind for each family")
    grouped = found.pairs or bool(found.groups) or spec.grid[0] * spec.grid[1] == count
    require(grouped, "structure: neither groups of positions nor pairs nor a grid")
    require(all(len(family) == spec.output_length for family in found.groups), "structure: a position has no group")
    rng = np.random.default_rng(0)
    for inputs, solutions in known_pairs(task, variant) if task.capabilities.validator else ():
        names = np.arange(256, dtype=np.uint8)
        names[found.first_symbol : last] = np.roll(names[found.first_symbol : last], 1)
        wrong = np.where(rng.random(solutions.shape) < 0.1, solutions[:, ::-1], solutions)
        for outputs in (solutions, wrong):
            before = task.check(variant, inputs, outputs)
            after = task.check(variant, inputs if found.pairs else names[inputs], names[outputs])
            require(
                np.array_equal(before.violations, after.violations),
                "structure: renamed symbols are judged otherwise",
            )


def _check_strangers(task: Task, variant: str, inputs: Tokens, solutions: Tokens, strangers: Tokens) -> None:
    """Of boards that solve the empty puzzle, those solve this one that are listed among its solutions."""
    listed = {row.tobytes() for row in solutions}
    found = task.check(variant, np.repeat(inputs[None], len(strangers), axis=0), strangers)
    require(
        found.valid.tolist() == [row.tobytes() in listed for row in strangers],
        "check: accepts other boards than enumerate lists",
    )
