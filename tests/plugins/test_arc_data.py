"""ARC data sets: what is in them, what train and test may not share, and files of the user's."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from gramsolve.tasks import BadInput, Dataset, Missing
from gramsolve_arc import Arc
from gramsolve_arc.canvas import canonical
from gramsolve_arc.data import symmetry_classes
from gramsolve_arc.formats import tasks_in
from gramsolve_arc.public import COMMITS, find, library

TASK = Arc()
SHARED = Path(__file__).parents[3] / "shared" / "data" / "arc"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the data folder is not here")


def named_pairs(data: Dataset) -> dict[str, set[tuple[str, bytes, bytes]]]:
    """(rule_id, input, output) of every pair of both splits."""
    found = {}
    for part, split in (("train", data.train), ("test", data.test)):
        found[part] = {
            (data.rule_ids[split.rule_ids[i] - 1], split.inputs[i].tobytes(), solution.tobytes())  # type: ignore[index]
            for i in range(len(split))
            for solution in split.solutions(i)
        }
    return found


@pytest.mark.parametrize(
    "variant, protocol, tasks, train, test",
    [
        ("10x10", "arc1", 178 + 77, 587 + 190 + 290, 88),
        ("20x20", "arc1", 342 + 282, 1122 + 357 + 994, 301 - 1),
        ("30x30", "arc1", 400 + 400, 1302 + 416 + 1363, 419 - 2),
        ("10x10", "arc1-training", 178, 587, 190),
        ("30x30", "arc1-training", 400, 1302, 416),
        ("10x10", "arc2", 301 + 2, 1012 + 325 + 6, 4),
        ("30x30", "arc2", 1000 + 120, 3232 + 1076 + 359, 167),
    ],
)
def test_known_counts(variant: str, protocol: str, tasks: int, train: int, test: int) -> None:
    """All pairs of the tasks that fit, less the evaluation tests that a training task gives away."""
    steps: list[tuple[int, int]] = []
    data = TASK.dataset(variant, protocol, progress=lambda done, total: steps.append((done, total)))
    assert (len(data.rule_ids), len(data.train), len(data.test)) == (tasks, train, test)
    assert steps == [(1, 3), (2, 3), (3, 3)]
    area = TASK.variant(variant).spec.output_length
    assert np.array_equal(canonical(data.train.outputs, int(area**0.5)), data.train.outputs)


def test_transductive_pairs_are_where_they_belong() -> None:
    pairs = named_pairs(TASK.dataset("10x10", "arc1"))
    assert not {row[:2] for row in pairs["train"]} & {row[:2] for row in pairs["test"]}
    training, evaluation = library("arc1").collections
    assert {row[0] for row in pairs["test"]} <= set(evaluation.names)
    assert {row[0] for row in pairs["train"]} <= {*training.names, *evaluation.names}
    (puzzle,) = TASK.parse("3c9b0459")
    assert any(row[:2] == ("3c9b0459", TASK.encode(puzzle).tobytes()) for row in pairs["train"])
    (puzzle,) = TASK.parse("0692e18c")
    tested = [row for row in pairs["test"] if row[:2] == ("0692e18c", TASK.encode(puzzle).tobytes())]
    assert len(tested) == 1
    assert sum(row[0] == "0692e18c" for row in pairs["train"]) == len(puzzle.task.demonstrations)  # type: ignore[attr-defined]
    held_out = named_pairs(TASK.dataset("10x10", "arc1-training"))
    assert any(row[:2] == ("3c9b0459", TASK.encode(TASK.parse("3c9b0459")[0]).tobytes()) for row in held_out["test"])


def test_no_test_pair_is_trained_on_under_another_name() -> None:
    """070dd51e is 40853293 again, and the test of 50a16a69 a recoloured demonstration of caa06a1f."""
    assert find("070dd51e").tests == find("40853293").tests
    data = TASK.dataset("30x30", "arc1")
    tested = {data.rule_ids[number - 1] for number in data.test.rule_ids}
    assert not tested & {"070dd51e", "50a16a69"}
    assert len(tested) == 398
    for protocol in TASK.protocols:
        data = TASK.dataset("20x20", protocol)
        parts = [
            (split.inputs[:, :400], split.outputs[split.members[split.offsets[:-1]]])
            for split in (data.train, data.test)
        ]
        inputs, outputs = (np.concatenate(part) for part in zip(*parts, strict=True))
        classes = symmetry_classes(np.ascontiguousarray(inputs), outputs, 20)
        train, test = classes[: len(data.train)], classes[len(data.train) :]
        shared = np.isin(test, train)
        for i in np.flatnonzero(shared):
            owners = {int(number) for number in data.train.rule_ids[train == test[i]]}  # type: ignore[index]
            assert owners == {int(data.test.rule_ids[i])}, protocol  # type: ignore[index]


def test_symmetry_classes_are_those_of_the_group() -> None:
    data = TASK.dataset("10x10", "arc1-training").test
    inputs, outputs = data.inputs[:60], data.outputs[data.members[data.offsets[:60]]]
    symmetry = TASK.symmetries("10x10", 60, np.random.default_rng(0))
    moved = symmetry.inputs(inputs)[:, :100], symmetry.outputs(outputs)
    both = np.concatenate((inputs[:, :100], moved[0])), np.concatenate((outputs, moved[1]))
    classes = symmetry_classes(*both, 10)
    assert np.array_equal(classes[:60], classes[60:])
    assert len(np.unique(classes)) == 60
    assert symmetry_classes(both[0], np.roll(both[1], 1, axis=0), 10).tolist() != classes.tolist()


def test_one_input_may_have_several_outputs(tmp_path: Path) -> None:
    def pair(before: int, after: int) -> dict[str, list[list[int]]]:
        return {"input": [[before]], "output": [[after]]}

    tasks = {
        "a": {"train": [pair(1, 2), pair(1, 3), pair(1, 2)], "test": [pair(4, 5), pair(1, 6)]},
        "b": {"train": [{"input": [[1]], "output": [[2, 2]]}], "test": [pair(7, 7)]},
    }
    (tmp_path / "mine.json").write_text(json.dumps(tasks))
    data = TASK.dataset("10x10", "mine", files={"mine": tmp_path / "mine.json"})
    assert data.protocol == "mine"
    assert data.rule_ids == ("a", "b")
    assert data.train.rule_ids.tolist() == [1, 2]
    assert sorted(row[0] for row in data.train.solutions(0)) == [4, 5]
    assert len(data.train.solutions(1)) == 1
    # The input 1 of task a is trained on, so it is no test; a recoloured copy within one task is.
    assert data.test.inputs[:, 0].tolist() == [6, 9]


def test_files_with_two_sets_are_transductive(tmp_path: Path) -> None:
    def task(colour: int) -> dict[str, list[dict[str, list[list[int]]]]]:
        pairs = [{"input": [[colour, n]], "output": [[n, n, colour]]} for n in (0, colour)]
        return {"train": pairs[:1], "test": [{"input": [[colour] * colour], "output": [[0] * colour]}]}

    path = tmp_path / "both.json.xz"
    both = {"training": {"a": task(1)}, "evaluation": {"b": task(2), "big": task(11)}}
    both["evaluation"]["big"]["train"] = [{"input": [[0] * 11], "output": [[0]]}]
    both["evaluation"]["big"]["test"] = [{"input": [[0]], "output": [[1]]}]
    path.write_bytes(lzma.compress(json.dumps(both).encode()))
    data = TASK.dataset("10x10", "both", files={"both": path})
    assert data.rule_ids == ("a", "b")
    assert data.train.rule_ids.tolist() == [1, 1, 2]
    assert data.test.rule_ids.tolist() == [2]
    assert TASK.dataset("20x20", "both", files={"both": path}).rule_ids == ("a", "b", "big")


def test_challenges_find_their_solutions(tmp_path: Path) -> None:
    challenges = {"a": {"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[3]]}]}}
    files = {"my_challenges": tmp_path / "c.json"}
    files["my_challenges"].write_text(json.dumps(challenges))
    with pytest.raises(BadInput, match="protocol my_challenges: no pair to test on, with its answer"):
        TASK.dataset("10x10", "my_challenges", files=files)
    files["my_solutions"] = tmp_path / "s.json"
    files["my_solutions"].write_text(json.dumps({"a": [[[4]]]}))
    data = TASK.dataset("10x10", "my_challenges", files=files)
    assert data.test.outputs[0, 0] == 4 + 2
    with pytest.raises(BadInput, match="holds solutions alone"):
        TASK.dataset("10x10", "my_solutions", files=files)
    files["my_challenges"].write_text('{"a": {"train": []}}')
    with pytest.raises(BadInput, match=r'c\.json: task a: "test" is not there'):
        TASK.dataset("10x10", "my_challenges", files=files)


def test_what_is_not_at_hand() -> None:
    with pytest.raises(Missing, match="arc-agi-1 is not at hand"):
        TASK.dataset("10x10", "arc-agi-1")
    with pytest.raises(BadInput, match="unknown protocol 'arc3'"):
        TASK.dataset("10x10", "arc3")


# The data folder


def published(number: int) -> dict[str, dict[str, dict]]:
    return json.loads(lzma.decompress((SHARED / f"arc-agi-{number}.json.xz").read_bytes()))


@needs_shared
@pytest.mark.parametrize("number", [1, 2])
def test_the_package_carries_what_was_published(number: int) -> None:
    file = tasks_in(published(number))
    for ours, theirs in zip(library(f"arc{number}").collections, file.collections, strict=True):
        names = {name: i for i, name in enumerate(theirs.names)}
        assert set(ours.names) == set(names)
        assert all(ours.task(i) == theirs.task(names[name]) for i, name in enumerate(ours.names))
        assert ours.solutions() == theirs.solutions()


@needs_shared
def test_published_files_are_protocols_of_their_own() -> None:
    files = {"arc-agi-1": SHARED / "arc-agi-1.json.xz"}
    assert TASK.inspect(files["arc-agi-1"]).startswith("800 tasks (400 training, 400 evaluation), 2,665 demonstrations")
    data, ours = TASK.dataset("30x30", "arc-agi-1", files=files), TASK.dataset("30x30", "arc1")
    assert named_pairs(data) == named_pairs(ours)


def test_the_second_data_set_has_the_first_ones_evaluation() -> None:
    """Why a model trained on ARC-AGI-2 may not be scored on ARC-AGI-1, and why no protocol mixes them."""
    first, second = library("arc1"), library("arc2")
    common = [
        [len(set(a.names) & set(b.names)) for b in (first.training, first.evaluation)] for a in second.collections
    ]
    assert common == [[391, 376], [0, 6]]
    sizes = [[(len(c), int(c.tests.sum())) for c in library(name).collections] for name in COMMITS]
    assert sizes == [[(400, 416), (400, 419)], [(1000, 1076), (120, 167)]]
    evaluated = set(TASK.dataset("30x30", "arc2").rule_ids) - set(second.training.names)
    assert evaluated == set(second.evaluation.names)
