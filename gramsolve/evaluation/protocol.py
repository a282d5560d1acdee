"""The held-out protocol: every test input, W trajectories, several depths out of one rollout."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from gramsolve import __version__
from gramsolve.data import cache
from gramsolve.errors import BadInput
from gramsolve.evaluation import metrics
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.rollout import CHUNK, halted, rollout
from gramsolve.inference.solver import Solver
from gramsolve.parts import ALONE, Parts, Share


@dataclass(frozen=True)
class EvalReport:
    """What was measured on what.

    ``rows`` hold one dict per (depth, width): accuracy of one trajectory (over all trajectories, with a 95 % error
    clustered by puzzle), of vote, LPRM and any valid; coverage over all solutions, over the reachable min(W, S), the
    bound W sets and what a uniform sampler would cover; mean steps taken; and for tasks that count conflicts, those
    of the first and of the most common answers, summed over the puzzles (the paper's measure, section 4).
    ``seconds`` are those of the work, summed over the ``processes`` that shared it. ``puzzles`` has for every row what
    its means are taken over, [M] each: ``accuracy``, ``vote``, ``lprm``, ``any_valid`` and ``coverage``.
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
    processes: int
    device: str
    threads: int
    rows: tuple[dict[str, Any], ...]
    puzzles: tuple[dict[str, np.ndarray], ...] = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        told = {name: value for name, value in self.__dict__.items() if name != "puzzles"}
        return {**told, "rows": list(self.rows), "seconds": round(self.seconds, 1)}


class Evaluation:
    """The measurement of ``solver`` on the test split of ``protocol``, ready to be done in parts.

    Right is what the task's validator accepts or, where there is none, what equals the one solution. Raises BadInput
    for a task that is only sampled, and for numbers out of range.
    """

    def __init__(
        self,
        solver: Solver,
        *,
        protocol: str | None,
        widths: Sequence[int],
        depths: Sequence[int],
        limit: int | None,
        seed: int,
        halt: str,
    ) -> None:
        task = solver.task
        self.solver, self.protocol = solver, protocol or solver.trained_on or task.protocols[0]
        if not task.conditional:
            raise BadInput(f"{task.title} has no puzzles to be right about: look at `gramsolve sample {task.name}`")
        if limit is not None and limit < 1:
            raise BadInput(f"limit must be at least 1, not {limit}")
        if halt not in ("never", "head"):
            raise BadInput(f"halt must be never or head here, not {halt!r}")
        self.widths, self.depths = sorted({int(w) for w in widths}), sorted({int(d) for d in depths})
        # The same bounds, and the same words, as solving.
        SolveOptions(width=self.widths[0], depth=self.depths[0], seed=seed)
        self.seed, self.halt, self.width = seed, halt, self.widths[-1]
        data = cache.dataset(task, solver.variant, self.protocol)
        self.test, self.names = data.test, np.array(["", *data.identities])
        self.chosen = np.arange(len(self.test))
        if limit is not None and limit < len(self.test):
            self.chosen = np.sort(np.random.default_rng(seed).choice(len(self.test), limit, replace=False))
        self.per_part = max(1, CHUNK // self.width)

    def run(self, share: Share = ALONE, on_progress: Callable[[int, int], None] | None = None) -> EvalReport | None:
        """Do this process's share; the report of all, or None where another process leads.

        Raises OutOfTime when the share's ``stop`` says so; what was done by then stays in its folder.
        """
        parts = Parts(share, self._key() if share.folder else "", -(-len(self.chosen) // self.per_part))

        def tell(done: int, count: int) -> None:
            if on_progress is not None:
                on_progress(min(done * self.per_part, len(self.chosen)), len(self.chosen))

        parts.work(self._part, tell)
        return self._report(parts, share.size) if share.leads else None

    def _key(self) -> str:
        """Names this measurement and no other: these weights, puzzles and settings."""
        digest = hashlib.sha256(self.solver.digest().encode())
        digest.update(np.ascontiguousarray(self.test.inputs[self.chosen]).tobytes())
        settings = (__version__, self.protocol, self.width, self.depths, self.seed, self.halt)
        digest.update(repr(settings).encode())
        return digest.hexdigest()[:16]

    def _part(self, number: int) -> dict[str, np.ndarray]:
        """Roll out a few puzzles. For every depth d and M puzzles: ``tokens.d`` [M, W, L], ``value.d`` [M, W] and
        ``steps.d`` [M * W]."""
        started = time.perf_counter()
        solver, width, test = self.solver, self.width, self.test
        part = self.chosen[number * self.per_part : (number + 1) * self.per_part]
        rules = self.names[np.zeros(len(part), np.int32) if test.identities is None else test.identities[part]]
        taken = np.zeros(len(part) * width, np.int64)
        frames = rollout(
            solver.model,
            solver.inputs(np.repeat(test.inputs[part], width, axis=0), np.repeat(rules, width).tolist()),
            _tensor(np.repeat(part, width), solver.device),
            _tensor(np.tile(np.arange(width), len(part)), solver.device),
            depth=self.depths[-1],
            seed=self.seed,
            leave=halted if self.halt == "head" else None,
        )
        running = np.ones(len(taken), np.bool_)
        at: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        for frame in frames:
            taken[running] = frame.number
            running = frame.running
            at[frame.number] = (frame.tokens, frame.value, taken.copy())
        last = at[max(at)]
        found: dict[str, np.ndarray] = {}
        for depth in self.depths:
            # After all have halted nothing changes any more.
            tokens, value, steps = at.get(depth, last)  # [M * W, L], [M * W], [M * W]
            found[f"tokens.{depth}"] = tokens.reshape(len(part), width, -1)
            found[f"value.{depth}"] = value.reshape(len(part), width)
            found[f"steps.{depth}"] = steps
        return {**found, "seconds": np.array(time.perf_counter() - started)}

    def _report(self, parts: Parts, processes: int) -> EvalReport:
        solver, task, test, chosen, width = self.solver, self.solver.task, self.test, self.chosen, self.width
        every = [parts.read(number) for number in range(parts.count)]
        started = time.perf_counter()
        inputs = np.ascontiguousarray(np.repeat(test.inputs[chosen], width, axis=0))
        targets = np.repeat(test.outputs[test.members[test.offsets[chosen]]], width, axis=0)
        solutions = np.diff(test.offsets)[chosen]
        rows, puzzles = [], []
        for depth in self.depths:
            made, value, steps = (
                np.concatenate([part[f"{name}.{depth}"] for part in every]) for name in ("tokens", "value", "steps")
            )
            flat = solver.canonical(inputs, np.ascontiguousarray(made.reshape(-1, made.shape[-1])))
            tokens = flat.reshape(made.shape)
            valid = task.score(solver.variant, inputs, flat, targets)[0].reshape(len(chosen), width)
            conflicts = task.conflicts(solver.variant, inputs, flat)
            if conflicts is not None:
                conflicts = conflicts.reshape(valid.shape)
            mean_steps = float(steps.mean())
            for w in self.widths:
                each = _each(w, tokens, value, valid, solutions)
                puzzles.append(each)
                rows.append(_row(depth, w, each, tokens, conflicts, solutions, mean_steps))
        worked = sum(float(part["seconds"]) for part in every)
        return EvalReport(
            task=task.name,
            variant=solver.variant,
            checkpoint=solver.checkpoint,
            protocol=self.protocol,
            instances=len(chosen),
            of=len(test),
            trajectories=len(chosen) * width,
            seed=self.seed,
            halt=self.halt,
            seconds=worked + time.perf_counter() - started,
            processes=processes,
            device=str(solver.device),
            threads=torch.get_num_threads(),
            rows=tuple(rows),
            puzzles=tuple(puzzles),
        )


def _tensor(array: np.ndarray, device: torch.device) -> torch.Tensor:
    return torch.from_numpy(array.astype(np.int64)).to(device)


def _each(
    width: int, tokens: np.ndarray, value: np.ndarray, valid: np.ndarray, solutions: np.ndarray
) -> dict[str, np.ndarray]:
    """Every puzzle's own figures, [M] each, from its first ``width`` trajectories."""
    puzzle = np.arange(len(tokens))
    return {
        "accuracy": valid[:, :width].mean(axis=1),
        "vote": valid[puzzle, metrics.vote_winners(tokens, width)],
        "lprm": valid[puzzle, value[:, :width].argmax(axis=1)],
        "any_valid": valid[:, :width].any(axis=1),
        "coverage": metrics.distinct_valid(tokens, valid, width) / solutions,
    }


def _row(
    depth: int,
    width: int,
    each: dict[str, np.ndarray],
    tokens: np.ndarray,
    conflicts: np.ndarray | None,
    solutions: np.ndarray,
    mean_steps: float,
) -> dict[str, Any]:
    found = np.rint(each["coverage"] * solutions).astype(np.int64)
    counted = {}
    if conflicts is not None:
        modal = conflicts[np.arange(len(tokens)), metrics.vote_winners(tokens, width)]
        counted = {"conflicts_first": int(conflicts[:, 0].sum()), "conflicts_vote": int(modal.sum())}
    return {
        "depth": depth,
        "width": width,
        "accuracy": float(each["accuracy"].mean()),
        "accuracy_error": metrics.clustered_error(each["accuracy"]),
        "vote": float(each["vote"].mean()),
        "lprm": float(each["lprm"].mean()),
        "any_valid": float(each["any_valid"].mean()),
        "coverage": metrics.coverage(found, solutions),
        "coverage_error": metrics.clustered_error(each["coverage"]),
        "coverage_reachable": metrics.coverage_reachable(found, solutions, width),
        "coverage_bound": metrics.coverage_bound(solutions, width),
        "coverage_uniform": metrics.coverage_uniform(solutions, width),
        "mean_steps": mean_steps,
        **counted,
    }
