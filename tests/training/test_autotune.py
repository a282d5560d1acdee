"""What a run finds out about its machine before it begins, and that it keeps to it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gramsolve.errors import BadInput
from gramsolve.tasks import registry
from gramsolve.training import autotune
from gramsolve.training.prepare import TrainingRun, prepare
from gramsolve.training.train_options import TrainOptions

CPU = torch.device("cpu")


def options(run_dir: Path, **values: object) -> TrainOptions:
    overrides = {"batch": "8", "eval_every": "4", "eval_inputs": "2", "eval_depth": "2"}
    base: dict = {"preset": "tiny", "overrides": overrides, "max_updates": 4, "device": "cpu", "run_dir": run_dir}
    return TrainOptions(**{**base, **values})


def begin(run_dir: Path, **values: object) -> TrainingRun:
    return prepare(registry.load("nqueens"), options(run_dir, **values))


def test_the_precision_is_settled_before_the_run_and_written_down(tmp_path: Path) -> None:
    run = begin(tmp_path / "run")
    plan = json.loads((tmp_path / "run/plan.json").read_text())
    precision = run.plan.training.execution.precision
    assert precision == plan["training"]["execution"]["precision"] == plan["execution"]["precision"]
    assert precision in ("bf16", "fp32")
    assert plan["execution"]["threads"] == torch.get_num_threads() >= 1
    assert plan["execution"]["work"] > 0 and plan["execution"]["ceiling"] > 0


def test_a_resumed_run_keeps_to_what_was_chosen(tmp_path: Path) -> None:
    begin(tmp_path / "run", threads=1)
    path = tmp_path / "run/plan.json"
    plan = json.loads(path.read_text())
    plan["execution"]["threads"] = 2
    path.write_text(json.dumps(plan))
    assert begin(tmp_path / "run", resume=True).execution.threads == 2
    assert begin(tmp_path / "run", resume=True, threads=1).execution.threads == 1


def test_a_trial_teaches_nothing(tmp_path: Path) -> None:
    run = begin(tmp_path / "run", threads=1)
    model, trajectories = run.state.model, run.state.trajectories
    before = {name: p.clone() for name, p in model.named_parameters()}
    tensors = {name: t.clone() for name, t in trajectories.tensors().items()}
    run.trainer.benchmark_step(run.state, 8)
    assert all(torch.equal(p, before[name]) and p.grad is None for name, p in model.named_parameters())
    assert all(torch.equal(t, tensors[name]) for name, t in trajectories.tensors().items())


def test_work_grows_with_the_batch_and_utilisation_with_the_rate(tmp_path: Path) -> None:
    small = begin(tmp_path / "a", threads=1, overrides={"batch": "16"}).execution
    large = begin(tmp_path / "b", threads=1, overrides={"batch": "64"}).execution
    assert large.work == pytest.approx(4 * small.work, rel=0.01)
    assert small.utilisation(2.0) == pytest.approx(2 * small.work / small.ceiling)
    assert replace(small, ceiling=0.0).utilisation(2.0) is None


def test_short_runs_are_not_compiled_and_unknown_words_are_refused(tmp_path: Path) -> None:
    run = begin(tmp_path / "run", threads=1)
    assert not run.execution.compile and not run.trainer.compiled
    with pytest.raises(BadInput, match="compile"):
        autotune.choose(run.trainer, run.state, compile="maybe", threads=1, seconds=None)
    assert autotune.precision(CPU) in ("bf16", "fp32")


WITHOUT_A_COMPILER = """
import sys
from pathlib import Path
from gramsolve.errors import BadInput
from gramsolve.tasks import registry
from gramsolve.training import autotune
from gramsolve.training.train_options import TrainOptions
from gramsolve.training.prepare import prepare
autotune.LONG_RUN = dict.fromkeys(autotune.LONG_RUN, 0.0)
options = TrainOptions(preset="tiny", max_updates=4, threads=1, device="cpu", run_dir=Path(sys.argv[1]))
run = prepare(registry.load("nqueens"), options)
assert not run.execution.compile
trainer, state = run.trainer, run.state
state, _ = trainer.update(state, trainer.batch(state), trainer.noise(state))
try:
    autotune.choose(trainer, state, compile="on", threads=1, seconds=None)
except BadInput as error:
    print(error)
"""


def test_without_a_compiler_runs_go_on_uncompiled(tmp_path: Path) -> None:
    environment = {**os.environ, "CXX": "/nonexistent/c++", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_COMPILER, str(tmp_path / "run")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cannot compile" in done.stdout and len(done.stdout.splitlines()) == 1


def test_a_precision_that_is_settled_late_is_that_of_all_parts(tmp_path: Path) -> None:
    run = begin(tmp_path / "run", threads=1, overrides={"batch": "8", "precision": "bf16"})
    trainer = run.trainer
    for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        trainer.set_precision(precision)
        with trainer.autocast():
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is dtype
        assert trainer.config.execution.precision == precision
        optimizer = trainer.initial_state(run.state.model).optimizer
        assert optimizer.parts["muon"].dtype is dtype  # type: ignore[attr-defined]


def test_a_plan_tells_the_precision_that_the_run_has_come_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A processor that looks fast in bf16, whose plain steps may not be.
    monkeypatch.setattr(autotune, "BF16_GAIN", {"cpu": 0.0})
    run = begin(tmp_path / "run", threads=1)
    plan = json.loads((tmp_path / "run/plan.json").read_text())
    precision = run.plan.training.execution.precision
    assert precision == run.trainer.config.execution.precision == run.execution.precision
    assert plan["training"]["execution"]["precision"] == plan["execution"]["precision"] == precision
    # What the user asks for is not looked into.
    wish = begin(tmp_path / "wish", threads=1, overrides={"batch": "8", "precision": "bf16"})
    assert wish.plan.training.execution.precision == "bf16"
    again = begin(tmp_path / "run", resume=True)
    assert again.trainer.config.execution.precision == precision
