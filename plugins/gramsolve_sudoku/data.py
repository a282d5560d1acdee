"""Train and test splits: generated, or from lists of puzzles that were downloaded or imported.

* ``generated``, 9x9: puzzles dug from random grids and grids with random cells taken away. The grids that train and
  test puzzles were made from are of different symmetry classes, and every test puzzle has one solution.
* ``generated``, 4x4 and 6x6: there are few classes of grids, so puzzles are separated by their own classes; all
  solutions of every puzzle are listed.
* the name of a list, or of several with ``+`` between, ``generated`` among them too: separated 90:10 by class of
  solution grid. A class is held out in whatever mixture it appears, so that what was trained on one can be tested on
  another.
* ``A:B``: trained on A and tested on B; A alone stands for the files A-train and A-test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import BadInput, DataFile, Dataset, Missing, ProgressCallback, Split, no_progress, read_data
from gramsolve.tasks.forms import decode
from gramsolve_sudoku.canonical import canonical_in_parts, canonical_puzzles, copies_of, grid_classes, groups
from gramsolve_sudoku.forms import read
from gramsolve_sudoku.generator import dug, grids, thinned
from gramsolve_sudoku.geometry import Boards, Geometry, Numbers
from gramsolve_sudoku.listing import Listing, read_listing
from gramsolve_sudoku.notation import Puzzle
from gramsolve_sudoku.search import count, listed, solve

PROTOCOLS = ("generated",)
TRAIN_GRIDS, TEST_GRIDS = 30_000, 2_000
RANDOM = 2
"""Puzzles with random cells taken away for each one that was dug."""
SMALL = {4: (8_000, 0, 12, 100), 6: (24_000, 8, 26, 50)}
"""Small boards: puzzles drawn, fewest and most clues, and most solutions."""
TEST_SHARE = {"generated": 0.15, "lists": 0.1}
FEW = 64
"""Generated 9x9 puzzles with up to this many solutions list them all."""
MOST_LISTED = 100_000

_RAW = "https://raw.githubusercontent.com/balmerdx/sudoku_pytorch/9c4391b1ea32bb7a9587f668fa51f35473e68e24/data/"


def _list(name: str, file: str, title: str, size: int, sha256: str) -> DataFile:
    return DataFile(name, title, "publicly posted puzzles, no licence stated", size, sha256, (_RAW + file,), ".txt")


DATA_FILES = (
    _list(
        "17_clue",
        "puzzles2_17_clue",
        "49,158 puzzles of 17 clues, Gordon Royle's list completed",
        4_080_411,
        "2cf268735dfd40d32269b5f20ebbea067037e5976b4d016ce0b4d3c0a50deb30",
    ),
    _list(
        "magictour_top1465",
        "puzzles3_magictour_top1465",
        "1,465 hard puzzles, the old top1465 list",
        120_176,
        "ca0369f516dac7dfdd987d2c310ac33dcfc7478db5171bea5bca1f3878758bce",
    ),
    _list(
        "forum_hardest_1905_11plus",
        "puzzles5_forum_hardest_1905_11%2B",
        "48,766 of the hardest known puzzles, Sudoku Explainer above 11",
        3_998_812,
        "56236eaf6c7445ea244db3423ec44a102349dbedf6e457af0fcdd3d07cf39996",
    ),
    _list(
        "forum_hardest_1106",
        "puzzles6_forum_hardest_1106",
        "375 puzzles, the forum's older list of the hardest",
        30_863,
        "45d0afc5892d6797621d7c00f518df8f1483eceb921416984b8687e16128eb06",
    ),
    _list(
        "serg_benchmark_multisolution",
        "puzzles7_serg_benchmark",
        "9,994 boards with 2 to 1,555 solutions",
        830_065,
        "5468125857f02cb1e9b1fc6ba36ac88dc8d75afa47bc030c507cdfefbfe0eeaa",
    ),
)


def dataset(
    geometry: Geometry, protocol: str, seed: int, files: Mapping[str, Path], progress: ProgressCallback
) -> Dataset:
    """Both splits. Raises BadInput for an unknown protocol or a board that has none, Missing for an absent list."""
    if protocol in PROTOCOLS:
        if geometry.size in SMALL:
            return _small(geometry, seed)
        if geometry.name != "9x9":
            raise BadInput(f"no generated data for {geometry.name}: 4x4, 6x6 and 9x9 have it")
        return _generated(geometry, seed, TRAIN_GRIDS, TEST_GRIDS, progress)
    if names := _pair_of(protocol, files):
        return _pair(protocol, names, geometry, seed, files, progress)
    return _lists(geometry, protocol, seed, files, progress)


@dataclass(frozen=True)
class Solved:
    """Puzzles with solutions: ``numbers`` [B] of them for each, one puzzle after another in ``solutions``."""

    boards: Boards
    solutions: Boards
    numbers: Numbers

    @property
    def first(self) -> Boards:
        """A solution of each puzzle [B, cells]."""
        return self.solutions[np.cumsum(self.numbers) - self.numbers]

    @classmethod
    def of(cls, split: Split) -> Solved:
        """The puzzles of a split."""
        return cls(split.inputs - np.uint8(1), split.outputs[split.members] - np.uint8(1), np.diff(split.offsets))

    def joined(self, others: Sequence[Solved]) -> Solved:
        """These and others, each puzzle once."""
        if not others:
            return self
        every = [self, *others]
        boards = np.concatenate([one.boards for one in every])
        solutions, numbers = (
            np.concatenate([getattr(one, name) for one in every]) for name in ("solutions", "numbers")
        )
        first = np.zeros(len(boards), np.bool_)
        first[np.unique(boards, axis=0, return_index=True)[1]] = True
        return Solved(boards, solutions, numbers).chosen(first)

    def chosen(self, which: npt.NDArray[np.bool_]) -> Solved:
        """Some of the puzzles, bool [B]."""
        return Solved(self.boards[which], self.solutions[np.repeat(which, self.numbers)], self.numbers[which])

    def split(self, which: npt.NDArray[np.bool_] | None = None) -> Split:
        """All puzzles, or some of them, bool [B]."""
        if which is not None:
            return self.chosen(which).split()
        pool, members = np.unique(self.solutions, axis=0, return_inverse=True)
        offsets = np.concatenate([[0], np.cumsum(self.numbers)]).astype(np.int64)
        return Split(self.boards + np.uint8(1), pool + np.uint8(1), offsets, members.ravel().astype(np.int32))


def inspect(path: Path, geometry: Geometry) -> str:
    """What a file of puzzles holds, in one line, with what in it is not understood. Raises BadInput naming the file
    that has no puzzle, or the line that has one without a solution."""
    listing = _read(path, geometry)
    solutions, numbers, _ = solve(listing.boards, geometry)
    _all_solvable(path, listing, numbers)
    words = [
        f"{len(numbers):,} puzzle{'s' if len(numbers) > 1 else ''} of {geometry.name}, "
        f"{int((numbers > 1).sum()):,} of them with several solutions"
    ]
    if listing.others:
        words.append(_lines(len(listing.others), "holds no puzzle and is", "hold no puzzle and are", listing.others[0]))
    told = listing.answers.any(axis=1)
    wrong = np.flatnonzero(told & (numbers == 1) & (listing.answers != solutions).any(axis=1))
    if len(wrong):
        line = int(listing.lines[wrong[0]])
        words.append(_lines(len(wrong), "has a wrong answer, which is", "have wrong answers, which are", line))
    return "; ".join(words)


def _lines(count: int, one: str, many: str, first: int) -> str:
    return f"line {first} {one} left out" if count == 1 else f"{count:,} lines (the first is {first}) {many} left out"


def _read(path: Path, geometry: Geometry) -> Listing:
    data = read_data(path)
    if data.lstrip()[:1] not in (b"<", b"[", b"{"):  # XML and lists may have several boards on a line
        listing = read_listing(data, geometry)
        if len(listing.boards):
            return listing
    try:
        return _other_form(data, path, geometry)
    except BadInput as error:
        raise BadInput(f"{path} holds no {geometry.name} puzzle: {error}") from error


def _other_form(data: bytes, path: Path, geometry: Geometry) -> Listing:
    """The puzzles of a file that is no list of lines, in any form that ``forms`` reads. Raises BadInput for others."""
    reading = read(decode(data, "the file"), path.stem, variant=geometry.name)
    found = [one for one in reading.good if isinstance(one, Puzzle) and one.variant == geometry.name]
    if not found:
        raise BadInput(f"it holds {reading.summary}")
    boards = np.frombuffer(b"".join(one.digits for one in found), np.uint8).reshape(-1, geometry.cells)
    places = np.arange(1, len(found) + 1)
    return Listing(boards, places, np.zeros_like(boards), tuple(bad.line for bad in reading.bad), "puzzle")


def _all_solvable(path: Path, listing: Listing, numbers: Numbers) -> None:
    bad = np.flatnonzero(numbers == 0)
    if len(bad):
        raise BadInput(f"{path}, {listing.unit} {listing.lines[bad[0]]}: this puzzle has no solution")


@lru_cache(maxsize=2)
def _generated(
    geometry: Geometry, seed: int, train: int, test: int, progress: ProgressCallback = no_progress
) -> Dataset:
    rng = np.random.default_rng([seed, geometry.rows, geometry.columns])
    every = grids(geometry, train + test, rng)
    classes = grid_classes(every, geometry, progress)
    held = np.isin(classes, classes[-test:])
    full, kept = every[~held], every[held]
    random = np.repeat(full, RANDOM, axis=0)
    cells = geometry.cells
    puzzles = [
        dug(full, geometry, rng.integers(cells // 4, cells // 2, size=len(full)), rng),
        thinned(random, rng.integers(round(0.3 * cells), round(0.73 * cells), size=len(random)), rng),
    ]
    inputs, made_from = np.concatenate(puzzles), np.concatenate([full, random])
    first = np.sort(np.unique(inputs, axis=0, return_index=True)[1])
    held_puzzles = dug(kept, geometry, rng.integers(cells // 4, cells // 2, size=len(kept)), rng)
    return Dataset(
        "generated",
        _few_solutions(inputs[first], made_from[first], geometry).split(),
        Solved(held_puzzles, kept, np.ones(len(kept), np.int64)).split(),
    )


def _few_solutions(boards: Boards, made_from: Boards, geometry: Geometry) -> Solved:
    """All solutions of puzzles that have few; of others the one they were made from, which is a random one."""
    few = count(boards, geometry, FEW + 1) <= FEW
    found, numbers = listed(boards[few], geometry, FEW)
    owners = np.concatenate([np.repeat(np.flatnonzero(few), numbers), np.flatnonzero(~few)])
    every = np.concatenate([found, made_from[~few]])[np.argsort(owners, kind="stable")]
    return Solved(boards, every, np.bincount(owners, minlength=len(boards)))


@lru_cache(maxsize=4)
def _small(geometry: Geometry, seed: int) -> Dataset:
    rng = np.random.default_rng([seed, geometry.rows, geometry.columns])
    drawn, fewest, most, cap = SMALL[geometry.size]
    every = grids(geometry, drawn, rng)
    boards = np.unique(thinned(every, rng.integers(fewest, most + 1, size=drawn), rng), axis=0)
    boards = boards[count(boards, geometry, cap + 1) <= cap]
    solved = Solved(boards, *listed(boards, geometry, cap))
    classes = groups(canonical_puzzles(boards, geometry))
    return _separated("generated", solved, classes, TEST_SHARE["generated"], rng)


def _lists(
    geometry: Geometry, protocol: str, seed: int, files: Mapping[str, Path], progress: ProgressCallback
) -> Dataset:
    solved = _puzzles(protocol, protocol, geometry, seed, files, progress)
    lot = _lots(canonical_in_parts(solved.first, geometry, progress))
    held = lot < TEST_SHARE["lists"]
    if held.all() or not held.any():
        held = lot == lot.min()
    if held.all():
        raise BadInput(f"protocol {protocol}: all puzzles are copies of one another, so none can be held out")
    return Dataset(protocol, solved.split(~held), solved.split(held))


def _lots(rows: Boards) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each row that depends on the row alone."""
    mixed = np.full(len(rows), 0x9E3779B97F4A7C15, np.uint64)
    for column in rows.T:
        mixed = (mixed ^ column) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
    return np.asarray((mixed >> np.uint64(11)) / 2.0**53)


