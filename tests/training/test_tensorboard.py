"""The curves that TensorBoard shows are those of the metrics log, also after a run was taken up again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gramsolve import api
from gramsolve.training.train_options import TrainOptions

SETTINGS = {"eval_every": "4", "eval_inputs": "2", "eval_depth": "3", "batch": "16", "precision": "fp32"}


def options(run_dir: Path, **values: Any) -> TrainOptions:
    base: dict = {"variant": "6x6", "preset": "tiny", "overrides": SETTINGS, "max_updates": 12, "run_dir": run_dir}
    return TrainOptions(**{**base, "threads": 1, "device": "cpu", "tensorboard": True, **values})


def curves(run_dir: Path) -> dict[str, list[tuple[int, float]]]:
    """As the program itself reads them."""
    loading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = loading.EventAccumulator(str(run_dir / "tensorboard"))
    found.Reload()
    return {tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def test_curves_are_those_of_the_log(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    run_dir = tmp_path / "run"
    count = iter(range(100))
    assert not api.train("nqueens", options(run_dir), stop=lambda: next(count) == 8).finished
    assert api.train("nqueens", options(run_dir, resume=True)).finished
    log = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
    assert [line["update"] for line in log] == [4, 8, 12]
    drawn = curves(run_dir)
    assert drawn["prior_accuracy"] == [(x["update"], pytest.approx(x["prior_accuracy"][-1])) for x in log]
    assert drawn["kl"] == [(x["update"], pytest.approx(sum(x["kl"]))) for x in log]
    assert drawn["steps/prior_ce/02"] == [(x["update"], pytest.approx(x["prior_ce"][1])) for x in log]
    assert drawn["loss"] == [(x["update"], pytest.approx(x["loss"])) for x in log]


def test_without_the_package_one_line_names_the_extra(tmp_path: Path) -> None:
    script = "import sys; sys.modules['tensorboard'] = None; from gramsolve.cli.main import main; main(sys.argv[1:])"
    words = ["train", "nqueens", "--preset", "tiny", "--tensorboard", "--run-dir", str(tmp_path / "run")]
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert len(done.stderr.splitlines()) == 1 and "gramsolve[tensorboard]" in done.stderr
    assert not (tmp_path / "run").exists()
