"""Conformance kit: what any task must keep to, as checks to run in pytest or at once.

    @pytest.mark.parametrize("name", CHECKS)
    def test_my_task(name):
        CHECKS[name](MyTask(), "9x9")

Every check takes a task and the name of a variant and raises AssertionError with the promise that was broken.
What a task leaves out (a validator, enumeration, mending, symmetries) is skipped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from gramsolve.errors import BadInput
from gramsolve.tasks.task import API_VERSION, Instance, Split, Task, Tokens, TokenSpec, View

SOLUTIONS = 50
"""Solutions looked at for one puzzle."""
ROLES = ("given", "guess", "empty", "line", "blank")
KINDS = ("board", "picture", "drawing")

TaskCheck = Callable[[Task, str], None]


def check_task(task: Task, variant: str) -> None:
    """Run every check. Raises AssertionError with one line for each that failed."""
    failures = []
    for name, check in CHECKS.items():
        try:
            check(task, variant)
        except Exception as error:
            failures.append(f"{name}: {type(error).__name__ if str(error) == '' else error}")
    _require(not failures, "\n".join(failures))


def identity(task: Task, variant: str) -> None:
    """Names, versions and variants."""
    _require(task.api_version == API_VERSION, f"api_version is {task.api_version}, not {API_VERSION}")
    for field in ("name", "title", "description"):
        text = getattr(task, field, None)
        _require(isinstance(text, str) and text != "" and "\n" not in text, f"{field} is not one line of text")
    listed = [item.name for item in task.variants()]
    _require(task.default_variant in listed, "default_variant is not among variants()")
    for name in {variant, *listed}:
        _require(task.variant(name).name == name, f"variant({name!r}) is called otherwise")
    _require(len(task.protocols) > 0, "there is no protocol")
    _require_refusal("an unknown variant", lambda: task.variant("no such variant"))


def layout(task: Task, variant: str) -> None:
    """The token specification makes sense and does not change."""
    spec = task.variant(variant).spec
    for field in ("input_vocab", "output_vocab"):
        _require(2 <= getattr(spec, field) <= 256, f"{field} must fit uint8 and tell two things apart")
    for field in ("input_length", "output_length"):
        _require(getattr(spec, field) >= 1, f"{field} must be at least 1")
    _require(spec.grid[0] * spec.grid[1] == spec.output_length, "grid does not hold output_length cells")
    _require(0 <= spec.pad < spec.output_vocab and 0 <= spec.blank < spec.input_vocab, "pad or blank is no token")
    _require(spec.digest() == task.variant(variant).spec.digest(), "the digest changes")


def presets(task: Task, variant: str) -> None:
    """The named settings are there and are plain values."""
    found = task.presets(variant)
    for name in ("tiny", "cpu", "paper"):
        _require(name in found, f"there is no preset {name!r}")
    for name, preset in found.items():
        _require(preset.title != "", f"preset {name!r} has no title")
        json.dumps([dict(preset.model), dict(preset.training)])


def tokens(task: Task, variant: str) -> None:
    """Instances and input tokens are two forms of the same thing."""
    spec = task.variant(variant).spec
    for instance in [*_puzzles(task, variant), task.blank(variant)]:
        inputs = task.encode(instance)
        _require(inputs.dtype == np.uint8 and inputs.shape == (spec.input_length,), "encode: not uint8 [L_in]")
        _require(bool((inputs < spec.input_vocab).all()), "encode: a token outside the vocabulary")
        decoded = task.decode(variant, inputs)
        _require(decoded.variant == variant, "decode: another variant")
        _require(np.array_equal(task.encode(decoded), inputs), "encode(decode(tokens)) is not tokens")


def text(task: Task, variant: str) -> None:
    """What is formatted can be parsed, one by one and all together; nonsense is refused in one line."""
    if not task.conditional:
        _require_refusal("a puzzle of a task that is only sampled", partial(task.parse, "1"))
        return
    instances = _puzzles(task, variant)
    written = [task.format(instance) for instance in instances]
    for instance, part in zip(instances, written, strict=True):
        read = task.parse(part)
        _require(len(read) == 1, "parse(format(puzzle)) is not one puzzle")
        fitted = task.fit(read[0], variant)
        _require(fitted.variant == variant, "fit: not the variant asked for")
        _require(_same(task, [fitted], [instance]), "parse(format(puzzle)) is another puzzle")
        _require(task.identity(fitted) == task.identity(instance), "parse(format(puzzle)) has another rule")
    several = [task.fit(read, variant) for read in task.parse("\n\n".join(written))]
    _require(_same(task, several, instances), "puzzles between empty lines are not read")
    if task.example:
        _require(len(task.parse(task.example)) >= 1, "the example is not read")
    for nonsense in ("", " \n\n", "\0\x1b[31m", "no puzzle at all!", "9" * 5000):
        _require_refusal(f"the text {nonsense[:20]!r}", partial(task.parse, nonsense))


def editing(task: Task, variant: str) -> None:
    """Where cells can be typed into, clearing all of a puzzle leaves the blank one, and nonsense changes nothing."""
    cells = task.variant(variant).spec.output_length
    for instance in _puzzles(task, variant):
        cleared = instance
        for cell in range(cells):
            changed = task.edit(cleared, cell, "")
            if changed is None:
                return
            cleared = changed
        _require(_same(task, [cleared], [task.blank(variant)]), "edit: clearing every cell leaves something")
        _require(task.edit(instance, 0, "\x1b") is None, "edit: a control character means something")


def answers(task: Task, variant: str) -> None:
    """Any answer can be written, and answers to several puzzles together; canonical form is stable."""
    spec, rng = task.variant(variant).spec, np.random.default_rng(0)
    instances = _puzzles(task, variant)
    outputs = rng.integers(spec.output_vocab, size=(len(instances), spec.output_length), dtype=np.uint8)
    inputs = np.stack([task.encode(instance) for instance in instances])
    tidy = task.canonical(variant, inputs, outputs)
    _require(tidy.dtype == np.uint8 and tidy.shape == outputs.shape, "canonical: not uint8 [B, L_out]")
    _require(bool((tidy < spec.output_vocab).all()), "canonical: a token outside the vocabulary")
    _require(np.array_equal(task.canonical(variant, inputs, tidy), tidy), "canonical: not stable")
    before, after = task.check(variant, inputs, outputs), task.check(variant, inputs, tidy)
    if before is not None and after is not None:
        _require(np.array_equal(before.valid, after.valid), "canonical: changes what is valid")
    for instance, row in zip(instances, tidy, strict=True):
        _require(isinstance(task.answer(instance, row), str), "answer: not text")
    ranked = [[row] for row in tidy[:-1]] + [[]]
    _require(task.answers(instances, ranked).endswith("\n"), "answers: the last line has no end")


def speech(task: Task, variant: str) -> None:
    """Where positions are said in words, each has one line, in the puzzle and in any answer."""
    length, rng = task.variant(variant).spec.output_length, np.random.default_rng(0)
    tokens = rng.integers(task.variant(variant).spec.output_vocab, size=length, dtype=np.uint8)
    for instance in [*_puzzles(task, variant), task.blank(variant)]:
        said = [task.say(instance, outputs) for outputs in (None, tokens)]
        if said == [None, None]:
            continue
        for texts in said:
            _require(texts is not None and len(texts) == length, "say: not a text for every position")
            assert texts is not None
            _require(all(text.isprintable() for text in texts), "say: not one line for each position")
        puzzle, answer = said
        assert puzzle is not None and answer is not None
        same = [(a == "") == (b == "") for a, b in zip(puzzle, answer, strict=True)]
        _require(all(same), "say: the puzzle and an answer have other positions")


def demonstrations(task: Task, variant: str) -> None:
    """Where puzzles show examples, these are pairs to learn from, and survive writing and reading."""
    spec = task.variant(variant).spec
    for instance in _puzzles(task, variant) if task.conditional else []:
        shown = task.demonstrations(instance)
        if shown is None:
            continue
        inputs, outputs, classes = shown.inputs, shown.outputs, shown.classes
        for side, tokens, length, vocab in (
            ("inputs", inputs, spec.input_length, spec.input_vocab),
            ("outputs", outputs, spec.output_length, spec.output_vocab),
        ):
            _require(
                tokens.dtype == np.uint8 and tokens.shape == (len(shown), length) and bool((tokens < vocab).all()),
                f"demonstrations: {side} are not tokens uint8 [n, {length}]",
            )
        _require(
            classes.dtype == np.int64 and classes.shape == (len(shown),), "demonstrations: classes are not int64 [n]"
        )
        _require(
            np.array_equal(task.canonical(variant, inputs, outputs), outputs), "demonstrations: outputs not canonical"
        )
        found = task.check(variant, inputs, outputs)
        _require(found is None or bool(found.valid.all()), "demonstrations: an output is no solution")
        again = task.demonstrations(task.fit(task.parse(task.format(instance))[0], variant))
        _require(
            again is not None and np.array_equal(again.inputs, inputs) and np.array_equal(again.outputs, outputs),
            "demonstrations: parse(format(puzzle)) shows others",
        )


def sources(task: Task, variant: str) -> None:
    """Files of public data are described well enough to fetch and to check."""
    names = [source.name for source in task.sources()]
    _require(len(set(names)) == len(names), "sources: a name is there twice")
    _require(not set(names) & set(task.protocols), "sources: a file is called like a protocol that needs none")
    for source in task.sources():
        _require(source.title != "" and source.licence != "", f"source {source.name!r} has no title or licence")
        if source.urls:
            _require(source.size > 0 and len(source.sha256) == 64, f"source {source.name!r} cannot be checked")
            _require(all(url.startswith("https://") for url in source.urls), f"source {source.name!r}: not https")


def generate(task: Task, variant: str) -> None:
    """Puzzles are solvable and follow from the seed."""
    for difficulty in (None, *task.difficulties):
        made = task.generate(variant, 5, 1, difficulty)
        _require(len(made) == 5, "generate: not as many puzzles as asked for")
        _require(_same(task, made, task.generate(variant, 5, 1, difficulty)), "generate: the seed does not fix it")
        for instance in made:
            found = task.enumerate(instance, 1)
            _require(found is None or len(found) == 1, f"generate: no solution ({difficulty})")
    if task.conditional:
        other = task.generate(variant, 5, 2)
        _require(not _same(task, task.generate(variant, 5, 1), other), "generate: the seed changes nothing")
    _require(task.generate(variant, 0, 1) == [], "generate: none asked for, some given")
    _require_refusal("an unknown difficulty", lambda: task.generate(variant, 1, 1, "no such difficulty"))


def dataset(task: Task, variant: str) -> None:
    """Train and test share no input, and all solutions are valid and different."""
    spec = task.variant(variant).spec
    for protocol in task.protocols:
        data, again = task.dataset(variant, protocol, 3), task.dataset(variant, protocol, 3)
        _require(data.protocol == protocol, "dataset: another protocol")
        rows = [row for split in (data.train, data.test) for row in _named_rows(split)]
        if task.conditional:
            _require(len(set(rows)) == len(rows), f"dataset {protocol}: an input is there twice")
        for split, copy in ((data.train, again.train), (data.test, again.test)):
            _require(len(split) > 0, f"dataset {protocol}: an empty split")
            _require(np.array_equal(split.inputs, copy.inputs), f"dataset {protocol}: the seed does not fix it")
            _check_split(task, variant, spec, split)
            if data.identities or split.identities is not None:
                numbers = split.identities
                _require(
                    numbers is not None
                    and numbers.dtype == np.int32
                    and numbers.shape == (len(split),)
                    and bool(((numbers >= 0) & (numbers <= len(data.identities))).all()),
                    f"dataset {protocol}: identities are not int32 [M] numbers of named rules",
                )
    _require_refusal("an unknown protocol", lambda: task.dataset(variant, "no such protocol"))


def validator(task: Task, variant: str) -> None:
    """Solutions are accepted, and violations are shown exactly where a board is invalid."""
    spec, rng = task.variant(variant).spec, np.random.default_rng(0)
    strangers = task.enumerate(task.blank(variant), SOLUTIONS)
    for instance, solutions in _solved(task, variant):
        if strangers is not None and len(solutions) < SOLUTIONS:
            _check_strangers(task, variant, task.encode(instance), solutions, strangers)
        inputs = np.repeat(task.encode(instance)[None], len(solutions), axis=0)
        found = task.check(variant, inputs, solutions)
        if found is None:
            return
        _require(bool(found.valid.all()) and not found.violations.any(), "check: a solution is refused")
        # Tokens that occur in solutions, so that a validator must look at more than the vocabulary.
        noise = rng.choice(np.unique(solutions), size=solutions.shape)
        strange = rng.integers(spec.output_vocab, size=solutions.shape, dtype=np.uint8)
        noise = np.where(rng.random((len(solutions), 1)) < 0.5, noise, strange)
        share = rng.choice([0.02, 0.1, 0.5, 1.0], size=(len(solutions), 1))
        outputs = np.where(rng.random(solutions.shape) < share, noise, solutions)
        found = task.check(variant, inputs, outputs)
        assert found is not None
        _require(
            found.valid.dtype == np.bool_ and found.valid.shape == (len(outputs),),
            "check: valid is not bool [B]",
        )
        _require(
            found.violations.dtype == np.bool_ and found.violations.shape == outputs.shape,
            "check: violations is not bool [B, L_out]",
        )
        _require(
            np.array_equal(found.valid, ~found.violations.any(axis=1)),
            "check: violations are not shown exactly where a board is invalid",
        )
        if len(solutions) < SOLUTIONS:
            listed = {row.tobytes() for row in solutions}
            accepted = task.canonical(variant, inputs, outputs)[found.valid]
            _require(all(row.tobytes() in listed for row in accepted), "check: accepts what is no solution")
        right, accuracy = task.score(variant, inputs, outputs, solutions)
        _require(np.array_equal(right, found.valid), "score: right is not what the validator accepts")
        _require(bool(((accuracy >= 0) & (accuracy <= 1)).all()), "score: accuracy outside 0 to 1")
        padded = np.full_like(solutions, spec.pad)
        found = task.check(variant, inputs, padded)
        _require(found is not None and not found.valid.any(), "check: padding is accepted")


def enumeration(task: Task, variant: str) -> None:
    """Solutions are distinct and come in a fixed order, as many as asked for."""
    for instance, solutions in _solved(task, variant):
        _require(len(np.unique(solutions, axis=0)) == len(solutions), "enumerate: a solution is there twice")
        for limit in (0, 1, len(solutions)):
            part = task.enumerate(instance, limit)
            if part is not None:
                _require(np.array_equal(part, solutions[:limit]), f"enumerate: limit {limit} gives something else")


def mending(task: Task, variant: str) -> None:
    """What ``mend`` makes of a board solves the puzzle, and a solution is left as it is."""
    spec, rng = task.variant(variant).spec, np.random.default_rng(0)
    for instance in (*_puzzles(task, variant), task.blank(variant)):
        solutions = task.enumerate(instance, SOLUTIONS)
        if solutions is None:
            return
        inputs = np.repeat(task.encode(instance)[None], len(solutions), axis=0)
        noise = rng.integers(spec.output_vocab, size=solutions.shape, dtype=np.uint8)
        share = rng.choice([0.02, 0.1, 0.5, 1.0], size=(len(solutions), 1))
        for outputs in (solutions, np.where(rng.random(solutions.shape) < share, noise, solutions)):
            near = task.mend(variant, inputs, outputs, np.random.default_rng(1))
            if near is None:
                return
            targets, known = near
            _require(targets.dtype == np.uint8 and targets.shape == outputs.shape, "mend: not uint8 [B, L_out]")
            _require(known.dtype == np.bool_ and known.shape == (len(outputs),), "mend: found is not bool [B]")
            judged = task.check(variant, inputs[known], targets[known])
            _require(judged is None or bool(judged.valid.all()), "mend: what it found is no solution")
            if outputs is solutions:
                _require(bool(known.all()) and np.array_equal(targets, outputs), "mend: changes a solution")
            again = task.mend(variant, inputs, outputs, np.random.default_rng(1))
            _require(again is not None and np.array_equal(again[0][known], targets[known]), "mend: chance of its own")


def symmetries(task: Task, variant: str) -> None:
    """Symmetries map solutions to solutions, others to others, and can be undone."""
    spec = task.variant(variant).spec
    for inputs, solutions in _pairs(task, variant):
        count = len(solutions)
        symmetry = task.symmetries(variant, count, np.random.default_rng(0))
        if symmetry is None:
            return
        again = task.symmetries(variant, count, np.random.default_rng(0))
        assert again is not None
        _require(
            np.array_equal(symmetry.inputs(inputs), again.inputs(inputs))
            and np.array_equal(symmetry.outputs(solutions), again.outputs(solutions)),
            "symmetries: the generator does not fix them",
        )
        wrong = np.where(np.random.default_rng(1).random(solutions.shape) < 0.1, spec.pad, solutions)
        for outputs in (solutions, wrong.astype(np.uint8)):
            moved = symmetry.inputs(inputs), symmetry.outputs(outputs)
            _require(all(m.dtype == np.uint8 for m in moved), "symmetries: tokens become another type")
            before, after = task.check(variant, inputs, outputs), task.check(variant, *moved)
            if before is not None and after is not None:
                _require(np.array_equal(before.valid, after.valid), "symmetries: a valid board becomes invalid")
            some = np.arange(0, count, 2)
            part = symmetry.take(some)
            _require(
                np.array_equal(part.inputs(inputs[some]), moved[0][some])
                and np.array_equal(part.outputs(outputs[some]), moved[1][some]),
                "symmetries: `take` gives others than it is asked for",
            )
            sources = symmetry.sources(outputs)
            if sources is not None:
                _require(
                    sources.shape == outputs.shape and bool(((sources >= 0) & (sources < outputs.shape[1])).all()),
                    "symmetries: `sources` are no cells of the board",
                )
            undo = symmetry.inverse()
            back = undo.inputs(moved[0]), undo.outputs(moved[1])
            same = task.canonical(variant, inputs, back[1]), task.canonical(variant, inputs, outputs)
            _require(
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
    _require(fits, "structure: inputs neither begin like outputs nor are pairs of their positions")
    known = spec.output_vocab if found.pairs else min(spec.input_vocab, spec.output_vocab)
    _require(0 <= found.first_symbol < last <= known, "structure: no such symbols")
    _require(len(found.families) == len(found.kinds), "structure: not one kind for each family")
    grouped = found.pairs or bool(found.families) or spec.grid[0] * spec.grid[1] == count
    _require(grouped, "structure: neither groups of positions nor pairs nor a grid")
    _require(all(len(family) == spec.output_length for family in found.families), "structure: a position has no group")
    rng = np.random.default_rng(0)
    for inputs, solutions in _pairs(task, variant):
        names = np.arange(256, dtype=np.uint8)
        names[found.first_symbol : last] = np.roll(names[found.first_symbol : last], 1)
        wrong = np.where(rng.random(solutions.shape) < 0.1, solutions[:, ::-1], solutions)
        for outputs in (solutions, wrong):
            before = task.check(variant, inputs, outputs)
            after = task.check(variant, inputs if found.pairs else names[inputs], names[outputs])
            if before is not None and after is not None:
                _require(
                    np.array_equal(before.violations, after.violations),
                    "structure: renamed symbols are judged otherwise",
                )


def render(task: Task, variant: str) -> None:
    """Any moment can be drawn as a rectangle of cells that every terminal can show."""
    drawn = [(task.render(instance, view), view.room) for instance, view in _moments(task, variant)]
    drawn += [(grid, None) for puzzle in _puzzles(task, variant) if (grid := task.context(puzzle)) is not None]
    for grid, room in drawn:
        rows, columns = grid.shape
        _require(grid.kind in KINDS, f"render: unknown kind {grid.kind!r}")
        if room is not None and grid.kind == "drawing":
            _require(rows <= room[0] and columns <= room[1], "render: a drawing that does not fit its room")
        _require(rows > 0 and columns > 0, "render: nothing is drawn")
        _require(all(len(row) == columns for row in grid.rows), "render: rows of unequal length")
        for cell in (cell for row in grid.rows for cell in row):
            _require(len(cell.text) == 1 and cell.text.isprintable(), f"render: {cell.text!r} is not one character")
            _require(
                len(cell.ascii) == 1 and " " <= cell.ascii <= "~",
                f"render: {cell.ascii!r} is not plain ASCII",
            )
            _require(cell.role in ROLES, f"render: unknown role {cell.role!r}")
            _require(cell.shade in (0, 1), "render: shade is 0 or 1")
            _require(cell.fill is None or _is_color(cell.fill), f"render: {cell.fill!r} is not a colour #rrggbb")
            _require(cell.confidence is None or 0 <= cell.confidence <= 1, "render: confidence outside 0 to 1")


def image(task: Task, variant: str) -> None:
    """Any moment can be drawn as an RGB picture of the size asked for."""
    for instance, view in _moments(task, variant):
        for size in (64, 333):
            picture = task.image(instance, view, size)
            _require(picture.mode == "RGB", f"image: mode {picture.mode}, not RGB")
            _require(max(picture.size) == size, f"image: {picture.size} has no side of {size} pixels")


CHECKS: Mapping[str, TaskCheck] = MappingProxyType(
    {
        check.__name__: check
        for check in (
            identity,
            layout,
            presets,
            tokens,
            text,
            editing,
            answers,
            speech,
            demonstrations,
            sources,
            generate,
            dataset,
            validator,
            enumeration,
            mending,
            symmetries,
            structure,
            render,
            image,
        )
    }
)
"""All checks by name."""


def _require(ok: bool, promise: str) -> None:
    if not ok:
        raise AssertionError(promise)


def _require_refusal(what: str, action: Callable[[], object]) -> None:
    """The action must raise BadInput in one printable line."""
    try:
        action()
    except BadInput as error:
        _require(str(error).isprintable() and str(error) != "", f"{what}: the message is not one line")
        return
    raise AssertionError(f"{what} is not refused with BadInput")


def _puzzles(task: Task, variant: str) -> list[Instance]:
    return task.generate(variant, 4, seed=0)


def _same(task: Task, left: list[Instance], right: list[Instance]) -> bool:
    return len(left) == len(right) and all(
        np.array_equal(task.encode(a), task.encode(b)) for a, b in zip(left, right, strict=True)
    )


def _solved(task: Task, variant: str) -> Iterator[tuple[Instance, Tokens]]:
    """Some puzzles with solutions, where they can be enumerated."""
    for instance in _puzzles(task, variant):
        solutions = task.enumerate(instance, SOLUTIONS)
        if solutions is not None:
            _require(solutions.dtype == np.uint8 and len(solutions) > 0, "enumerate: no uint8 solutions")
            yield instance, solutions


def _pairs(task: Task, variant: str) -> Iterator[tuple[Tokens, Tokens]]:
    """Inputs [n, L_in] with a solution each [n, L_out]: of puzzles, or else of the training data."""
    known = False
    for instance, solutions in _solved(task, variant):
        known = True
        yield np.repeat(task.encode(instance)[None], len(solutions), axis=0), solutions
    if not known:
        train = task.dataset(variant, task.protocols[0]).train
        rows = np.arange(min(SOLUTIONS, len(train)))
        yield np.asarray(train.inputs[rows]), np.asarray(train.outputs[train.members[train.offsets[rows]]])


def _moments(task: Task, variant: str) -> Iterator[tuple[Instance, View]]:
    """Views of all kinds: the puzzle alone, random tokens, everything known."""
    spec, rng = task.variant(variant).spec, np.random.default_rng(0)
    for instance in [*_puzzles(task, variant)[:2], task.blank(variant)]:
        before, now = rng.integers(spec.output_vocab, size=(2, spec.output_length), dtype=np.uint8)
        confidence = rng.random(spec.output_length, dtype=np.float32)
        violations = rng.random(spec.output_length) < 0.3
        yield instance, View()
        yield instance, View(tokens=now)
        yield instance, View(now, confidence, violations, before)
        yield instance, View(now, room=(12, 30))


def _is_color(text: str) -> bool:
    return len(text) == 7 and text[0] == "#" and set(text[1:]) <= set("0123456789abcdef")


def _named_rows(split: Split) -> list[tuple[int, bytes]]:
    """The inputs of a split, each with its identity, as values that can be compared."""
    numbers = np.zeros(len(split), np.int32) if split.identities is None else split.identities
    return [(int(number), row.tobytes()) for number, row in zip(numbers, split.inputs, strict=True)]


def _check_strangers(task: Task, variant: str, inputs: Tokens, solutions: Tokens, strangers: Tokens) -> None:
    """Of boards that solve the empty puzzle, those solve this one that are listed among its solutions."""
    listed = {row.tobytes() for row in solutions}
    found = task.check(variant, np.repeat(inputs[None], len(strangers), axis=0), strangers)
    _require(
        found is None or found.valid.tolist() == [row.tobytes() in listed for row in strangers],
        "check: accepts other boards than enumerate lists",
    )


def _check_split(task: Task, variant: str, spec: TokenSpec, split: Split) -> None:
    inputs, outputs, offsets, members = split.inputs, split.outputs, split.offsets, split.members
    _require(inputs.dtype == np.uint8 and inputs.shape[1:] == (spec.input_length,), "inputs: not uint8 [M, L_in]")
    _require(
        outputs.dtype == np.uint8 and outputs.shape[1:] == (spec.output_length,),
        "outputs: not uint8 [S, L_out]",
    )
    _require(offsets.dtype == np.int64 and offsets.shape == (len(inputs) + 1,), "offsets: not int64 [M + 1]")
    _require(members.dtype == np.int32 and members.shape == (offsets[-1],), "members: not int32 [offsets[M]]")
    counts = np.diff(offsets)
    _require(offsets[0] == 0 and bool((counts > 0).all()), "an input has no solution")
    _require(bool((outputs < spec.output_vocab).all()), "outputs: a token outside the vocabulary")
    which = np.repeat(np.arange(len(inputs)), counts)
    pairs = np.stack([which, members.astype(np.int64)], axis=1)
    _require(len(np.unique(pairs, axis=0)) == len(pairs), "an input has a solution twice")
    for start in range(0, len(pairs), 20_000):
        part = slice(start, start + 20_000)
        found = task.check(variant, inputs[which[part]], outputs[members[part]])
        _require(found is None or bool(found.valid.all()), "a solution is not valid for its input")
