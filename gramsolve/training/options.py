"""Settings of a training run, and what a run reports while it goes. Light: imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gramsolve.errors import BadInput


@dataclass(frozen=True)
class TrainingConfig:
    """The learning problem. Together with ``ModelConfig`` and a seed it fixes the result on one platform.

    Attributes:
        updates: the plan; the learning-rate schedule ends here, however many chunks the run takes.
        batch: trajectories in a batch; a multiple of ``supervision_steps``.
        micro_batch: rows of the batch whose gradients are computed together, to save memory; 0 means all. The sum is
            that of the whole batch, in another order.
        supervision_steps: N_sup, steps of a training trajectory; one update each.
        deep: a loss after every supervision step. False: one loss, and one update, at the end of the N_sup steps.
        beta: weight of the KL in ELBO units, see ``objective.elbo_beta``.
        beta_end: weight at the end; it rises or falls to it linearly over the first half of the plan. 0 keeps ``beta``.
        beta_first: weight at the first supervision step of a trajectory, in place of the above; it goes geometrically
            to that of the last one. Where it is larger, the first steps say only what is worth most (on images: what
            digit, how thick), and the details come later. 0: all steps weigh the same.
        beta_several: weight, in place of ``beta``, where the input has several solutions: those listed, the empty input
            and inputs that ``corruption`` has thinned. Which of them it is has to be told; a puzzle with one solution
            leaves nothing to tell but what the model should find out. 0: all inputs weigh the same.
        balance: share of the KL gradient that moves the prior.
        optimizer: ``muon`` (matrices by Muon, the rest by AdamW) or ``adamw``.
        lr, adam_lr: peak rates of Muon and AdamW; with ``adamw``, ``adam_lr`` serves all.
        weight_decay: on matrices; embeddings, heads and vectors have none.
        warmup, decay: updates of linear warm-up; share of the plan over which the rate falls linearly to zero.
        decay_shape: how it falls: ``linear`` or ``cosine``.
        clip: bound on the gradient's norm.
        ema: decay of the weights' exponential moving average, which is what ships.
        ema_share: the average's horizon as a share of the plan, in place of ``ema``; 0 keeps that.
        precision: ``bf16`` (products and states; norms and KL in fp32), ``fp32``, or ``auto``: whichever the hardware
            is made for; a run's plan says which that was.
        blank: share of samples trained with an empty input, for unconditional generation.
        corruption: a share of the givens, drawn for every input from 0 to this, is blanked out. What solved the puzzle
            still does.
        corrupted: share of the inputs to which that is done.
        augment: draw a random symmetry for every sample; only with a split by symmetry class is the test set clean.
        repair: share of the prior rollouts that are learned from when they end: a training trajectory begins where the
            rollout stopped, with the solution nearest to its board as target. Without it training never sees the wrong
            boards that inference must find its way out of.
        repair_right: share of those among them that are right: a solved board has little to teach. Below 1 the batch
            fills up with puzzles that the model cannot solve yet.
        repair_evenly: where an input has very many solutions, the share of those rollouts that are led to all of them
            equally often (``matching.shared_out``). The others are led to the one most like their board, which leaves
            out what is drawn too seldom.
        prior_share: share of the batch that also runs as prior rollouts, on which the two heads are fitted.
        protocol: how train and test are separated; empty means the task's first.
        eval_every, eval_inputs, eval_width, eval_depth: the held-out check in training.
    """

    updates: int = 5000
    batch: int = 64
    micro_batch: int = 0
    supervision_steps: int = 4
    deep: bool = True
    beta: float = 1.0
    beta_end: float = 0.0
    beta_first: float = 0.0
    beta_several: float = 0.0
    balance: float = 0.8
    optimizer: str = "muon"
    lr: float = 3e-3
    adam_lr: float = 3e-3
    weight_decay: float = 0.0
    warmup: int = 200
    decay: float = 0.4
    decay_shape: str = "linear"
    clip: float = 1.0
    ema: float = 0.995
    ema_share: float = 0.0
    precision: str = "auto"
    blank: float = 0.05
    corruption: float = 0.0
    corrupted: float = 1.0
    augment: bool = False
    repair: float = 0.0
    repair_right: float = 1.0
    repair_evenly: float = 0.0
    prior_share: float = 0.25
    protocol: str = ""
    eval_every: int = 100
    eval_inputs: int = 32
    eval_width: int = 4
    eval_depth: int = 16

    def __post_init__(self) -> None:
        def require(ok: bool, text: str) -> None:
            if not ok:
                raise BadInput(f"training settings: {text}")

        for name in ("updates", "batch", "supervision_steps", "eval_every", "eval_inputs", "eval_width", "eval_depth"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, not {getattr(self, name)}")
        for name in (
            "micro_batch",
            "beta",
            "beta_end",
            "beta_first",
            "beta_several",
            "lr",
            "adam_lr",
            "weight_decay",
            "warmup",
            "clip",
        ):
            require(getattr(self, name) >= 0, f"{name} cannot be negative")
        for name in (
            "balance",
            "decay",
            "ema",
            "ema_share",
            "blank",
            "corruption",
            "corrupted",
            "repair",
            "repair_right",
            "repair_evenly",
            "prior_share",
        ):
            require(0 <= getattr(self, name) <= 1, f"{name} must lie between 0 and 1, not {getattr(self, name)}")
        require(
            self.batch % self.phases == 0,
            f"batch {self.batch} must be a multiple of supervision_steps {self.supervision_steps}",
        )
        require(self.optimizer in ("muon", "adamw"), f"optimizer must be muon or adamw, not {self.optimizer!r}")
        shapes = ("linear", "cosine")
        require(self.decay_shape in shapes, f"decay_shape must be linear or cosine, not {self.decay_shape!r}")
        known = ("auto", "bf16", "fp32")
        require(self.precision in known, f"precision must be one of {', '.join(known)}, not {self.precision!r}")

    def beta_at(self, update: int) -> float:
        """Weight of the KL in the given update, from 0, at the last supervision step of a trajectory."""
        way = min(1.0, 2 * update / self.updates)
        return self.beta + way * (self.beta_end - self.beta) if self.beta_end else self.beta

    def betas_at(self, update: int, *, several: bool = False) -> list[float]:
        """Weights of the KL in the given update, one for each supervision step of a trajectory, for inputs with one
        solution or with several."""
        last, steps = self.beta_at(update), self.phases
        if several and self.beta_several:
            last = self.beta_several
        if not self.beta_first or not last or steps == 1:
            return [last] * steps
        return [last * (self.beta_first / last) ** (1 - n / (steps - 1)) for n in range(steps)]

    @property
    def phases(self) -> int:
        """Updates that a trajectory takes: one a supervision step, or one in all without deep supervision."""
        return self.supervision_steps if self.deep else 1

    @property
    def average(self) -> float:
        """Decay of the weights' average."""
        return max(0.0, 1 - 1 / (self.ema_share * self.updates)) if self.ema_share else self.ema

    @property
    def prior_rows(self) -> int:
        """Rows of the batch that also run under the prior: whole groups of ``phases``, at least one."""
        return self.phases * max(1, round(self.batch * self.prior_share / self.phases))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class TrainOptions:
    """What a user asks for. ``overrides`` are ``key=value`` texts on top of the preset, of either config.

    ``arch`` is a system of ``model/systems.py``, None that of the preset; ``match`` fits its hidden size, so that it
    has as many parameters as another system has in the same preset, or as a number says.
    ``weights``, a name or a directory, is a checkpoint whose model the run goes on from, with a plan of its own.
    ``threads`` None and ``compile`` ``auto`` mean what is fastest here, or what the run that is resumed uses;
    ``compile`` may be ``on`` or ``off`` too. ``tensorboard`` writes the metrics for that program too.
    """

    variant: str | None = None
    preset: str = "cpu"
    arch: str | None = None
    match: str | None = None
    weights: str | None = None
    protocol: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    run_dir: Path | None = None
    resume: bool = False
    output: Path | None = None
    max_seconds: float | None = None
    max_updates: int | None = None
    seed: int = 0
    device: str = "auto"
    threads: int | None = None
    compile: str = "auto"
    tensorboard: bool = False


