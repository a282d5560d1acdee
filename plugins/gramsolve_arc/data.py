"""Train and test splits, without files from ARC-AGI-1 and ARC-AGI-2, and of any file that holds tasks.

* ``arc1``, ``arc2``: transductive, as in the paper: all pairs of the training tasks and the demonstrations of the
  evaluation tasks are trained on, and the evaluation tasks' test pairs are the test.
* ``arc1-training``: demonstrations of the training tasks against their own test pairs.
* the name of a file: like ``arc1`` where it tells two sets apart, else like ``arc1-training``.

The two data sets are never mixed, since the training tasks of the second include most evaluation tasks of the first.
Tasks of which any grid is larger than the canvas are left out whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import BadInput, DataFile, Dataset, Demonstrations, Missing, ProgressCallback, Split
from gramsolve_arc.canvas import TURNS, Numbers, Tokens, canvas_of, relabelled, transform
from gramsolve_arc.collection import Collection
from gramsolve_arc.formats import ArcFile, is_solutions, tasks_in
from gramsolve_arc.public import library
from gramsolve_arc.puzzle import COLOURS, ORIGINAL, ArcTask
from gramsolve_arc.strict import read_json

PROTOCOLS = ("arc1", "arc1-training", "arc2")
DATA_FILES = (
    DataFile("arc-agi-1", "ARC-AGI-1 in one JSON file: 400 training and 400 evaluation tasks", "Apache-2.0"),
    DataFile("arc-agi-2", "ARC-AGI-2 in one JSON file: 1,000 training and 120 evaluation tasks", "Apache-2.0"),
)

Bools = npt.NDArray[np.bool_]


def dataset(side: int, protocol: str, files: Mapping[str, Path], progress: ProgressCallback) -> Dataset:
    """Both splits for the canvas of this side.

    Raises BadInput for a protocol that nothing has and for files without tasks that fit, Missing for a known source
    that is not at hand.
    """
    if protocol in PROTOCOLS:
        name, _, part = protocol.partition("-")
        found = library(name)
        return _separated(side, protocol, ArcFile(found.training) if part else found, progress)
    if protocol in files:
        return _separated(side, protocol, _read(protocol, files), progress)
    if protocol in [source.name for source in DATA_FILES]:
        raise Missing(f"the file {protocol} is not at hand: import it with `gramsolve data import`")
    names = ", ".join((*PROTOCOLS, *files))
    raise BadInput(f"unknown protocol {protocol!r}: choose from {names}, or import a file of tasks")


def demonstrations(task: ArcTask, side: int) -> Demonstrations:
    """The pairs that a task shows, on the canvas of this side."""
    inputs, outputs = (
        np.array([canvas_of(pair[part], side) for pair in task.demonstrations], np.uint8).reshape(-1, side * side)
        for part in (0, 1)
    )
    header = np.tile(np.frombuffer(ORIGINAL, np.uint8), (len(inputs), 1))
    classes = symmetry_classes(inputs, outputs, side) if len(inputs) else np.zeros(0, np.int64)
    return Demonstrations(np.hstack((inputs, header)), outputs, classes)


def _read(name: str, files: Mapping[str, Path]) -> ArcFile:
    """The tasks of a file, with the solutions of its companion where Kaggle's two files have both been imported."""
    value = read_json(files[name])
    companion = files.get(name.replace("challenges", "solutions")) if "challenges" in name else None
    solutions = None if companion is None else read_json(companion)
    if is_solutions(value):
        raise BadInput(f"{name} holds solutions alone: use the file of challenges, which finds them by its name")
    try:
        return tasks_in(value, solutions)
    except BadInput as error:
        raise BadInput(f"{files[name]}: {error}") from error


