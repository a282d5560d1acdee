"""How to search. Light: imports no torch, so that the command line and the TUI can build it at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.config.training import TrainingConfig


class Halt(StrEnum):
    """When a trajectory stops, see ``SolveOptions.halt``."""

    AUTO = "auto"
    HEAD = "head"
    VALID = "valid"
    NEVER = "never"


class Until(StrEnum):
    """When a run ends, see ``SolveOptions.until``."""

    DEPTH = "depth"
    VALID = "valid"
    ALL = "all"


class Rule(StrEnum):
    """What ranks candidates, see ``SolveOptions.rank_by``."""

    VALID = "valid"
    VOTE = "vote"
    LPRM = "lprm"


MAX_DEPTH = 128
"""Steps that ``solve`` takes at most where no board is valid before."""


def depth_to_sample(conditional: bool, training: TrainingConfig | None) -> int:
    """Steps of unconditional samples. With a validator trajectories halt when they are valid, and only those that need
    many steps take 64; without one, four times as many steps as ``training`` took."""
    return 64 if conditional else 4 * (4 if training is None else training.objective.supervision_steps)


@dataclass(frozen=True)
class SolveOptions:
    """How to search. A value out of range raises BadInput.

    Attributes:
        width: trajectories that run side by side in one round.
        depth: supervision steps at most.
        max_depth: further steps, up to this many in all, while no board of the puzzle is valid; 0 for none. For the
            recursive engine, on tasks with a validator: trajectories that are wrong go on changing their minds.
        halt: when a trajectory leaves the batch early: ``head`` (the halt head gives more than one half, the paper's
            rule), ``valid`` (the validator accepts its board), ``never``, or ``auto``: ``valid`` where there is a
            validator, which never stops on a wrong board, else ``head``.
        rank_by: order in which ranking rules decide: any of ``valid``, ``vote``, ``lprm``.
        until: ``depth`` (one round), ``valid`` (rounds until a valid board is found) or ``all`` (rounds until the
            unseen mass is below ``missing_mass``).
        missing_mass: target of the unseen-mass estimate for ``until="all"``.
        max_seconds: time budget, or None.
        max_rounds: bound on rounds when there is no time budget.
        temperature: scale of the prior's standard deviation; 0 gives its mean.
        augment: symmetric copies of the puzzle that trajectories are spread over, their answers turned back: what a
            network has not learned to treat alike, its votes and its choice between solutions, evens out. 1: the puzzle
            alone. 0: a copy for every trajectory where that helps, see ``Solver.augmentations``.
        seed: with the instance index, names the noise of every trajectory.
        exact: before the first round, count the solutions by exact search (up to ``EXACT_LIMIT``), for a caller that
            shows the count. A puzzle that has none is not searched beyond ``depth``.
    """

    width: int = 20
    depth: int = 16
    max_depth: int = 0
    halt: str = "auto"
    rank_by: tuple[str, ...] = ("valid", "vote", "lprm")
    until: str = "depth"
    missing_mass: float = 0.02
    max_seconds: float | None = None
    max_rounds: int = 500
    temperature: float = 1.0
    augment: int = 0
    seed: int = 0
    exact: bool = False

    def __post_init__(self) -> None:
        for name, low in (("width", 1), ("depth", 1), ("max_depth", 0), ("max_rounds", 1), ("augment", 0)):
            if getattr(self, name) < low:
                raise BadInput(f"{name} must be at least {low}, not {getattr(self, name)}")
        if not self.temperature >= 0:
            raise BadInput(f"temperature cannot be negative, and {self.temperature} is not a temperature")
        if not 0 < self.missing_mass < 1:
            raise BadInput(f"missing_mass must lie between 0 and 1, not {self.missing_mass}")
        if self.max_seconds is not None and not self.max_seconds > 0:
            raise BadInput(f"the time budget must be positive, not {self.max_seconds}")
        if self.halt not in list(Halt):
            raise BadInput(f"halt must be one of {', '.join(Halt)}, not {self.halt!r}")
        if self.until not in list(Until):
            raise BadInput(f"until must be one of {', '.join(Until)}, not {self.until!r}")
        unknown = [rule for rule in self.rank_by if rule not in list(Rule)]
        if unknown or not self.rank_by:
            raise BadInput(f"unknown selection {','.join(unknown)!r}: choose from {', '.join(Rule)}")
        if not -(2**63) <= self.seed < 2**63:
            raise BadInput("the seed must fit into 64 bits")


EXACT_LIMIT = 100_000
"""The enumerator is not asked for more solutions than this."""
