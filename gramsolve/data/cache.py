"""Data sets of tasks."""

from __future__ import annotations

from gramsolve.tasks.task import Dataset, Progress, Task, quiet


def dataset(task: Task, variant: str, protocol: str, seed: int = 0, *, progress: Progress = quiet) -> Dataset:
    return task.dataset(variant, protocol, seed, progress=progress)
