"""Solver: a puzzle in, ranked candidates out, with one event per supervision step on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch

from gramsolve.checkpoints.checkpoint import Checkpoint
from gramsolve.errors import BadInput
from gramsolve.inference.augmentation import Augmentation
from gramsolve.inference.events import Event
from gramsolve.inference.hypotheses import HypothesisPolicy
from gramsolve.inference.options import Search, SolveOptions
from gramsolve.inference.policy import Problem, RestartPolicy, Round
from gramsolve.inference.rollout import RolloutStep, Rows, Trajectories
from gramsolve.inference.search import Batch, search
from gramsolve.inference.selection import Judgement, judge
from gramsolve.model.build import Model
from gramsolve.model.network import as_inputs
from gramsolve.tasks.arrays import Tokens
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task

__all__ = ["SolveOptions", "Solver"]


class Solver:
    """A trained model that solves puzzles of one variant.

    Attributes:
        task: the plugin object.
        model: the network, in evaluation mode, on ``device``.
        checkpoint: the record of the checkpoint that the weights come from.
        variant: variant name the checkpoint was trained on.
        rule_ids: number of each rule it has an embedding for, by name; see ``Dataset.rule_ids``.
    """

    def __init__(self, task: Task, model: Model, checkpoint: Checkpoint, *, device: torch.device) -> None:
        self.task, self.checkpoint, self.device = task, checkpoint, device
        self.variant = checkpoint.info.variant
        self.rule_ids = {name: number for number, name in enumerate(checkpoint.rule_ids, start=1)}
        self.model = model.to(device).eval()

    @property
    def name(self) -> str:
        """The checkpoint's name, for display."""
        return self.checkpoint.info.name

    @property
    def trained_on(self) -> str | None:
        """The protocol whose train split the model learned from, if known."""
        training = self.checkpoint.training
        return None if training is None else training.data.protocol or None

    def run(
        self,
        puzzle: Instance | Problem,
        options: SolveOptions | None = None,
        *,
        index: int = 0,
        stop: Callable[[], bool] = lambda: False,
        steps: Generator[RolloutStep, None, None] | None = None,
    ) -> Iterator[Event]:
        """Solve one puzzle: the events of ``search``.

        Args:
            puzzle: a puzzle of this solver's variant or one that fits into it; or a ``problem``, which has its index.
            options: see ``SolveOptions``.
            index: the puzzle's number, part of the noise's coordinates.
            stop: asked after every step; when it says True the run ends at once, with reason ``stopped``.
            steps: those of the only round, where other processes have made them; see ``sharding.py``.

        Raises:
            BadInput: the puzzle does not fit the variant, or the options need a validator that the task lacks.
        """
        problem = puzzle if isinstance(puzzle, Problem) else self.problem(puzzle, index)
        return (event for _, event in search(self, [problem], options or SolveOptions(), stop=stop, steps=steps))

    def problem(self, instance: Instance, index: int = 0) -> Problem:
        """A puzzle made to fit this solver's variant, and encoded. Raises BadInput where it does not fit."""
        try:
            instance = self.task.to_variant(instance, self.variant)
        except BadInput as error:
            raise BadInput(
                f"{error}: the checkpoint {self.name} solves {self.variant}; "
                f"train one with `gramsolve train {self.task.name} --variant {instance.variant}`"
            ) from error
        return Problem(instance, self.task.encode(instance), index, self.task.rule_id(instance))

    def policy(self, options: SolveOptions) -> RestartPolicy:
        """How options spend trajectories with this model. Raises BadInput where they need what the task lacks: a
        validator, or cells that can be given."""
        deepens = self.has_validator and self.model.config.method.name == "recursive" and options.search != Search.NONE
        max_depth = max(options.depth, options.max_depth if deepens else 0)
        policy = RestartPolicy.from_options(
            options, has_validator=self.has_validator, max_depth=max_depth, task=self.task.name
        )
        assumes = self.has_validator and self.task.capabilities.given_cells
        if options.search == Search.HYPOTHESES and not assumes:
            raise BadInput(f"{self.task.name} has no cells that can be assumed and checked: use --search restart")
        if options.search == Search.HYPOTHESES or (options.search == Search.AUTO and assumes):
            blank = self.task.variant(self.variant).spec.blank
            return HypothesisPolicy.from_restart(policy, seed=options.seed, blank=blank)
        return policy

    def trajectories(
        self,
        batch: Batch,
        options: SolveOptions,
        *,
        depth: int | None = None,
        augment: int | None = None,
        validate: bool = True,
    ) -> Trajectories:
        """Trajectories of any puzzles of this variant, whose boards answer the puzzles as they are.

        Args:
            options: seed and temperature; and depth and augmentation, where no other ``depth`` or ``augment`` (number
                of symmetric copies, 1 for the puzzle itself) is given.
            validate: judge every step; else boards are as the network made them, not in canonical form.
        """
        inputs, undo = batch.inputs, None
        augment = self.augmentations(options) if augment is None else augment
        if augment > 1:
            augmented = Augmentation(self.task, self.variant, augment, options.seed, batch.instance, batch.trajectory)
            inputs, undo = augmented.inputs(inputs), augmented.undo

        def judge_rows(rows: Rows, tokens: Tokens) -> Judgement:
            return judge(self.task, self.variant, batch.puzzles[rows], tokens)

        return Trajectories(
            self.model,
            self.inputs(inputs, batch.rules),
            torch.from_numpy(batch.instance).to(self.device),
            torch.from_numpy(batch.trajectory).to(self.device),
            depth=depth or options.depth,
            seed=options.seed,
            temperature=options.temperature,
            undo_augmentation=undo,
            judge=judge_rows if validate else None,
        )

    def steps(
        self,
        puzzle: Instance | Problem,
        options: SolveOptions,
        first: int,
        count: int,
        *,
        index: int = 0,
        validate: bool = True,
    ) -> Generator[RolloutStep, None, None]:
        """Trajectories ``first`` to ``first + count - 1`` of a puzzle, step by step; see ``trajectories``."""
        problem = puzzle if isinstance(puzzle, Problem) else self.problem(puzzle, index)
        policy = replace(self.policy(options), width=count)
        started = Round(np.arange(first, first + count), np.repeat(problem.inputs[None], count, axis=0))
        batch = Batch.of([(problem, started)])
        return self.trajectories(batch, options, depth=policy.max_depth, validate=validate).steps(policy.halts)

    def augmentations(self, options: SolveOptions) -> int:
        """Symmetric copies of a puzzle that its trajectories see. Unless options say how many: one for each trajectory
        where all solutions are wanted or no validator but a vote chooses; none for a network that treats copies alike
        by construction."""
        if options.augment:
            return options.augment
        helps = (options.until == "all" or not self.has_validator) and not self.model.config.mixer.equivariant
        return options.width if helps and self.task.capabilities.symmetries else 1

    def inputs(self, tokens: npt.NDArray[np.uint8], rules: Sequence[str]) -> torch.Tensor:
        """What the model reads: tokens [B, L_in] and, where it has embeddings of rules, the numbers of theirs."""
        numbers = np.array([self.rule_ids.get(name, 0) for name in rules])
        return as_inputs(tokens, numbers if self.model.config.rule_ids else None).to(self.device)

    def digest(self) -> str:
        """Names these weights on this kind of device, on which all numbers depend."""
        digest = hashlib.sha256(self.device.type.encode())
        for tensor in self.model.state_dict().values():
            digest.update(tensor.cpu().numpy().tobytes())
        return digest.hexdigest()

    def canonical(self, inputs: Tokens, outputs: Tokens) -> Tokens:
        """Outputs [B, L_out] in the task's canonical form."""
        return np.ascontiguousarray(self.task.canonical(self.variant, inputs, outputs))

    @property
    def has_validator(self) -> bool:
        """Whether the task has rules to check boards by."""
        return self.task.capabilities.validator
