"""The held-out protocol: every test input, W trajectories, several depths out of one rollout."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gramsolve.data import cache
from gramsolve.errors import BadInput
from gramsolve.evaluation import metrics
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import CHUNK, halted, rollout
from gramsolve.inference.solver import Solver


@dataclass(frozen=True)
class EvalReport:
    """What was measured on what.

    ``rows`` hold one dict per (depth, width): accuracy of one trajectory (over all trajectories, with a 95 % error
    clustered by puzzle), of vote, LPRM and any valid; coverage over all solutions, over the reachable min(W, S), the
    bound W sets and what a uniform sampler would cover; mean steps taken; and for tasks that count conflicts, those
    of the first and of the most common answers, summed over the puzzles (the paper's measure, section 4).
    """

    task: str
    variant: str
    checkpoint: str
    protocol: str
    instances: int
    of: int
    trajectories: int
    seed: int
    halt: str
    seconds: float
    device: str
    threads: int
    rows: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        return {**self.__dict__, "rows": list(self.rows), "seconds": round(self.seconds, 1)}


def evaluate_split(
    solver: Solver,
    *,
    protocol: str | None,
    widths: Sequence[int],
    depths: Sequence[int],
    limit: int | None,
    seed: int,
    halt: str,
    on_progress: Callable[[int, int], None] | None,
) -> EvalReport:
    """Measure ``solver`` on the test split of ``protocol``.

    Right is what the task's validator accepts or, where there is none, what equals the one solution. Raises BadInput
    for a task that is only sampled, and for numbers out of range.
    """
    task, variant = solver.task, solver.variant
    protocol = protocol or solver.trained_on or task.protocols[0]
    if not task.conditional:
        raise BadInput(f"{task.title} has no puzzles to be right about: look at `gramsolve sample {task.name}`")
    if limit is not None and limit < 1:
        raise BadInput(f"limit must be at least 1, not {limit}")
    if halt not in ("never", "head"):
        raise BadInput(f"halt must be never or head here, not {halt!r}")
    widths, depths = sorted({int(w) for w in widths}), sorted({int(d) for d in depths})
    SolveOptions(width=widths[0], depth=depths[0])  # the same bounds, and the same words, as solving
    data = cache.dataset(task, variant, protocol)
    test = data.test
    names = np.array(["", *data.identities])
    chosen = np.arange(len(test))
    if limit is not None and limit < len(test):
        chosen = np.sort(np.random.default_rng(seed).choice(len(test), limit, replace=False))

    def rules(part: np.ndarray) -> np.ndarray:
        return names[np.zeros(len(part), np.int32) if test.identities is None else test.identities[part]]

    started = time.perf_counter()
    width = widths[-1]
    boards: dict[int, list[np.ndarray]] = {d: [] for d in depths}
    values: dict[int, list[np.ndarray]] = {d: [] for d in depths}
    steps: dict[int, list[np.ndarray]] = {d: [] for d in depths}
    per_batch = max(1, CHUNK // width)
    for start in range(0, len(chosen), per_batch):
        part = chosen[start : start + per_batch]
        taken = np.zeros(len(part) * width, np.int64)
        frames = rollout(
            solver.model,
            solver.inputs(np.repeat(test.inputs[part], width, axis=0), np.repeat(rules(part), width).tolist()),
            _tensor(np.repeat(part, width), solver.device),
            _tensor(np.tile(np.arange(width), len(part)), solver.device),
            depth=depths[-1],
            seed=seed,
            leave=halted if halt == "head" else None,
        )
        running = np.ones(len(taken), np.bool_)
        at: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        for frame in frames:
            taken[running] = frame.number
            running = frame.running
            at[frame.number] = (frame.tokens, frame.value, taken.copy())
        last = at[max(at)]
        for depth in depths:
            # After all have halted nothing changes any more.
            tokens, value, took = at.get(depth, last)
            boards[depth].append(tokens.reshape(len(part), width, -1))
            values[depth].append(value.reshape(len(part), width))
            steps[depth].append(took)
        if on_progress is not None:
            on_progress(start + len(part), len(chosen))
    inputs = np.ascontiguousarray(np.repeat(test.inputs[chosen], width, axis=0))
    targets = np.repeat(test.outputs[test.members[test.offsets[chosen]]], width, axis=0)
    solutions = np.diff(test.offsets)[chosen]
    rows = []
    for depth in depths:
        tokens, value = np.concatenate(boards[depth]), np.concatenate(values[depth])
        flat = solver.canonical(inputs, np.ascontiguousarray(tokens.reshape(-1, tokens.shape[-1])))
        tokens = flat.reshape(tokens.shape)
        valid = task.score(variant, inputs, flat, targets)[0].reshape(len(chosen), width)
        mean_steps = float(np.concatenate(steps[depth]).mean())
        conflicts = task.conflicts(variant, inputs, flat)
        if conflicts is not None:
            conflicts = conflicts.reshape(valid.shape)
        rows += [_row(depth, w, tokens, value, valid, conflicts, solutions, mean_steps) for w in widths]
    return EvalReport(
        task=task.name,
        variant=variant,
        checkpoint=solver.checkpoint,
        protocol=protocol,
        instances=len(chosen),
        of=len(test),
        trajectories=len(chosen) * width,
        seed=seed,
        halt=halt,
        seconds=time.perf_counter() - started,
        device=str(solver.device),
        threads=torch.get_num_threads(),
        rows=tuple(rows),
    )


def _tensor(array: np.ndarray, device: torch.device) -> torch.Tensor:
    return torch.from_numpy(array.astype(np.int64)).to(device)


def _row(
    depth: int,
    width: int,
    tokens: np.ndarray,
    value: np.ndarray,
    valid: np.ndarray,
    conflicts: np.ndarray | None,
    solutions: np.ndarray,
    mean_steps: float,
) -> dict[str, Any]:
    puzzle = np.arange(len(tokens))
    found = metrics.distinct_valid(tokens, valid, width)
    per_puzzle = valid[:, :width].mean(axis=1)
    modal = metrics.vote_winners(tokens, width)
    counted = {}
    if conflicts is not None:
        counted = {"conflicts_first": int(conflicts[:, 0].sum()), "conflicts_vote": int(conflicts[puzzle, modal].sum())}
    return {
        "depth": depth,
        "width": width,
        "accuracy": float(per_puzzle.mean()),
        "accuracy_error": metrics.clustered_error(per_puzzle),
        "vote": float(valid[puzzle, modal].mean()),
        "lprm": float(valid[puzzle, value[:, :width].argmax(axis=1)].mean()),
        "any_valid": float(valid[:, :width].any(axis=1).mean()),
        "coverage": metrics.coverage(found, solutions),
        "coverage_error": metrics.clustered_error(found / solutions),
        "coverage_reachable": metrics.coverage_reachable(found, solutions, width),
        "coverage_bound": metrics.coverage_bound(solutions, width),
        "coverage_uniform": metrics.coverage_uniform(solutions, width),
        "mean_steps": mean_steps,
        **counted,
    }
