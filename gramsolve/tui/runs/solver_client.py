"""The client of the solver process: torch starts and computes there, and never delays the screen and its keys.

The screen's process sends requests and gets events; ``gramsolve.tui.runs.solver_server`` is the
server. Messages are pickled; both ends are this program, and no message comes from a file.

A plain subprocess and not ``multiprocessing``: its spawned child would import the parent's main module first, and share
the terminal on standard output, where one line printed by a library breaks the picture.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import numpy as np

from gramsolve.errors import GramsolveError
from gramsolve.inference.events import Event
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks.base import Instance

POLL_SECONDS = 0.1
"""Seconds between two checks of ``stop`` while no event comes."""


@dataclass(frozen=True)
class SolveRequest:
    """A run that is asked for."""

    task: str
    variant: str | None
    checkpoint: str | None
    instance: Instance
    options: SolveOptions


@dataclass(frozen=True)
class RunEnded:
    """The last message of a run; ``error`` says what went wrong, and is empty otherwise."""

    error: str = ""


class SolverClient:
    """Starts the solver process at the first request, and again at the next one if it has ended.

    Args:
        device: see ``gramsolve.device.choose``.
        threads: of the solver; None leaves one core to the screen.
    """

    def __init__(self, device: str = "auto", threads: int | None = None) -> None:
        self.device = device
        self.threads = threads or max(1, (os.cpu_count() or 2) - 1)
        self._lock = threading.Lock()
        self._process_now: _ServerProcess | None = None
        self._closed = False

    def load(self, task: str, variant: str | None, checkpoint: str | None) -> RemoteSolver:
        """A solver in the process. A missing checkpoint is reported by its first run."""
        return RemoteSolver(self, task, variant, checkpoint)

    def run(self, request: SolveRequest, stop: Callable[[], bool]) -> Iterator[Event]:
        """The events of a run. Raises GramsolveError with the message of an error in the process."""
        process = self._server_process()
        run_id, events = process.begin(request)
        try:
            while not stop():
                with contextlib.suppress(Empty):
                    event = events.get(timeout=POLL_SECONDS)
                    if isinstance(event, RunEnded):
                        if event.error:
                            raise GramsolveError(event.error)
                        return
                    yield event
        finally:
            process.end(run_id)

    def start(self) -> None:
        """Start the process now, so that torch is imported before the first request."""
        self._server_process()

    def close(self) -> None:
        """End the process; runs in progress end with an error."""
        with self._lock:
            self._closed = True
            if self._process_now is not None:
                self._process_now.kill()

    def _server_process(self) -> _ServerProcess:
        with self._lock:
            if self._closed:
                raise GramsolveError("the solver's process has been closed")
            if self._process_now is None or not self._process_now.alive:
                self._process_now = _ServerProcess(self.device, self.threads)
            return self._process_now


@dataclass(frozen=True)
class RemoteSolver:
    """A solver in the solver process, with the interface of ``Solver``."""

    client: SolverClient
    task: str
    variant: str | None
    checkpoint: str | None

    def run(
        self, instance: Instance, options: SolveOptions | None = None, *, stop: Callable[[], bool] | None = None
    ) -> Iterator[Event]:
        """See ``Solver.run``. A run that is stopped ends immediately, without ``Finished``."""
        request = SolveRequest(self.task, self.variant, self.checkpoint, instance, options or SolveOptions())
        return self.client.run(request, stop or (lambda: False))


class _ServerProcess:
    """The process and a thread that hands each event to the queue of its run."""

    def __init__(self, device: str, threads: int) -> None:
        words = [sys.executable, "-m", "gramsolve.tui.runs.solver_server", device, str(threads)]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests, self._events = self._process.stdin, self._process.stdout
        self._run_ids = itertools.count()
        self._runs: dict[int, SimpleQueue[Event | RunEnded]] = {}
        self._lock = threading.Lock()
        self.alive = True
        threading.Thread(target=self._listen, name="solver-events", daemon=True).start()

    def begin(self, request: SolveRequest) -> tuple[int, SimpleQueue[Event | RunEnded]]:
        with self._lock:
            run_id = next(self._run_ids)
            events: SimpleQueue[Event | RunEnded] = SimpleQueue()
            self._runs[run_id] = events
            if not self.alive:
                events.put(RunEnded(self._ending()))
        self._send((run_id, request))
        return run_id, events

    def end(self, run_id: int) -> None:
        """Stop a run and drop its events."""
        with self._lock:
            self._runs.pop(run_id, None)
        self._send((run_id, None))

    def kill(self) -> None:
        self._process.kill()

    def _send(self, message: tuple[int, SolveRequest | None]) -> None:
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        # If the process has ended, the listening thread reports it.
        with self._lock, contextlib.suppress(OSError):
            self._requests.write(data)
            self._requests.flush()

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                run_id, event = pickle.load(self._events)
                with self._lock:
                    events = self._runs.get(run_id)
                if events is not None:
                    events.put(_frozen(event))
        self._process.wait()
        with self._lock:
            self.alive = False
            for events in self._runs.values():
                events.put(RunEnded(self._ending()))

    def _ending(self) -> str:
        code = self._process.wait()
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"the solver's process has ended ({how}); the next run starts another"


def _frozen(event: Event | RunEnded) -> Event | RunEnded:
    """An event with read-only arrays: pickling makes them writeable."""
    for field in dataclasses.fields(event):
        value = getattr(event, field.name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return event
