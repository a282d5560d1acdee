"""The evaluation against an independent recount of the same trajectories, one puzzle at a time."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from gramsolve import api
from gramsolve.errors import BadInput
from gramsolve.evaluation import model_card
from gramsolve.inference.events import Step
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.solver import Solver
from gramsolve.training.train_options import TrainOptions


@pytest.fixture(scope="module")
def solver(tmp_path_factory: pytest.TempPathFactory) -> Solver:
    """6x6, trained for a moment: right about half of the time, so that no figure is 0 or 1."""
    run = tmp_path_factory.mktemp("run") / "run"
    overrides = {"eval_every": "1000", "width": "48"}
    options = TrainOptions(
        variant="6x6", preset="tiny", overrides=overrides, max_updates=110, run_dir=run, threads=1, device="cpu"
    )
    return api.load("nqueens", checkpoint=str(api.train("nqueens", options).checkpoint), device="cpu", threads=1)


def test_every_figure_agrees_with_a_recount(solver: Solver) -> None:
    report = api.evaluate(solver, api.EvalOptions(widths=(2, 6), depths=(3, 5), seed=4))
    test = solver.task.dataset("6x6", "paper").test
    assert report.protocol == "paper" and report.instances == report.of == len(test)
    for row in report.rows:
        width, depth = row["width"], row["depth"]
        right, any_valid, vote, lprm, covered = [], [], [], [], []
        for i in range(len(test)):
            puzzle = solver.task.decode("6x6", test.inputs[i])
            options = SolveOptions(width=width, depth=depth, halt="never", seed=4, exact=False)
            steps = [e for e in solver.run(puzzle, options, index=i) if isinstance(e, Step)]
            truth = {board.tobytes() for board in solver.task.enumerate(puzzle, 100)}
            answers = [board.tobytes() for board in steps[-1].tokens]
            ok = [answer in truth for answer in answers]
            right.append(np.mean(ok))
            any_valid.append(any(ok))
            best = max(Counter(answers).values())
            vote.append(next(a in truth for a in answers if Counter(answers)[a] == best))
            lprm.append(ok[int(np.argmax(steps[-1].value))])
            covered.append(len(truth & set(answers)) / len(truth))
        assert row["accuracy"] == pytest.approx(np.mean(right))
        assert row["any_valid"] == pytest.approx(np.mean(any_valid))
        assert row["vote"] == pytest.approx(np.mean(vote))
        assert row["lprm"] == pytest.approx(np.mean(lprm))
        assert row["coverage"] == pytest.approx(np.mean(covered))
        assert row["mean_steps"] == depth
        assert row["any_valid"] > 0
        assert row["coverage"] <= row["coverage_bound"]


def test_limit_takes_a_seeded_sample_and_progress_is_told(solver: Solver) -> None:
    told: list[tuple[int, int]] = []
    options = api.EvalOptions(widths=(2,), depths=(2,), limit=5)
    report = api.evaluate(solver, options, on_progress=lambda done, total: told.append((done, total)))
    assert report.instances == 5 and told[-1] == (5, 5)
    assert json.loads(json.dumps(report.to_dict()))["trajectories"] == 10
    again = api.evaluate(solver, options)
    assert again.rows == report.rows


def test_halting_costs_fewer_steps(solver: Solver) -> None:
    free = api.evaluate(solver, api.EvalOptions(widths=(4,), depths=(8,), limit=10)).rows[0]
    halted = api.evaluate(solver, api.EvalOptions(widths=(4,), depths=(8,), limit=10, halt="head")).rows[0]
    assert free["mean_steps"] == 8
    assert halted["mean_steps"] <= 8


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"protocol": "tarot"}, "tarot"),
        ({"limit": 0}, "limit"),
        ({"widths": (0,)}, "width"),
        ({"depths": (0,)}, "depth"),
        ({"halt": "valid"}, "halt"),
    ],
)
def test_bad_requests(solver: Solver, values: dict, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        api.evaluate(solver, api.EvalOptions(**values))


def test_the_splits_of_a_symmetry_protocol_are_the_ones_asked_for(solver: Solver, tmp_path: Path) -> None:
    assert api.evaluate(solver, api.EvalOptions(protocol="symmetry", widths=(1,), depths=(1,))).of == len(
        solver.task.dataset("6x6", "symmetry").test
    )


def test_the_card_takes_each_report_once(solver: Solver) -> None:
    report = api.evaluate(solver, api.EvalOptions(widths=(2,), depths=(2,), limit=4))
    halted = api.evaluate(solver, api.EvalOptions(widths=(2,), depths=(2,), limit=4, halt="head"))
    text = model_card.insert("# Title\n\nWords.\n", report, "first")
    text = model_card.insert(text, halted, "second")
    text = model_card.insert(text, report, "third")
    assert text.startswith("# Title\n\nWords.\n")
    assert text.count("## Measured on the paper split\n") == 1
    assert text.count("## Measured on the paper split, halt head\n") == 1
    assert "first" not in text and "second" in text and "third" in text
    assert f"{report.rows[0]['coverage']:.3f}" in text


def test_conflicts_are_counted_edge_by_edge(tmp_path: Path) -> None:
    """Graph colouring, hardly trained: the first and the most common answers of every test graph, recounted."""
    options = TrainOptions(
        variant="5v3c", preset="tiny", max_updates=10, run_dir=tmp_path / "run", threads=1, device="cpu"
    )
    checkpoint = str(api.train("coloring", options).checkpoint)
    solver = api.load("coloring", variant="5v3c", checkpoint=checkpoint, device="cpu", threads=1)
    (row,) = api.evaluate(solver, api.EvalOptions(widths=(4,), depths=(2,), seed=1)).rows
    test, first, modal = solver.task.dataset("5v3c", "isomorphism").test, 0, 0
    for i in range(len(test)):
        puzzle = solver.task.decode("5v3c", test.inputs[i])
        options_of_run = SolveOptions(width=4, depth=2, halt="never", seed=1, exact=False)
        answers = [e for e in solver.run(puzzle, options_of_run, index=i) if isinstance(e, Step)][-1].tokens
        counts = Counter(answer.tobytes() for answer in answers)
        best = next(answer for answer in answers if counts[answer.tobytes()] == max(counts.values()))
        for answer, which in ((answers[0], "first"), (best, "modal")):
            wrong = sum(answer[a] == answer[b] or min(answer[a], answer[b]) < 3 for a, b in puzzle.edges)  # type: ignore[attr-defined]
            first, modal = first + wrong * (which == "first"), modal + wrong * (which == "modal")
    assert (row["conflicts_first"], row["conflicts_vote"]) == (first, modal)
    assert first > 0
