"""The sign of life in a run directory: true, whole, and readable whatever befell the run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gramsolve import api
from gramsolve.training import heartbeat
from gramsolve.training.heartbeat import Heartbeat
from gramsolve.training.train_options import TrainOptions

SETTINGS = {"eval_every": "4", "eval_inputs": "4", "eval_depth": "2", "batch": "16"}


def options(run_dir: Path, **values: object) -> TrainOptions:
    base: dict = {
        "preset": "tiny",
        "overrides": SETTINGS,
        "max_updates": 12,
        "threads": 1,
        "device": "cpu",
        "run_dir": run_dir,
    }
    return TrainOptions(**{**base, **values})


def test_a_run_tells_where_it_is_and_how_it_ended(tmp_path: Path) -> None:
    seen: list[Heartbeat] = []

    def stop() -> bool:
        now = heartbeat.read(tmp_path / "run")
        assert now is not None
        seen.append(now)
        return len(seen) == 9

    api.train("nqueens", options(tmp_path / "run"), stop=stop)
    assert all(now.state == "running" and now.alive and now.pid == os.getpid() for now in seen)
    assert [now.update for now in seen] == sorted(now.update for now in seen)
    assert {now.update for now in seen} >= {0, 4, 8}
    assert (tmp_path / "run/checkpoint/config.json").exists()
    end = heartbeat.read(tmp_path / "run")
    assert end is not None and (end.state, end.update, end.updates) == ("saved", 9, 12)
    api.train("nqueens", options(tmp_path / "run", resume=True))
    end = heartbeat.read(tmp_path / "run")
    assert end is not None and (end.state, end.update, end.alive) == ("finished", 12, True)


def test_a_checkpoint_is_there_from_the_first_check_on(tmp_path: Path) -> None:
    """And it can be loaded while the run goes on."""
    counts: list[int] = []

    def stop() -> bool:
        counts.append(1)
        if len(counts) == 5:
            api.load("nqueens", checkpoint=str(tmp_path / "run/checkpoint"), device="cpu", threads=1)
        return False

    api.train("nqueens", options(tmp_path / "run"), stop=stop)
    assert len(counts) == 12


@pytest.mark.parametrize(("error", "state"), [(KeyboardInterrupt(), "stopped"), (RuntimeError("no\nroom"), "failed")])
def test_a_run_that_breaks_off_says_so(tmp_path: Path, error: BaseException, state: str) -> None:
    def stop() -> bool:
        raise error

    with pytest.raises(type(error)):
        api.train("nqueens", options(tmp_path / "run"), stop=stop)
    end = heartbeat.read(tmp_path / "run")
    assert end is not None and end.state == state and end.words == ("no" if state == "failed" else "")


def test_a_process_that_is_gone_is_not_alive_even_unburied(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert heartbeat.exists(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # Dead, but still in the table.
    assert not heartbeat.exists(child.pid) or not Path("/proc/self/stat").exists()
    child.wait()
    assert not heartbeat.exists(child.pid) and not heartbeat.exists(2**70)


def test_another_process_of_the_same_number_is_not_the_run(tmp_path: Path) -> None:
    heartbeat.write(tmp_path, Heartbeat(1, 2))
    mine = heartbeat.read(tmp_path)
    assert mine is not None and mine.alive
    if mine.started:
        assert replace(mine, started=mine.started + "0").alive is False
    assert replace(mine, host="elsewhere").alive is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "{}",
        '{"update": Infinity, "updates": 2}',
        '{"update": 1, "updates": 2, "loss": NaN}',
        '{"update": "many", "updates": 2}',
        '{"update": 1, "updates": 2, "state": "?"}',
    ],
)
def test_what_cannot_be_read_is_no_progress(tmp_path: Path, text: str) -> None:
    (tmp_path / heartbeat.NAME).write_text(text)
    assert heartbeat.read(tmp_path) is None


def test_what_is_not_known_to_this_version_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / heartbeat.NAME).write_text(json.dumps({"update": 1, "updates": 2, "colour": "blue", "loss": None}))
    assert heartbeat.read(tmp_path) == Heartbeat(1, 2)
