"""``solve --adapt`` and ``eval --adapt``: what they print, write and refuse, and Ctrl-C."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gramsolve.checkpoints import store, weights
from gramsolve.cli.main import run
from gramsolve.training.trainer import Trainer
from gramsolve.training.trainer_base import TrainerBase
from tests.fakes.arc_grids import BLACK

HOW = ("-n", "4", "--depth", "3", "--threads", "1", "--device", "cpu")


def solve(*words: object) -> int:
    return run(["solve", *map(str, words), *HOW])


def test_two_guesses_for_every_test_and_a_submission(
    checkpoint: Path, black: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "two.json"
    file.write_text(json.dumps({"black": json.loads(black.read_text())}) + " 3c9b0459")
    words = ("arc", file, "--checkpoint", checkpoint, "--adapt", "4u")
    assert solve(*words, "--save", tmp_path / "submission.json") == 0
    shown = capsys.readouterr()
    assert shown.out.count("guess 1, x") == 3 and shown.out.count("\nadapted: 2 updates in") == 2
    assert "confidence: 0 of 3 demonstrations solved when left out (two guesses)\n" in shown.out
    assert shown.out.count("says little") == 1 and "Traceback" not in shown.err
    assert solve(*words, "--no-leave-out", "--freeze", "--json") == 0
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [document["number"] for document in documents] == [1, 2, 3]
    for document in documents:
        guesses, best = document["guesses"], document["candidates"][: len(document["guesses"])]
        assert 1 <= len(guesses) <= 2 and [g["board"] for g in guesses] == [c["board"] for c in best]
        assert sum(c["votes"] for c in document["candidates"]) == 4 and guesses[0]["votes"] >= guesses[-1]["votes"]
        adapt = document["adapt"]
        assert (adapt["budget"], adapt["updates"], adapt["weights"]) == ("4 updates", 4, False)
        assert adapt["leave_one_out"] is None and adapt["total_seconds"] >= adapt["seconds"] > 0
    submission = json.loads((tmp_path / "submission.json").read_text())
    assert {name: len(entries) for name, entries in submission.items()} == {"black": 2, "3c9b0459": 1}
    assert all(set(entry) == {"attempt_1", "attempt_2"} for entries in submission.values() for entry in entries)
    assert solve(*words, "--no-leave-out", "--quiet") == 0
    assert "guess" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("nqueens --adapt 20s", 2, "show no demonstrations"),
        ("arc NONE --adapt 20s", 2, "has no demonstrations to adapt to"),
        ("arc LARGE --checkpoint WEIGHTS --adapt 20s", 2, "too large for 10x10"),
        ("arc BLACK --checkpoint BARE --adapt 20s", 2, "no embeddings of rules"),
        ("arc BLACK --checkpoint no-such --adapt 20s", 2, "no-such"),
        ("arc BLACK --adapt 0", 2, "no time to adapt"),
        ("arc BLACK --adapt 0u", 2, "at least 1 update"),
        ("arc BLACK --adapt soon", 2, "no time to adapt"),
        ("arc BLACK --adapt 1u --engine exact", 2, "exact"),
        ("arc BLACK --adapt 1u --hint", 2, "--hint cannot go with --adapt"),
        ("arc BLACK --adapt 1u --record run.npz", 2, "--record cannot go with --adapt"),
        ("arc BLACK --adapt 1u --results r.jsonl", 2, "--results cannot go with --adapt"),
        ("arc BLACK --adapt 1u --all", 2, "--all cannot go with --adapt"),
        ("arc BLACK --adapt 1u --halt valid", 2, "validator"),
        ("arc BLACK --freeze", 2, "--freeze means nothing without --adapt"),
        ("arc BLACK --no-leave-out", 2, "--no-leave-out means nothing without --adapt"),
    ],
)
def test_refusals(
    words: str,
    code: int,
    message: str,
    checkpoint: Path,
    black: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = {name: tmp_path / name for name in ("NONE", "LARGE", "BARE")}
    made["NONE"].write_text(json.dumps({"train": [], "test": [{"input": BLACK}]}))
    large = [[0] * 11]
    made["LARGE"].write_text(json.dumps({"train": [{"input": large, "output": BLACK}], "test": [{"input": BLACK}]}))
    if "BARE" in words:
        config = store.read_config(checkpoint)
        tensors = {k: v for k, v in weights.read(checkpoint, config.files).items() if "rule_embedding" not in k}
        model = replace(config.model, rule_ids=0)
        store.write(made["BARE"], tensors, replace(config, model=model, rule_ids=()), "# Bare\n")
    places = {**made, "BLACK": black, "WEIGHTS": checkpoint}
    arguments = [str(places.get(word, word)) for word in words.split()]
    if "--checkpoint" not in words and "nqueens" not in words:
        arguments += ["--checkpoint", str(checkpoint)]
    assert solve(*arguments) == code
    shown = capsys.readouterr()
    lines = [line for line in shown.err.splitlines() if not line.startswith(("no puzzle given", "read an ARC task"))]
    assert shown.out == "" and len(lines) == 1 and lines[0].startswith("gramsolve: ") and message in lines[0]


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c(
    presses: int, checkpoint: Path, black: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once: the answers of what has been learned. Twice: nothing."""
    update = TrainerBase.update

    def pressed(self: Trainer, *arguments: Any) -> Any:
        found = update(self, *arguments)
        for _ in range(presses if found[0].update == 3 else 0):
            signal.raise_signal(signal.SIGINT)
        return found

    monkeypatch.setattr(Trainer, "update", pressed)
    before = signal.getsignal(signal.SIGINT)
    code = solve("arc", black, "--checkpoint", checkpoint, "--adapt", "1h")
    shown = capsys.readouterr()
    *_, last = shown.err.splitlines()
    assert code == 130 and last == "gramsolve: interrupted" and signal.getsignal(signal.SIGINT) is before
    if presses == 1:
        assert shown.out.count("guess 1, x") == 2 and "adapted: 3 updates in" in shown.out
        assert "confidence: unknown: interrupted" in shown.out
    else:
        assert shown.out == ""


