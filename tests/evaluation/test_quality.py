"""Quality of samples: the figures are those of the drawings that the same seed gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gramsolve import api
from gramsolve.data import cache
from gramsolve.errors import BadInput
from gramsolve.evaluation import generation, tables
from gramsolve.evaluation.plots import picture
from gramsolve.evaluation.quality import QualityEvaluation
from gramsolve.inference.events import Step
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.solver import Solver
from gramsolve.training.train_options import TrainOptions
from gramsolve.work_sharing import WorkShare
from gramsolve_mnist import digit_classifier
from gramsolve_mnist.generative_metrics import classifier_score, frechet_distance
from gramsolve_mnist.quality import inked


@pytest.fixture(scope="module")
def solver(tmp_path_factory: pytest.TempPathFactory) -> Solver:
    """Hardly trained: it draws noise."""
    folder = tmp_path_factory.mktemp("digits")
    options = TrainOptions(
        preset="tiny", overrides={"updates": "2", "eval_every": "2"}, run_dir=folder / "run", device="cpu", threads=1
    )
    checkpoint = api.train("mnist", options).checkpoint
    return api.load("mnist", checkpoint=str(checkpoint), device="cpu", threads=1)


def test_every_figure_agrees_with_a_recount(solver: Solver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(generation, "CHUNK", 48)  # three parts, the last of them not full
    work = api.unconditional(solver, number=120, depths=(3, 1), seed=4)
    assert isinstance(work, QualityEvaluation)
    report = work.run()
    assert report is not None and [row["depth"] for row in report.rows] == [1, 3]
    options = SolveOptions(width=120, depth=3, halt="never", seed=4, exact=False)
    steps = [event for event in solver.run(solver.task.blank("28x28"), options) if isinstance(event, Step)]
    data = cache.dataset(solver.task, "28x28", "binarized")
    like = digit_classifier.classify(digit_classifier.load(), inked(data.test.outputs))
    train = inked(data.train.outputs)
    for row in report.rows:
        ink = inked(steps[row["depth"] - 1].tokens)
        said = digit_classifier.classify(digit_classifier.load(), ink)
        assert row["score"] == pytest.approx(classifier_score(said.probabilities))
        assert row["distance"] == pytest.approx(frechet_distance(said.features, like.features))
        assert sum(row["counts"]) == 120 and row["classes"] == np.count_nonzero(row["counts"])
        apart = [(train != drawing).sum(axis=1).min() for drawing in ink[:120]]
        assert row["nearest"] == np.median(apart) and row["copies"] == apart.count(0)
    assert report.real["distance"] < report.rows[-1]["distance"] and report.real["score"] > 5
    again = api.unconditional(solver, number=120, depths=(3, 1), seed=4).run(WorkShare(folder=tmp_path / "parts"))
    assert again is not None and again.rows == report.rows


def test_it_is_told_in_words_and_pictures(solver: Solver) -> None:
    report = api.unconditional(solver, number=100, depths=(1, 2), seed=0).run()
    assert report is not None
    told = {**report.to_dict(), "provenance": {}}
    text = tables.as_markdown(told)
    assert f"{told['rows'][1]['score']:.2f}" in text and "real" in text
    assert len(tables.as_csv(told).splitlines()) == 3
    assert picture(told).width > 900


def test_too_few_drawings_say_nothing(solver: Solver) -> None:
    with pytest.raises(BadInput, match="at least 100"):
        api.unconditional(solver, number=99)
