"""Which solutions wrong boards are led to."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gramsolve.tasks.arrays import Tokens

SHARPNESS = 0.03
"""Of ``balanced_assignment``, in units of the cosine: what is so much less like a board gets a share e times
smaller."""
ROUNDS = 40


def similarity(solutions: Tokens, boards: Tokens) -> npt.NDArray[np.float64]:
    """How much each board [n, L] correlates with each of the solutions [S, L], [n, S]: the cosine between their one-hot
    tokens less the mean of all solutions, so that agreeing where nearly all agree counts for little."""
    length = solutions.shape[1]
    ordinary, usual, common = np.zeros(len(solutions)), 0.0, np.zeros(len(boards))
    together = np.zeros((len(boards), len(solutions)))
    for token in np.bincount(solutions.ravel()).nonzero()[0]:
        has = (solutions == token).astype(np.float32)
        share, wanted = has.mean(axis=0), (boards == token).astype(np.float32)
        together += wanted @ has.T
        ordinary, usual, common = ordinary + has @ share, usual + share @ share, common + wanted @ share
    product = together - ordinary - common[:, None] + usual
    far, away = length - 2 * ordinary + usual, length - 2 * common[:, None] + usual
    cosine: npt.NDArray[np.float64] = product / np.sqrt(np.maximum(far, 1e-9) * np.maximum(away, 1e-9))
    return cosine


def most_similar(solutions: Tokens, boards: Tokens) -> npt.NDArray[np.intp]:
    """Which of the solutions [S, L] is most like each board [n, L]."""
    return similarity(solutions, boards).argmax(axis=1)


def balanced_assignment(solutions: Tokens, boards: Tokens, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """A solution [S, L] for each board [n, L]: like it, but so that all solutions are as likely to be given to some.

    The one most like each board leaves out the solutions that few boards are like, and what is left out in training
    gets rarer still with every step. This draws from the coupling of boards and solutions that is uniform on either
    side and makes them most alike, but for an entropy (Cuturi 2013, "Sinkhorn Distances").
    """
    like = similarity(solutions, boards).astype(np.float32) / SHARPNESS
    rows = np.zeros((len(boards), 1), np.float32)
    for _ in range(ROUNDS):
        columns = -_logsumexp(like + rows, axis=0)
        rows = -_logsumexp(like + columns, axis=1)
    shares = np.exp(like + rows + columns).cumsum(axis=1)
    found: npt.NDArray[np.intp] = (shares > rng.random((len(boards), 1)) * shares[:, -1:]).argmax(axis=1)
    return found


def _logsumexp(x: npt.NDArray[np.float32], axis: int) -> npt.NDArray[np.float32]:
    top = x.max(axis=axis, keepdims=True)
    total: npt.NDArray[np.float32] = top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))
    return total


def align_symbols(solutions: Tokens, board: Tokens, symbols: npt.NDArray[np.integer]) -> Tokens:
    """Solutions [S, L] with symbols renamed to agree with a board [L]: pair by pair, the pair that meets most often
    first."""
    has = (solutions[:, None, :] == symbols[:, None]).astype(np.float32)
    meets = has.reshape(-1, len(board)) @ (board[:, None] == symbols).astype(np.float32)
    meets = meets.reshape(len(solutions), len(symbols), len(symbols))
    names = np.tile(np.arange(256, dtype=np.uint8), (len(solutions), 1))
    rows = np.arange(len(solutions))
    for _ in symbols:
        old, new = np.divmod(meets.reshape(len(solutions), -1).argmax(axis=1), len(symbols))
        names[rows, symbols[old]] = symbols[new]
        meets[rows, old] = meets[rows, :, new] = -1
    return np.take_along_axis(names, solutions.astype(np.int64), axis=1)
