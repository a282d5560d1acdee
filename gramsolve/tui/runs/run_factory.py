"""Makes the run for what the user chose: task, variant, checkpoint and puzzle."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache

from gramsolve.checkpoints import store
from gramsolve.checkpoints.checkpoint import CheckpointInfo
from gramsolve.errors import BadInput, GramsolveError
from gramsolve.inference.options import SolveOptions, depth_to_sample
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task
from gramsolve.tui.runs.solver_client import SolverClient
from gramsolve.tui.runs.source import LiveSource, Runner, puzzle_to_watch

LoadSolver = Callable[[str, str | None, str | None], Runner]
"""(task, variant, checkpoint) -> solver; called on the run's thread."""


@dataclass(frozen=True)
class RunFactory:
    """Makes sources with the options in force; ``find`` says which checkpoint would be used."""

    load: LoadSolver = field(default_factory=lambda: SolverClient().load)
    options: SolveOptions = field(default_factory=SolveOptions)
    find: Callable[[str, str | None, str | None], CheckpointInfo] = store.find

    def variant(self, task: Task, variant: str | None, checkpoint: str | None) -> str:
        """The variant meant: the one named, the checkpoint's, or the one the task opens with."""
        if variant is None and checkpoint is not None:
            variant = self.find(task.name, None, checkpoint).variant
        return task.variant(variant or task.default_variant).name

    def watch(
        self, task: Task, variant: str | None = None, checkpoint: str | None = None, puzzle: str | None = None
    ) -> tuple[LiveSource, str]:
        """A run on a puzzle, and its variant. Raises BadInput for a puzzle that cannot be read."""
        instance: Instance | Callable[[], Instance]
        if puzzle is not None:
            puzzles = task.read(puzzle, variant=variant).good
            if not puzzles:
                raise BadInput("there is no puzzle in the text given")
            instance = puzzles[0] if variant is None else task.to_variant(puzzles[0], variant)
            name = instance.variant
        else:
            name, seed = self.variant(task, variant, checkpoint), self.options.seed
            instance = cache(lambda: puzzle_to_watch(task, name, seed))
        return LiveSource(self._solver(task, name, checkpoint), instance, replace(self.options, exact=True)), name

    def sample(self, task: Task, variant: str | None = None, checkpoint: str | None = None) -> tuple[LiveSource, str]:
        """An unconditional run and its variant; as deep as ``gramsolve sample`` unless a depth is set."""
        name, training = self.variant(task, variant, checkpoint), None
        with suppress(GramsolveError):  # The solver reports what is wrong.
            info = store.find(task.name, name, checkpoint, unconditional=True)
            checkpoint = checkpoint or info.name
            training = info.training
        depth = self.options.depth
        if self.options.max_depth:
            depth = depth_to_sample(task.capabilities.conditional, training)
        options = replace(self.options, exact=False, until="depth", depth=depth, max_depth=0)
        return LiveSource(self._solver(task, name, checkpoint), cache(lambda: task.blank(name)), options), name

    def _solver(self, task: Task, variant: str, checkpoint: str | None) -> Callable[[], Runner]:
        return lambda: self.load(task.name, variant, checkpoint)
