"""Messages from screens to the application. Screens do not import each other's messages."""

from __future__ import annotations

from pathlib import Path

from textual.message import Message

from gramsolve.inference.events import Finished
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task
from gramsolve.tui.catalogue import Entry


class Watch(Message):
    """Watch a puzzle of a task being solved: ``puzzle`` as text, or a generated one."""

    def __init__(
        self, task: str, variant: str | None = None, checkpoint: str | None = None, puzzle: str | None = None
    ) -> None:
        super().__init__()
        self.task, self.variant, self.checkpoint, self.puzzle = task, variant, checkpoint, puzzle


class Sample(Message):
    """Sample boards of a task unconditionally."""

    def __init__(self, task: str, variant: str | None = None, checkpoint: str | None = None) -> None:
        super().__init__()
        self.task, self.variant, self.checkpoint = task, variant, checkpoint


class Train(Message):
    """Train a model for a task; None opens the training screen without one."""

    def __init__(self, task: str | None = None) -> None:
        super().__init__()
        self.task = task


class OpenCheckpoint(Message):
    """Watch the model of a training run: ``path`` is the folder of its checkpoint."""

    def __init__(self, task: str, path: Path) -> None:
        super().__init__()
        self.task, self.path = task, path


class Replay(Message):
    """Watch a recorded run."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path


class Solved(Message):
    """A live run came to its end."""

    def __init__(self, task: Task, instance: Instance, finished: Finished) -> None:
        super().__init__()
        self.task, self.instance, self.finished = task, instance, finished


class Saved(Message):
    """A recording of a run was written."""

    def __init__(self, path: Path, task: str, variant: str) -> None:
        super().__init__()
        self.path, self.task, self.variant = path, task, variant


class EntryFound(Message):
    """More is known of a task; None when the catalogue is complete."""

    def __init__(self, entry: Entry | None) -> None:
        super().__init__()
        self.entry = entry
