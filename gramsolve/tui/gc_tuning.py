"""Python's garbage collector, kept from making keys wait.

To look through all that has been loaded took a quarter of the time of a frame, and now and then as long as several
frames at once. Almost everything goes without a collector; the rest is looked for a little at a time, and thoroughly
when nobody has touched a key for a while.
"""

from __future__ import annotations

import gc
from time import monotonic

THRESHOLDS = (50_000, 1000, 1000)
"""Thresholds for what comes between two times of tidying."""
PERIOD = 1.0
"""Seconds between those."""
IDLE_SECONDS = 20.0
"""Seconds without a key after which all of it may be looked through."""


def collect_rarely() -> None:
    """What has been loaded stays to the end."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


class IdleCollector:
    """Tidies up beside what a person does."""

    def __init__(self) -> None:
        self.touched = monotonic()
        self._done = False

    def touch(self) -> None:
        """A person is at work."""
        self.touched, self._done = monotonic(), False

    def tidy(self) -> None:
        """What is new is looked through once; after long rest everything is."""
        if not self._done and monotonic() - self.touched > IDLE_SECONDS:
            self._done = True
            gc.unfreeze()
            gc.collect()
        else:
            gc.collect(0)
        gc.freeze()
