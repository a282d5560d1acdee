"""Tuning of Python's garbage collector, so that keys do not wait for it.

A full collection took a quarter of the time of a frame on average, and sometimes as long as several frames. Reference
counting frees almost everything; a collection of new objects runs once a second, a full one after a pause in typing.
"""

from __future__ import annotations

import gc
from time import monotonic

THRESHOLDS = (50_000, 1000, 1000)
"""Thresholds of ``gc`` between two calls of ``tidy``."""
PERIOD = 1.0
"""Seconds between two calls of ``tidy``."""
IDLE_SECONDS = 20.0
"""Seconds without a key after which a full collection may run."""


def collect_rarely() -> None:
    """Exclude all present objects from collections, and collect rarely."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


class IdleCollector:
    """Collects garbage between the user's actions."""

    def __init__(self) -> None:
        self.touched = monotonic()
        self._done = False

    def touch(self) -> None:
        """The user has pressed a key or moved the mouse."""
        self.touched, self._done = monotonic(), False

    def tidy(self) -> None:
        """Collect new objects; after ``IDLE_SECONDS`` without input, all objects once."""
        if not self._done and monotonic() - self.touched > IDLE_SECONDS:
            self._done = True
            gc.unfreeze()
            gc.collect()
        else:
            gc.collect(0)
        gc.freeze()
