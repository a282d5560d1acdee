"""The public Python API, on which the command line and the TUI are built.

from gramsolve import api

solver = api.load("nqueens")
for event in solver.run(solver.task.parse(text)[0]):
    if isinstance(event, api.Finished):
        print(event.best)
api.evaluate(solver, api.EvalOptions(widths=(20,))).to_dict()
api.adapt(solver, puzzles, api.AdaptOptions(api.Budget(seconds=60))).answers
api.train("nqueens", api.TrainOptions(preset="tiny"))

Options and events import at once. What needs torch (``Solver``, ``elbo``, ``diversity``, the reports) is imported when
it is first used.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gramsolve.adaptation.options import AdaptationProgress, AdaptOptions, Budget, ignore_progress, never_stop
from gramsolve.evaluation.options import EvalOptions
from gramsolve.inference.events import Candidate, Event, Finished, Solution, Started, Step
from gramsolve.inference.options import Halt, Rule, SolveOptions, Until
from gramsolve.tasks import registry
from gramsolve.training.metrics import TrainingMetrics
from gramsolve.training.train_options import TrainOptions, TrainResult

if TYPE_CHECKING:
    from gramsolve.adaptation.adapt import AdaptationResult
    from gramsolve.evaluation.accuracy import AccuracyEvaluation, AccuracyReport
    from gramsolve.evaluation.diversity import DiversityReport
    from gramsolve.evaluation.diversity import measure_diversity as diversity
    from gramsolve.evaluation.elbo import ElboReport
    from gramsolve.evaluation.elbo import measure_elbo as elbo
    from gramsolve.evaluation.quality import QualityEvaluation
    from gramsolve.evaluation.unconditional import UnconditionalEvaluation
    from gramsolve.inference.solver import Solver
    from gramsolve.tasks.base import Instance

__all__ = [
    "AccuracyReport",
    "AdaptOptions",
    "AdaptationProgress",
    "AdaptationResult",
    "Budget",
    "Candidate",
    "DiversityReport",
    "ElboReport",
    "EvalOptions",
    "Event",
    "Finished",
    "Halt",
    "Rule",
    "Solution",
    "SolveOptions",
    "Solver",
    "Started",
    "Step",
    "TrainOptions",
    "TrainResult",
    "TrainingMetrics",
    "Until",
    "adapt",
    "diversity",
    "elbo",
    "evaluate",
    "evaluation",
    "load",
    "train",
    "unconditional",
]

ON_FIRST_USE = {
    "AccuracyReport": ("gramsolve.evaluation.accuracy", "AccuracyReport"),
    "AdaptationResult": ("gramsolve.adaptation.adapt", "AdaptationResult"),
    "DiversityReport": ("gramsolve.evaluation.diversity", "DiversityReport"),
    "ElboReport": ("gramsolve.evaluation.elbo", "ElboReport"),
    "Solver": ("gramsolve.inference.solver", "Solver"),
    "diversity": ("gramsolve.evaluation.diversity", "measure_diversity"),
    "elbo": ("gramsolve.evaluation.elbo", "measure_elbo"),
}
"""Public name -> module and name there."""


def __getattr__(name: str) -> Any:
    if name not in ON_FIRST_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = ON_FIRST_USE[name]
    return getattr(importlib.import_module(module), attribute)


def load(
    task: str,
    *,
    variant: str | None = None,
    checkpoint: str | None = None,
    device: str = "auto",
    threads: int | None = None,
    unconditional: bool = False,
) -> Solver:
    """A solver for a task, from a checkpoint's name or path or, without one, from the best checkpoint of the variant;
    ``unconditional`` prefers one that was trained to sample without input.

    Raises:
        BadInput: unknown task or variant; a named checkpoint that is missing, corrupt or made for something else.
        Missing: no checkpoint for the variant, or no such device.
    """
    from gramsolve import device as devices
    from gramsolve.checkpoints import loading, store
    from gramsolve.inference.solver import Solver

    plugin = registry.load(task)
    if variant is not None:
        plugin.variant(variant)
    info = store.find(task, variant, checkpoint, usual=plugin.default_variant, unconditional=unconditional)
    devices.use_threads(threads)
    model, loaded = loading.load(plugin, info)
    return Solver(plugin, model, loaded, device=devices.choose(device))


def adapt(
    solver: Solver,
    puzzles: Sequence[Instance],
    options: AdaptOptions,
    search: SolveOptions | None = None,
    *,
    indices: Sequence[int] | None = None,
    on_progress: Callable[[AdaptationProgress], None] = ignore_progress,
    stop: Callable[[], bool] = never_stop,
) -> AdaptationResult:
    """Fit a copy of ``solver`` to the demonstrations of one task, and solve ``puzzles``, its questions.

    ``solver`` stays as it is. ``search`` has the seed, and says how the puzzles are solved by trajectories over random
    symmetric copies. With a budget of updates equal seeds give equal results. ``indices`` number the puzzles, by
    default from 0. When ``stop``, asked after every update, says True, the weights of that update answer.

    Raises:
        BadInput: puzzles that show no demonstrations, do not fit or are of several tasks; a checkpoint without
            embeddings of rules.
    """
    from gramsolve.adaptation.adapt import adapt as run

    numbers = range(len(puzzles)) if indices is None else indices
    return run(solver, puzzles, options, search or SolveOptions(), indices=numbers, on_progress=on_progress, stop=stop)


def train(
    task: str,
    options: TrainOptions | None = None,
    *,
    on_report: Callable[[TrainingMetrics], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> TrainResult:
    """Train, or resume, a run. Returns, saved, when the plan, the time budget or ``stop`` ends it.

    ``on_report`` gets metrics about once a second, with held-out figures at every check. ``stop`` is asked after every
    update.
    """
    from gramsolve.training.train import train as run

    return run(
        registry.load(task), options or TrainOptions(), on_report or (lambda metrics: None), stop or (lambda: False)
    )


def evaluate(
    solver: Solver,
    options: EvalOptions | None = None,
    adapt: AdaptOptions | None = None,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> AccuracyReport:
    """Accuracy and coverage on held-out puzzles.

    With ``adapt`` a copy of the weights is fitted to the demonstrations of each rule before its puzzles are solved.
    """
    report = evaluation(solver, options, adapt).run(on_progress=on_progress)
    assert report is not None  # Alone, this process leads.
    return report


def evaluation(
    solver: Solver, options: EvalOptions | None = None, adapt: AdaptOptions | None = None
) -> AccuracyEvaluation:
    """``evaluate``, not yet begun; its ``run`` takes a ``WorkShare`` for several processes or sittings."""
    from gramsolve.adaptation.accuracy import AdaptedToRules
    from gramsolve.evaluation.accuracy import AccuracyEvaluation, AsTrained
    from gramsolve.evaluation.held_out import held_out

    options = options or EvalOptions()
    puzzles = held_out(solver, options.protocol, options.limit, options.seed)
    parts = AsTrained(solver, puzzles) if adapt is None else AdaptedToRules.of(solver, puzzles, adapt, options.seed)
    return AccuracyEvaluation(solver, parts, options)


def unconditional(
    solver: Solver,
    *,
    number: int = 10_000,
    depths: Sequence[int] = (1, 4, 8, 16),
    seed: int = 0,
    temperature: float = 1.0,
) -> UnconditionalEvaluation | QualityEvaluation:
    """A measurement of ``number`` unconditional samples, not yet drawn: ``run()`` gives the shares that are valid,
    distinct and new or, for a task with a measure of quality, the figures of that."""
    from gramsolve.evaluation.quality import QualityEvaluation
    from gramsolve.evaluation.unconditional import UnconditionalEvaluation

    kind = QualityEvaluation if solver.task.capabilities.quality else UnconditionalEvaluation
    return kind(solver, number=number, depths=depths, seed=seed, temperature=temperature)
