"""Evaluation and samples by several processes: the same figures and boards, whoever is lost or stopped on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gramsolve.training.heartbeat import exists
from tests.fakes.waiting import arrival, held_until, wait_until, with_startup_code

LONG = ["eval", "coloring", "--width", "200", "--depth", "1,64", "--threads", "1", "--device", "cpu"]
"""Many minutes of work in parts of a second: it cannot be over before a signal comes."""
EVAL = ["eval", "coloring", "--width", "1,20", "--depth", "1,2", "--limit", "40", "--threads", "1", "--device", "cpu"]
SAMPLE = ["sample", "nqueens", "-n", "21", "--depth", "3", "--threads", "1", "--device", "cpu", "--json"]


def start(*words: str, **more: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-m", "gramsolve", *words],
        stdout=pipe,
        stderr=pipe,
        text=True,
        env={**environment, **more},
        start_new_session=True,
    )


def answer(*words: str) -> dict:
    """The JSON a command prints, without what differs between two runs of one machine."""
    process = start(*words)
    out, err = process.communicate()
    assert process.returncode in (0, 1), err
    found = json.loads(out)
    return {name: value for name, value in found.items() if name not in ("seconds", "processes", "provenance")}


@pytest.fixture(scope="module")
def alone() -> dict:
    return answer(*EVAL, "--json")


def children(process: subprocess.Popen[str]) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def until_started(process: subprocess.Popen[str]) -> list[int]:
    """The processes that a leader has started, once there are some."""
    wait_until(lambda: children(process) or process.poll() is not None)
    assert process.poll() is None, process.communicate()[1]
    return children(process)


def until_gone(pids: list[int]) -> None:
    """Wait for as long as it takes a process to notice that its leader is no more."""
    wait_until(lambda: not any(exists(pid) for pid in pids))


linux = pytest.mark.skipif(
    not Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists(),
    reason="this system does not list the children of a process",
)


def test_two_processes_measure_what_one_does(alone: dict) -> None:
    assert alone["instances"] == 40
    assert answer(*EVAL, "--json", "--processes", "2") == alone


def test_processes_of_a_launcher_measure_what_one_does(alone: dict, tmp_path: Path) -> None:
    """As torchrun starts them: each knows its number and that there are two; one alone speaks."""
    words = [*EVAL, "--json", "--cache-dir", str(tmp_path)]
    second, first = (start(*words, RANK=rank, LOCAL_RANK=rank, WORLD_SIZE="2") for rank in "10")
    out, err = second.communicate()
    assert (second.returncode, out) == (0, ""), err
    out, err = first.communicate()
    assert first.returncode == 0, err
    found = json.loads(out)
    assert found["processes"] == 2 and {name: found[name] for name in alone} == alone


def test_a_measurement_goes_on_from_what_was_done(alone: dict, tmp_path: Path) -> None:
    words = [*EVAL, "--cache-dir", str(tmp_path)]
    process = start(*words, "--max-time", "0.001s")
    out, err = process.communicate()
    assert (process.returncode, out) == (4, "") and "resumes from there" in err and len(err.splitlines()) == 1
    assert answer(*words, "--json") == alone
    parts = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(parts) == 4  # of 12 puzzles with 20 trajectories
    next(iter(parts)).unlink()
    assert answer(*words, "--json") == alone
    made = [path for path in tmp_path.iterdir() if path.stat().st_mtime_ns != parts[path]]
    assert len(made) == 1, "only what was missing is done again"
    assert answer(*words, "--json", "--seed", "1") != alone, "parts of another seed are not taken for these"


def test_time_needs_a_place_to_go_on_from() -> None:
    process = start(*EVAL, "--max-time", "9m")
    _, err = process.communicate()
    assert process.returncode == 2 and "--cache-dir" in err and len(err.splitlines()) == 1


def test_a_lost_process_costs_nothing_but_time(alone: dict, tmp_path: Path) -> None:
    """The second process is held where it starts and killed there: it can neither be done nor be missed."""
    held = with_startup_code(tmp_path / "code", held_until(tmp_path / "go", "os.environ.get('RANK') == '1'"))
    process = start(*EVAL, "--json", "--processes", "2", PYTHONPATH=held["PYTHONPATH"])
    wait_until(lambda: arrival(tmp_path / "go") or process.poll() is not None)
    other = arrival(tmp_path / "go")
    assert other is not None, process.communicate()[1]
    os.kill(other, signal.SIGKILL)
    out, err = process.communicate()
    assert process.returncode == 0 and "was lost" in err and len(err.splitlines()) == 1
    found = json.loads(out)
    assert {name: found[name] for name in alone} == alone


@linux
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_leader_leaves_no_process_behind(number: signal.Signals, code: int) -> None:
    process = start(*LONG, "--processes", "2")
    others = until_started(process)
    process.send_signal(number)
    out, err = process.communicate()
    assert (process.returncode, out) == (code, "") and len(err.strip().splitlines()) == 1
    until_gone(others)


@linux
def test_processes_end_when_their_leader_is_killed() -> None:
    process = start(*LONG, "--processes", "2")
    others = until_started(process)
    process.kill()
    process.communicate()
    until_gone(others)


def test_two_processes_draw_what_one_does() -> None:
    alone = answer(*SAMPLE)
    assert len(alone["boards"]) == 21
    assert answer(*SAMPLE, "--processes", "2") == alone
    assert answer(*SAMPLE, "--processes", "3", "--halt", "head") == answer(*SAMPLE, "--halt", "head")
