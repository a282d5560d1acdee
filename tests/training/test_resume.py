"""Training end to end at the `tiny` size: resumed runs, killed runs, the two named failures, bad requests."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gramsolve import api
from gramsolve.config.training import TrainingConfig
from gramsolve.errors import BadInput, GramsolveError
from gramsolve.tasks import registry
from gramsolve.training.divergence import require_convergence
from gramsolve.training.metrics import TrainingMetrics
from gramsolve.training.optimizer import schedule
from gramsolve.training.prepare import prepare
from gramsolve.training.recorder import Recorder
from gramsolve.training.train_options import TrainOptions
from gramsolve.training.train_state import UpdateMetrics
from tests.fakes.trainers import advance

UPDATES = 24
SETTINGS = {"eval_every": "8", "eval_inputs": "4", "eval_depth": "4", "batch": "16", "precision": "fp32"}
SETTINGS |= {"self_correction": "0.5"}  # Makes more of the carry matter.


def options(run_dir: Path, **values: object) -> TrainOptions:
    base: dict = {
        "preset": "tiny",
        "overrides": SETTINGS,
        "max_updates": UPDATES,
        "threads": 1,
        "device": "cpu",
        "run_dir": run_dir,
    }
    return TrainOptions(**{**base, **values})


def state(run_dir: Path) -> dict[str, torch.Tensor]:
    return load_file(run_dir / "state.safetensors")


def assert_same_bits(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> None:
    assert a.keys() == b.keys()
    for key in a:
        assert torch.equal(a[key], b[key]), key


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An uninterrupted run."""
    run_dir = tmp_path_factory.mktemp("whole") / "run"
    result = api.train("nqueens", options(run_dir))
    assert result.finished and result.update == UPDATES
    return run_dir


