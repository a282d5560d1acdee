"""A solver for the real tasks that needs no weights: every trajectory walks from noise to an answer that is known.

What the screens make of a task is tested with this: boards settle, most trajectories end right and some do not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np

from gramsolve.inference.events import Candidate, Event, Finished, Solution, Started, Step
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task
from tests.fakes.task import EMPTY, QUEEN

LATENT = 6


class ScriptedQueensSolver:
    """Walks every trajectory from noise to one of the enumerated solutions, and each fifth one astray.

    ``gate``, where given, is waited for before every step after the first ``free`` ones, so that a test can
    look at a run in the middle of its work.
    """

    def __init__(self, task: Task, variant: str, gate: threading.Event | None = None, free: int = 3) -> None:
        self.task = task
        self.variant = variant
        self.checkpoint = f"{task.name}-{variant}"
        self.gate = gate
        self.free = free

    def run(
        self,
        instance: Instance,
        options: SolveOptions | None = None,
        *,
        index: int = 0,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Event]:
        options = options or SolveOptions()
        answers = self.task.enumerate(instance, 1000)
        assert answers is not None
        yield Started(instance, self.checkpoint, options.width, options.depth, options.seed, exact=len(answers))
        rng = np.random.default_rng((options.seed, index))
        width, length = options.width, answers.shape[1]
        goal = answers[rng.integers(len(answers), size=width)]
        for row in range(3, width, 5):
            queens = np.flatnonzero(goal[row] == QUEEN)
            moved = queens[rng.integers(len(queens) // 2, len(queens))]
            goal[row, moved] = EMPTY
            goal[row, moved + 1 if (moved + 1) % 8 else moved - 1] = QUEEN
        settle = rng.integers(2, max(3, options.depth - 3), size=(width, length))
        done = settle.max(axis=1)
        noise = rng.random((options.depth, width, length))
        home = rng.normal(size=(width, 6)) * [4, 2, 1, 1, 1, 1]
        inputs = np.repeat(self.task.encode(instance)[None], width, axis=0)
        seen: dict[bytes, Candidate] = {}
        steps = 0
        step: Step | None = None
        for number in range(1, options.depth + 1):
            if stop is not None and stop():
                break
            if self.gate is not None and number > self.free:
                while not self.gate.wait(0.01):
                    if stop is not None and stop():
                        return
            known = settle <= number
            tokens = np.where(known, goal, np.where(noise[number - 1] < 0.06, QUEEN, EMPTY)).astype(np.uint8)
            tokens = np.where(inputs == QUEEN, inputs, tokens)
            sure = np.where(known, 0.99 - 0.04 * noise[number - 1], 0.45 + 0.03 * number).astype(np.float32)
            sure = np.where((tokens == EMPTY) & known, np.float32(0.995), sure).clip(0, 1)
            checked = self.task.check(self.variant, inputs, tokens)
            assert checked is not None
            running = done > number
            steps += int((done >= number).sum())
            level = known.mean(axis=1).astype(np.float32)
            step = Step(
                round=0,
                number=number,
                tokens=tokens,
                confidence=sure,
                halt=level**4,
                value=0.5 + 0.5 * level * (1 - checked.violations.mean(axis=1).astype(np.float32)),
                running=running,
                valid=checked.valid,
                violations=checked.violations,
                latent=(level[:, None] * home).astype(np.float32),
                seconds=0.075 * number,
            )
            yield step
            for row in np.flatnonzero(checked.valid).tolist():
                key = tokens[row].tobytes()
                if key not in seen:
                    seen[key] = Candidate(tokens[row], 1, 1.0, True, int(row), number)
                    yield Solution(seen[key], len(seen))
            if not running.any():
                break
        right = 0 if step is None or step.valid is None else int(step.valid.sum())
        yield Finished(
            tuple(seen.values()),
            width,
            right,
            len(seen),
            steps,
            0.0 if step is None else step.seconds,
            0.05,
            len(answers),
            "depth",
        )


class ScriptedSolver:
    """``answers`` [n, L_out] are those of the puzzle to come; by default the task's own exact solver finds them."""

    def __init__(
        self, task: Task, variant: str, answers: Tokens | None = None, gate: threading.Event | None = None
    ) -> None:
        self.task, self.variant, self.answers, self.gate = task, variant, answers, gate
        self.checkpoint = f"{task.name}-{variant}"

    def run(
        self,
        instance: Instance,
        options: SolveOptions | None = None,
        *,
        index: int = 0,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Event]:
        options = options or SolveOptions()
        answers = self.answers if self.answers is not None else self.task.enumerate(instance, 200)
        assert answers is not None and len(answers), "this task needs answers"
        width, depth, length = options.width, options.depth, answers.shape[1]
        rng = np.random.default_rng((options.seed, index))
        goal = answers[rng.integers(len(answers), size=width)].copy()
        astray = np.arange(width) % 5 == 3
        for row in np.flatnonzero(astray):
            open_cells = np.flatnonzero((answers != answers[0]).any(axis=0))
            places = rng.choice(open_cells if len(open_cells) > 1 else length, size=min(2, length), replace=False)
            goal[row, places] = goal[row, places[::-1]]
        known = len(answers) if self.answers is None else None
        yield Started(instance, self.checkpoint, width, depth, options.seed, exact=known)
        settle = rng.integers(1, max(2, depth - 1), size=(width, length))
        home = rng.normal(size=(width, LATENT)) * [4, 2, 1, 1, 1, 1]
        inputs = np.repeat(self.task.encode(instance)[None], width, axis=0)
        # Where inputs look like outputs, what is given is copied from the start.
        certain = inputs[0] == answers[0] if inputs.shape[1] == length else np.zeros(length, np.bool_)
        seen: dict[bytes, Candidate] = {}
        step: Step | None = None
        for number in range(1, depth + 1):
            if stop is not None and stop():
                break
            while self.gate is not None and number > 3 and not self.gate.wait(0.01):
                if stop is not None and stop():
                    return
            fixed = settle <= number
            # Half of what is not settled yet is right by luck.
            wild = ~fixed & (rng.random((width, length)) < 0.5) & ~certain
            tokens = np.ascontiguousarray(np.where(wild, rng.permuted(goal, axis=1), goal).astype(np.uint8))
            tokens = self.task.canonical(self.variant, inputs, tokens)
            validator = self.task.capabilities.validator
            checked = self.task.check(self.variant, inputs, tokens) if validator else None
            level = fixed.mean(axis=1).astype(np.float32)
            sure = np.where(fixed, 0.97, 0.35 + 0.3 * rng.random((width, length))).astype(np.float32)
            step = Step(
                round=0,
                number=number,
                tokens=tokens,
                confidence=sure,
                halt=level**4,
                value=level,
                running=settle.max(axis=1) > number,
                valid=None if checked is None else checked.valid,
                violations=None if checked is None else checked.violations,
                latent=(level[:, None] * home).astype(np.float32),
                seconds=0.075 * number,
            )
            yield step
            for row in np.flatnonzero(step.valid).tolist() if step.valid is not None else ():  # type: ignore[assignment]
                key = tokens[row].tobytes()
                if key not in seen:
                    seen[key] = Candidate(tokens[row], 1, 1.0, True, int(row), number)
                    yield Solution(seen[key], len(seen))
            if not step.running.any():
                break
        candidates = tuple(seen.values())
        valid = None
        if step is not None and step.valid is None:
            votes: dict[bytes, list[int]] = {}
            for trajectory, board in enumerate(step.tokens):
                votes.setdefault(board.tobytes(), []).append(trajectory)
            candidates = tuple(
                Candidate(step.tokens[rows[0]], len(rows), 1.0, None, rows[0], step.number) for rows in votes.values()
            )
        elif step is not None and step.valid is not None:
            valid = int(step.valid.sum())
        seconds = 0.0 if step is None else step.seconds
        yield Finished(candidates, width, valid, len(seen), width * depth, seconds, None, known, "depth")
