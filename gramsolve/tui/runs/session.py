"""One run on a thread of its own, which stops at the next step when asked to."""

from __future__ import annotations

import threading

from gramsolve.errors import GramsolveError
from gramsolve.tui.runs.recorder import Recorder
from gramsolve.tui.runs.source import EventSource, LiveSource


class Session:
    """Runs ``source`` into ``recorder``.

    The thread is a daemon and not a Textual worker: an application waits for its workers when it ends, and
    loading a model cannot be interrupted, so quitting would hang until the model is loaded.
    """

    def __init__(self, source: EventSource) -> None:
        self.source = source
        self.recorder = Recorder()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="gramsolve-run", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the run to end; returns at once."""
        self._stop.set()

    def join(self, timeout: float) -> bool:
        """Wait for the thread. True when it has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def width(self) -> int:
        """Number of trajectories, known before the first step."""
        if self.recorder.started is not None:
            return self.recorder.started.width
        return self.source.options.width if isinstance(self.source, LiveSource) else 1

    def _work(self) -> None:
        recorder = self.recorder
        try:
            recorder.instance = self.source.puzzle()
            for event in self.source.events(self._stop.is_set):
                recorder.put(event)
                if self._stop.is_set():
                    break
        except GramsolveError as error:
            recorder.close(str(error))
        except Exception as error:  # A thread has no caller: the screen reports it.
            recorder.close(": ".join(part for part in (type(error).__name__, str(error)) if part))
        else:
            recorder.close()
