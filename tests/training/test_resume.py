"""Training end to end at the `tiny` size: resumed runs, killed runs, the two named failures, bad requests."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gramsolve import api
from gramsolve.config.training import TrainingConfig
from gramsolve.errors import BadInput, GramsolveError
from gramsolve.tasks import registry
from gramsolve.training.metrics import TrainingMetrics
from gramsolve.training.train import TrainingSession
from gramsolve.training.train_options import TrainOptions

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
from gramsolve.training import train
from gramsolve.training.train_options import TrainOptions
train.SAVE_SECONDS = 0.0
train.SAVE_SHARE = float("inf")
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


def test_metrics_tell_posterior_and_prior_apart(whole: Path) -> None:
    lines = [json.loads(line) for line in (whole / "metrics.jsonl").read_text().splitlines()]
    assert [line["update"] for line in lines] == [8, 16, 24]
    for line in lines:
        assert len(line["ce"]) == len(line["kl"]) == len(line["posterior_accuracy"]) == 4
        assert len(line["prior_accuracy"]) == len(line["prior_ce"]) == 4
        assert all(k >= 0 for k in line["kl"])
    assert lines[-1]["ce"][-1] < lines[0]["ce"][-1]


def test_the_learning_rate_follows_the_plan_across_chunks(tmp_path: Path) -> None:
    session = TrainingSession(registry.load("nqueens"), options(tmp_path / "run"))
    count = iter(range(100))
    session.run(lambda report: None, lambda: next(count) == 10)
    resumed = TrainingSession(registry.load("nqueens"), options(tmp_path / "run", resume=True, max_updates=999))
    assert resumed.config.schedule.updates == UPDATES
    assert resumed.trainer.done == 11


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
    session = TrainingSession(registry.load("nqueens"), options(tmp_path / "run"))
    trainer = session.trainer
    for _ in range(4):
        trainer.update()
    before = trainer.carry.prior.h.clone()
    rows = len(before)
    assert rows == TrainingConfig.from_flat(batch=16).prior_rows
    assert not torch.equal(before, trainer.carry.state.h[:rows])


def test_deterministic_training_has_no_kl(tmp_path: Path) -> None:
    reports: list[TrainingMetrics] = []
    api.train("nqueens", options(tmp_path / "run", architecture="trm", max_updates=8), on_report=reports.append)
    assert reports[-1].kl == () and len(reports[-1].ce) == 4


def test_a_run_that_diverges_says_so_and_saves_nothing(tmp_path: Path) -> None:
    session = TrainingSession(
        registry.load("nqueens"),
        options(tmp_path / "run", overrides={**SETTINGS, "lr": "1e20", "adam_lr": "1e20"}),
    )
    with pytest.raises(GramsolveError, match="no longer a number; no state was saved yet") as caught:
        session.run(lambda report: None, lambda: False)
    assert str(caught.value).endswith("--set lr=3.3e+19 --set adam_lr=3.3e+19")
    assert not (tmp_path / "run" / "state.safetensors").exists()
    session._must_converge(torch.tensor(5.0), torch.tensor(5.0))
    with pytest.raises(GramsolveError, match="500 nats where guessing costs less than 6"):
        session._must_converge(torch.tensor(500.0), torch.tensor(500.0))


def test_weights_that_are_no_numbers_are_not_saved(whole: Path, tmp_path: Path) -> None:
    """The loss is that of the weights before the update, so it may be the last number there is."""
    shutil.copytree(whole, tmp_path / "run")
    before = (tmp_path / "run" / "state.safetensors").read_bytes()
    session = TrainingSession(registry.load("nqueens"), options(tmp_path / "run", resume=True))
    with torch.no_grad():
        next(p for p in session.trainer.model.parameters() if p.numel()).fill_(float("nan"))
    with pytest.raises(GramsolveError, match=f"the state of update {UPDATES} stands in"):
        session._save(1.0)
    assert (tmp_path / "run" / "state.safetensors").read_bytes() == before
