"""Unconditional samples against a recount that keeps every board."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gramsolve import api
from gramsolve.cli.main import run
from gramsolve.errors import BadInput, OutOfTime
from gramsolve.evaluation import generation, metrics, unconditional
from gramsolve.evaluation.unconditional import UnconditionalEvaluation, hashes
from gramsolve.inference.events import Step
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import RolloutStep
from gramsolve.inference.solver import Solver
from gramsolve.work_sharing import WorkShare


@pytest.fixture(scope="module")
def solver() -> Solver:
    return api.load("sudoku", variant="4x4", device="cpu", threads=1)


def test_every_figure_agrees_with_a_recount(solver: Solver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "CHUNK", 24)  # three parts, the last of them not full
    report = UnconditionalEvaluation(solver, number=60, depths=(4, 1, 6), seed=5).run()
    assert report is not None and [row["depth"] for row in report.rows] == [1, 4, 6]
    assert report.boards == 60 and report.possible == 288
    blank = solver.task.blank("4x4")
    options = SolveOptions(width=60, depth=6, halt="never", seed=5, exact=False)
    steps = [event for event in solver.run(blank, options) if isinstance(event, Step)]
    every = solver.task.enumerate(blank, 1000)
    assert every is not None
    grids = {board.tobytes() for board in every}
    train = solver.task.dataset("4x4", "generated").train
    known = {row.tobytes() for i in range(len(train)) for row in train.solutions(i)}
    assert report.training_boards == len(known)
    for row in report.rows:
        boards = [board.tobytes() for board in steps[row["depth"] - 1].tokens]
        right = [board for board in boards if board in grids]
        assert row["valid"] == len(right) / 60 and row["distinct"] == len(set(boards))
        assert (row["valid_low"], row["valid_high"]) == metrics.wilson(len(right), 60)
        assert row["distinct_valid"] == len(set(right))
        assert row["found_share"] == len(set(right)) / 288
        if right:
            assert row["distinct_share"] == len(set(right)) / len(right)
            assert row["in_training"] == np.mean([board in known for board in right])
    assert report.rows[-1]["valid"] > 0.5


def test_what_cannot_be_said_is_left_open(solver: Solver) -> None:
    stranger = Solver(solver.task, solver.model, replace(solver.checkpoint, training=None), device=solver.device)
    report = UnconditionalEvaluation(stranger, number=8, depths=(1,), seed=0).run()
    assert report is not None and report.training_boards is None and report.rows[0]["in_training"] is None
    nothing = {"hash.1": np.zeros(3, np.uint64), "valid.1": np.zeros(3, bool)}
    row = unconditional._figures([nothing], 1, None, None)
    assert row["valid"] == 0 and row["distinct"] == 1 and row["distinct_share"] is None


def test_parts_go_on_where_they_were_left(solver: Solver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "CHUNK", 8)
    whole = UnconditionalEvaluation(solver, number=20, depths=(2,), seed=1).run()
    with pytest.raises(OutOfTime):
        UnconditionalEvaluation(solver, number=20, depths=(2,), seed=1).run(WorkShare(tmp_path, stop=lambda: True))
    assert len(list(tmp_path.iterdir())) == 1
    rest = UnconditionalEvaluation(solver, number=20, depths=(2,), seed=1).run(WorkShare(tmp_path))
    assert whole is not None and rest is not None and replace(rest, seconds=whole.seconds) == whole


def test_hashes_tell_boards_apart() -> None:
    boards = np.random.default_rng(0).integers(0, 5, (2000, 16)).astype(np.uint8)
    assert len(np.unique(hashes(boards))) == len(np.unique(boards, axis=0))
    assert (hashes(boards) == hashes(boards.copy())).all() and hashes(boards[:0]).shape == (0,)


def test_bad_requests(solver: Solver) -> None:
    with pytest.raises(BadInput, match="number"):
        UnconditionalEvaluation(solver, number=0, depths=(1,), seed=0)
    with pytest.raises(BadInput, match="depth"):
        UnconditionalEvaluation(solver, number=1, depths=(0,), seed=0)


def test_a_task_may_have_no_blank_input(solver: Solver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(solver.task), "capabilities", replace(solver.task.capabilities, unconditional=False))
    with pytest.raises(BadInput, match="no blank input"):
        UnconditionalEvaluation(solver, number=1, depths=(1,), seed=0)
    assert run(["sample", "sudoku", "-n", "1"]) == 2


def test_a_rollout_that_ends_early_keeps_its_last_boards(solver: Solver, monkeypatch: pytest.MonkeyPatch) -> None:
    every = solver.steps

    def five(*arguments: Any, **settings: Any) -> Iterator[RolloutStep]:
        yield from islice(every(*arguments, **settings), 5)

    monkeypatch.setattr(solver, "steps", five)
    report = UnconditionalEvaluation(solver, number=20, depths=(1, 5, 9), seed=1).run()
    assert report is not None
    first, fifth, ninth = ({k: v for k, v in row.items() if k != "depth"} for row in report.rows)
    assert fifth == ninth != first
