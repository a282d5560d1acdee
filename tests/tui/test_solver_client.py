"""The solver's process: it says what a solver here would say, and its end is not the end of the screen."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gramsolve import api
from gramsolve.checkpoints import store
from gramsolve.errors import GramsolveError
from gramsolve.inference.events import Finished, Started, Step
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks import registry
from gramsolve.training.heartbeat import exists
from gramsolve.tui.runs.solver_client import SolverClient
from tests.fakes.waiting import wait_until

TASK = registry.load("nqueens")
PUZZLE = TASK.parse(TASK.example)[0]
OPTIONS = SolveOptions(width=6, depth=4, halt="never", seed=5)
ENDLESS = SolveOptions(width=6, depth=100_000, halt="never")


@pytest.fixture(scope="module")
def client() -> Iterator[SolverClient]:
    client = SolverClient("cpu", threads=1)
    yield client
    client.close()


def process_of(client: SolverClient) -> int:
    assert client._process_now is not None
    return client._process_now._process.pid


def test_events_are_those_of_a_solver_here(client: SolverClient) -> None:
    here = list(api.load("nqueens", checkpoint="nqueens-8x8", device="cpu", threads=1).run(PUZZLE, OPTIONS))
    there = list(client.load("nqueens", None, "nqueens-8x8").run(PUZZLE, OPTIONS))
    assert [type(event) for event in there] == [type(event) for event in here]
    for one, other in zip(here, there, strict=True):
        if isinstance(one, Step) and isinstance(other, Step):
            for name in ("tokens", "confidence", "value", "latent", "running", "valid", "violations"):
                assert np.array_equal(getattr(one, name), getattr(other, name))
                assert not getattr(other, name).flags.writeable
    assert isinstance(there[0], Started) and there[0].instance == PUZZLE
    assert isinstance(there[-1], Finished) and isinstance(here[-1], Finished)
    assert there[-1].summary() | {"seconds": 0} == here[-1].summary() | {"seconds": 0}


def test_what_goes_wrong_there_is_told_here(client: SolverClient) -> None:
    with pytest.raises(GramsolveError, match="no checkpoint"):
        list(client.load("nqueens", "6x6", None).run(PUZZLE, OPTIONS))
    with pytest.raises(GramsolveError, match="solves 8x8"):
        list(client.load("nqueens", None, "nqueens-8x8").run(TASK.blank("6x6"), OPTIONS))


def test_a_run_nobody_wants_ends_and_the_next_one_runs(client: SolverClient) -> None:
    solver = client.load("nqueens", None, "nqueens-8x8")
    seen = 0

    def enough() -> bool:
        return seen >= 3

    for event in solver.run(PUZZLE, ENDLESS, stop=enough):
        seen += isinstance(event, Step)
    assert seen == 3
    assert isinstance(list(solver.run(PUZZLE, OPTIONS))[-1], Finished)


def test_two_runs_go_side_by_side(client: SolverClient) -> None:
    solver = client.load("nqueens", None, "nqueens-8x8")
    one, other = solver.run(PUZZLE, ENDLESS), solver.run(PUZZLE, OPTIONS)
    assert isinstance(next(one), Started)
    assert isinstance(list(other)[-1], Finished), "one that goes on for ever does not hold up the other"
    assert isinstance(next(one), Step)
    one.close()  # type: ignore[attr-defined]


def test_a_checkpoint_written_again_is_loaded_again(client: SolverClient, tmp_path: Path) -> None:
    place = tmp_path / "mine"

    def answers() -> list[bytes]:
        return [
            event.latent.tobytes()
            for event in client.load("nqueens", None, str(place)).run(PUZZLE, OPTIONS)
            if isinstance(event, Step)
        ]

    shutil.copytree(store.find("nqueens", None, "nqueens-8x8").path, place)
    first = answers()
    assert answers() == first
    shutil.rmtree(place)
    shutil.copytree(store.find("nqueens", None, "nqueens-8x8-symmetry").path, place)
    os.utime(place / "config.json")
    assert answers() != first


def test_a_process_that_dies_is_told_of_and_replaced() -> None:
    client = SolverClient("cpu", threads=1)
    try:
        solver = client.load("nqueens", None, "nqueens-8x8")
        events = solver.run(PUZZLE, ENDLESS)
        next(events)
        before = process_of(client)
        os.kill(before, signal.SIGKILL)
        with pytest.raises(GramsolveError, match="SIGKILL"):
            list(events)
        assert isinstance(list(solver.run(PUZZLE, OPTIONS))[-1], Finished)
        assert process_of(client) != before
    finally:
        client.close()
    with pytest.raises(GramsolveError, match="closed"):
        list(solver.run(PUZZLE, OPTIONS))


SCREEN = """
import asyncio, os, sys
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks import registry
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.runs.solver_client import SolverClient
from gramsolve.tui.runs.run_factory import RunFactory

async def main():
    client = SolverClient("cpu", 1)
    run_factory = RunFactory(client.load, SolveOptions(width=4, depth=4))
    task = registry.load("nqueens")
    source, variant = run_factory.watch(task)
    app = GramsolveApp(task, variant, source, run_factory=run_factory)
    async with app.run_test(size=(100, 40)) as pilot:
        async with asyncio.timeout(900):
            while app.arena.session.recorder.finished is None:
                await pilot.pause(0.05)
                assert app.arena.session.recorder.error is None, app.arena.session.recorder.error
    print("torch" in sys.modules, client._process_now._process.pid, file=sys.__stdout__, flush=True)
    os.kill(os.getpid(), 9)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc about processes")
def test_the_screen_never_loads_torch_and_leaves_no_process_behind(tmp_path: Path) -> None:
    script = tmp_path / "screen.py"
    script.write_text(SCREEN)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    loaded, pid = done.stdout.split()
    assert loaded == "False", done.stderr
    assert done.returncode == -signal.SIGKILL
    wait_until(lambda: not exists(int(pid)))
