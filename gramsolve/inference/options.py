"""How to search. Imports no torch, so that the command line and the TUI start fast."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gramsolve import records
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.config.training import TrainingConfig


WHAT = "search settings"


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


class Search(StrEnum):
    """How trajectories are spent while no board is valid, see ``SolveOptions.search``."""

    AUTO = "auto"
    NONE = "none"
    RESTART = "restart"
    HYPOTHESES = "hypotheses"


MAX_TRAJECTORIES = 200
"""Trajectories that search by hypotheses spends on a puzzle at most where the goal is one round with a valid board."""

MAX_DEPTH = 128
"""Steps of ``solve`` at most while no board is valid."""


def depth_to_sample(conditional: bool, training: TrainingConfig | None) -> int:
    """Steps of unconditional samples. With a validator trajectories halt when they are valid, and only those that need
    many steps take 64; without one, four times as many steps as ``training`` took."""
    return 64 if conditional else 4 * (4 if training is None else training.objective.supervision_steps)


@dataclass(frozen=True)
class SolveOptions:
    """How to search. A value out of range raises BadInput.

    Attributes:
        width: W, trajectories in one round.
        depth: supervision steps at most.
        max_depth: where it is more than ``depth``: steps at most while no board of the puzzle is valid. For GRAM on
            tasks with a validator: trajectories without a valid board often find one later.
        search: what follows a round without a valid board. ``none``: nothing, not even steps beyond ``depth``: the
            network alone. ``restart``: steps up to ``max_depth``, then rounds with other noise as far as ``until`` asks
            for them. ``hypotheses``: rounds in which trajectories take some cells as given, see ``hypotheses.py``.
            ``auto``: ``hypotheses`` on tasks with a validator and given cells, else ``restart``.
        halt: when a trajectory leaves the batch: ``head`` (the halt head gives more than one half, the paper's rule),
            ``valid`` (the validator accepts its board), ``never``, or ``auto``: ``valid`` with a validator, which never
            stops on a wrong board, else ``head``.
        rank_by: rules that rank the answers, of ``valid``, ``vote``, ``lprm``; each breaks the ties of those before.
        until: ``depth`` (one round), ``valid`` (rounds until a board is valid) or ``all`` (rounds until the estimated
            probability of a missing solution is at most ``missing_mass``).
        max_seconds: time budget, or None.
        max_rounds: rounds at most.
        temperature: scale of the prior's standard deviation; 0 gives its mean.
        augment: symmetric copies of the puzzle over which trajectories are spread; their boards are mapped back. This
            averages out symmetries that the model has not learned. 1: the puzzle alone. 0: a copy for each trajectory
            where that helps, see ``Solver.augmentations``.
        seed: with the puzzle's index, names the noise of every trajectory.
        exact: before the first round, count the solutions by exact search (up to ``EXACT_LIMIT``), for a caller that
            shows the count. A puzzle that has none is not searched beyond ``depth``.
    """

    width: int = 20
    depth: int = 16
    max_depth: int = 0
    search: str = "restart"
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
        records.at_least(self, WHAT, 1, "width", "depth", "max_rounds")
        records.at_least(self, WHAT, 0, "max_depth", "augment", "temperature")
        records.one_of(self, WHAT, "halt", tuple(Halt))
        records.one_of(self, WHAT, "until", tuple(Until))
        if not 0 < self.missing_mass < 1:
            raise BadInput(f"{WHAT}: missing_mass must lie between 0 and 1, not {self.missing_mass}")
        if self.max_seconds is not None and not self.max_seconds > 0:
            raise BadInput(f"{WHAT}: the time budget must be positive, not {self.max_seconds}")
        records.one_of(self, WHAT, "search", tuple(Search))
        if self.search == Search.NONE and self.until != Until.DEPTH:
            raise BadInput(f"{WHAT}: the network alone takes one round: search none cannot go with until {self.until}")
        unknown = [rule for rule in self.rank_by if rule not in list(Rule)]
        if unknown or not self.rank_by:
            raise BadInput(f"{WHAT}: unknown selection {','.join(unknown)!r}: choose from {', '.join(Rule)}")
        if self.seed not in records.INT64:
            raise BadInput(f"{WHAT}: seed must fit into 64 bits")


EXACT_LIMIT = 100_000
"""Exact search lists this many solutions at most."""
