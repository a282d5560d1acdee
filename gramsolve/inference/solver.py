"""Solver: a puzzle in, ranked candidates out, with one event per supervision step on the way."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gramsolve.errors import BadInput
from gramsolve.inference.augmentation import Augmentation
from gramsolve.inference.events import Event, Finished, Solution, Started, Step
from gramsolve.inference.options import EXACT_LIMIT, SolveOptions
from gramsolve.inference.rollout import RolloutStep, ShouldHalt, halted, rollout
from gramsolve.inference.selection import Ballot, frozen
from gramsolve.model.build import Model
from gramsolve.model.network import as_inputs
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task

__all__ = ["SolveOptions", "Solver"]


class Solver:
    """A trained model ready to attack puzzles of one variant.

    Attributes:
        task: the plugin object.
        variant: variant name the checkpoint was trained on.
        checkpoint: its name, for display.
        model: the network, in evaluation mode, on ``device``.
        trained_on: the protocol whose train split it learned from, if known.
        rule_ids: number of each rule it has an embedding for, by name; see ``Dataset.rule_ids``.
        recipe: how it was trained, as its checkpoint tells; empty where nobody knows.
    """

    def __init__(
        self,
        task: Task,
        variant: str,
        model: Model,
        *,
        checkpoint: str,
        device: torch.device,
        trained_on: str | None = None,
        rule_ids: Sequence[str] = (),
        recipe: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.task, self.variant, self.checkpoint, self.device = task, variant, checkpoint, device
        self.trained_on, self.recipe = trained_on, recipe
        self.rule_ids = {name: number for number, name in enumerate(rule_ids, start=1)}
        self.model = model.to(device).eval()

    def inputs(self, tokens: npt.NDArray[np.uint8], rule_ids: Sequence[str]) -> torch.Tensor:
        """What the model reads: tokens [B, L_in] and, where it has embeddings of rules, the numbers of theirs."""
        numbers = np.array([self.rule_ids.get(name, 0) for name in rule_ids])
        return as_inputs(tokens, numbers if self.model.config.rule_ids else None).to(self.device)

    def digest(self) -> str:
        """Names these weights on this kind of device, on which all numbers depend."""
        digest = hashlib.sha256(self.device.type.encode())
        for tensor in self.model.state_dict().values():
            digest.update(tensor.cpu().numpy().tobytes())
        return digest.hexdigest()

    def canonical(self, inputs: npt.NDArray[np.uint8], outputs: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Outputs [B, L_out] in the task's canonical form."""
        return np.ascontiguousarray(self.task.canonical(self.variant, inputs, outputs))

    @property
    def has_validator(self) -> bool:
        """Whether the task has rules to check boards by."""
        return self.task.capabilities.validator

    def run(
        self,
        instance: Instance,
        options: SolveOptions | None = None,
        *,
        index: int = 0,
        stop: Callable[[], bool] | None = None,
        frames: Generator[RolloutStep, None, None] | None = None,
    ) -> Iterator[Event]:
        """Attack one puzzle.

        Args:
            instance: a puzzle of this solver's variant, or one that fits into it.
            options: see ``SolveOptions``.
            index: the instance's number, part of the noise's coordinates.
            stop: asked after every step; when it says True the run ends at once, with reason ``stopped``.
            frames: those of the only round, where they have been made elsewhere; see ``sharding.py``.

        Raises:
            BadInput: the puzzle does not fit the variant, or the options need a validator that the task lacks.
        """
        options = options or SolveOptions()
        instance = self.to_variant(instance)
        return _Run(self, instance, options, index, stop or (lambda: False), frames).events()

    def frames(
        self, instance: Instance, options: SolveOptions, first: int, count: int, *, index: int = 0
    ) -> Generator[RolloutStep, None, None]:
        """What the model does with trajectories ``first`` to ``first + count - 1`` of a puzzle, step by step."""
        return _Run(self, self.to_variant(instance), options, index, lambda: False, None).frames(first, count)

    def rollout(
        self,
        tokens: npt.NDArray[np.uint8],
        rules: Sequence[str],
        instance: npt.NDArray[np.int64],
        trajectory: npt.NDArray[np.int64],
        options: SolveOptions,
        *,
        depth: int | None = None,
        augment: int = 1,
        should_halt: ShouldHalt | None = None,
    ) -> Generator[RolloutStep, None, None]:
        """Trajectories of any puzzles of this variant, step by step, whose boards answer the puzzles as they are.

        Args:
            tokens: the puzzle of every row, uint8 [R, L_in]; ``rules`` [R] the names of theirs.
            instance, trajectory: int64 [R], which name the noise of a row and the copy of the puzzle that it is given.
            options: seed and temperature; and the depth, where no other ``depth`` is said.
            augment: how many symmetric copies of each puzzle there are; 1 is the puzzle itself.
            should_halt: which trajectories stop, asked after each step.
        """
        undo = None
        if augment > 1:
            augmented = Augmentation(self.task, self.variant, augment, options.seed, instance, trajectory)
            tokens, undo = augmented.inputs(tokens), augmented.undo
        return rollout(
            self.model,
            self.inputs(tokens, rules),
            torch.from_numpy(instance).to(self.device),
            torch.from_numpy(trajectory).to(self.device),
            depth=depth or options.depth,
            seed=options.seed,
            temperature=options.temperature,
            should_halt=should_halt,
            undo_augmentation=undo,
        )

    def augmentations(self, options: SolveOptions, has_validator: bool) -> int:
        """Symmetric copies of a puzzle that its trajectories see. Unless that is said: one each where all solutions are
        wanted, or where no validator but a vote chooses; not for a network that treats copies alike by its nature."""
        if options.augment:
            return options.augment
        helps = (options.until == "all" or not has_validator) and self.model.config.mixer != "message_passing"
        return options.width if helps and self.task.capabilities.symmetries else 1

    def max_steps(self, options: SolveOptions, has_validator: bool) -> int:
        """Steps that a round may take; ``has_validator``: there is a validator that may end it at ``depth``."""
        max_depth = options.max_depth if has_validator and self.model.config.method == "recursive" else 0
        return max(options.depth, max_depth)

    def to_variant(self, instance: Instance) -> Instance:
        """The puzzle on this solver's board. Raises BadInput where it does not fit."""
        try:
            return self.task.to_variant(instance, self.variant)
        except BadInput as error:
            raise BadInput(
                f"{error}: the checkpoint {self.checkpoint} solves {self.variant}; "
                f"train one with `gramsolve train {self.task.name} --variant {instance.variant}`"
            ) from error


