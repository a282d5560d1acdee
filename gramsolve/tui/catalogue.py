"""The tasks of the home screen: each with a board to draw and its checkpoints, and the plugins that fail to load.

Reading the catalogue imports every plugin, so it runs on a thread and yields entries as soon as they are known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from gramsolve.checkpoints import store
from gramsolve.checkpoints.checkpoint import CheckpointInfo
from gramsolve.errors import GramsolveError
from gramsolve.tasks import registry
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task


@dataclass(frozen=True, eq=False)
class Entry:
    """A task as far as it is known: first its name, then its plugin and checkpoints, then a solved board.

    Attributes:
        task: None until its plugin is imported; stays None if that failed, and ``problem`` says why.
        checkpoints: the usable ones, those of the variant the task opens with first.
        instance, solution: a puzzle and, where it can be had, one of its solutions, output tokens [L_out].
    """

    name: str
    task: Task | None = None
    problem: str = ""
    checkpoints: tuple[CheckpointInfo, ...] = ()
    instance: Instance | None = None
    solution: Tokens | None = None

    @property
    def variants(self) -> tuple[str, ...]:
        """Variants that a checkpoint was trained for."""
        return tuple(dict.fromkeys(info.variant for info in self.checkpoints))

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions that are possible now, the default one first."""
        if self.task is None:
            return ()
        if not self.checkpoints:
            return ("train",)
        return ("watch", "sample", "train") if self.task.capabilities.conditional else ("sample", "train")


def accuracy(info: CheckpointInfo) -> float | None:
    """Accuracy of one trajectory on held-out puzzles: as measured or, without that, at the end of training."""
    measured = None if info.measured is None else info.measured.accuracy
    for figure in (measured, *info.provenance.held_out_accuracy[-1:]):
        if figure is not None and 0 <= figure <= 1:
            return figure
    return None


def in_words(figure: float) -> str:
    """A share as whole per cent; one below 1 never reads 100%."""
    return f"{figure:.0%}" if figure == 1 or figure < 0.995 else f"{math.floor(1000 * figure) / 10}%"


@dataclass(frozen=True)
class Catalogue:
    """Where tasks and checkpoints come from; tests replace the functions."""

    names: Callable[[], Sequence[str]] = registry.names
    load: Callable[[str], Task] = registry.load
    checkpoints: Callable[[], Sequence[CheckpointInfo]] = store.listing
    listing: Callable[[], Sequence[registry.PluginInfo]] = registry.listing
    known: Sequence[str] = field(default_factory=registry.built_in)
    """Names that are shown before any plugin is imported."""

    def entries(self) -> Iterator[Entry]:
        """Every task by name, then again whenever more is known of it. Does not raise."""
        names = list(self.names())
        yield from (Entry(name) for name in names)
        found = [self.entry(name) for name in names]
        for entry in found:
            yield entry
        for entry in found:
            solved = _solved(entry)
            if solved is not None:
                yield replace(entry, solution=solved)
        for info in self.listing():
            if info.status == "broken" and info.name not in names:
                yield Entry(info.name, problem=info.reason)

    def entry(self, name: str) -> Entry:
        """A task with its checkpoints and a puzzle, or the reason why there is none."""
        try:
            task = self.load(name)
        except GramsolveError as error:
            return Entry(name, problem=str(error))
        return Entry(name, task, "", self.trained(task), _puzzle(task))

    def trained(self, task: Task) -> tuple[CheckpointInfo, ...]:
        """The checkpoints of a task that can be used, in the order in which they should be offered."""
        usable = [info for info in self.checkpoints() if not info.problem and info.task == task.name]

        def rank(info: CheckpointInfo) -> tuple[bool, bool, str]:
            return info.variant != task.default_variant, info.name != f"{task.name}-{info.variant}", info.name

        return tuple(sorted(usable, key=rank))


def _puzzle(task: Task) -> Instance | None:
    """The task's example, or a generated puzzle; None for a plugin that has neither."""
    try:
        if task.example:
            return task.parse(task.example)[0]
        return task.generate(task.default_variant, 1, 0)[0]
    except Exception:
        return None


def _solved(entry: Entry) -> Tokens | None:
    """A solution of the entry's puzzle, to draw in place of an empty board."""
    if entry.task is None or entry.instance is None:
        return None
    task = entry.task
    try:
        if not task.capabilities.conditional:
            # There is no puzzle to solve, so a board of the test data is shown.
            return task.dataset(task.default_variant, task.protocols[0]).test.outputs[0].copy()
        found = task.enumerate(entry.instance, 1) if task.capabilities.exact_solver else None
    except Exception:
        return None
    return found[0] if found is not None and len(found) else None
