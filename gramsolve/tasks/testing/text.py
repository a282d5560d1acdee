"""Names, sizes, texts and files: how a task presents itself, and how its puzzles are written and read."""

from __future__ import annotations

import json
from functools import partial

import numpy as np

from gramsolve.tasks.task import API_VERSION, Task
from gramsolve.tasks.testing.helpers import alike, puzzles, require, require_refusal


def names(task: Task, variant: str) -> None:
    """Names, versions and variants."""
    require(task.api_version == API_VERSION, f"api_version is {task.api_version}, not {API_VERSION}")
    for field in ("name", "title", "description"):
        text = getattr(task, field, None)
        require(isinstance(text, str) and text != "" and "\n" not in text, f"{field} is not one line of text")
    listed = [item.name for item in task.variants()]
    require(task.default_variant in listed, "default_variant is not among variants()")
    for name in {variant, *listed}:
        require(task.variant(name).name == name, f"variant({name!r}) is called otherwise")
    require(len(task.protocols) > 0, "there is no protocol")
    require_refusal("an unknown variant", lambda: task.variant("no such variant"))


def layout(task: Task, variant: str) -> None:
    """The token specification makes sense and does not change."""
    spec = task.variant(variant).spec
    for field in ("input_vocab", "output_vocab"):
        require(2 <= getattr(spec, field) <= 256, f"{field} must fit uint8 and tell two things apart")
    for field in ("input_length", "output_length"):
        require(getattr(spec, field) >= 1, f"{field} must be at least 1")
    require(spec.grid[0] * spec.grid[1] == spec.output_length, "grid does not hold output_length cells")
    require(0 <= spec.pad < spec.output_vocab and 0 <= spec.blank < spec.input_vocab, "pad or blank is no token")
    require(spec.digest() == task.variant(variant).spec.digest(), "the digest changes")


def presets(task: Task, variant: str) -> None:
    """The named settings are there and are plain values."""
    found = task.presets(variant)
    for name in ("tiny", "cpu", "paper"):
        require(name in found, f"there is no preset {name!r}")
    for name, preset in found.items():
        require(preset.title != "", f"preset {name!r} has no title")
        json.dumps([dict(preset.model), dict(preset.training)])


def tokens(task: Task, variant: str) -> None:
    """Instances and input tokens are two forms of the same thing."""
    spec = task.variant(variant).spec
    for instance in [*puzzles(task, variant), task.blank(variant)]:
        inputs = task.encode(instance)
        require(inputs.dtype == np.uint8 and inputs.shape == (spec.input_length,), "encode: not uint8 [L_in]")
        require(bool((inputs < spec.input_vocab).all()), "encode: a token outside the vocabulary")
        decoded = task.decode(variant, inputs)
        require(decoded.variant == variant, "decode: another variant")
        require(np.array_equal(task.encode(decoded), inputs), "encode(decode(tokens)) is not tokens")


def text(task: Task, variant: str) -> None:
    """What is formatted can be parsed, one by one and all together; nonsense is refused in one line."""
    if not task.conditional:
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
    """Where cells can be typed into, clearing all of a puzzle leaves the blank one, and nonsense changes nothing."""
    cells = task.variant(variant).spec.output_length
    for instance in puzzles(task, variant):
        cleared = instance
        for cell in range(cells):
            changed = task.edit(cleared, cell, "")
            if changed is None:
                return
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
    before, after = task.check(variant, inputs, outputs), task.check(variant, inputs, tidy)
    if before is not None and after is not None:
        require(np.array_equal(before.valid, after.valid), "canonical: changes what is valid")
    for instance, row in zip(instances, tidy, strict=True):
        require(isinstance(task.answer(instance, row), str), "answer: not text")
    ranked = [[row] for row in tidy[:-1]] + [[]]
    require(task.answers(instances, ranked).endswith("\n"), "answers: the last line has no end")


def descriptions(task: Task, variant: str) -> None:
    """Where positions are said in words, each has one line, in the puzzle and in any answer."""
    length, rng = task.variant(variant).spec.output_length, np.random.default_rng(0)
    tokens = rng.integers(task.variant(variant).spec.output_vocab, size=length, dtype=np.uint8)
    for instance in [*puzzles(task, variant), task.blank(variant)]:
        said = [task.describe(instance, outputs) for outputs in (None, tokens)]
        if said == [None, None]:
            continue
        for texts in said:
            require(texts is not None and len(texts) == length, "describe: not a text for every position")
            assert texts is not None
            require(all(text.isprintable() for text in texts), "describe: not one line for each position")
        puzzle, answer = said
        assert puzzle is not None and answer is not None
        same = [(a == "") == (b == "") for a, b in zip(puzzle, answer, strict=True)]
        require(all(same), "describe: the puzzle and an answer have other positions")


def demonstrations(task: Task, variant: str) -> None:
    """Where puzzles show examples, these are pairs to learn from, and survive writing and reading."""
    spec = task.variant(variant).spec
    for instance in puzzles(task, variant) if task.conditional else []:
        shown = task.demonstrations(instance)
        if shown is None:
            continue
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
        found = task.check(variant, inputs, outputs)
        require(found is None or bool(found.valid.all()), "demonstrations: an output is no solution")
        again = task.demonstrations(task.to_variant(task.parse(task.format(instance))[0], variant))
        require(
            again is not None and np.array_equal(again.inputs, inputs) and np.array_equal(again.outputs, outputs),
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
