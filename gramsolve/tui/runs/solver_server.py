"""The solver process: runs solvers for ``gramsolve.tui.runs.solver_client``, which is in the screen's process.

    python -m gramsolve.tui.runs.solver_server DEVICE THREADS

Requests come on standard input and events leave on standard output.
"""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gramsolve.errors import GramsolveError
from gramsolve.inference.events import Event
from gramsolve.tui.runs.solver_client import RunEnded, SolveRequest

if TYPE_CHECKING:
    from gramsolve.inference.solver import Solver

MAX_SOLVERS = 4
"""Solvers that stay loaded."""
NICE = 5
"""Added to the process's niceness: the screen has priority where both want one core."""


def main(device: str, threads: int) -> None:
    """Serve requests until standard input ends; each run has a thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the screen's process.
    requests, events = sys.stdin.buffer, _own_output()
    if hasattr(os, "nice"):
        os.nice(NICE)
    solvers = _Solvers(device, threads)
    sending, loading = threading.Lock(), threading.Lock()
    stop_events: dict[int, threading.Event] = {}

    def send(run_id: int, what: Event | RunEnded) -> None:
        with sending:
            pickle.dump((run_id, what), events, pickle.HIGHEST_PROTOCOL)
            events.flush()

    def work(run_id: int, request: SolveRequest, stop: threading.Event) -> None:
        try:
            with loading:
                solver = solvers.get(request)
            for event in solver.run(request.instance, request.options, stop=stop.is_set):
                send(run_id, event)
        except GramsolveError as error:
            send(run_id, RunEnded(str(error)))
        except Exception as error:  # A thread has no caller: the screen reports it.
            send(run_id, RunEnded(": ".join(part for part in (type(error).__name__, str(error)) if part)))
        else:
            send(run_id, RunEnded())

    def load_torch() -> None:
        with loading:
            importlib.import_module("gramsolve.inference.solver")

    threading.Thread(target=load_torch, daemon=True).start()
    while True:
        try:
            run_id, request = pickle.load(requests)
        except EOFError:
            os._exit(0)  # The screen has closed; no run needs to finish.
        if request is None:
            stop_events.pop(run_id, threading.Event()).set()
        else:
            stop_events[run_id] = threading.Event()
            threading.Thread(target=work, args=(run_id, request, stop_events[run_id]), daemon=True).start()


class _Solvers:
    """Loads solvers and keeps the newest. A checkpoint that has been written again is loaded again."""

    def __init__(self, device: str, threads: int) -> None:
        self.device, self.threads = device, threads
        self._loaded: dict[tuple[Path, int], Solver] = {}

    def get(self, request: SolveRequest) -> Solver:
        """Raises what ``api.load`` raises."""
        from gramsolve import device
        from gramsolve.checkpoints import loading, store
        from gramsolve.inference.solver import Solver
        from gramsolve.tasks import registry

        task = registry.load(request.task)
        info = store.find(request.task, request.variant, request.checkpoint, usual=task.default_variant)
        key = info.path, (info.path / "config.json").stat().st_mtime_ns
        solver = self._loaded.pop(key, None)
        if solver is None:
            device.use_threads(self.threads)
            model, checkpoint = loading.load(task, info)
            solver = Solver(task, model, checkpoint, device=device.choose(self.device))
        self._loaded[key] = solver  # Newest last.
        while len(self._loaded) > MAX_SOLVERS:
            del self._loaded[next(iter(self._loaded))]
        return solver


def _own_output() -> BinaryIO:
    """Standard output, reserved for events; what libraries print goes to standard error."""
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return events


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
