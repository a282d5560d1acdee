"""The public Python API, on which the command line and the TUI are built.

from gramsolve import api

solver = api.load("nqueens")
for event in solver.run(solver.task.parse(text)[0]):
    ...
api.evaluate(solver).to_dict()
api.adapt(solver, puzzles, api.AdaptOptions(api.Budget(seconds=60))).answers
api.train("nqueens", api.TrainOptions(preset="tiny"))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gramsolve.adaptation.options import AdaptationProgress, AdaptOptions, Budget, ignore_progress, never_stop
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks import registry
from gramsolve.training.metrics import TrainingMetrics
from gramsolve.training.train_options import TrainOptions, TrainResult

if TYPE_CHECKING:
    from gramsolve.adaptation.adapt import AdaptationResult
    from gramsolve.evaluation.accuracy import AccuracyEvaluation, AccuracyReport
    from gramsolve.evaluation.diversity import DiversityReport
    from gramsolve.evaluation.elbo import ElboReport
    from gramsolve.evaluation.quality import QualityEvaluation
    from gramsolve.evaluation.unconditional import UnconditionalEvaluation
    from gramsolve.inference.solver import Solver
    from gramsolve.tasks.base import Instance

__all__ = [
    "AdaptOptions",
    "AdaptationProgress",
    "Budget",
    "SolveOptions",
    "TrainOptions",
    "adapt",
    "diversity",
    "elbo",
    "evaluate",
    "evaluation",
    "load",
    "train",
    "unconditional",
]


def load(
    task: str,
    *,
    variant: str | None = None,
    checkpoint: str | None = None,
    device: str = "auto",
    threads: int | None = None,
    unconditional: bool = False,
) -> Solver:
    """A solver for a task, from a checkpoint's name or path, or the best one at hand for the variant; the best one for
    drawing boards out of nothing where the input is to be ``unconditional``.

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
    """Fit a copy of ``solver`` to the demonstrations of one task, and attack ``puzzles``, the inputs it asks about.

    ``solver`` stays as it is. ``search`` says how the puzzles are attacked, by trajectories over random symmetric
    copies of each, and has the seed of everything; with a budget of updates the result is the same every time.
    ``indices`` number the puzzles, by default from 0. When ``stop``, asked after every update, says True, what has
    been learned by then answers.

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
    *,
    protocol: str | None = None,
    widths: Sequence[int] = (1, 5, 20),
    depths: Sequence[int] = (1, 4, 8, 16),
    limit: int | None = None,
    seed: int = 0,
    halt: str = "never",
    augment: int = 1,
    adapt: AdaptOptions | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> AccuracyReport:
    """Accuracy and coverage on the held-out split of ``protocol`` (default: the one the checkpoint trained on).

    The trajectories of a puzzle are spread over ``augment`` symmetric copies of it, their answers turned back. With
    ``adapt`` a copy of the weights is fitted to the demonstrations of each rule before its puzzles are attacked.
    """
    work = evaluation(
        solver,
        protocol=protocol,
        widths=widths,
        depths=depths,
        limit=limit,
        seed=seed,
        halt=halt,
        augment=augment,
        adapt=adapt,
    )
    report = work.run(on_progress=on_progress)
    assert report is not None  # Alone, this process leads.
    return report


def evaluation(
    solver: Solver,
    *,
    protocol: str | None = None,
    widths: Sequence[int] = (1, 5, 20),
    depths: Sequence[int] = (1, 4, 8, 16),
    limit: int | None = None,
    seed: int = 0,
    halt: str = "never",
    augment: int = 1,
    adapt: AdaptOptions | None = None,
) -> AccuracyEvaluation:
    """An evaluation that has not begun; its ``run`` takes a ``WorkShare`` for several processes or sittings."""
    from gramsolve.adaptation.accuracy import AdaptedToRules
    from gramsolve.evaluation.accuracy import AccuracyEvaluation, AsTrained
    from gramsolve.evaluation.held_out import held_out

    puzzles = held_out(solver, protocol, limit, seed)
    parts = AsTrained(solver, puzzles) if adapt is None else AdaptedToRules.of(solver, puzzles, adapt, seed)
    return AccuracyEvaluation(solver, parts, widths=widths, depths=depths, seed=seed, halt=halt, augment=augment)


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


def elbo(
    solver: Solver,
    *,
    depths: Sequence[int],
    beta: float = 1.0,
    protocol: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> ElboReport:
    """The negative ELBO of posterior trajectories on held-out puzzles, beside the surrogate of training, in nats."""
    from gramsolve.evaluation.elbo import measure_elbo

    return measure_elbo(
        solver, depths=depths, beta=beta, protocol=protocol, limit=limit, seed=seed, on_progress=on_progress
    )


def diversity(
    solver: Solver,
    *,
    width: int = 20,
    depth: int = 16,
    protocol: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> DiversityReport:
    """How far the trajectories of a held-out puzzle are apart after each step, and how flat the space they fill."""
    from gramsolve.evaluation.diversity import measure_diversity

    return measure_diversity(
        solver, width=width, depth=depth, protocol=protocol, limit=limit, seed=seed, on_progress=on_progress
    )
