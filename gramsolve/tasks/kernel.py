"""Compiled functions that work whatever the state of their cache on disk: missing, read-only or broken."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import update_wrapper
from typing import Any

from numba import njit


class Kernel:
    """A function compiled by numba and cached on disk.

    Numba raises when a cache file was cut short, no folder can be written or the disk is full. Here the first becomes
    a fresh compilation, which also repairs the cache, and the others a compilation in memory. A kernel reports nothing
    by exceptions, so any exception of a call comes from compiling, loading or storing.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        update_wrapper(self, function)
        self._function = function
        self._compiled = _compile(function)

    def __call__(self, *args: Any) -> Any:
        try:
            return self._compiled(*args)
        except Exception:
            self.purge()
        try:
            return self._compiled(*args)
        except OSError:  # the disk is full
            self._compiled = njit(self._function)
            return self._compiled(*args)

    def purge(self) -> None:
        """Forget what is compiled, in memory and on disk."""
        with suppress(Exception):
            self._compiled._cache.flush()
        self._compiled = _compile(self._function)


def _compile(function: Callable[..., Any]) -> Any:
    # Long searches must not hold up the threads of others, such as the one that draws the screen.
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder for the cache
        return njit(nogil=True)(function)
