"""A disk that is full, or a file that may grow no further: one line, and nothing that was there is lost.

The limit is the system's own, on the size of files of a process; a write beyond it fails as on a full disk.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

resource = pytest.importorskip("resource", reason="limits on files are of Unix")

LIMITED = """
import resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from gramsolve.cli.main import main
main(sys.argv[2:])
"""
TRAIN = [
    *("train", "nqueens", "--variant", "6x6", "--preset", "tiny", "--threads", "1", "--device", "cpu"),
    *("--max-updates", "12", "--set", "eval_every=4", "--set", "eval_inputs=2", "--set", "eval_depth=2"),
    *("--set", "precision=fp32"),
]


def limited(limit: int, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **more}
    command = [sys.executable, "-c", LIMITED, str(limit), *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def free(*words: str) -> subprocess.CompletedProcess[str]:
    return limited(2**40, *words)


def assert_one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("gramsolve: ") and all(word in last for word in words), done.stderr
    assert "Traceback" not in done.stderr


def hidden(folder: Path) -> list[str]:
    """What was left half-written."""
    return [path.name for path in folder.glob("**/.*")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run_dir = tmp_path_factory.mktemp("whole") / "run"
    done = free(*TRAIN, "--run-dir", str(run_dir))
    assert done.returncode == 0, done.stderr
    return run_dir


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A run that was stopped after its first update."""
    run_dir = tmp_path / "run"
    done = free(*TRAIN, "--run-dir", str(run_dir), "--max-time", "0.001s")
    assert done.returncode == 0, done.stderr
    return run_dir


def assert_resumes_to(whole: Path, run_dir: Path) -> None:
    assert hidden(run_dir) == []
    done = free("train", "nqueens", "--run-dir", str(run_dir), "--resume", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    for name in ("state.safetensors", "checkpoint/model.safetensors"):
        a, b = load_file(whole / name), load_file(run_dir / name)
        assert a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a), name
    updates = [json.loads(line)["update"] for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
    assert updates == [4, 8, 12]


def test_a_state_that_does_not_fit_leaves_the_last_one(whole: Path, begun: Path) -> None:
    before = (begun / "state.safetensors").read_bytes()
    words = ["train", "nqueens", "--run-dir", str(begun), "--resume", "--device", "cpu"]
    assert_one_line(limited(len(before) - 1, *words), "state.safetensors", "File too large", "--resume")
    assert (begun / "state.safetensors").read_bytes() == before
    assert_resumes_to(whole, begun)


def test_metrics_that_do_not_fit_are_whole_lines(whole: Path, begun: Path) -> None:
    half = len((whole / "metrics.jsonl").read_bytes().splitlines()[0]) // 2
    words = ["train", "nqueens", "--run-dir", str(begun), "--resume", "--device", "cpu"]
    assert_one_line(limited(half, *words), "metrics.jsonl", "--resume")
    assert (begun / "metrics.jsonl").read_bytes() == b""
    assert_resumes_to(whole, begun)


def test_a_run_that_cannot_even_begin_says_so(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    assert_one_line(limited(100, *TRAIN, "--run-dir", str(run_dir)), "run directory")
    assert hidden(tmp_path) == [] and not (run_dir / "plan.json").exists()


def test_a_checkpoint_that_does_not_fit_leaves_the_one_that_was_there(whole: Path, tmp_path: Path) -> None:
    """Weights at the end of a run go elsewhere, onto a disk where half of them fit."""
    script = """
import resource, sys
from pathlib import Path
from gramsolve.checkpoints import store, weights
from gramsolve.errors import BadInput
source, target = map(Path, sys.argv[1:])
config = store.read_config(source)
tensors = weights.read(source, config.files)
store.write(target, tensors, config, "# the first")
limit = (target / "model.safetensors").stat().st_size // 2
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    store.write(target, tensors, config, "# the second")
except BadInput as error:
    print(error)
"""
    target = tmp_path / "shelf/one"
    command = [sys.executable, "-c", script, str(whole / "checkpoint"), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [f"cannot write the checkpoint {target}: File too large"], done.stderr
    assert (target / "README.md").read_text() == "# the first"
    assert [path.name for path in target.parent.iterdir()] == ["one"]


def test_a_recording_that_does_not_fit_leaves_the_one_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    words = ["solve", "nqueens", "--depth", "3", "-n", "8", "--threads", "1", "--device", "cpu", "--record", str(path)]
    assert free(*words).returncode in (0, 1)
    before = path.read_bytes()
    done = limited(len(before) // 2, *words, "--seed", "1")
    assert_one_line(done, "recording", "File too large")
    assert path.read_bytes() == before and hidden(tmp_path) == []


def test_a_data_set_that_cannot_be_kept_is_used_all_the_same(whole: Path, tmp_path: Path) -> None:
    words = ["eval", "nqueens", "--checkpoint", str(whole / "checkpoint"), "--limit", "4", "--depth", "1", "--json"]
    words += ["--width", "2", "--threads", "1", "--device", "cpu"]
    done = limited(500, *words, GRAMSOLVE_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == json.loads(free(*words).stdout)["rows"]
    assert not [path for path in (tmp_path / "cache").glob("**/*") if path.is_file()]


@pytest.mark.parametrize("option", ["-o", "--cache-dir"])
def test_a_report_and_parts_that_do_not_fit(whole: Path, tmp_path: Path, option: str) -> None:
    words = ["eval", "nqueens", "--checkpoint", str(whole / "checkpoint"), "--limit", "4", "--depth", "1"]
    done = limited(300, *words, "--device", "cpu", option, str(tmp_path / "out"))
    assert_one_line(done, "cannot write", "File too large")
    assert not [path for path in tmp_path.glob("**/*") if path.is_file()]


def test_kernels_whose_cache_does_not_fit_work_all_the_same(tmp_path: Path) -> None:
    words = ["solve", "nqueens", "--engine", "exact", "--json"]
    done = limited(500, *words, NUMBA_CACHE_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["boards"] == json.loads(free(*words).stdout)["boards"]
