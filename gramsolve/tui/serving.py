"""The far end of ``gramsolve.tui.engine``: solvers at work for a screen in another process.

    python -m gramsolve.tui.serving DEVICE THREADS

Orders come on standard input and events leave on standard output.
"""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO

from gramsolve.errors import GramsolveError
from gramsolve.inference.events import Event
from gramsolve.tui.engine import End, Order

if TYPE_CHECKING:
    from gramsolve.inference.solver import Solver

KEPT = 4
"""Solvers that are kept loaded."""
NICE = 5
"""The screen goes first where both want the same core."""


def main(device: str, threads: int) -> None:
    """Take orders until nobody is there to send any; each run has a thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the screen's to answer.
    orders, answers = sys.stdin.buffer, _own_output()
    if hasattr(os, "nice"):
        os.nice(NICE)
    solvers = _solvers(device, threads)
    sending, loading = threading.Lock(), threading.Lock()
    stops: dict[int, threading.Event] = {}

    def answer(number: int, what: Event | End) -> None:
        with sending:
            pickle.dump((number, what), answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()

    def work(number: int, order: Order, stop: threading.Event) -> None:
        try:
            with loading:
                solver = solvers(order)
            for event in solver.run(order.instance, order.options, stop=stop.is_set):
                answer(number, event)
        except GramsolveError as error:
            answer(number, End(str(error)))
        except Exception as error:  # A thread has nobody above it: the screen is where this is told.
            answer(number, End(": ".join(part for part in (type(error).__name__, str(error)) if part)))
        else:
            answer(number, End())

    def load_torch() -> None:
        with loading:
            importlib.import_module("gramsolve.inference.solver")

    threading.Thread(target=load_torch, daemon=True).start()
    while True:
        try:
            number, order = pickle.load(orders)
        except EOFError:
            os._exit(0)  # The screen has gone, and nothing here is worth waiting for.
        if order is None:
            stops.pop(number, threading.Event()).set()
        else:
            stops[number] = threading.Event()
            threading.Thread(target=work, args=(number, order, stops[number]), daemon=True).start()


def _solvers(device: str, threads: int) -> Callable[[Order], Solver]:
    """Loads solvers and keeps the newest; a checkpoint that has been written again is another."""

    @lru_cache(KEPT)
    def load(task: str, variant: str | None, checkpoint: str | None, written: int) -> Solver:
        from gramsolve import api

        return api.load(task, variant=variant, checkpoint=checkpoint, device=device, threads=threads)

    def find(order: Order) -> Solver:
        from gramsolve.checkpoints import store
        from gramsolve.tasks import registry

        usual = registry.load(order.task).default_variant
        info = store.find(order.task, order.variant, order.checkpoint, usual=usual)
        written = (info.path / "config.json").stat().st_mtime_ns
        return load(order.task, order.variant, order.checkpoint, written)

    return find


def _own_output() -> BinaryIO:
    """Standard output for events alone: what libraries print must not get between them."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
