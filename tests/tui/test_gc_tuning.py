"""The garbage collector beside the screen: what is new goes soon, the rest when nobody types."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from gramsolve.tui import gc_tuning


class Knot:
    """Refers to itself, so that only a collector can free it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def usual_collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_new_and_lost_is_freed_at_the_next_tidying() -> None:
    gc_tuning.collect_rarely()
    tidier = gc_tuning.IdleCollector()
    tidier.touch()
    knot = Knot()
    lost = weakref.ref(knot)
    del knot
    assert lost() is not None
    tidier.tidy()
    assert lost() is None


def test_what_was_lost_later_is_freed_when_nobody_types(monkeypatch: pytest.MonkeyPatch) -> None:
    gc_tuning.collect_rarely()
    tidier = gc_tuning.IdleCollector()
    knot = Knot()
    tidier.touch()
    tidier.tidy()
    lost = weakref.ref(knot)
    del knot
    tidier.tidy()
    assert lost() is not None, "it was looked through once, and is not again while somebody types"
    monkeypatch.setattr(gc_tuning, "IDLE_SECONDS", 0.0)
    tidier.tidy()
    assert lost() is None
    assert gc.get_freeze_count() > 0, "what is left is set aside again"
