"""A solver for the real tasks that needs no weights: every trajectory walks from noise to an answer that is known.

What the screens make of a task is tested with this: boards settle, most trajectories end right and some do not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np

from gramsolve.inference.events import Candidate, Event, Finished, Solution, Started, Step
from gramsolve.inference.options import SolveOptions
from gramsolve.tasks.task import Instance, Task, Tokens

LATENT = 6


class Walker:
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
            checked = self.task.check(self.variant, inputs, tokens)
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
            for row in np.flatnonzero(step.valid) if step.valid is not None else ():
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
            for row, board in enumerate(step.tokens):
                votes.setdefault(board.tobytes(), []).append(row)
            candidates = tuple(
                Candidate(step.tokens[rows[0]], len(rows), 1.0, None, rows[0], step.number) for rows in votes.values()
            )
        elif step is not None and step.valid is not None:
            valid = int(step.valid.sum())
        seconds = 0.0 if step is None else step.seconds
        yield Finished(candidates, width, valid, len(seen), width * depth, seconds, None, known, "depth")
