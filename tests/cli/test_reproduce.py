"""From nothing to measured weights in many short sittings, with the weights and figures of one long one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gramsolve.checkpoints import store
from gramsolve.cli.main import run

WORDS = ["--preset", "tiny", "--threads", "1", "--device", "cpu", "--max-updates", "5"]
SMALL = ["--set", "eval_every=5", "--set", "eval_inputs=2", "--set", "eval_depth=2", "--set", "precision=fp32"]


def reproduce(run_dir: Path, task: str, *words: str) -> int:
    return run(["reproduce", task, *WORDS, *SMALL, "--run-dir", str(run_dir), "--limit", "24", *words])


def figures(run_dir: Path) -> dict:
    found = json.loads((run_dir / "evaluation.json").read_text())
    return {name: value for name, value in found.items() if name not in ("seconds", "provenance")}


@pytest.mark.parametrize(("task", "variant"), [("nqueens", "6x6"), ("sudoku", "4x4"), ("coloring", "8v3c")])
def test_many_sittings_end_with_what_one_gives(
    task: str, variant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, chunks = tmp_path / "whole", tmp_path / "chunks"
    assert reproduce(whole, task, "--variant", variant) == 0
    assert "done: weights in" in capsys.readouterr().err
    codes = [reproduce(chunks, task, "--variant", variant, "--max-time", "0.001s")]
    while codes[-1] == 4:
        assert "give the same command again" in capsys.readouterr().err
        codes.append(reproduce(chunks, task, "--variant", variant, "--max-time", "0.001s"))
    # Four cut the training short, one the measurement after the first of its two parts.
    assert codes == [4, 4, 4, 4, 4, 0]
    for name in ("state.safetensors", "checkpoint/model.safetensors"):
        a, b = load_file(whole / name), load_file(chunks / name)
        assert a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a), name
    assert figures(whole) == figures(chunks)
    checkpoint = chunks / "checkpoint"
    assert store.verify(checkpoint) == []
    assert all(path.stat().st_size <= 16 * 1024 * 1024 for path in checkpoint.iterdir())
    card = (checkpoint / "README.md").read_text()
    assert "## Measured on the" in card and "24 of" in card and "Train it again" in card


def test_digits_are_drawn_where_there_is_nothing_to_be_right_about(tmp_path: Path) -> None:
    assert reproduce(tmp_path / "run", "mnist") == 0
    assert (tmp_path / "run/samples.png").read_bytes().startswith(b"\x89PNG")
    assert store.verify(tmp_path / "run/checkpoint") == []


def test_arc_is_measured_too(tmp_path: Path) -> None:
    assert reproduce(tmp_path / "run", "arc", "--variant", "10x10") == 0
    assert figures(tmp_path / "run")["instances"] == 24


def test_several_processes_train_and_measure(tmp_path: Path) -> None:
    """Under torch's own launcher, which this command becomes; the same process leads in both halves."""
    environment = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    words = ["reproduce", "nqueens", "--variant", "6x6", *WORDS, *SMALL, "--set", "prior_share=0.5", "--limit", "24"]
    command = [sys.executable, "-m", "gramsolve", *words, "--run-dir", str(tmp_path / "run"), "--processes", "2"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("done: weights in") == 1 and done.stdout.count("480 trajectories") == 1
    assert figures(tmp_path / "run")["processes"] == 2 and store.verify(tmp_path / "run/checkpoint") == []


def test_what_is_wrong_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reproduce(tmp_path / "run", "chess") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert run(["reproduce", "nqueens", "--preset", "huge", "--run-dir", str(tmp_path / "run")]) == 2
    err = capsys.readouterr().err
    assert "huge" in err and len(err.splitlines()) == 1 and not (tmp_path / "run").exists()
