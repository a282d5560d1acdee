"""The paper's data: complete solutions with 5, 6 or 7 queens removed (8x8), each input with all its completions.

Two ways to separate train from test, both 85:15:

* ``paper``: by unique input. Mirrored and rotated copies of a test input may be in training, as in the paper.
* ``symmetry``: by class of inputs under the eight symmetries of the square, so that no copy is.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import BadInput, Dataset, Split
from gramsolve_nqueens.encode import QUEEN, boards_of, dihedral
from gramsolve_nqueens.enumerate import completions

TRAIN_SHARE = 0.85
LARGEST = 10

Boards = npt.NDArray[np.uint8]


def removals(n: int) -> tuple[int, ...]:
    """How many queens are taken away: the paper's numbers for 8 (5, 6, 7) and 10 (7, 8, 9)."""
    return n - 3, n - 2, n - 1


@lru_cache(maxsize=4)
def dataset(n: int, protocol: str, seed: int) -> Dataset:
    """Both splits of the n x n board. Deterministic; 8x8 has 5,148 inputs, 4,375 of them for training."""
    if n > LARGEST:
        raise BadInput(f"no data set for {n}x{n}: listing all solutions is practical up to {LARGEST}x{LARGEST}")
    columns = completions(np.full(n, -1, np.int64), 1_000_000)
    givens, pool = unique_givens(columns, n), boards_of(columns)
    inputs = boards_of(givens)
    rng = np.random.default_rng(seed)
    groups = symmetry_classes(inputs, n) if protocol == "symmetry" else np.arange(len(inputs))
    train = chosen_groups(groups, rng)
    return Dataset(
        protocol,
        with_solutions(inputs[train], givens[train], columns, pool),
        with_solutions(inputs[~train], givens[~train], columns, pool),
    )


def unique_givens(columns: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.int64]:
    """Every subset of the allowed sizes of every solution, once: columns or -1, int64 [M, n], sorted."""
    parts = []
    for removed in removals(n):
        for rows in combinations(range(n), removed):
            part = columns.copy()
            part[:, rows] = -1
            parts.append(part)
    return np.unique(np.concatenate(parts), axis=0)


def symmetry_classes(inputs: Boards, n: int) -> npt.NDArray[np.int64]:
    """The same number for inputs that are mirrored or turned copies of each other: int64 [M]."""
    copies = np.stack([inputs[:, positions] for positions in dihedral(n)])
    packed = np.packbits(copies == QUEEN, axis=-1)
    words = packed.reshape(len(copies), len(inputs), -1)
    keys = np.array([min(copy.tobytes() for copy in words[:, i]) for i in range(len(inputs))])
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def chosen_groups(groups: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which inputs train: whole groups in random order until 85 % of all inputs (rounded down) are reached."""
    sizes = np.bincount(groups)
    order = rng.permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    chosen = np.zeros(len(sizes), np.bool_)
    chosen[order[before < int(TRAIN_SHARE * len(groups))]] = True
    return chosen[groups]


def with_solutions(
    inputs: Boards, givens: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], pool: Boards
) -> Split:
    """A split in compressed-row form: a solution fits when it agrees in every row that is given."""
    fits = np.ones((len(givens), len(columns)), np.bool_)
    for row in range(givens.shape[1]):
        given = givens[:, row, None]
        fits &= (given < 0) | (given == columns[None, :, row])
    offsets = np.concatenate(([0], np.cumsum(fits.sum(axis=1)))).astype(np.int64)
    return Split(inputs, pool, offsets, np.nonzero(fits)[1].astype(np.int32))
