"""The measurements of ``gramsolve eval``."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from gramsolve.cli import cards, figures, outputs, processes
from gramsolve.cli.eval import STEPS, EvalCommand, Mode
from gramsolve.cli.terminal import print_json, progress_bar
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    import torch

    from gramsolve.checkpoints.store import CheckpointInfo
    from gramsolve.evaluation.accuracy import AccuracyReport
    from gramsolve.evaluation.diversity import DiversityReport
    from gramsolve.evaluation.elbo import ElboReport
    from gramsolve.inference.solver import Solver
    from gramsolve.work_sharing import WorkShare


def evaluate(command: EvalCommand) -> int:
    """Measure, print and write as ``gramsolve eval`` does; returns the exit code."""
    if command.mode is Mode.COMPARE:
        return compare(command)
    solver = command.solver()
    made = measure(solver, command)
    if made is None:
        return 0
    info = solver.checkpoint.info
    arguments = click.get_current_context().find_root().obj or ()
    report = with_provenance(made, info, shlex.join(["gramsolve", *arguments]), solver.device)
    if command.card and command.mode is Mode.ACCURACY:
        cards.update(made, info.path, command)
    elif command.card:
        cards.update_unconditional(report, info.path)
    for path in command.output:
        outputs.write(report, path)
    if command.as_json:
        print_json(report)
    else:
        figures.show(report, buckets=command.buckets, plot=command.plot, ascii=command.ascii)
    return 0


def measure(solver: Solver, command: EvalCommand) -> Any:
    """The report of the chosen measurement, None in a process that does not lead."""
    from gramsolve import api

    if command.mode is Mode.ELBO:
        return _elbo(solver, command)
    if command.mode is Mode.DIVERSITY:
        return _diversity(solver, command)
    if command.mode is Mode.ACCURACY:
        return _shared(command, "puzzles", command.evaluation(solver, command.widths).run)
    work = api.unconditional(
        solver,
        depths=command.depths,
        number=command.number,
        seed=command.seed,
        temperature=command.temperature,
    )
    return _shared(command, "boards", work.run)


def _shared(command: EvalCommand, label: str, run: Callable[[WorkShare, Callable[[int, int], None]], Any]) -> Any:
    """The result of ``run`` on this process's share of the work, with a progress bar."""
    until = None if command.max_time is None else time.monotonic() + command.max_time
    with (
        processes.sharing(
            command.processes, folder=command.cache_dir, threads=command.threads_each, until=until
        ) as share,
        progress_bar(label, shown=share.is_leader) as bar,
    ):
        return run(share, bar.update)


def _elbo(solver: Solver, command: EvalCommand) -> ElboReport:
    from gramsolve import api
    from gramsolve.config.training import TrainingConfig

    training = solver.checkpoint.training
    objective = TrainingConfig().objective if training is None else training.objective
    beta = objective.beta if command.beta is None else command.beta
    with progress_bar("puzzles") as bar:
        return api.elbo(
            solver,
            depths=command.depth or (objective.supervision_steps,),
            beta=beta,
            protocol=command.protocol,
            limit=command.limit,
            seed=command.seed,
            on_progress=bar.update,
        )


def _diversity(solver: Solver, command: EvalCommand) -> DiversityReport:
    from gramsolve import api

    with progress_bar("puzzles") as bar:
        return api.diversity(
            solver,
            width=max(command.widths),
            depth=max(command.depth or (STEPS,)),
            protocol=command.protocol,
            limit=command.limit,
            seed=command.seed,
            on_progress=bar.update,
        )


def compare(command: EvalCommand) -> int:
    """Measure every checkpoint on the same puzzles with the same seed, and compare each with the first."""
    from gramsolve.evaluation import comparison

    solvers = [replace(command, checkpoint=name, typed=frozenset()).solver() for name in command.names]
    protocols = {solver.trained_on for solver in solvers}
    if len({solver.variant for solver in solvers}) > 1:
        variants = " and ".join(sorted({solver.variant for solver in solvers}))
        raise BadInput(f"these checkpoints solve {variants}: compare checkpoints of one variant")
    if command.protocol is None and len(protocols) > 1:
        splits = ", ".join(sorted(map(str, protocols)))
        raise BadInput(
            f"they were trained on different splits ({splits}): name one with --protocol, "
            "and remember that its test puzzles may be training puzzles of another checkpoint"
        )
    widths = command.widths[-1:]
    reports: list[AccuracyReport] = []
    with processes.sharing(command.processes, folder=None, threads=command.threads_each, until=None) as share:
        for solver, name in zip(solvers, command.names, strict=True):
            with progress_bar(name, shown=share.is_leader) as bar:
                report = command.evaluation(solver, widths).run(share, bar.update)
            if report is not None:
                reports.append(replace(report, checkpoint=name))
    if not reports:
        return 0
    for path in command.output:
        outputs.write(comparison.to_dict(reports), path)
    if command.as_json:
        print_json(comparison.to_dict(reports))
    else:
        figures.show_comparison(reports)
    return 0


def with_provenance(made: Any, info: CheckpointInfo, command_line: str, device: torch.device) -> dict[str, Any]:
    """A report as JSON values, with the command, the machine and the checkpoint it comes from."""
    from gramsolve.evaluation.provenance import provenance

    return {**made.to_dict(), "provenance": provenance(info, command_line, device)}
