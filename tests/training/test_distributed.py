"""Several processes share a run: the same result as one, whole state, and a lost process is replaced."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gramsolve.config.training import TrainingConfig
from gramsolve.errors import BadInput
from gramsolve.model.network import build_gram
from gramsolve.tasks import registry
from gramsolve.training.distributed import ALONE, Group
from gramsolve.training.prepare import prepare
from gramsolve.training.train_options import TrainOptions
from gramsolve.training.train_state import TrainState
from gramsolve.training.trainer import Trainer
from tests.fakes.waiting import with_startup_code

UPDATES = 16
WORDS = [
    *("train", "nqueens", "--variant", "6x6", "--preset", "tiny", "--device", "cpu", "--threads", "1"),
    *("--set", "batch=32", "--set", "eval_every=8", "--set", "eval_inputs=2", "--set", "eval_depth=2"),
    *("--set", "precision=fp32", "--set", "prior_share=0.5", "--json"),
]


def start(run_dir: Path, *words: str, **more: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    command = [sys.executable, "-m", "gramsolve", *WORDS, "--run-dir", str(run_dir), *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, env={**environment, **more}, start_new_session=True
    )


DIES_ONCE = """
import json, os, pathlib, signal, threading, time
progress, killed = pathlib.Path({progress!r}), pathlib.Path({killed!r})
def wait():
    while True:
        try:
            found = json.loads(progress.read_text())
            if found["update"] >= 1:
                killed.write_text(str(found["pid"]))
                os.kill(os.getpid(), signal.SIGKILL)
        except (OSError, ValueError):
            pass
        time.sleep(0.005)
if os.environ.get("RANK") == "1" and not killed.exists():
    threading.Thread(target=wait, daemon=True).start()
"""
"""Run at the start of every process: the second one writes down the leader's number and dies in the middle of a run."""


def train(run_dir: Path, *words: str) -> list[dict]:
    process = start(run_dir, *words)
    out, err = process.communicate()
    assert process.returncode == 0, err
    return [json.loads(line) for line in out.splitlines()]


def assert_close(one: Path, other: Path) -> None:
    """The same puzzles and weights, but for single ones whose gradient is near zero: its sign is a matter of rounding,
    and the size of an update is not (0.00204 in one weight of 1,024, with AVX-512). A matrix as a whole is close."""
    a, b = (load_file(path / "state.safetensors") for path in (one, other))
    assert a.keys() == b.keys()
    for name in ("trajectories/inputs", "trajectories/targets"):
        assert torch.equal(a[name], b[name])
    weights = [name for name in a if name.startswith(("model/", "ema/"))]
    for name in weights:
        assert (a[name] - b[name]).norm() <= 5e-4 * math.sqrt(a[name].numel()), name
        torch.testing.assert_close(a[name], b[name], rtol=0, atol=2.5e-3, msg=lambda text, name=name: f"{name}: {text}")  # type: ignore[misc]


def test_gradients_of_the_shares_average_to_that_of_the_whole(tmp_path: Path) -> None:
    """Every process's rows, noise and prior rollouts, over more than a trajectory, with nothing learned in between."""
    overrides = {"batch": "32", "eval_every": "8", "precision": "fp32", "prior_share": "0.5"}
    overrides |= {"self_correction": "0.7", "beta_ambiguous": "2"}
    options = TrainOptions(
        preset="tiny", overrides=overrides, max_updates=8, threads=1, device="cpu", run_dir=tmp_path / "run"
    )
    run = prepare(registry.load("nqueens"), options)
    first = run.trainer
    assert isinstance(first, Trainer)

    def begin(group: Group, **changes: int) -> tuple[Trainer, TrainState]:
        model, generator = build_gram(run.state.model.config, 0), torch.Generator().manual_seed(1)
        with torch.no_grad():
            for parameter in model.parameters():  # Heads that start at zero would hide most of the gradient.
                parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.05)
        settings: dict = {"pad": first.pad, "seed": 0, "device": first.device, "group": group}
        trainer = Trainer(first.config.replace(**changes), first.sampler, first.score, **settings)
        return trainer, trainer.initial_state(model)

    def learn_nothing(trainer: Trainer, state: TrainState) -> tuple[Trainer, TrainState]:
        state.model.zero_grad()
        trajectories, *_ = trainer.gradients(state, trainer.batch(state), trainer.noise(state))
        return trainer, replace(state, update=state.update + 1, trajectories=trajectories)

    # Last, in micro-batches of 12, 12 and 8 rows.
    runs = [begin(ALONE), begin(Group(0, 2)), begin(Group(1, 2)), begin(ALONE, micro_batch=12)]
    for _ in range(6):
        runs = [learn_nothing(*each) for each in runs]
        whole, *shares, bits = (state.model for _, state in runs)
        for parameter, *parts in zip(*(model.parameters() for model in (whole, *shares)), strict=True):
            if parameter.grad is not None:
                mean = sum(part.grad for part in parts) / 2
                torch.testing.assert_close(mean, parameter.grad, rtol=1e-3, atol=1e-6)
        for parameter, same in zip(whole.parameters(), bits.parameters(), strict=True):
            if parameter.grad is not None:
                torch.testing.assert_close(same.grad, parameter.grad, rtol=1e-3, atol=1e-6)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run_dir = tmp_path_factory.mktemp("alone") / "run"
    train(run_dir, "--max-updates", str(UPDATES))
    return run_dir


def test_two_processes_train_what_one_does_and_one_can_go_on(alone: Path, tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    lines = train(run_dir, "--max-updates", str(UPDATES), "--processes", "2")
    assert [line["update"] for line in lines] == [8, 16, 16], "only one of them speaks"
    assert_close(alone, run_dir)
    shorter = tmp_path / "shorter"
    train(shorter, "--max-updates", str(UPDATES), "--processes", "2", "--max-time", "0.001s")
    done = json.loads((shorter / "heartbeat.json").read_text())["update"]
    assert 0 < done < UPDATES
    train(shorter, "--resume")
    assert_close(alone, shorter)


def test_a_lost_process_is_replaced(tmp_path: Path) -> None:
    """The process that does not lead kills itself after the first update that is reported, once."""
    run_dir, killed = tmp_path / "run", tmp_path / "killed"
    progress = run_dir / "heartbeat.json"
    code = DIES_ONCE.format(progress=str(progress), killed=str(killed))
    path = with_startup_code(tmp_path / "code", code)["PYTHONPATH"]
    process = start(run_dir, "--max-updates", "300", "--processes", "2", PYTHONPATH=path)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["finished"]
    leader = int(killed.read_text())
    assert json.loads(progress.read_text())["pid"] != leader, "all were started anew"


def test_rows_are_dealt_out_in_whole_groups() -> None:
    assert ALONE.rows(8, 4) == slice(None)
    dealt = [Group(rank, 2).rows(24, 4) for rank in range(2)]
    assert dealt[0].tolist() == [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19]
    assert sorted(torch.cat(dealt).tolist()) == list(range(24))  # type: ignore[arg-type]


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    config = TrainingConfig.from_flat(batch=32, supervision_steps=4, prior_share=0.25)
    Group(0, 2).require(config)
    with pytest.raises(BadInput, match="batch"):
        Group(0, 3).require(config)
    with pytest.raises(BadInput, match="prior"):
        Group(0, 4).require(config)


def test_what_is_wrong_is_said_before_processes_are_started(tmp_path: Path) -> None:
    process = start(tmp_path / "run", "--processes", "5")
    out, err = process.communicate()
    assert process.returncode == 2 and out == "" and len(err.splitlines()) == 1 and "5 processes" in err
