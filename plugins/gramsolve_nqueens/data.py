"""The paper's data: solutions with 5, 6 or 7 queens removed (8x8), each input with all its completions.

Two ways to separate train from test, both 85:15:

* ``paper``: by unique input. Mirrored and turned copies of a test input may be in training, as in the paper.
* ``symmetry``: by class of inputs under the eight symmetries of the square, so that no copy is.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import BadInput, Dataset, Split
from gramsolve.tasks.kernel import Kernel
from gramsolve_nqueens.encode import QUEEN, Boards, boards_of, dihedral
from gramsolve_nqueens.enumerate import Columns, all_solutions

PROTOCOLS = ("paper", "symmetry")
TRAIN_SHARE = 0.85
LARGEST = 10
"""Every subset of every solution is kept: 43 thousand inputs for 10x10, 4 million for 12x12."""

Words = npt.NDArray[np.uint64]


@lru_cache(maxsize=4)
def dataset(n: int, protocol: str, seed: int) -> Dataset:
    """Both splits of the n x n board. Deterministic; 8x8 has 5,148 inputs, 4,375 of them for training.

    Raises BadInput for a protocol that does not exist and for boards larger than 10x10.
    """
    if protocol not in PROTOCOLS:
        raise BadInput(f"unknown protocol {protocol!r}: choose from {', '.join(PROTOCOLS)}")
    if n > LARGEST:
        raise BadInput(f"no data set for {n}x{n}: {LARGEST}x{LARGEST} is the largest that has one")
    solutions = all_solutions(n)
    inputs, pool = boards_of(unique_givens(solutions)), boards_of(solutions)
    if protocol == "symmetry":
        groups = np.unique(canonical(inputs, n), axis=0, return_inverse=True)[1]
    else:
        groups = np.arange(len(inputs))
    train = choose_groups(groups, np.random.default_rng(seed))
    return Dataset(protocol, with_solutions(inputs[train], pool), with_solutions(inputs[~train], pool))


def removals(n: int) -> tuple[int, ...]:
    """How many queens are taken away: the paper's 5, 6, 7 for n = 8 and 7, 8, 9 for n = 10."""
    return n - 3, n - 2, n - 1


def unique_givens(solutions: Columns) -> Columns:
    """Every subset of the allowed sizes of every solution, once: int8 [M, n], -1 where removed, sorted."""
    n = solutions.shape[1]
    parts = []
    for removed in removals(n):
        for rows in combinations(range(n), removed):
            part = solutions.copy()
            part[:, rows] = -1
            parts.append(part)
    return np.unique(np.concatenate(parts), axis=0)


def packed(boards: Boards) -> Words:
    """Queens of boards [M, L], L <= 128, as two words: uint64 [M, 2]. The first square is the highest bit."""
    bits = np.zeros((len(boards), 128), np.bool_)
    bits[:, : boards.shape[1]] = boards == QUEEN
    return np.packbits(bits, axis=1).view(">u8").astype(np.uint64)


def canonical(boards: Boards, n: int) -> Words:
    """The least of the eight mirrored and turned copies of each board, packed: uint64 [M, 2]."""
    least = packed(boards)
    for positions in dihedral(n)[1:]:
        other = packed(boards[:, positions])
        less = (other[:, 0] < least[:, 0]) | ((other[:, 0] == least[:, 0]) & (other[:, 1] < least[:, 1]))
        least[less] = other[less]
    return least


def choose_groups(groups: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which inputs train: whole groups in random order until 85 % of inputs (rounded down) are reached.

    The last group is never among them, so that tiny boards have a test set too.
    """
    sizes = np.bincount(groups)
    order = rng.permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    chosen = np.zeros(len(sizes), np.bool_)
    chosen[order[before < int(TRAIN_SHARE * len(groups))]] = True
    chosen[order[-1]] = False
    return chosen[groups]


def with_solutions(inputs: Boards, pool: Boards) -> Split:
    """A split in compressed-row form: a solution fits an input when it has all its queens."""
    return Split(inputs, pool, *_fitting(packed(inputs), packed(pool)))


@Kernel
def _fitting(givens: Words, solutions: Words) -> tuple[np.ndarray, np.ndarray]:
    """offsets int64 [M + 1] and members int32 of the solutions that have all bits of each of M givens."""
    offsets = np.zeros(len(givens) + 1, np.int64)
    members = np.empty(1024, np.int32)
    for i in range(len(givens)):
        end = offsets[i]
        if end + len(solutions) > len(members):
            larger = np.empty(2 * len(members) + len(solutions), np.int32)
            larger[:end] = members[:end]
            members = larger
        first, second = givens[i]
        for s in range(len(solutions)):
            if solutions[s, 0] & first == first and solutions[s, 1] & second == second:
                members[end] = s
                end += 1
        offsets[i + 1] = end
    return offsets, members[: offsets[-1]].copy()
