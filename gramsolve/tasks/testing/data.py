"""The data: generated puzzles, train and test splits, demonstrations and public files."""

from __future__ import annotations

import numpy as np

from gramsolve.tasks.base import TokenSpec
from gramsolve.tasks.data import Split
from gramsolve.tasks.task import Task
from gramsolve.tasks.testing.helpers import alike, puzzles, require, require_refusal


def generate(task: Task, variant: str) -> None:
    """Puzzles are solvable and follow from the seed."""
    for difficulty in (None, *task.difficulties):
        made = task.generate(variant, 5, 1, difficulty)
        require(len(made) == 5, "generate: not as many puzzles as asked for")
        require(alike(task, made, task.generate(variant, 5, 1, difficulty)), "generate: the seed does not fix it")
        for instance in made:
            found = task.enumerate(instance, 1)
            require(found is None or len(found) == 1, f"generate: no solution ({difficulty})")
    if task.capabilities.conditional:
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
        named = bool(data.rule_ids)
        require(named == task.capabilities.rule_ids, f"dataset {protocol}: rules are {'' if named else 'not '}named")
        rows = [row for split in (data.train, data.test) for row in _named_rows(split)]
        if task.capabilities.conditional:
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


def demonstrations(task: Task, variant: str) -> None:
    """The examples that puzzles show are pairs of tokens, and formatting and parsing keeps them."""
    if not task.capabilities.demonstrations:
        return
    spec = task.variant(variant).spec
    for instance in puzzles(task, variant):
        shown = task.demonstrations(instance)
        inputs, outputs, classes = shown.inputs, shown.outputs, shown.classes
        for side, tokens, length, vocab in (
            ("inputs", inputs, spec.input_length, spec.input_vocab),
            ("outputs", outputs, spec.output_length, spec.output_vocab),
        ):
            require(
                tokens.dtype == np.uint8 and tokens.shape == (len(shown), length) and bool((tokens < vocab).all()),
                f"demonstrations: {side} are not tokens uint8 [n, {length}]",
            )
        require(
            classes.dtype == np.int64 and classes.shape == (len(shown),), "demonstrations: classes are not int64 [n]"
        )
        require(
            np.array_equal(task.canonical(variant, inputs, outputs), outputs), "demonstrations: outputs not canonical"
        )
        if task.capabilities.validator:
            verdict = task.check(variant, inputs, outputs)
            require(bool(verdict.valid.all()), "demonstrations: an output is no solution")
        again = task.demonstrations(task.to_variant(task.parse(task.format(instance))[0], variant))
        require(
            np.array_equal(again.inputs, inputs) and np.array_equal(again.outputs, outputs),
            "demonstrations: parse(format(puzzle)) shows others",
        )


def data_files(task: Task, variant: str) -> None:
    """Files of public data are described well enough to fetch and to check."""
    names = [data_file.name for data_file in task.data_files()]
    require(len(set(names)) == len(names), "data_files: a name is there twice")
    require(not set(names) & set(task.protocols), "data_files: a file is called like a protocol that needs none")
    for data_file in task.data_files():
        require(
            data_file.title != "" and data_file.licence != "", f"data file {data_file.name!r} has no title or licence"
        )
        if data_file.urls:
            require(
                data_file.size > 0 and len(data_file.sha256) == 64, f"data file {data_file.name!r} cannot be checked"
            )
            require(
                all(url.startswith("https://") for url in data_file.urls), f"data file {data_file.name!r}: not https"
            )


def _named_rows(split: Split) -> list[tuple[int, bytes]]:
    """The inputs of a split, each with its identity, as values that can be compared."""
    numbers = np.zeros(len(split), np.int32) if split.rule_ids is None else split.rule_ids
    return [(int(number), row.tobytes()) for number, row in zip(numbers, split.inputs, strict=True)]


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
    for start in range(0, len(pairs) if task.capabilities.validator else 0, 20_000):
        part = slice(start, start + 20_000)
        verdict = task.check(variant, inputs[which[part]], outputs[members[part]])
        require(bool(verdict.valid.all()), "a solution is not valid for its input")
