"""One round of trajectories, shared by several processes: each rolls out runs of rows, the leader joins them.

A trajectory's noise depends on its own coordinates alone, so the joined steps equal those of one process, bit for bit
on one platform.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence

import numpy as np

from gramsolve import __version__
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import CHUNK, TILE, RolloutStep
from gramsolve.inference.solver import Solver
from gramsolve.tasks.base import Instance
from gramsolve.work_sharing import Arrays, SharedWork, WorkShare


def sharded_rollout(
    solver: Solver,
    instance: Instance,
    options: SolveOptions,
    share: WorkShare,
    on_progress: Callable[[int, int], None] | None = None,
) -> Generator[RolloutStep, None, None]:
    """Do this process's share of the first round, then yield the steps of all; none where another process leads.

    ``on_progress`` is called with (trajectories done, of all).
    """
    rows = min(CHUNK, -(-options.width // share.size // TILE) * TILE)
    count = -(-options.width // rows)

    def do(number: int) -> Arrays:
        first = number * rows
        return pack(list(solver.steps(instance, options, first, min(rows, options.width - first))))

    def report(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(min(done * rows, options.width), options.width)

    parts = SharedWork(share, _key(solver, instance, options, rows) if share.folder else "", count)
    parts.work(do, report)
    if share.is_leader:
        yield from joined([parts.read(number) for number in range(count)])


def pack(steps: Sequence[RolloutStep]) -> dict[str, np.ndarray]:
    """Steps 1 to F of some rows, one array for each field that has values: [F, rows, ...]."""
    names = [name for name, value in vars(steps[0]).items() if isinstance(value, np.ndarray)]
    return {name: np.stack([getattr(step, name) for step in steps]) for name in names}


def joined(parts: Sequence[Arrays]) -> Generator[RolloutStep, None, None]:
    """Steps of all rows; rows of a part that ended early keep its last values."""
    depths = [len(part["running"]) for part in parts]
    for number in range(max(depths)):
        rows = [
            {name: part[name][min(number, depth - 1)] for name in part}
            for part, depth in zip(parts, depths, strict=True)
        ]
        yield RolloutStep(number + 1, **{name: np.concatenate([row[name] for row in rows]) for name in rows[0]})


def _key(solver: Solver, instance: Instance, options: SolveOptions, rows: int) -> str:
    """A name for this sample and this cut of it."""
    digest = hashlib.sha256(repr((__version__, solver.digest(), solver.variant, options, rows)).encode())
    digest.update(solver.task.encode(instance).tobytes())
    return digest.hexdigest()[:16]
