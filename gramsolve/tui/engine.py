"""Solvers in a process of their own: torch starts and computes there, and never holds up the screen and its keys.

The screen's process sends orders and gets events; ``gramsolve.tui.serving`` is the other end. Both ends are ours, and
nothing that travels comes from a file.
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
from gramsolve.tasks.task import Instance

LOOK = 0.1
"""Seconds between two looks at whether a run is still wanted, while nothing comes."""


@dataclass(frozen=True)
class Order:
    """A run as it is asked for."""

    task: str
    variant: str | None
    checkpoint: str | None
    instance: Instance
    options: SolveOptions


@dataclass(frozen=True)
class End:
    """Nothing more comes of a run; ``error`` says what went wrong."""

    error: str = ""


class Engine:
    """The process, begun at the first order, and again at the next one if it has ended.

    Args:
        device: see ``gramsolve.device.choose``.
        threads: of the solver; None leaves one core to the screen.
    """

    def __init__(self, device: str = "auto", threads: int | None = None) -> None:
        self.device = device
        self.threads = threads or max(1, (os.cpu_count() or 2) - 1)
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._closed = False

    def load(self, task: str, variant: str | None, checkpoint: str | None) -> RemoteSolver:
        """A solver in the process; whether there is one is found out by its first run."""
        return RemoteSolver(self, task, variant, checkpoint)

    def run(self, order: Order, stop: Callable[[], bool]) -> Iterator[Event]:
        """The events of a run. Raises GramsolveError with the words of whatever went wrong over there."""
        worker = self._working()
        number, answers = worker.begin(order)
        try:
            while not stop():
                with contextlib.suppress(Empty):
                    answer = answers.get(timeout=LOOK)
                    if isinstance(answer, End):
                        if answer.error:
                            raise GramsolveError(answer.error)
                        return
                    yield answer
        finally:
            worker.end(number)

    def start(self) -> None:
        """Begin the process now, so that torch is there when the first order comes."""
        self._working()

    def close(self) -> None:
        """End the process; runs that are under way end with an error."""
        with self._lock:
            self._closed = True
            if self._worker is not None:
                self._worker.kill()

    def _working(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise GramsolveError("the solver's process has been closed")
            if self._worker is None or not self._worker.alive:
                self._worker = _Worker(self.device, self.threads)
            return self._worker


@dataclass(frozen=True)
class RemoteSolver:
    """Stands for a solver in another process."""

    engine: Engine
    task: str
    variant: str | None
    checkpoint: str | None

    def run(
        self, instance: Instance, options: SolveOptions | None = None, *, stop: Callable[[], bool] | None = None
    ) -> Iterator[Event]:
        """See ``Solver.run``; a run that is stopped ends at once, without ``Finished``."""
        order = Order(self.task, self.variant, self.checkpoint, instance, options or SolveOptions())
        return self.engine.run(order, stop or (lambda: False))


class _Worker:
    """The near end: a thread hands what comes to the run that it belongs to."""

    def __init__(self, device: str, threads: int) -> None:
        words = [sys.executable, "-m", "gramsolve.tui.serving", device, str(threads)]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._orders, self._answers = self._process.stdin, self._process.stdout
        self._numbers = itertools.count()
        self._runs: dict[int, SimpleQueue[Event | End]] = {}
        self._lock = threading.Lock()
        self.alive = True
        threading.Thread(target=self._listen, name="engine-answers", daemon=True).start()

    def begin(self, order: Order) -> tuple[int, SimpleQueue[Event | End]]:
        with self._lock:
            number = next(self._numbers)
            answers: SimpleQueue[Event | End] = SimpleQueue()
            self._runs[number] = answers
            if not self.alive:
                answers.put(End(self._ending()))
        self._send((number, order))
        return number, answers

    def end(self, number: int) -> None:
        """Nobody listens to a run any longer."""
        with self._lock:
            self._runs.pop(number, None)
        self._send((number, None))

    def kill(self) -> None:
        self._process.kill()

    def _send(self, message: tuple[int, Order | None]) -> None:
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        # A process that has ended is told of by the thread that listens.
        with self._lock, contextlib.suppress(OSError):
            self._orders.write(data)
            self._orders.flush()

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                number, answer = pickle.load(self._answers)
                with self._lock:
                    answers = self._runs.get(number)
                if answers is not None:
                    answers.put(_frozen(answer))
        self._process.wait()
        with self._lock:
            self.alive = False
            for answers in self._runs.values():
                answers.put(End(self._ending()))

    def _ending(self) -> str:
        code = self._process.wait()
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"the solver's process has ended ({how}); the next run starts another"


def _frozen(answer: Event | End) -> Event | End:
    """Arrays are read-only at their origin, and travelling must not change that."""
    for field in dataclasses.fields(answer):
        value = getattr(answer, field.name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return answer