def _separated(side: int, protocol: str, file: ArcFile, progress: ProgressCallback) -> Dataset:
    """Put the pairs of a file where they belong; see above."""
    names: dict[str, int] = {}
    parts = [_pairs(collection, side, names) for collection in file.collections]
    inputs, outputs, rule_ids, tests = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    progress(1, 3)
    held_out = tests.copy()
    if file.evaluation is not None:
        held_out[: len(parts[0][0])] = False
    test = held_out & ~_seen(inputs, outputs, rule_ids, ~held_out, side)
    progress(2, 3)
    for mask, what in ((~held_out, "to train on"), (test, "to test on, with its answer")):
        if not mask.any():
            raise BadInput(f"protocol {protocol}: no pair {what} fits a canvas of {side}x{side}")
    train, held = (_split(inputs[mask], outputs[mask], rule_ids[mask]) for mask in (~held_out, test))
    progress(3, 3)
    return Dataset(protocol, train, held, tuple(names))


def _pairs(collection: Collection, side: int, names: dict[str, int]) -> tuple[Tokens, Tokens, Numbers, Bools]:
    """Canvases of inputs and outputs, rule_ids and whether they are tests, of all pairs that fit and are known.

    ``names`` gets the tasks that fit, each with its rule_id; a task without a name has none.
    """
    fits = collection.sides() <= side
    numbers = np.zeros(len(collection), np.int64)
    for task in np.flatnonzero(fits):
        if collection.names[task]:
            numbers[task] = names.setdefault(collection.names[task], len(names) + 1)
    chosen = fits[collection.tasks] & (collection.outputs >= 0)
    inputs, outputs = (collection.grids.canvases(g[chosen], side) for g in (collection.inputs, collection.outputs))
    return inputs, outputs, numbers[collection.tasks[chosen]], collection.tests[chosen]


def _seen(inputs: Tokens, outputs: Tokens, rule_ids: Numbers, train: Bools, side: int) -> Bools:
    """Which pairs may not be tested on: the same input is trained on under the same rule_id, or the same pair, or a
    turned or recoloured copy of it, under another. ``train`` [P] says which are trained on."""
    questions = _groups(np.hstack((rule_ids.astype(">i4").view(np.uint8).reshape(-1, 4), inputs)))
    repeated = np.isin(questions, questions[train])
    pairs = symmetry_classes(inputs, outputs, side)
    lowest = np.full(len(pairs), np.iinfo(np.int64).max)
    highest = np.full(len(pairs), -1)
    np.minimum.at(lowest, pairs[train], rule_ids[train])
    np.maximum.at(highest, pairs[train], rule_ids[train])
    elsewhere = (highest[pairs] >= 0) & ((lowest[pairs] != rule_ids) | (highest[pairs] != rule_ids))
    return repeated | elsewhere


def symmetry_classes(inputs: Tokens, outputs: Tokens, side: int) -> Numbers:
    """A number below P for each of P pairs of canvases, the same for two that turning and recolouring make equal."""
    same = np.tile(np.arange(COLOURS, dtype=np.uint8), (len(inputs), 1))
    copies = []
    for number in range(TURNS):
        turns = np.full(len(inputs), number, np.uint8)
        copies.append(relabelled(np.hstack([transform(part, turns, same, side) for part in (inputs, outputs)])))
    least = _groups(np.concatenate(copies)).reshape(TURNS, -1).min(axis=0)
    return np.unique(least, return_inverse=True)[1].astype(np.int64)


def _split(inputs: Tokens, outputs: Tokens, rule_ids: Numbers) -> Split:
    """Distinct pairs of rule_id and input in their first order, each with its distinct outputs."""
    groups = _groups(np.hstack((rule_ids.astype(">i4").view(np.uint8).reshape(-1, 4), inputs)))
    _, firsts, rows = np.unique(groups, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    rows, firsts = np.argsort(order)[rows], firsts[order]
    pool, members = np.unique(outputs, axis=0, return_inverse=True)
    links = np.unique(np.stack((rows, members.ravel()), axis=1), axis=0)
    offsets = np.zeros(len(firsts) + 1, np.int64)
    np.cumsum(np.bincount(links[:, 0], minlength=len(firsts)), out=offsets[1:])
    header = np.tile(np.frombuffer(ORIGINAL, np.uint8), (len(firsts), 1))
    numbers = rule_ids[firsts].astype(np.int32)
    return Split(np.hstack((inputs[firsts], header)), pool, offsets, links[:, 1].astype(np.int32), numbers)


def _groups(rows: Tokens) -> Numbers:
    """A number for each row, equal for equal rows."""
    keys = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1]))).ravel()
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)
