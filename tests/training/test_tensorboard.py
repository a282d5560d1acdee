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


FULL = """
import resource, sys
from pathlib import Path
from gramsolve.training.metrics import TrainingMetrics
from gramsolve.training.tensorboard import Curves
curves = Curves(Path(sys.argv[1]), 0)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
for update in range(1, 7):
    resource.setrlimit(resource.RLIMIT_FSIZE, (10 if update in (2, 3, 4) else soft, hard))
    curves.write(TrainingMetrics(update=update, loss=float(update)))
print("done")
"""


def test_a_full_disk_costs_curves_and_nothing_else(tmp_path: Path) -> None:
    """No traceback, not even of TensorBoard's own threads; with room again, curves go on."""
    pytest.importorskip("tensorboard")
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
    kept = dict(curves(tmp_path)["loss"])
    assert kept[1] == 1.0 and kept[5] == 5.0 and kept[6] == 6.0 and 3 not in kept


def test_without_the_package_one_line_names_the_extra(tmp_path: Path) -> None:
    script = "import sys; sys.modules['tensorboard'] = None; from gramsolve.cli.main import main; main(sys.argv[1:])"
    words = ["train", "nqueens", "--preset", "tiny", "--tensorboard", "--run-dir", str(tmp_path / "run")]
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert len(done.stderr.splitlines()) == 1 and "gramsolve[tensorboard]" in done.stderr
    assert not (tmp_path / "run").exists()
