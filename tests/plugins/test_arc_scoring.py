"""ARC answers: the submission file, the official score by hand, and votes against a slow, plain reference."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve.tasks import BadInput
from gramsolve_arc import Arc
from gramsolve_arc.canvas import canvas_of
from gramsolve_arc.formats import tasks_in
from gramsolve_arc.puzzle import ArcPuzzle, ArcTask, puzzles_of
from gramsolve_arc.scoring import Score, score, vote

TASK = Arc()


# Submissions


def canvas(*rows: bytes) -> np.ndarray:
    return canvas_of(rows, 10)


def test_submissions_hold_two_attempts_at_every_test_in_order() -> None:
    a = ArcTask("a", (), ((b"\1",), (b"\2",), (b"\3",)))
    b = ArcTask("b", (), ((b"\1",),))
    first, _, third = puzzles_of(a)
    ranked = [[canvas(b"\4")], [canvas(b"\5\5"), canvas(b"\6"), canvas(b"\7")], []]
    text = TASK.answers([third, *puzzles_of(b), first], ranked)
    assert text.endswith("\n")
    empty = [[0, 0], [0, 0]]
    assert json.loads(text) == {
        "a": [
            {"attempt_1": empty, "attempt_2": empty},
            {"attempt_1": empty, "attempt_2": empty},
            {"attempt_1": [[4]], "attempt_2": [[4]]},
        ],
        "b": [{"attempt_1": [[5, 5]], "attempt_2": [[6]]}],
    }


def test_submissions_of_parts_and_of_tasks_without_names() -> None:
    whole = puzzles_of(ArcTask("a", (), ((b"\1",), (b"\2",))))
    parts = [TASK.parse(TASK.format(puzzle))[0] for puzzle in whole]
    ranked = [[canvas(b"\4")], [canvas(b"\5")]]
    assert TASK.answers(parts, ranked) == TASK.answers(whole, ranked)
    nameless = [*puzzles_of(ArcTask("", (), ((b"\1",), (b"\2",)))), *puzzles_of(ArcTask("", (), ((b"\3",),)))]
    found = json.loads(TASK.answers(nameless, [[canvas(bytes([n]))] for n in (4, 5, 6)]))
    assert [[entry["attempt_1"] for entry in entries] for entries in found.values()] == [[[[4]], [[5]]], [[[6]]]]


def test_submissions_hold_colours_only() -> None:
    damaged = canvas(b"\4\4\4")
    damaged[1] = 0
    found = json.loads(TASK.answers([ArcPuzzle("10x10", "a", ArcTask("a", (), ((b"\1",),)))], [[damaged]]))
    assert found["a"][0]["attempt_1"] == [[4, 0, 4]]


# Scoring


def entry(first: list[list[int]], second: list[list[int]]) -> dict[str, list[list[int]]]:
    return {"attempt_1": first, "attempt_2": second}


def test_official_score_by_hand() -> None:
    """Three tasks: one right at the second guess, one with one of two outputs, one with none of three."""
    solutions = {"a": [[[1, 2]]], "b": [[[3]], [[4], [4]]], "c": [[[0]], [[0]], [[0]]]}
    submission = {
        "a": [entry([[1], [2]], [[1, 2]])],
        "b": [entry([[3]], [[9]]), entry([[4, 4]], [[4]])],
        "c": [entry([[0, 0]], [[1]])] * 3,
    }
    found = score(submission, solutions)
    assert found == Score(total=(1 + 0.5 + 0) / 3, tasks=3, solved=1, outputs=6, right=2)
    assert score({"a": submission["a"]}, solutions) == Score(1 / 3, 3, 1, 6, 1, missing=2)
    assert score({"a": [{"attempt_1": [[1, 2]]}]}, {"a": [(b"\1\2",)]}).total == 1.0


def test_a_submission_of_ours_scores() -> None:
    file = tasks_in({"a": {"train": [], "test": [{"input": [[6, 6]], "output": [[1]]}]}})
    (puzzle,) = puzzles_of(file.training.task(0))
    for ranked, total in (([canvas(b"\1")], 1.0), ([canvas(b"\2"), canvas(b"\1")], 1.0), ([canvas(b"\2")], 0.0)):
        found = json.loads(TASK.answers([puzzle], [ranked]))
        assert score(found, file.training.solutions()).total == total


@pytest.mark.parametrize(
    "submission, message",
    [
        ({"z": [entry([[1]], [[1]])]}, "task z of the submission is not among the solutions"),
        ({"a": []}, "task a has 1 test outputs, the submission 0 outputs"),
        ({"a": 5}, "the submission 5"),
        ({"a": [[[1]]]}, "task a, output 1 is a list"),
        ({"a": [{}]}, 'must hold "attempt_1"'),
        ({"a": [{"attempt_1": [[1]], "attempt_3": [[1]]}]}, 'must hold "attempt_1"'),
        ({"a": [entry([[1], [1, 2]], [[1]])]}, "row 2 has 2 cells"),
        ({"a": [entry([[10]], [[1]])]}, "cell 1 is 10"),
    ],
)
def test_bad_submissions_are_refused(submission: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        score(submission, {"a": [[[1]]]})


def test_nothing_to_score_against() -> None:
    with pytest.raises(BadInput, match="no solutions"):
        score({}, {})


def reference_vote(rows: list[tuple[int, ...]], weights: list[float]) -> list[tuple[int, ...]]:
    def merit(row: tuple[int, ...]) -> tuple[float, float, int]:
        mine = [weight for other, weight in zip(rows, weights, strict=True) if other == row]
        return -len(mine), -sum(mine) / len(mine), rows.index(row)

    return sorted(set(rows), key=merit)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.sampled_from([0.25, 0.5, 1.0])), max_size=12))
def test_votes(cases: list[tuple[int, int, float]]) -> None:
    rows = np.array([case[:2] for case in cases], np.uint8).reshape(-1, 2)
    weights = [case[2] for case in cases]
    expected = reference_vote([case[:2] for case in cases], weights)
    assert list(map(tuple, vote(rows, weights).tolist())) == expected


def test_votes_need_a_weight_each() -> None:
    with pytest.raises(ValueError, match="weight"):
        vote(np.zeros((2, 3), np.uint8), [1.0])
