"""What solves what: puzzles made and split, solutions checked, listed, mended and moved."""

from __future__ import annotations

import numpy as np

from gramsolve.tasks.task import Split, Task, Tokens, TokenSpec
from gramsolve.tasks.testing.helpers import SOLUTIONS, alike, known_pairs, puzzles, require, require_refusal, solved


def generate(task: Task, variant: str) -> None:
    """Puzzles are solvable and follow from the seed."""
    for difficulty in (None, *task.difficulties):
        made = task.generate(variant, 5, 1, difficulty)
        require(len(made) == 5, "generate: not as many puzzles as asked for")
        require(alike(task, made, task.generate(variant, 5, 1, difficulty)), "generate: the seed does not fix it")
        for instance in made:
            found = task.enumerate(instance, 1)
            require(found is None or len(found) == 1, f"generate: no solution ({difficulty})")
    if task.conditional:
        other = task.generate(variant, 5, 2)
        require(not alike(task, task.generate(variant, 5, 1), other), "generate: the seed changes nothing")
    require(task.generate(variant, 0, 1) == [], "generate: none asked for, some given")
    require_refusal("an unknown difficulty", lambda: task.generate(variant, 1, 1, "no such difficulty"))


def dataset(task: Task, variant: str) -> None:
    """Train and test share no input, and all solutions are valid and different."""
    spec = task.variant(variant).spec
    for protocol in task.protocols:
        data, again = task.dataset(variant, protocol, 3), task.dataset(variant, protocol, 3)
        require(data.protocol == protocol, "dataset: another protocol")
        rows = [row for split in (data.train, data.test) for row in _named_rows(split)]
        if task.conditional:
            require(len(set(rows)) == len(rows), f"dataset {protocol}: an input is there twice")
        for split, copy in ((data.train, again.train), (data.test, again.test)):
            require(len(split) > 0, f"dataset {protocol}: an empty split")
            require(np.array_equal(split.inputs, copy.inputs), f"dataset {protocol}: the seed does not fix it")
            _check_split(task, variant, spec, split)
            if data.rule_ids or split.rule_ids is not None:
                numbers = split.rule_ids
                require(
                    numbers is not None
                    and numbers.dtype == np.int32
                    and numbers.shape == (len(split),)
                    and bool(((numbers >= 0) & (numbers <= len(data.rule_ids))).all()),
                    f"dataset {protocol}: rule_ids are not int32 [M] numbers of named rules",
                )
    require_refusal("an unknown protocol", lambda: task.dataset(variant, "no such protocol"))


def validator(task: Task, variant: str) -> None:
    """Solutions are accepted, and violations are shown exactly where a board is invalid."""
    spec, rng = task.variant(variant).spec, np.random.default_rng(0)
    strangers = task.enumerate(task.blank(variant), SOLUTIONS)
    for instance, solutions in solved(task, variant):
        if strangers is not None and len(solutions) < SOLUTIONS:
            _check_strangers(task, variant, task.encode(instance), solutions, strangers)
        inputs = np.repeat(task.encode(instance)[None], len(solutions), axis=0)
        found = task.check(variant, inputs, solutions)
        if found is None:
            return
        require(bool(found.valid.all()) and not found.violations.any(), "check: a solution is refused")
        # Tokens that occur in solutions, so that a validator must look at more than the vocabulary.
        noise = rng.choice(np.unique(solutions), size=solutions.shape)
        strange = rng.integers(spec.output_vocab, size=solutions.shape, dtype=np.uint8)
        noise = np.where(rng.random((len(solutions), 1)) < 0.5, noise, strange)
        share = rng.choice([0.02, 0.1, 0.5, 1.0], size=(len(solutions), 1))
        outputs = np.where(rng.random(solutions.shape) < share, noise, solutions)
        found = task.check(variant, inputs, outputs)
        assert found is not None
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
        require(found is not None and not found.valid.any(), "check: padding is accepted")


def enumeration(task: Task, variant: str) -> None:
    """Solutions are distinct and come in a fixed order, as many as asked for."""
    for instance, solutions in solved(task, variant):
        require(len(np.unique(solutions, axis=0)) == len(solutions), "enumerate: a solution is there twice")
        for limit in (0, 1, len(solutions)):
            part = task.enumerate(instance, limit)
            if part is not None:
                require(np.array_equal(part, solutions[:limit]), f"enumerate: limit {limit} gives something else")


def nearest_solution(task: Task, variant: str) -> None:
    """What ``nearest_solution`` makes of a board solves the puzzle, and a solution is left as it is."""
    spec, rng = task.variant(variant).spec, np.random.default_rng(0)
    for instance in (*puzzles(task, variant), task.blank(variant)):
        solutions = task.enumerate(instance, SOLUTIONS)
        if solutions is None:
            return
        inputs = np.repeat(task.encode(instance)[None], len(solutions), axis=0)
        noise = rng.integers(spec.output_vocab, size=solutions.shape, dtype=np.uint8)
        share = rng.choice([0.02, 0.1, 0.5, 1.0], size=(len(solutions), 1))
        for outputs in (solutions, np.where(rng.random(solutions.shape) < share, noise, solutions)):
            near = task.nearest_solution(variant, inputs, outputs, np.random.default_rng(1))
            if near is None:
                return
            targets, known = near
            require(
                targets.dtype == np.uint8 and targets.shape == outputs.shape, "nearest_solution: not uint8 [B, L_out]"
            )
            require(
                known.dtype == np.bool_ and known.shape == (len(outputs),), "nearest_solution: found is not bool [B]"
            )
            judged = task.check(variant, inputs[known], targets[known])
            require(judged is None or bool(judged.valid.all()), "nearest_solution: what it found is no solution")
            if outputs is solutions:
                require(bool(known.all()) and np.array_equal(targets, outputs), "nearest_solution: changes a solution")
            again = task.nearest_solution(variant, inputs, outputs, np.random.default_rng(1))
            require(
                again is not None and np.array_equal(again[0][known], targets[known]),
                "nearest_solution: chance of its own",
            )


