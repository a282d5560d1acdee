"""The whole road of every task that ships: data, training, puzzles in, answers and pictures out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

from gramsolve.cli.main import run
from gramsolve.inference import recording
from gramsolve.tasks import Task, registry

VARIANTS = {"nqueens": "6x6", "sudoku": "4x4", "coloring": "8v3c", "arc": "10x10", "mnist": "28x28"}
"""The quickest of each task."""


class Trained(NamedTuple):
    task: Task
    variant: str
    checkpoint: Path

    def run(self, command: str, *words: str) -> int:
        return run([command, self.task.name, *words, "--checkpoint", str(self.checkpoint), "--threads", "1"])


@pytest.fixture(scope="module", params=sorted(VARIANTS))
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A few updates of the ``tiny`` preset, started from the command line."""
    name, variant = request.param, VARIANTS[request.param]
    folder = tmp_path_factory.mktemp(name) / "run"
    words = f"train {name} --variant {variant} --preset tiny --max-updates 6 --threads 1 --set eval_every=3"
    assert run([*words.split(), "--run-dir", str(folder)]) == 0
    return Trained(registry.load(name), variant, folder / "checkpoint")


@pytest.fixture
def conditional(trained: Trained) -> Trained:
    if not trained.task.capabilities.conditional:
        pytest.skip("this task is only sampled")
    return trained


def test_every_task_has_a_road() -> None:
    assert set(VARIANTS) == set(registry.built_in())


def test_accuracy_is_kept_of_tasks_with_right_answers_alone(trained: Trained) -> None:
    kept = json.loads((trained.checkpoint / "config.json").read_text())["provenance"]
    assert bool(kept["held_out_accuracy"]) == trained.task.capabilities.conditional


def test_solve_a_file_of_puzzles(conditional: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    task, variant = conditional.task, conditional.variant
    puzzles = task.generate(variant, 2, 0)
    file = tmp_path / "puzzles.txt"
    file.write_text("\n\n".join(task.format(puzzle) for puzzle in puzzles))
    words = ["-n", "4", "--depth", "2", "--search", "none", "--json", "--save", str(tmp_path / "answers")]
    code = conditional.run("solve", str(file), *words)
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(documents) == 2
    assert code == max(0 if document["solved"] else 1 for document in documents)
    for document, puzzle in zip(documents, puzzles, strict=True):
        assert document["variant"] == variant and document["puzzle"] == task.format(puzzle)
        assert document["candidates"] and sum(c["votes"] for c in document["candidates"]) == 4
    assert (tmp_path / "answers").read_text().endswith("\n")


def test_solve_for_people(conditional: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    puzzle = conditional.task.format(conditional.task.generate(conditional.variant, 1, 3)[0])
    record, picture = tmp_path / "run.npz", tmp_path / "board.png"
    words = [puzzle, "-n", "3", "--depth", "2", "--record", str(record), "-o", str(picture)]
    assert conditional.run("solve", *words) in (0, 1)
    assert capsys.readouterr().out.count("\n") >= 4
    assert Image.open(picture).width >= 240
    name, events = recording.read(record)
    assert name == conditional.task.name and len(events) >= 4
    for ending in ("gif", "png", "json"):
        assert run(["export", str(record), "-o", str(tmp_path / f"run.{ending}")]) == 0
        assert (tmp_path / f"run.{ending}").stat().st_size > 500


def test_exact_engine(conditional: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    task = conditional.task
    puzzle = task.generate(conditional.variant, 1, 0)[0]
    solutions = task.enumerate(puzzle, 10)
    code = run(["solve", task.name, task.format(puzzle), "--engine", "exact", "--json", "--max-solutions", "1"])
    printed = capsys.readouterr()
    if solutions is None:
        assert code == 2 and "no exact" in printed.err
        return
    document = json.loads(printed.out)
    assert code == 0 and document["boards"] == [task.answer(puzzle, solutions[0])]


def test_sample(trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet, film = tmp_path / "sheet.png", tmp_path / "film.gif"
    assert trained.run("sample", "-n", "4", "--depth", "3", "-o", str(sheet)) in (0, 1)
    assert capsys.readouterr().out.count("\n") >= 4
    assert Image.open(sheet).width >= 400
    assert trained.run("sample", "-n", "4", "--depth", "3", "-o", str(film), "--steps", "--json") in (0, 1)
    document = json.loads(capsys.readouterr().out)
    assert len(document["boards"]) == 4
    assert 1 <= getattr(Image.open(film), "n_frames", 1) <= 3


def test_eval(trained: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    code = trained.run("eval", "--limit", "3", "--width", "1,2", "--depth", "1,2", "--json")
    printed = capsys.readouterr()
    if not trained.task.capabilities.conditional:
        assert code == 2 and "sample" in printed.err
        return
    report = json.loads(printed.out)
    assert code == 0 and report["instances"] == 3 and len(report["rows"]) == 4


def test_resume(trained: Trained) -> None:
    words = f"train {trained.task.name} --resume --threads 1 --run-dir {trained.checkpoint.parent}"
    assert run(words.split()) == 0