@dataclass(frozen=True)
class Report:
    """Progress. The tuples hold one number per supervision step and are empty between held-out checks.

    ``ce`` and ``kl`` are nats per puzzle (summed over tokens; over positions and channels), both on held-out inputs
    under the posterior; ``kl`` is the true KL(q || p), not the balanced one. ``posterior_accuracy`` is the share of
    right boards when the answer is shown to the posterior; ``prior_accuracy`` that of the model alone: the figure to
    steer by. ``rate`` is in updates a second; ``utilisation`` is the share of the speed of one large matrix product
    that the updates reach on this machine.
    """

    update: int
    updates: int
    seconds: float
    rate: float
    loss: float
    ce: tuple[float, ...] = ()
    kl: tuple[float, ...] = ()
    posterior_accuracy: tuple[float, ...] = ()
    prior_accuracy: tuple[float, ...] = ()
    prior_ce: tuple[float, ...] = ()
    diversity: float | None = None
    utilisation: float | None = None
    learning_rate: float = 0.0
    warnings: tuple[str, ...] = ()
    saved: bool = False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class TrainResult:
    """How a run, or a chunk of one, ended. ``checkpoint`` is the directory of the EMA weights."""

    run_dir: Path
    checkpoint: Path | None
    update: int
    updates: int
    finished: bool
    seconds: float
    last: Report | None = None
