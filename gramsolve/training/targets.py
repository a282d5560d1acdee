"""Choose training targets for incorrect boards."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gramsolve.tasks.arrays import Tokens

SHARPNESS = 0.03
"""Temperature of ``balanced_assignment``, in units of the cosine."""
ROUNDS = 40
"""Iterations of Sinkhorn's algorithm."""


def similarity(solutions: Tokens, boards: Tokens) -> npt.NDArray[np.float64]:
    """Cosine similarity of boards [n, L] to solutions [S, L], [n, S], between one-hot tokens less the mean of all
    solutions, so that agreeing where nearly all solutions agree counts for little."""
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
    """The index of the solution [S, L] most similar to each board [n, L]: [n]."""
    return similarity(solutions, boards).argmax(axis=1)


def balanced_assignment(solutions: Tokens, boards: Tokens, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """The index of a solution [S, L] for each board [n, L]: similar to the board, uniform over solutions.

    ``most_similar`` leaves out solutions that few boards resemble, and what training leaves out becomes rarer with
    every step. This draws from the entropic optimal-transport coupling of boards and solutions, uniform on either side
    (Cuturi 2013, "Sinkhorn Distances").
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
    """Solutions [S, L] with symbols renamed to agree with a board [L], greedily: the pair of symbols that coincides
    most often first."""
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
