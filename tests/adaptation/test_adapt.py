"""Adapting to the demonstrations of a task, from Python: what is learned, what is not, and what is told of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gramsolve import api
from gramsolve.adaptation.adapt import AdaptationResult, folds_of
from gramsolve.adaptation.finetune import finetune, split_of
from gramsolve.adaptation.options import never_stop
from gramsolve.errors import BadInput
from gramsolve.inference.solver import Solver
from gramsolve.tasks import registry
from gramsolve.tasks.base import Instance
from tests.fakes.arc_grids import BLACK, grid

QUICK = api.SolveOptions(width=5, depth=4, seed=3)


def puzzles(solver: Solver, text: str) -> list[Instance]:
    return [solver.problem(puzzle).instance for puzzle in solver.task.parse(text)]


def told(found: AdaptationResult) -> list[tuple[bytes, int, float]]:
    return [(c.tokens.tobytes(), c.votes, c.value) for final in found.answers for c in final.candidates]


def test_learns_and_leaves_the_checkpoint_as_it_is(solver: Solver, black: Path) -> None:
    asked, before = puzzles(solver, black.read_text()), solver.digest()
    untouched = api.adapt(solver, asked, api.AdaptOptions(api.Budget(updates=1), cross_validate=False), QUICK)
    found = api.adapt(solver, asked, api.AdaptOptions(api.Budget(updates=70), cross_validate=False), QUICK)
    for puzzle, early, late in zip(asked, untouched.answers, found.answers, strict=True):
        assert "00\n00" not in [solver.task.answer(puzzle, c.tokens) for c in early.candidates]
        assert late.best is not None and solver.task.answer(puzzle, late.best.tokens) == "00\n00"
        assert late.best.votes >= 3 and late.trajectories == 5
    assert (found.updates, found.cross_validation, found.stopped) == (70, None, False)
    assert solver.digest() == before != found.solver.digest()
    assert found.solver.rule_ids == {"": 1} and found.loss < untouched.loss


def test_the_same_updates_and_seed_give_the_same_bits(solver: Solver, black: Path) -> None:
    asked = puzzles(solver, black.read_text())
    options = api.AdaptOptions(api.Budget(updates=10))
    one, two = (api.adapt(solver, asked, options, QUICK) for _ in range(2))
    assert told(one) == told(two) and one.solver.digest() == two.solver.digest() and one.loss == two.loss
    assert one.cross_validation == two.cross_validation and one.cross_validation is not None
    assert (one.updates, one.cross_validation.updates, one.cross_validation.tested) == (5, (2, 2, 2), 3)
    other = api.adapt(solver, asked, options, api.SolveOptions(width=5, depth=4, seed=-4))
    assert other.solver.digest() != one.solver.digest()
    # The second puzzle alone is predicted by the same weights with the same noise.
    alone = api.adapt(solver, asked[1:], options, QUICK, indices=[1])
    assert told(alone) == told(one)[len(one.answers[0].candidates) :]


def test_frozen_weights_stay_and_the_embedding_moves(solver: Solver, black: Path) -> None:
    asked = puzzles(solver, black.read_text())
    found = api.adapt(
        solver, asked, api.AdaptOptions(api.Budget(updates=3), weights=False, cross_validate=False), QUICK
    )
    base, fitted = solver.model.state_dict(), found.solver.model.state_dict()
    (table,) = [name for name in base if not np.array_equal(base[name], fitted[name])]
    assert table == "encoder.rule_embedding.weight"
    mean = base[table][1:].mean(0)
    # The rule's own row has moved; that of rules never seen has not.
    assert (fitted[table][0] == mean).all() and not (fitted[table][1] == mean).any()


def test_a_rule_that_is_known_goes_on_from_what_is_known(solver: Solver, black: Path) -> None:
    text = black.read_text()
    one, two = ([solver.problem(p).instance for p in solver.task.parse(text, name)] for name in ("one", "another"))
    options = api.AdaptOptions(api.Budget(updates=1), weights=False, cross_validate=False)
    base = solver.model.state_dict()["encoder.rule_embedding.weight"]
    known, fresh = (
        api.adapt(solver, asked, options, QUICK).solver.model.state_dict()["encoder.rule_embedding.weight"]
        for asked in (one, two)
    )
    # One update at this rate moves no number by more than a little.
    assert (known[1] - base[1]).abs().max() < 0.02 < (known[1] - base[1:].mean(0)).abs().max()
    assert (fresh[1] - base[1:].mean(0)).abs().max() < 0.02 and (known[0] == fresh[0]).all()
    # What is known of the rule would give away a demonstration that is left out.
    shown = solver.task.demonstrations(one[0])
    assert shown is not None
    afresh = finetune(
        solver,
        shown.inputs,
        shown.outputs,
        "one",
        options.budget,
        weights=False,
        seed=QUICK.seed,
        stop=never_stop,
        on_update=lambda done, seconds, loss: None,
        from_mean=True,
    )
    assert (afresh.solver.model.state_dict()["encoder.rule_embedding.weight"] == fresh).all()


def test_left_out_pairs_go_with_their_symmetric_copies(solver: Solver) -> None:
    task, (a, b, c) = solver.task, (grid(seed, 3, 4) for seed in range(3))
    swapped = np.arange(10)
    swapped[[1, 2]] = 2, 1
    copy = swapped[np.rot90(a)].tolist(), swapped[np.rot90(b)].tolist()
    pairs = [(a, b), (c, a), copy, (b, BLACK)]
    text = json.dumps({"train": [{"input": x, "output": y} for x, y in pairs], "test": [{"input": c}]})
    (puzzle,) = puzzles(solver, text)
    shown = task.demonstrations(puzzle)
    assert shown is not None
    folds = folds_of(shown)
    assert [fold.tolist() for fold in folds] == [
        [True, False, True, False],
        [False, True, False, False],
        [False] * 3 + [True],
    ]
    # No symmetry makes a pair that is kept out of one that is not: tried with many.
    symmetry = task.symmetries(solver.variant, 4000, np.random.default_rng(0))
    assert symmetry is not None
    for gone in folds:
        kept = split_of(shown.inputs[~gone], shown.outputs[~gone])
        for number in np.flatnonzero(gone):
            moved = (
                symmetry.inputs(np.tile(shown.inputs[number], (4000, 1)))[:, :100],
                symmetry.outputs(np.tile(shown.outputs[number], (4000, 1))),
            )
            made = {x.tobytes() + y.tobytes() for x, y in zip(*moved, strict=True)}
            for row in range(len(kept)):
                assert kept.inputs[row, :100].tobytes() + kept.solutions(row)[0].tobytes() not in made
    stages: list[str] = []
    options = api.AdaptOptions(api.Budget(updates=2))
    found = api.adapt(solver, [puzzle], options, QUICK, on_progress=lambda progress: stages.append(progress.stage))
    assert list(dict.fromkeys(stages)) == ["all demonstrations", *(f"without demonstration {n}" for n in (1, 2, 4))]
    assert found.cross_validation is not None and (
        found.cross_validation.tested,
        found.cross_validation.demonstrations,
    ) == (4, 4)


def test_confidence_in_words(solver: Solver) -> None:
    options = api.AdaptOptions(api.Budget(updates=2))

    def words(*pairs: tuple[object, object], name: str = "") -> str:
        text = json.dumps({"train": [{"input": x, "output": y} for x, y in pairs], "test": [{"input": BLACK}]})
        (puzzle,) = solver.task.parse(text, name)
        return str(api.adapt(solver, [puzzle], options, QUICK).cross_validation)

    a, b = ([[1, 2]], BLACK), ([[3], [1]], BLACK)
    assert words(a) == "confidence: unknown: it cannot be measured with one demonstration"
    assert "symmetric copies" in words(a, b)
    c = ([[1, 1, 2]], BLACK)
    assert words(a, c) == "confidence: 0 of 2 demonstrations solved when left out (two guesses)"
    assert words(a, c, name="3c9b0459").endswith("trained on this task before, so this says little")
    many = [([[1] * n], BLACK) for n in range(1, 7)]
    assert words(*many).endswith("(two guesses); 4 of 6 were left out")


def test_stopped_at_once_gives_what_there_is(solver: Solver, black: Path) -> None:
    asked = puzzles(solver, black.read_text())
    found = api.adapt(solver, asked, api.AdaptOptions(api.Budget(seconds=600)), QUICK, stop=lambda: True)
    assert found.updates == 1 and found.stopped and len(found.answers) == 2
    assert (
        found.cross_validation is not None
        and found.cross_validation.tested == 0
        and "interrupted" in str(found.cross_validation)
    )
    json.dumps(found.to_dict(), allow_nan=False)


def test_what_cannot_be(solver: Solver, black: Path) -> None:
    options = api.AdaptOptions(api.Budget(updates=1))
    queens = api.load("nqueens", checkpoint="nqueens-8x8", device="cpu", threads=1)
    with pytest.raises(BadInput, match="no demonstrations"):
        api.adapt(queens, queens.task.parse(queens.task.example), options)
    with pytest.raises(BadInput, match="no embeddings of rules"):
        api.evaluate(queens, adapt=options)
    with pytest.raises(BadInput, match="several tasks"):
        api.adapt(solver, solver.task.parse("3c9b0459 007bbfb7"), options)
    for wrong in ({}, {"seconds": 1.0, "updates": 1}, {"seconds": 0.0}, {"updates": 0}):
        with pytest.raises(BadInput):
            api.Budget(**wrong)
    (asked, _) = puzzles(solver, black.read_text())
    for search in (api.SolveOptions(until="all"), api.SolveOptions(halt="valid"), api.SolveOptions(max_seconds=1.0)):
        with pytest.raises(BadInput, match="after adapting"):
            api.adapt(solver, [asked], options, search)
    assert not registry.load("sudoku").capabilities.demonstrations