def test_evaluation_of_adapted_weights_goes_on_where_it_was(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = tmp_path / "parts"
    words = ["eval", "arc", "--checkpoint", str(checkpoint), "--adapt", "2u", "--limit", "5", "--width", "2,3"]
    words += ["--depth", "2", "--threads", "1", "--device", "cpu", "--cache-dir", str(parts)]
    assert run([*words, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    tasks = report["adapt"]["tasks"]
    assert report["adapt"] == {"budget": "2 updates", "weights": True, "tasks": tasks, "updates": 2.0}
    assert report["instances"] == 5 and 1 <= tasks <= 5 and report["augment"] == 3 and report["trajectories"] == 15
    assert [row["width"] for row in report["rows"]] == [2, 3] and "two_guesses_error" in report["rows"][0]
    files = sorted(parts.glob("*.npz"))
    assert len(files) == tasks
    kept, gone = files[0].stat().st_mtime_ns, files[-1]
    gone.unlink()
    assert run([*words, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["rows"] == report["rows"] and gone.exists() and files[0].stat().st_mtime_ns == kept
    assert run(words) == 0
    shown = capsys.readouterr().out
    assert "adapted to each task for 2 updates" in shown and "demonstrations of each task alone" in shown
    for more, message in (("--card", "--card cannot go with --adapt"), ("--elbo", "--adapt means nothing with --elbo")):
        assert run([*words[:6], more]) == 2
        assert message in capsys.readouterr().err


def test_answers_on_a_larger_canvas_are_saved_new_or_taken_up(
    large_checkpoint: Path, black: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results, save = tmp_path / "r.jsonl", tmp_path / "submission.json"
    words = ("arc", black, "--checkpoint", large_checkpoint, "--variant", "20x20", "--results", results, "--save", save)
    assert solve(*words) in (0, 1)
    first = json.loads(save.read_bytes())
    assert [set(answer) for answer in first["black"]] == [{"attempt_1", "attempt_2"}] * 2
    save.unlink()
    assert solve(*words) in (0, 1)
    assert "2 of 2 answers stand in" in capsys.readouterr().err
    assert json.loads(save.read_bytes()) == first
