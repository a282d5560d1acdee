"""Search by hypotheses: while no board is valid, each new trajectory takes some cells of an earlier board as given.

Trajectories of one hard puzzle fail together: they start alike and reach the same wrong boards, so more of them help
little. A trajectory that assumes a cell is a trajectory of another puzzle. A right assumption makes that puzzle easier
than the original, and a wrong one costs a trajectory and nothing else, because the validator always judges against the
original puzzle.

An assumption is a pure function of (seed, instance, trajectory) and of the boards in which the earlier rounds ended.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from gramsolve.inference.noise import branch, stream_keys, uniform
from gramsolve.inference.options import MAX_TRAJECTORIES
from gramsolve.inference.policy import PuzzleState, RestartPolicy, Round

ASSUMPTIONS = 4
"""Stream of a trajectory's noise that draws its assumptions; the others are in ``sampler.py``."""
EXPLORATION = 0.05
"""Weight of a cell on which all boards agree, beside the share of the boards that disagree."""
RECENT = 64
"""Boards, the newest first, that say where trajectories disagree."""
REFUTED = 0.5
"""Factor on the weight of an assumption for each trajectory that failed with it alone."""


@dataclass(frozen=True)
class HypothesisPolicy(RestartPolicy):
    """Rounds of W trajectories: the first of the puzzle as it is, the others with more and more cells assumed.

    A cell is drawn by how much the earlier boards disagree about it, and its token is that of one earlier board, drawn
    for each trajectory. Assumptions with which trajectories failed are drawn less. Once a board is valid, rounds go on
    without assumptions.

    Attributes:
        seed: of the search, which names the draws with the instance and the trajectory.
        blank: the token of a cell that is not given; it is never assumed.
        per_cell: trajectories that assume one cell before others assume two, then three, and so on.
    """

    seed: int = 0
    blank: int = 1
    per_cell: int = 60

    @classmethod
    def from_restart(cls, policy: RestartPolicy, *, seed: int, blank: int) -> HypothesisPolicy:
        """The policy that spends rounds as ``policy`` does but for the assumptions; each as deep as the first."""
        rounds = policy.max_rounds
        if policy.until == "depth":
            rounds = min(rounds, -(-MAX_TRAJECTORIES // policy.width))
        values = asdict(policy) | {"max_depth": policy.depth, "max_rounds": rounds}
        return cls(**values, seed=seed, blank=blank)

    def start(self, state: PuzzleState) -> Round:
        started = super().start(state)
        if not state.rounds or state.ballot.solutions():
            return started
        count = 1 + (state.rounds - 1) * self.width // self.per_cell
        keys = stream_keys(
            self.seed,
            torch.full((self.width,), state.problem.index, dtype=torch.int64),
            torch.from_numpy(started.trajectory),
        )
        boards = np.concatenate([step.tokens for step in reversed(state.ended)])[:RECENT]
        draws = uniform(branch(keys, ASSUMPTIONS), 0, (boards.shape[1] + 1,)).numpy()
        source = boards[(draws[:, 0] * len(boards)).astype(np.int64)]  # [W, L]
        weight = self._weights(state, boards, source)
        # The ``count`` largest of log weight + Gumbel noise are a draw without replacement (Efraimidis, Spirakis 2006).
        merit = np.where(weight > 0, np.log(np.maximum(weight, 1e-30)) - np.log(-np.log(draws[:, 1:])), -np.inf)
        order = np.argsort(-merit, axis=1, kind="stable")[:, :count]
        chosen = np.zeros(merit.shape, np.bool_)
        np.put_along_axis(chosen, order, np.isfinite(np.take_along_axis(merit, order, 1)), axis=1)
        assumed = np.where(chosen, source, 0).astype(np.uint8)
        inputs = np.where(chosen, source, started.inputs).astype(np.uint8)
        return replace(started, inputs=inputs, assumed=assumed)

    def _weights(self, state: PuzzleState, boards: npt.NDArray[np.uint8], source: npt.NDArray[np.uint8]) -> np.ndarray:
        """Weight of assuming each cell with the token of ``source`` [W, L], float64 [W, L]; 0 for what is no guess."""
        tokens = np.arange(int(boards.max()) + 1, dtype=np.uint8)
        share = (boards[:, :, None] == tokens).mean(0)  # [L, V]
        disagreement = 1 - share.max(-1) + EXPLORATION
        open_cells = (state.problem.inputs == self.blank) & (source != self.blank)
        return (
            open_cells
            * disagreement
            * REFUTED
            ** np.take_along_axis(
                refutations(state, len(tokens))[None], source[:, :, None].astype(np.int64), axis=2
            ).squeeze(-1)
        )

    def deepens(self, state: PuzzleState) -> bool:
        """No round is deeper than the others: another hypothesis is worth more than further steps."""
        return False

    def finishes(self, state: PuzzleState) -> str:
        if self.until == "depth":
            solved = state.ballot.solutions() or state.exact == 0
            return "depth" if solved else "rounds" if state.rounds >= self.max_rounds else ""
        return super().finishes(state)


def refutations(state: PuzzleState, vocabulary: int) -> npt.NDArray[np.float64]:
    """How many trajectories failed with each token assumed in each cell, [L, V]: one of m cells counts 1 / m."""
    counts = np.zeros((state.problem.inputs.shape[0], vocabulary))
    for assumed, step in zip(state.assumed, state.ended, strict=False):
        if assumed is None or step.valid is None:
            continue
        row, cell = np.nonzero(assumed * ~step.valid[:, None])
        np.add.at(counts, (cell, assumed[row, cell]), 1 / np.count_nonzero(assumed, axis=1)[row])
    return counts
