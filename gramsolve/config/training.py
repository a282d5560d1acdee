"""Settings of the learning problem. Light: imports no torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
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
        deep_supervision: a loss after every supervision step. False: one loss, and one update, at the end of the N_sup
            steps.
        beta: weight of the KL in ELBO units, see ``objective.elbo_beta``.
        beta_final: weight at the end; it rises or falls to it linearly over the first half of the plan. 0 keeps
            ``beta``.
        beta_step1: weight at the first supervision step of a trajectory, in place of the above; it goes geometrically
            to that of the last one. Where it is larger, the first steps say only what is worth most (on images: what
            digit, how thick), and the details come later. 0: all steps weigh the same.
        beta_ambiguous: weight, in place of ``beta``, where the input has several solutions: those listed, the empty
            input
            and inputs that ``clue_dropout`` has thinned. Which of them it is has to be told; a puzzle with one solution
            leaves nothing to tell but what the model should find out. 0: all inputs weigh the same.
        kl_balance: share of the KL gradient that moves the prior.
        optimizer: ``muon`` (matrices by Muon, the rest by AdamW) or ``adamw``.
        lr, adam_lr: peak rates of Muon and AdamW; with ``adamw``, ``adam_lr`` serves all.
        weight_decay: on matrices; embeddings, heads and vectors have none.
        warmup, decay: updates of linear warm-up; share of the plan over which the rate falls linearly to zero.
        decay_shape: how it falls: ``linear`` or ``cosine``.
        clip: bound on the gradient's norm.
        ema: decay of the weights' exponential moving average, which is what ships.
        ema_horizon: the average's horizon as a share of the plan, in place of ``ema``; 0 keeps that.
        precision: ``bf16`` (products and states; norms and KL in fp32), ``fp32``, or ``auto``: whichever the hardware
            is made for; a run's plan says which that was.
        unconditional_share: share of samples trained with an empty input, for unconditional generation.
        clue_dropout: a share of the givens, drawn for every input from 0 to this, is blanked out. What solved the
            puzzle
            still does.
        clue_dropout_share: share of the inputs to which that is done.
        augment: draw a random symmetry for every sample; only with a split by symmetry class is the test set clean.
        self_correction: share of the prior rollouts that are learned from when they end: a training trajectory begins
            where the
            rollout stopped, with the solution nearest to its board as target. Without it training never sees the wrong
            boards that inference must find its way out of.
        keep_correct: share of those among them that are right: a solved board has little to teach. Below 1 the batch
            fills up with puzzles that the model cannot solve yet.
        balanced_targets: where an input has very many solutions, the share of those rollouts that are led to all of
            them
            equally often (``targets.balanced_assignment``). The others are led to the one most like their board, which
            leaves out what is drawn too seldom.
        prior_share: share of the batch that also runs as prior rollouts, on which the two heads are fitted.
        protocol: how train and test are separated; empty means the task's first.
        eval_every, eval_inputs, eval_width, eval_depth: the held-out check in training.
    """

    updates: int = 5000
    batch: int = 64
    micro_batch: int = 0
    supervision_steps: int = 4
    deep_supervision: bool = True
    beta: float = 1.0
    beta_final: float = 0.0
    beta_step1: float = 0.0
    beta_ambiguous: float = 0.0
    kl_balance: float = 0.8
    optimizer: str = "muon"
    lr: float = 3e-3
    adam_lr: float = 3e-3
    weight_decay: float = 0.0
    warmup: int = 200
    decay: float = 0.4
    decay_shape: str = "linear"
    clip: float = 1.0
    ema: float = 0.995
    ema_horizon: float = 0.0
    precision: str = "auto"
    unconditional_share: float = 0.05
    clue_dropout: float = 0.0
    clue_dropout_share: float = 1.0
    augment: bool = False
    self_correction: float = 0.0
    keep_correct: float = 1.0
    balanced_targets: float = 0.0
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
            "beta_final",
            "beta_step1",
            "beta_ambiguous",
            "lr",
            "adam_lr",
            "weight_decay",
            "warmup",
            "clip",
        ):
            require(getattr(self, name) >= 0, f"{name} cannot be negative")
        for name in (
            "kl_balance",
            "decay",
            "ema",
            "ema_horizon",
            "unconditional_share",
            "clue_dropout",
            "clue_dropout_share",
            "self_correction",
            "keep_correct",
            "balanced_targets",
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
        return self.beta + way * (self.beta_final - self.beta) if self.beta_final else self.beta

    def betas_at(self, update: int, *, ambiguous: bool = False) -> list[float]:
        """Weights of the KL in the given update, one for each supervision step of a trajectory, for inputs with one
        solution or with several."""
        last, steps = self.beta_at(update), self.phases
        if ambiguous and self.beta_ambiguous:
            last = self.beta_ambiguous
        if not self.beta_step1 or not last or steps == 1:
            return [last] * steps
        return [last * (self.beta_step1 / last) ** (1 - n / (steps - 1)) for n in range(steps)]

    @property
    def phases(self) -> int:
        """Updates that a trajectory takes: one a supervision step, or one in all without deep supervision."""
        return self.supervision_steps if self.deep_supervision else 1

    @property
    def ema_decay(self) -> float:
        """Decay of the weights' average."""
        return max(0.0, 1 - 1 / (self.ema_horizon * self.updates)) if self.ema_horizon else self.ema

    @property
    def prior_rows(self) -> int:
        """Rows of the batch that also run under the prior: whole groups of ``phases``, at least one."""
        return self.phases * max(1, round(self.batch * self.prior_share / self.phases))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