class _Run:
    """The state of one run: rounds, clock and ballot."""

    def __init__(
        self,
        solver: Solver,
        instance: Instance,
        options: SolveOptions,
        index: int,
        stop: Callable[[], bool],
        given: Generator[RolloutStep, None, None] | None,
    ) -> None:
        self.solver, self.instance, self.options, self.index, self.stop = solver, instance, options, index, stop
        self.given = given
        self.inputs = solver.task.encode(instance)
        self.started = time.perf_counter()
        self.ballot = Ballot()
        self.trajectories = self.valid = self.steps = 0
        self.exact: int | None = None
        self.has_validator = solver.has_validator
        if not self.has_validator and (options.halt == "valid" or options.until != "depth"):
            raise BadInput(f"{solver.task.name} has no validator: use --halt head and --until depth")
        self.halt = options.halt
        if self.halt == "auto":
            self.halt = "valid" if self.has_validator else "head"

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started

    def late(self) -> bool:
        return self.options.max_seconds is not None and self.seconds >= self.options.max_seconds

    def events(self) -> Iterator[Event]:
        options, task = self.options, self.solver.task
        if options.exact:
            solutions = task.enumerate(self.instance, EXACT_LIMIT + 1)
            # A count at the limit is only a lower bound, and is not shown as the truth.
            self.exact = len(solutions) if solutions is not None and len(solutions) <= EXACT_LIMIT else None
        self.started = time.perf_counter()
        plan = options.width, options.depth, options.seed, self.exact, self._deeper()
        yield Started(self.instance, self.solver.checkpoint, *plan)
        for number in range(options.max_rounds):
            ended = yield from self._round(number)
            reason = ended or self._reason_to_stop()
            if reason:
                break
        yield self._finished(reason or "rounds")

    def _reason_to_stop(self) -> str:
        """Why no further round is needed, or nothing."""
        until, missing_mass = self.options.until, self.ballot.missing_mass()
        if until == "valid":
            return "valid" if self.ballot.solutions() else ""
        if until == "all":
            return "all" if missing_mass is not None and missing_mass <= self.options.missing_mass else ""
        return "depth"

    def _round(self, number: int) -> Generator[Event, None, str | None]:
        """One round; returns why the whole run must end, or nothing. Its trajectories vote when it is over."""
        options, width = self.options, self.options.width
        first = number * width
        frames = self.given or self.frames(first, width)
        running = np.ones(width, np.bool_)
        last = np.zeros(width, np.int64)
        ended: str | None = None
        step: Step | None = None
        for frame in frames:
            self.steps += int(running.sum())
            last[running] = frame.number
            running = frame.running
            step = self._step(number, frame)
            yield step
            yield from self._new_solutions(step, first)
            if self.stop():
                ended = "stopped"
            elif options.until == "valid" and self.ballot.solutions():
                ended = "valid"
            elif self.late():
                ended = "time"
            if ended or (frame.number >= options.depth and not self._worth_going_deeper()):
                break
        frames.close()
        assert step is not None
        for row in range(width):
            valid = None if step.valid is None else bool(step.valid[row])
            self.valid += bool(valid)
            self.ballot.vote(step.tokens[row], float(step.value[row]), valid, first + row, int(last[row]))
        self.trajectories += width
        return ended

    def _deeper(self) -> int:
        """Steps that a round may go on to, or 0 where it ends at ``depth`` whatever comes."""
        most = self.solver.max_steps(self.options, self.has_validator)
        return most if most > self.options.depth and self._worth_going_deeper() else 0

    def _worth_going_deeper(self) -> bool:
        """Whether an answer may still come: none has, and the puzzle is not known to have none."""
        return self.exact != 0 and not self.ballot.solutions()

    def frames(self, first: int, count: int) -> Generator[RolloutStep, None, None]:
        solver = self.solver
        return solver.rollout(
            self._repeated(count),
            [solver.task.rule_id(self.instance)] * count,
            np.full(count, self.index),
            np.arange(first, first + count),
            self.options,
            depth=solver.max_steps(self.options, self.has_validator),
            augment=solver.augmentations(self.options, self.has_validator),
            should_halt=self._should_halt(),
        )

    def _should_halt(self) -> ShouldHalt | None:
        if self.halt == "never":
            return None
        if self.halt == "head":
            return halted

        def valid(rows: npt.NDArray, tokens: npt.NDArray, halt: npt.NDArray) -> npt.NDArray:
            return self._check(tokens)[0]

        return valid

    def _check(self, tokens: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        found = self.solver.task.check(self.solver.variant, self._repeated(len(tokens)), np.ascontiguousarray(tokens))
        return found.valid, found.violations

    def _repeated(self, count: int) -> npt.NDArray[np.uint8]:
        return np.ascontiguousarray(np.broadcast_to(self.inputs, (count, len(self.inputs))))

    def _step(self, number: int, frame: RolloutStep) -> Step:
        tokens = self.solver.canonical(self._repeated(len(frame.tokens)), frame.tokens)
        found = self._check(tokens) if self.has_validator else None
        valid, violations = found if found is not None else (None, None)
        arrays = (tokens, frame.confidence, frame.halt, frame.value, frame.running, valid, violations)
        for array in (*arrays, frame.latent):
            if array is not None:
                array.setflags(write=False)
        return Step(number, frame.number, *arrays, frame.latent, self.seconds)

    def _new_solutions(self, step: Step, first: int) -> Iterator[Solution]:
        if step.valid is None:
            return
        for row in np.flatnonzero(step.valid):
            candidate = self.ballot.see(frozen(step.tokens[row]), first + int(row), step.number)
            if candidate is not None:
                yield Solution(candidate, self.ballot.solutions())

    def _finished(self, reason: str) -> Finished:
        return Finished(
            candidates=self.ballot.ranked(self.options.rank_by),
            trajectories=self.trajectories,
            valid=self.valid if self.has_validator else None,
            solutions=self.ballot.solutions(),
            steps=self.steps,
            seconds=self.seconds,
            missing_mass=self.ballot.missing_mass() if self.has_validator else None,
            exact=self.exact,
            reason=reason,
        )
