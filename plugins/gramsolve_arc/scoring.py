"""The competition's scoring: two guesses for every test output, and a task counts by the share that is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import BadInput
from gramsolve_arc.canvas import Tokens
from gramsolve_arc.collection import check_grid, label
from gramsolve_arc.notation import GUESSES
from gramsolve_arc.puzzle import ArcGrid
from gramsolve_arc.strict import described


@dataclass(frozen=True)
class Score:
    """``total`` is the mean over tasks of the share of outputs that are right: the official figure in [0, 1].

    ``solved`` counts tasks all of whose outputs are right, ``right`` of ``outputs`` the outputs, and ``missing`` the
    tasks that the submission leaves out, which count as wrong.
    """

    total: float
    tasks: int
    solved: int
    outputs: int
    right: int
    missing: int = 0


def score(submission: Mapping[str, object], solutions: Mapping[str, Sequence[Sequence[Sequence[int]]]]) -> Score:
    """Score a submission, ``{id: [{"attempt_1": grid, "attempt_2": grid}, ...]}``, against ``{id: [grid, ...]}``.

    Rows of grids are lists or bytes of colours. Raises BadInput for a submission of another form, for tasks that the
    solutions lack and for a wrong number of outputs.
    """
    if not solutions:
        raise BadInput("there are no solutions to score against")
    for name in submission:
        if name not in solutions:
            raise BadInput(f"{label(name)} of the submission is not among the solutions")
    shares, right, solved = [], 0, 0
    for name, outputs in solutions.items():
        entries = _entries(name, submission[name], len(outputs)) if name in submission else [[] for _ in outputs]
        hits = [_rows(output) in attempts for output, attempts in zip(outputs, entries, strict=True)]
        shares.append(sum(hits) / len(hits))
        right += sum(hits)
        solved += all(hits)
    total = sum(shares) / len(shares)
    missing = len(solutions) - len(submission)
    return Score(total, len(solutions), solved, sum(map(len, solutions.values())), right, missing)


def vote(outputs: Tokens, weights: npt.ArrayLike) -> Tokens:
    """Distinct answers among outputs [N, L] in canonical form, best first: [D, L].

    The answer given most often comes first; ties go to the higher mean of ``weights`` [N], then to the one first seen.
    """
    values = np.asarray(weights, np.float64)
    if outputs.ndim != 2 or values.shape != (len(outputs),):
        raise ValueError(f"there must be one weight for each output, not {values.shape} for {outputs.shape}")
    if not len(outputs):
        return outputs
    distinct, first, which, votes = np.unique(
        outputs, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    means = np.bincount(which.ravel(), values) / votes
    return distinct[np.lexsort((first, -means, -votes))]


def _entries(name: str, value: object, count: int) -> list[list[list[bytes]]]:
    """The attempts at each test output of one task, as rows."""
    if not isinstance(value, list) or len(value) != count:
        given = f"{len(value)} outputs" if isinstance(value, list) else described(value)
        raise BadInput(f"{label(name)} has {count} test outputs, the submission {given}")
    entries = []
    for number, entry in enumerate(value, start=1):
        where = f"{label(name)}, output {number}"
        if not isinstance(entry, dict):
            raise BadInput(f'{where} is {described(entry)}; it must be an object with "attempt_1" and "attempt_2"')
        attempts = [entry[key] for i in range(GUESSES) if (key := f"attempt_{i + 1}") in entry]
        if not attempts or len(attempts) < len(entry):
            raise BadInput(f'{where} must hold "attempt_1" and "attempt_2" and nothing else')
        for grid in attempts:
            check_grid(grid, where)
        entries.append([_rows(grid) for grid in attempts])
    return entries


def _rows(grid: ArcGrid | Sequence[Sequence[int]]) -> list[bytes]:
    return [bytes(row) for row in grid]