def test_stopped_and_resumed_equals_uninterrupted(whole: Path, tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    seen: list[int] = []

    def stop() -> bool:
        seen.append(1)
        return len(seen) in (5, 6, 17)

    result = api.train("nqueens", options(run_dir), stop=stop)
    assert (result.update, result.finished) == (5, False)
    while not result.finished:
        result = api.train("nqueens", options(run_dir, resume=True), stop=stop)
    assert_same_bits(state(whole), state(run_dir))
    assert_same_bits(
        load_file(whole / "checkpoint/model.safetensors"), load_file(run_dir / "checkpoint/model.safetensors")
    )


def test_killed_at_any_moment_and_resumed_equals_uninterrupted(whole: Path, tmp_path: Path) -> None:
    """kill -9, twice, at moments chosen by progress and not by the clock; each resume must finish the same."""
    run_dir = tmp_path / "run"
    script = """
import os, sys, signal
from pathlib import Path
from gramsolve import api
from gramsolve.training import recorder
from gramsolve.training.train_options import TrainOptions
recorder.SAVE_SECONDS = 0.0
recorder.SAVE_SHARE = float("inf")
fatal = int(sys.argv[2])
count = 0
def stop():
    global count
    count += 1
    if count == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    return False
api.train("nqueens", TrainOptions(preset="tiny", overrides=eval(sys.argv[3]), max_updates=int(sys.argv[4]), threads=1,
    device="cpu", run_dir=Path(sys.argv[1]), resume=os.path.exists(sys.argv[1])), stop=stop)
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for fatal in (7, 9):
        done = subprocess.run(
            [sys.executable, "-c", script, str(run_dir), str(fatal), repr(SETTINGS), str(UPDATES)],
            env=environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    result = api.train("nqueens", options(run_dir, resume=True))
    assert result.finished
    assert_same_bits(state(whole), state(run_dir))


def test_metrics_tell_the_learning_rate_and_whether_a_checkpoint_was_written(whole: Path, tmp_path: Path) -> None:
    """The figures of the plan: warm-up over 10 updates, decay over the last four tenths of 24."""
    lines = [json.loads(line) for line in (whole / "metrics.jsonl").read_text().splitlines()]
    config = TrainingConfig.from_flat(updates=UPDATES, warmup=10)
    expected = [config.optimization.lr * schedule(line["update"] - 1, config) for line in lines]
    assert [line["learning_rate"] for line in lines] == pytest.approx(expected) and min(expected) > 0
    # The first check and the end of the run, within the seconds that checkpoints keep apart.
    assert [line["saved"] for line in lines] == [True, False, True]
    seen: list[TrainingMetrics] = []
    overrides = {**SETTINGS, "optimizer": "adamw", "adam_lr": "0.002"}
    api.train("nqueens", options(tmp_path / "run", overrides=overrides, max_updates=8), on_report=seen.append)
    adamw = TrainingConfig.from_flat(updates=8, warmup=10)
    assert seen[-1].learning_rate == pytest.approx(0.002 * schedule(7, adamw)) and seen[-1].saved


def test_metrics_tell_posterior_and_prior_apart(whole: Path) -> None:
    lines = [json.loads(line) for line in (whole / "metrics.jsonl").read_text().splitlines()]
    assert [line["update"] for line in lines] == [8, 16, 24]
    for line in lines:
        assert len(line["ce"]) == len(line["kl"]) == len(line["posterior_accuracy"]) == 4
        assert len(line["prior_accuracy"]) == len(line["prior_ce"]) == 4
        assert all(k >= 0 for k in line["kl"])
    assert lines[-1]["ce"][-1] < lines[0]["ce"][-1]


def test_the_learning_rate_follows_the_plan_across_chunks(tmp_path: Path) -> None:
    count = iter(range(100))
    api.train("nqueens", options(tmp_path / "run"), stop=lambda: next(count) == 10)
    resumed = prepare(registry.load("nqueens"), options(tmp_path / "run", resume=True, max_updates=999))
    assert resumed.plan.training.schedule.updates == UPDATES
    assert resumed.state.update == 11


def test_a_second_run_does_not_overwrite_the_first(whole: Path) -> None:
    with pytest.raises(BadInput, match="--resume"):
        api.train("nqueens", options(whole))


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"preset": "huge"}, "preset"),
        ({"architecture": "transformer"}, "architecture"),
        ({"protocol": "astrology"}, "protocol"),
        ({"variant": "2x2"}, "2"),
        ({"overrides": {"widht": "3"}}, "widht"),
        ({"overrides": {"width": "wide"}}, "width"),
        ({"overrides": {"batch": "6"}}, "multiple"),
        ({"overrides": {"beta": "-1"}}, "beta"),
        ({"max_updates": 0}, "updates"),
        ({"device": "abacus"}, "abacus"),
        ({"threads": 0}, "threads"),
    ],
)
def test_bad_requests_are_one_line_and_leave_nothing_behind(tmp_path: Path, values: dict, word: str) -> None:
    with pytest.raises(BadInput, match=word) as error:
        api.train("nqueens", options(tmp_path / "run", **values))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "run").exists()


def test_resume_without_a_run_and_with_a_broken_state(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no run to resume"):
        api.train("nqueens", options(tmp_path / "none", resume=True))
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "plan.json").write_bytes((whole / "plan.json").read_bytes())
    (broken / "state.safetensors").write_bytes((whole / "state.safetensors").read_bytes()[:5000])
    with pytest.raises(BadInput, match="cannot be resumed"):
        api.train("nqueens", options(broken, resume=True))


def test_prior_rollouts_not_the_posterior_feed_the_heads(tmp_path: Path) -> None:
    """The heads see the state of the prior's carry: change the posterior's target and they do not move."""
    run = prepare(registry.load("nqueens"), options(tmp_path / "run"))
    state, _ = advance(run.trainer, run.state, 4)
    before = state.trajectories.prior.h.clone()
    rows = len(before)
    assert rows == TrainingConfig.from_flat(batch=16).prior_rows
    assert not torch.equal(before, state.trajectories.posterior.h[:rows])


def test_deterministic_training_has_no_kl(tmp_path: Path) -> None:
    reports: list[TrainingMetrics] = []
    api.train("nqueens", options(tmp_path / "run", architecture="trm", max_updates=8), on_report=reports.append)
    assert reports[-1].kl == () and len(reports[-1].ce) == 4


def test_a_run_that_diverges_says_so_and_saves_nothing(tmp_path: Path) -> None:
    wild = options(tmp_path / "run", overrides={**SETTINGS, "lr": "1e20", "adam_lr": "1e20"})
    with pytest.raises(GramsolveError, match="no longer a number; no state was saved yet") as caught:
        api.train("nqueens", wild)
    assert str(caught.value).endswith("--set lr=3.3e+19 --set adam_lr=3.3e+19")
    assert not (tmp_path / "run" / "state.safetensors").exists()


def test_a_token_that_costs_more_than_guessing_is_divergence() -> None:
    config, metrics = TrainingConfig(), UpdateMetrics(torch.tensor(5.0), torch.tensor(5.0), 1e-3)
    require_convergence(metrics, 3, config, "no state was saved yet")
    with pytest.raises(GramsolveError, match="500 nats where guessing costs less than 6"):
        require_convergence(replace(metrics, ce=torch.tensor(500.0)), 3, config, "no state was saved yet")


def test_weights_that_are_no_numbers_are_not_saved(whole: Path, tmp_path: Path) -> None:
    """The loss is that of the weights before the update, so it may be the last number there is."""
    shutil.copytree(whole, tmp_path / "run")
    before = (tmp_path / "run" / "state.safetensors").read_bytes()
    run = prepare(registry.load("nqueens"), options(tmp_path / "run", resume=True))
    recorder = Recorder(run, time.monotonic(), lambda metrics: None)
    with torch.no_grad():
        next(p for p in run.state.model.parameters() if p.numel()).fill_(float("nan"))
    with pytest.raises(GramsolveError, match=f"the state of update {UPDATES} stands in"):
        recorder.save(run.state)
    assert (tmp_path / "run" / "state.safetensors").read_bytes() == before
