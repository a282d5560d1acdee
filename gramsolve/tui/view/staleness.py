"""When a picture is stale: the one contract that every cache of the TUI keeps.

Drawing is a function of values, and a *render key* is the tuple of all values that one picture depends on. A picture is
stale exactly when its key differs from the key it was drawn for. The rules:

1. A key holds values that never change in place: frozen records (``Instance``, ``Frame``, ``Finished``, ``DrawStyle``),
   sizes, numbers and texts. Two keys are compared with ``==``; records without a comparison of their own, such as
   ``Frame``, are then compared by identity, which is right because a new frame is a new object.
2. A key names everything that its picture reads. A screen's key is a ``ScreenKey``; a panel's is what
   ``Panel.render_key`` returns, the part of the view state that the panel shows. A key with too much in it only costs
   time; one with too little shows an old picture.
3. ``LastKey`` answers "has this changed since it was drawn?", ``Cached`` keeps values by name and key, and
   ``CachedByIdentity`` keeps what was made from objects that are reused. No other cache is kept in the TUI; values
   derived from a frozen record alone (``ViewState.coarse``) are cached properties of that record and never go stale.
4. A change that is in no key, such as another layout of a panel, calls ``refresh`` or ``LastKey.forget``.

``tests/tui/test_redraw.py`` compares every picture that was drawn piece by piece with one drawn from nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from gramsolve.tui.view.view_state import DrawStyle, ViewState

Source = TypeVar("Source")
Value = TypeVar("Value")

Key = tuple[object, ...]
"""A render key: what a picture depends on. Compared with ``==`` and never hashed."""


@dataclass(frozen=True)
class ScreenKey:
    """What the picture of a screen with runs depends on.

    Attributes:
        runs: for each run its recorder's identity, stage and error, and how far its view state is.
        playback: (playing, level of speed).
        size: columns and lines of the terminal.
        style: how to draw.
        more: what only one kind of screen shows.
    """

    runs: tuple[Key, ...]
    playback: tuple[bool, int]
    size: tuple[int, int]
    style: DrawStyle
    more: Key = ()


def run_key(run: object, state: ViewState, stage: str, error: str | None) -> Key:
    """The part of a ``ScreenKey`` for one run. ``run`` is compared by identity: another run is another picture."""
    return (run, stage, error, state.position, len(state.frames), state.selected, state.instance, state.finished)


class LastKey:
    """The key that was drawn last."""

    def __init__(self) -> None:
        self._key: object = _NEVER

    def changed(self, key: object) -> bool:
        """Whether ``key`` differs from the last one; it is the last one from now on."""
        if key == self._key:
            return False
        self._key = key
        return True

    def differs(self, key: object) -> bool:
        """Whether ``key`` differs from the last one, which stays."""
        return key != self._key

    def forget(self) -> None:
        """The next key counts as changed."""
        self._key = _NEVER


_NEVER = object()


class Cached(Generic[Value]):
    """One value for each name, made again when its key has changed."""

    def __init__(self) -> None:
        self._values: dict[Hashable, tuple[object, Value]] = {}

    def get(self, name: Hashable, key: object, make: Callable[[], Value]) -> Value:
        """The value of ``name``: the present one if it was made for an equal key, else what ``make`` returns."""
        found = self._values.get(name)
        if found is None or found[0] != key:
            found = self._values[name] = key, make()
        return found[1]

    def forget(self) -> None:
        """Make every value again."""
        self._values = {}


class CachedByIdentity(Generic[Source, Value]):
    """Values made from objects that are used again and again, looked up by identity.

    Sources are kept as long as their values, so that no identity is used twice. ``next_picture`` drops what neither the
    picture before nor the present one has used.
    """

    def __init__(self) -> None:
        self._used: dict[int, tuple[Source, Value]] = {}
        self._before: dict[int, tuple[Source, Value]] = {}

    def get(self, source: Source, make: Callable[[Source], Value]) -> Value:
        """The value of ``source``, made at its first use."""
        key = id(source)
        found = self._used.get(key)
        if found is None:
            found = self._before.get(key) or (source, make(source))
            self._used[key] = found
        return found[1]

    def next_picture(self) -> None:
        """Another picture begins. Does nothing if none has been drawn since the last call."""
        if self._used:
            self._before, self._used = self._used, {}

    def forget(self) -> None:
        """Make every value again."""
        self._used, self._before = {}, {}

    def __len__(self) -> int:
        return len(self._used)