def _pair(
    protocol: str,
    names: tuple[str, str],
    geometry: Geometry,
    seed: int,
    files: Mapping[str, Path],
    progress: ProgressCallback,
) -> Dataset:
    """One file to train on and one to test on, as they were published."""
    train, test = (_puzzles(name, protocol, geometry, seed, files, progress) for name in names)
    known = copies_of(train.first, test.first, geometry, progress)
    if known.all():
        raise BadInput(f"protocol {protocol}: every training puzzle has the solution of a test puzzle or a copy of it")
    left_out = f"{int(known.sum()):,} of {len(known):,} training puzzles left out"
    note = f"{left_out}: their solution, or a copy of it, is that of a test puzzle"
    return Dataset(protocol, train.split(~known), test.split(), note=note)


def _pair_of(protocol: str, files: Mapping[str, Path]) -> tuple[str, str] | None:
    """The names in ``A:B``; those of ``A-train`` and ``A-test`` for ``A`` when one of them is there."""
    if ":" in protocol:
        train, _, test = protocol.partition(":")
        return train, test
    halves = f"{protocol}-train", f"{protocol}-test"
    return halves if protocol not in files and any(half in files for half in halves) else None


def _puzzles(
    names: str, protocol: str, geometry: Geometry, seed: int, files: Mapping[str, Path], progress: ProgressCallback
) -> Solved:
    """The distinct puzzles of files, and of our own, joined by ``+``."""
    known = {source.name for source in DATA_FILES}
    listings, made = {}, []
    for name in names.split("+"):
        if name in PROTOCOLS:
            own = dataset(geometry, name, seed, files, progress)
            made = [Solved.of(own.train), Solved.of(own.test)]
        elif name in files:
            listings[files[name]] = _read(files[name], geometry)
        elif name in known:
            raise Missing(f"the list {name!r} is not here")
        elif name != protocol:
            raise BadInput(
                f"protocol {protocol}: there is no file {name!r}; `gramsolve data import sudoku` takes it in"
            )
        else:
            raise BadInput(
                f"unknown protocol {protocol!r}: generated, the name of a list or of a file you imported, several "
                "joined by +, or TRAIN:TEST"
            )
    boards = np.concatenate(
        [*(listing.boards for listing in listings.values()), np.zeros((0, geometry.cells), np.uint8)]
    )
    boards = np.unique(boards, axis=0)
    solved = Solved(boards, *listed(boards, geometry, MOST_LISTED))
    if not solved.numbers.all():
        for path, listing in listings.items():
            _all_solvable(path, listing, count(listing.boards, geometry, 1))
    return solved.joined(made)


def _separated(protocol: str, solved: Solved, classes: Numbers, share: float, rng: np.random.Generator) -> Dataset:
    """Whole classes in random order go to the test until it has its share, and at least one does."""
    order = rng.permutation(classes.max() + 1)
    sizes = np.bincount(classes)[order]
    held = np.zeros(len(order), np.bool_)
    held[order[np.cumsum(sizes) - sizes < share * len(classes)]] = True
    if held.all():
        raise BadInput(f"protocol {protocol}: all puzzles are copies of one another, so none can be held out")
    test = held[classes]
    return Dataset(protocol, solved.split(~test), solved.split(test))
