"""What the TUI keeps between runs: settings, and the list of recent puzzles and recordings."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from gramsolve import files, records
from gramsolve.errors import BadInput
from gramsolve.inference.options import MAX_DEPTH, SolveOptions
from gramsolve.tui.runs.playback import SPEEDS, USUAL

FOLDER = "GRAMSOLVE_CONFIG"
"""Environment variable that names the folder to use instead of the user's own."""

NAME = "tui.json"
MAX_RECENT = 20
"""Entries of the list of recent things."""
MAX_TEXT = 20_000
"""Characters of the longest puzzle that is kept."""
MAX_BYTES = 2_000_000
MAX_COUNT = 1000
"""Most trajectories and steps; a damaged file must not ask for more than a machine can do."""


@dataclass(frozen=True)
class Recent:
    """A puzzle or a recording that was watched.

    Attributes:
        kind: ``puzzle`` or ``recording``.
        text: the puzzle in its task's notation, or the path of the recording.
        title, result: which puzzle it is and how it ended, in a few words.
    """

    kind: Literal["puzzle", "recording"]
    task: str
    variant: str
    text: str
    title: str = ""
    result: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Identity: entries with equal keys replace each other."""
        return self.kind, self.task, self.text


@dataclass(frozen=True)
class Settings:
    """What is kept.

    Attributes:
        theme: empty for the default.
        speed: of playback, an index of ``playback.SPEEDS``.
        pixels: draw boards as pictures where the terminal can show them.
        deepen: continue after ``depth`` steps while no board is valid.
    """

    theme: str = ""
    animation: bool = True
    width: int = SolveOptions.width
    depth: int = SolveOptions.depth
    speed: int = USUAL
    task: str = ""
    recent: tuple[Recent, ...] = ()
    pixels: bool = False
    deepen: bool = True

    def options(self, others: SolveOptions) -> SolveOptions:
        """``others`` with the width and depth that are kept here."""
        return replace(others, width=self.width, depth=self.depth, max_depth=MAX_DEPTH if self.deepen else 0)

    def remember(self, recent: Recent) -> Settings:
        """With one more recent entry, the newest first."""
        if len(recent.text) > MAX_TEXT:
            return self
        others = [old for old in self.recent if old.key != recent.key]
        return replace(self, recent=(recent, *others)[:MAX_RECENT])


def folder() -> Path:
    """The folder of the file."""
    import platformdirs

    chosen = os.environ.get(FOLDER)
    return Path(chosen) if chosen else platformdirs.user_state_path("gramsolve")


def parse_settings(values: object) -> Settings:
    """Settings from the content of a file; values that are missing or invalid get their defaults."""
    if not isinstance(values, Mapping):
        return Settings()
    found = records.right_fields(Settings, {name: value for name, value in values.items() if name != "recent"})
    for name, low, high in (("width", 1, MAX_COUNT), ("depth", 1, MAX_COUNT), ("speed", 0, len(SPEEDS) - 1)):
        if name in found and not low <= found[name] <= high:
            del found[name]
    recent = values.get("recent")
    kept = [_recent(entry) for entry in recent] if isinstance(recent, list) else []
    return Settings(**found, recent=tuple(entry for entry in kept if entry is not None)[:MAX_RECENT])


def _recent(entry: object) -> Recent | None:
    try:
        recent = records.read(Recent, entry, "recent", ignore_unknown=True)
    except BadInput:
        return None
    short = all(len(text) <= MAX_TEXT for text in asdict(recent).values())
    return recent if short and recent.task and recent.text else None


class Preferences:
    """The settings in force, and the file that they are kept in; None keeps them nowhere.

    Nothing here raises: a file that cannot be read or written must not stop the TUI.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.settings = self._read()

    def _read(self) -> Settings:
        if self.path is None:
            return Settings()
        try:
            data = records.read_bytes(self.path, max_bytes=MAX_BYTES)
            return parse_settings(records.parse(data, NAME, max_bytes=MAX_BYTES))
        except (FileNotFoundError, BadInput):
            return Settings()

    def change(self, change: Callable[[Settings], Settings]) -> None:
        """Change the settings. The file is read again first, because another window may have written it."""
        before, self.settings = self.settings, change(self.settings)
        if self.path is None or self.settings == before:
            return
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(asdict(change(self._read())), indent=1, ensure_ascii=False)
            files.write_bytes(self.path, text.encode("utf-8", "replace"))

    def set(self, **values: Any) -> None:
        """Set settings by name."""
        self.change(lambda settings: replace(settings, **values))

    def remember(self, recent: Recent) -> None:
        self.change(lambda settings: settings.remember(recent))
