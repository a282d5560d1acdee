"""The JSON files that ARC comes in, recognised by their content.

| what | form |
| --- | --- |
| one task | ``{"train": [pair, ...], "test": [pair, ...]}``, perhaps with ``"name"`` |
| many tasks | ``{id: task, ...}``, as in Kaggle's challenges, whose tests have no outputs |
| two sets | ``{"training": {id: task}, "evaluation": {id: task}}``, also ``"train"`` and ``"eval"`` |
| solutions | ``{id: [output, ...], ...}``, as in Kaggle's solutions |
| both | ``{"challenges": {id: task}, "solutions": {id: [output, ...]}}`` |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gramsolve.tasks import BadInput
from gramsolve_arc.collection import Collection, check_grid, collect, is_name, label
from gramsolve_arc.puzzle import LARGEST, SIDES
from gramsolve_arc.strict import described

SETS = {"training": "training", "train": "training", "evaluation": "evaluation", "eval": "evaluation"}

JsonObject = dict[str, object]


@dataclass(frozen=True)
class ArcFile:
    """The tasks of one file; ``evaluation`` is None unless the file separates two sets."""

    training: Collection
    evaluation: Collection | None = None

    @property
    def collections(self) -> tuple[Collection, ...]:
        return (self.training,) if self.evaluation is None else (self.training, self.evaluation)


def tasks_in(value: object, solutions: object = None) -> ArcFile:
    """The tasks that a JSON value holds, with test outputs of a value of solutions if there is one.

    Raises BadInput for anything that is no task and no set of tasks, and for grids that are none.
    """
    if isinstance(value, list) and value and all(isinstance(pair, dict) and "input" in pair for pair in value):
        raise BadInput(
            f'a list of {_count(len(value), "pair")} without a test: an ARC task is an object with "train" and "test", '
            "and a pair without its output in the test is what is asked"
        )
    value = _object(value)
    if is_solutions(value):
        raise BadInput("these are solutions without their tasks: the tasks are in the file of challenges")
    if set(value) == {"challenges", "solutions"}:
        value, solutions = _object(value["challenges"]), value["solutions"]
    if isinstance(value.get("train"), list) or isinstance(value.get("test"), list):
        name = value.get("name", value.get("id", ""))
        if not is_name(name):
            raise BadInput(f'the task\'s "name" is {described(name)}; it must be a short text')
        return ArcFile(collect(_with_solutions({str(name): value}, solutions)))
    if set(value) <= set(SETS) and all(isinstance(part, dict) for part in value.values()):
        sets: dict[str, JsonObject] = {"training": {}, "evaluation": {}}
        for name, part in value.items():
            if isinstance(part, dict):
                sets[SETS[name]] |= part
        both = [collect(_with_solutions(part, solutions)) for part in sets.values() if part]
        if not both:
            raise BadInput("all sets of the JSON object are empty: there is no task in it")
        return ArcFile(*both)
    return ArcFile(collect(_with_solutions(value, solutions)))


def is_solutions(value: object) -> bool:
    """Whether a JSON value is a list of test outputs for each of some tasks."""
    return (
        isinstance(value, dict)
        and bool(value)
        and not set(value) & {"train", "test"}
        and all(isinstance(outputs, list) for outputs in value.values())
    )


def description(value: object) -> str:
    """What a JSON value holds, in one line. Reads all of it and raises BadInput for what is wrong with it."""
    if is_solutions(value):
        outputs = [grid for name, grids in checked_solutions(value).items() for grid in grids]
        return f"solutions of {_count(len(_object(value)), 'task')}: {_count(len(outputs), 'test output')}"
    file = tasks_in(value)
    total = sum(map(len, file.collections))
    parts = [f"task {file.training.names[0]}" if total == 1 and file.training.names[0] else _count(total, "task")]
    if file.evaluation is not None:
        parts[0] += f" ({len(file.training):,} training, {len(file.evaluation):,} evaluation)"
    tests = sum(int(c.tests.sum()) for c in file.collections)
    known = sum(int((c.tests & (c.outputs >= 0)).sum()) for c in file.collections)
    parts.append(_count(sum(int((~c.tests).sum()) for c in file.collections), "demonstration"))
    parts.append(f"{_count(tests, 'test input')}, {known:,} with outputs")
    fits = [sum(int((c.sides() <= side).sum()) for c in file.collections) for side in SIDES]
    parts.append("; ".join(f"{n:,} fit {side}x{side}" for n, side in zip(fits, SIDES, strict=True)))
    return ", ".join(parts)


def checked_solutions(value: object) -> Mapping[str, list[list[list[int]]]]:
    """``{id: [output, ...]}`` with every grid checked, or BadInput."""
    if not is_solutions(value):
        raise BadInput("solutions must be an object with a list of test outputs for each task")
    solutions = _object(value)
    for name, outputs in solutions.items():
        assert isinstance(outputs, list)
        for number, grid in enumerate(outputs, start=1):
            check_grid(grid, f"{label(name)}, solution {number}")
    return solutions  # type: ignore[return-value]


def _with_solutions(tasks: JsonObject, solutions: object) -> JsonObject:
    """The tasks with their test outputs filled in; tasks and solutions that have no partner stay out of it."""
    if solutions is None:
        return tasks
    known = checked_solutions(solutions)
    return {name: _solved(name, task, known.get(name)) for name, task in tasks.items()}


def _solved(name: str, task: object, outputs: list[list[list[int]]] | None) -> object:
    tests = task.get("test") if isinstance(task, dict) else None
    if outputs is None or not isinstance(tests, list):
        return task
    if len(outputs) != len(tests):
        raise BadInput(f"{label(name)} has {len(tests)} test inputs, but {len(outputs)} solutions")
    filled = [
        {**pair, "output": output} if isinstance(pair, dict) else pair
        for pair, output in zip(tests, outputs, strict=True)
    ]
    return {**_object(task), "test": filled}


def _object(value: object) -> JsonObject:
    if not isinstance(value, dict):
        raise BadInput(
            f'the JSON is {described(value)}; an ARC task is an object with "train" and "test", '
            f"each a list of pairs of grids of up to {LARGEST}x{LARGEST}"
        )
    if not value:
        raise BadInput("the JSON object is empty: there is no task in it")
    return value


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