def symmetries(task: Task, variant: str) -> None:
    """Symmetries map solutions to solutions, others to others, and can be undone."""
    spec = task.variant(variant).spec
    for inputs, solutions in known_pairs(task, variant):
        count = len(solutions)
        symmetry = task.symmetries(variant, count, np.random.default_rng(0))
        if symmetry is None:
            return
        again = task.symmetries(variant, count, np.random.default_rng(0))
        assert again is not None
        require(
            np.array_equal(symmetry.inputs(inputs), again.inputs(inputs))
            and np.array_equal(symmetry.outputs(solutions), again.outputs(solutions)),
            "symmetries: the generator does not fix them",
        )
        wrong = np.where(np.random.default_rng(1).random(solutions.shape) < 0.1, spec.pad, solutions)
        for outputs in (solutions, wrong.astype(np.uint8)):
            moved = symmetry.inputs(inputs), symmetry.outputs(outputs)
            require(all(m.dtype == np.uint8 for m in moved), "symmetries: tokens become another type")
            before, after = task.check(variant, inputs, outputs), task.check(variant, *moved)
            if before is not None and after is not None:
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
    found, spec = task.structure(variant), task.variant(variant).spec
    if found is None:
        return
    last = found.first_symbol + found.symbols
    count = spec.output_length
    fits = spec.input_length == count * (count - 1) // 2 if found.pairs else spec.input_length >= count
    require(fits, "structure: inputs neither begin like outputs nor are pairs of their positions")
    known = spec.output_vocab if found.pairs else min(spec.input_vocab, spec.output_vocab)
    require(0 <= found.first_symbol < last <= known, "structure: no such symbols")
    require(len(found.families) == len(found.kinds), "structure: not one kind for each family")
    grouped = found.pairs or bool(found.families) or spec.grid[0] * spec.grid[1] == count
    require(grouped, "structure: neither groups of positions nor pairs nor a grid")
    require(all(len(family) == spec.output_length for family in found.families), "structure: a position has no group")
    rng = np.random.default_rng(0)
    for inputs, solutions in known_pairs(task, variant):
        names = np.arange(256, dtype=np.uint8)
        names[found.first_symbol : last] = np.roll(names[found.first_symbol : last], 1)
        wrong = np.where(rng.random(solutions.shape) < 0.1, solutions[:, ::-1], solutions)
        for outputs in (solutions, wrong):
            before = task.check(variant, inputs, outputs)
            after = task.check(variant, inputs if found.pairs else names[inputs], names[outputs])
            if before is not None and after is not None:
                require(
                    np.array_equal(before.violations, after.violations),
                    "structure: renamed symbols are judged otherwise",
                )


def _named_rows(split: Split) -> list[tuple[int, bytes]]:
    """The inputs of a split, each with its identity, as values that can be compared."""
    numbers = np.zeros(len(split), np.int32) if split.rule_ids is None else split.rule_ids
    return [(int(number), row.tobytes()) for number, row in zip(numbers, split.inputs, strict=True)]


def _check_strangers(task: Task, variant: str, inputs: Tokens, solutions: Tokens, strangers: Tokens) -> None:
    """Of boards that solve the empty puzzle, those solve this one that are listed among its solutions."""
    listed = {row.tobytes() for row in solutions}
    found = task.check(variant, np.repeat(inputs[None], len(strangers), axis=0), strangers)
    require(
        found is None or found.valid.tolist() == [row.tobytes() in listed for row in strangers],
        "check: accepts other boards than enumerate lists",
    )


def _check_split(task: Task, variant: str, spec: TokenSpec, split: Split) -> None:
    inputs, outputs, offsets, members = split.inputs, split.outputs, split.offsets, split.members
    require(inputs.dtype == np.uint8 and inputs.shape[1:] == (spec.input_length,), "inputs: not uint8 [M, L_in]")
    require(
        outputs.dtype == np.uint8 and outputs.shape[1:] == (spec.output_length,),
        "outputs: not uint8 [S, L_out]",
    )
    require(offsets.dtype == np.int64 and offsets.shape == (len(inputs) + 1,), "offsets: not int64 [M + 1]")
    require(members.dtype == np.int32 and members.shape == (offsets[-1],), "members: not int32 [offsets[M]]")
    counts = np.diff(offsets)
    require(offsets[0] == 0 and bool((counts > 0).all()), "an input has no solution")
    require(bool((outputs < spec.output_vocab).all()), "outputs: a token outside the vocabulary")
    which = np.repeat(np.arange(len(inputs)), counts)
    pairs = np.stack([which, members.astype(np.int64)], axis=1)
    require(len(np.unique(pairs, axis=0)) == len(pairs), "an input has a solution twice")
    for start in range(0, len(pairs), 20_000):
        part = slice(start, start + 20_000)
        found = task.check(variant, inputs[which[part]], outputs[members[part]])
        require(found is None or bool(found.valid.all()), "a solution is not valid for its input")
