"""Waiting for an application without sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.pilot import Pilot

from tests.fakes.waiting import PATIENCE


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the application work until ``condition`` holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        await pilot.pause(0.005)
    await pilot.pause()


async def settle(pilot: Pilot[None], position: int | None = None) -> None:
    """Wait for the end of the run, and stay at a step (the last one when None)."""
    arena = pilot.app.arena  # type: ignore[attr-defined]
    await until(pilot, lambda: arena.session.recorder.closed)
    arena.action_seek(10**6 if position is None else position)
    await pilot.pause()
