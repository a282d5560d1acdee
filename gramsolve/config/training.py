"""Settings of the learning problem, in groups. Light: imports no torch.

Every leaf has a name of its own across all groups, so that ``--set NAME=VALUE`` and presets stay flat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, Literal

from gramsolve import records
from gramsolve.errors import BadInput

WHAT = "training settings"


@dataclass(frozen=True)
class DataConfig:
    """What a batch is drawn from.

    Attributes:
        protocol: how train and test are separated; empty means the task's first.
        batch: B, trajectories in a batch; a multiple of ``supervision_steps``.
        augment: draw a random symmetry for every sample. The test set stays clean only with a split by symmetry class.
        unconditional_share: share of samples whose input is empty, for unconditional generation.
        clue_dropout: upper bound on the share of givens that is removed from an input. The share is uniform in
            0 .. ``clue_dropout`` for each input; its solution stays valid.
        clue_dropout_share: share of the inputs that lose givens.
    """

    protocol: str = ""
    batch: int = 64
    augment: bool = False
    unconditional_share: float = 0.05
    clue_dropout: float = 0.0
    clue_dropout_share: float = 1.0

    def __post_init__(self) -> None:
        records.at_least(self, WHAT, 1, "batch")
        records.within(self, WHAT, 0, 1, "unconditional_share", "clue_dropout", "clue_dropout_share")


@dataclass(frozen=True)
class ObjectiveConfig:
    """The loss, see ``gramsolve.training.objective``.

    Attributes:
        supervision_steps: N_sup, supervision steps of a training trajectory.
        deep_supervision: a loss and an update after every supervision step. False: one of each after all N_sup steps.
        beta: weight of the KL in ELBO units, see ``objective.elbo_beta``.
        beta_final: weight from the middle of the plan on; it is approached linearly until then. 0 keeps ``beta``.
        beta_step1: weight at the first supervision step of a trajectory. Over the steps the weight goes geometrically
            from here to the weight of the last step. A larger value makes the first steps encode coarse properties (on
            images: which digit, how thick) and leaves details to later steps. 0: all steps weigh the same.
        beta_ambiguous: weight, in place of ``beta``, for inputs with several solutions: those listed, the empty input,
            and inputs that lost givens to ``clue_dropout``. The latent must encode *which* solution there. 0: all
            inputs weigh the same.
        kl_balance: share of the KL gradient that moves the prior towards the posterior.
    """

    supervision_steps: int = 4
    deep_supervision: bool = True
    beta: float = 1.0
    beta_final: float = 0.0
    beta_step1: float = 0.0
    beta_ambiguous: float = 0.0
    kl_balance: float = 0.8

    def __post_init__(self) -> None:
        records.at_least(self, WHAT, 1, "supervision_steps")
        records.at_least(self, WHAT, 0, "beta", "beta_final", "beta_step1", "beta_ambiguous")
        records.within(self, WHAT, 0, 1, "kl_balance")

    @property
    def phases(self) -> int:
        """Updates that a trajectory takes: one for each supervision step, or one in all without deep supervision."""
        return self.supervision_steps if self.deep_supervision else 1


@dataclass(frozen=True)
class RolloutConfig:
    """Prior rollouts in training: the states that inference meets.

    Attributes:
        prior_share: share of the batch that also runs as prior rollouts, on which the halt and value heads are fitted.
        self_correction: share of the finished prior rollouts from which a training trajectory restarts: at the state
            where the rollout stopped, with the solution nearest to its board as target. An on-policy restart, the idea
            of DAgger (Ross et al. 2011): the model learns the way out of its own wrong boards.
        keep_correct: share of those rollouts with a *correct* board that are kept as restarts. Below 1 the batch fills
            up with puzzles that the model cannot solve yet.
        balanced_targets: for inputs with very many solutions, the share of restarts whose targets are assigned so that
            all solutions are used equally often (``targets.balanced_assignment``). Other restarts get the most similar
            solution, which leaves out solutions that are rarely drawn.
    """

    prior_share: float = 0.25
    self_correction: float = 0.0
    keep_correct: float = 1.0
    balanced_targets: float = 0.0

    def __post_init__(self) -> None:
        records.within(self, WHAT, 0, 1, *records.names(RolloutConfig))


@dataclass(frozen=True)
class OptimizationConfig:
    """Optimizer and weight average.

    Attributes:
        optimizer: ``muon`` (matrices of the core by Muon, the rest by AdamW) or ``adamw``.
        lr, adam_lr: peak learning rates of Muon and of AdamW; with ``adamw``, ``adam_lr`` serves all.
        weight_decay: on matrices; embeddings, heads and vectors have none.
        clip: bound on the norm of the gradient.
        ema: decay of the exponential moving average of the weights, which is what ships.
        ema_horizon: horizon of the average as a share of the plan, in place of ``ema``; 0 keeps ``ema``.
    """

    optimizer: Literal["muon", "adamw"] = "muon"
    lr: float = 3e-3
    adam_lr: float = 3e-3
    weight_decay: float = 0.0
    clip: float = 1.0
    ema: float = 0.995
    ema_horizon: float = 0.0

    def __post_init__(self) -> None:
        records.at_least(self, WHAT, 0, "lr", "adam_lr", "weight_decay", "clip")
        records.within(self, WHAT, 0, 1, "ema", "ema_horizon")


@dataclass(frozen=True)
class ScheduleConfig:
    """The plan and the learning rate over it.

    Attributes:
        updates: length of the plan. The learning rate ends here, in however many sessions the run is done.
        warmup: updates of linear warm-up.
        decay: share of the plan, at its end, over which the rate falls to zero.
        decay_shape: how it falls: ``linear`` or ``cosine``.
    """

    updates: int = 5000
    warmup: int = 200
    decay: float = 0.4
    decay_shape: Literal["linear", "cosine"] = "linear"

    def __post_init__(self) -> None:
        records.at_least(self, WHAT, 1, "updates")
        records.at_least(self, WHAT, 0, "warmup")
        records.within(self, WHAT, 0, 1, "decay")


@dataclass(frozen=True)
class ValidationConfig:
    """The held-out check during training: every ``eval_every`` updates, on ``eval_inputs`` inputs, with ``eval_width``
    trajectories each of ``eval_depth`` supervision steps."""

    eval_every: int = 100
    eval_inputs: int = 32
    eval_width: int = 4
    eval_depth: int = 16

    def __post_init__(self) -> None:
        records.at_least(self, WHAT, 1, *records.names(ValidationConfig))


@dataclass(frozen=True)
class ExecutionConfig:
    """How an update is computed. These settings change the last bits of the result, not what is learned.

    Attributes:
        micro_batch: rows of the batch whose gradients are computed together, to save memory; 0 means all.
        precision: ``bf16`` (products and states; norms and KL in fp32), ``fp32``, or ``auto``: the one the hardware is
            made for. The plan of a run says which one that was.
    """

    micro_batch: int = 0
    precision: Literal["auto", "bf16", "fp32"] = "auto"

    def __post_init__(self) -> None:
        records.at_least(self, WHAT, 0, "micro_batch")


@dataclass(frozen=True)
class TrainingConfig:
    """The learning problem. Together with ``ModelConfig`` and a seed it fixes the result on one platform."""

    data: DataConfig = field(default_factory=DataConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    rollouts: RolloutConfig = field(default_factory=RolloutConfig)
    optimization: OptimizationConfig = field(default_factory=OptimizationConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    validation: ValidationConfig = field(default_factory=ValidationConfig)
    execution: ExecutionConfig = field(default_factory=ExecutionConfig)

    def __post_init__(self) -> None:
        if self.data.batch % self.objective.phases:
            raise BadInput(
                f"{WHAT}: batch {self.data.batch} must be a multiple of supervision_steps "
                f"{self.objective.supervision_steps}"
            )

    @classmethod
    def from_flat(cls, **leaves: Any) -> TrainingConfig:
        """The configuration with these leaves, by name, and defaults for the rest. Raises BadInput."""
        groups, grouped = leaf_groups(), dict[str, dict[str, Any]]()
        for name, value in leaves.items():
            if name not in groups:
                raise BadInput(f"{WHAT}: unknown setting {name!r}; there are {', '.join(sorted(groups))}")
            grouped.setdefault(groups[name], {})[name] = value
        return cls.from_dict(grouped)

    @classmethod
    def from_dict(cls, groups: Mapping[str, Any]) -> TrainingConfig:
        """The inverse of ``to_dict``, for values from a file. Raises BadInput."""
        return records.read(cls, groups, WHAT)

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Groups of plain JSON values."""
        return asdict(self)

    def flat(self) -> dict[str, Any]:
        """Every leaf by its name."""
        return {name: value for group in self.to_dict().values() for name, value in group.items()}

    def replace(self, **leaves: Any) -> TrainingConfig:
        """The same configuration with other values for these leaves. Raises BadInput."""
        return TrainingConfig.from_flat(**{**self.flat(), **leaves})

    @property
    def ema_decay(self) -> float:
        """Decay of the exponential moving average of the weights."""
        horizon, updates = self.optimization.ema_horizon, self.schedule.updates
        return max(0.0, 1 - 1 / (horizon * updates)) if horizon else self.optimization.ema

    @property
    def prior_rows(self) -> int:
        """R, rows of the batch that also run under the prior: whole groups of ``phases``, at least one."""
        phases = self.objective.phases
        return phases * max(1, round(self.data.batch * self.rollouts.prior_share / phases))

    def beta_at(self, update: int) -> float:
        """Weight of the KL in an update, counted from 0, at the last supervision step of a trajectory."""
        beta, final = self.objective.beta, self.objective.beta_final
        progress = min(1.0, 2 * update / self.schedule.updates)
        return beta + progress * (final - beta) if final else beta

    def betas_at(self, update: int, *, ambiguous: bool = False) -> list[float]:
        """Weights of the KL in an update, one for each phase of a trajectory. ``ambiguous``: for inputs with several
        solutions."""
        objective, last, steps = self.objective, self.beta_at(update), self.objective.phases
        if ambiguous and objective.beta_ambiguous:
            last = objective.beta_ambiguous
        if not objective.beta_step1 or not last or steps == 1:
            return [last] * steps
        return [last * (objective.beta_step1 / last) ** (1 - n / (steps - 1)) for n in range(steps)]


@cache
def leaf_groups() -> Mapping[str, str]:
    """The name of the group of every leaf, by the leaf's name."""
    return {leaf: group for group, leaves in TrainingConfig().to_dict().items() for leaf in leaves}
