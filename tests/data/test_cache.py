"""Cached data sets: the same as built ones, and never believed when anything about them has changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from gramsolve.data import cache, library
from gramsolve.errors import BadInput, Missing
from gramsolve.tasks import Dataset, ProgressCallback, no_progress
from gramsolve.tasks.data import NO_FILES
from gramsolve_nqueens import NQueens


@pytest.fixture(autouse=True)
def own_folders_for_each_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAMSOLVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GRAMSOLVE_DATA", str(tmp_path / "data"))


class Counted(NQueens):
    """Counts how often data is built; the protocol ``list`` needs a file that says how many inputs to keep."""

    builds = 0

    def inspect(self, path: Path) -> str:
        if not path.read_text().strip().isdecimal():
            raise BadInput(f"{path}: line 1 is not a number")
        return "a number"

    def dataset(
        self,
        variant: str,
        protocol: str,
        seed: int = 0,
        *,
        files: Mapping[str, Path] = NO_FILES,
        progress: ProgressCallback = no_progress,
    ) -> Dataset:
        type(self).builds += 1
        if protocol != "list":
            return super().dataset(variant, protocol, seed)
        if "list" not in files:
            raise Missing("the file 'list' is not here")
        data, count = super().dataset(variant, "paper", seed), int(files["list"].read_text())
        train = data.train
        ends = train.offsets[: count + 1]
        kept = type(train)(train.inputs[:count], train.outputs, ends, train.members[: ends[-1]])
        return Dataset("list", kept, data.test)


@pytest.fixture
def task() -> Counted:
    Counted.builds = 0
    return Counted()


def same(left: Dataset, right: Dataset) -> bool:
    parts = ("inputs", "outputs", "offsets", "members")
    pairs = [(getattr(left, s), getattr(right, s)) for s in ("train", "test")]
    return all(np.array_equal(getattr(a, p), getattr(b, p)) for a, b in pairs for p in parts)


def test_the_second_time_is_a_memory_map_of_the_same_data(task: Counted) -> None:
    first, second = cache.dataset(task, "6x6", "paper"), cache.dataset(task, "6x6", "paper")
    assert Counted.builds == 1 and same(first, second) and same(first, NQueens().dataset("6x6", "paper"))
    assert isinstance(second.train.inputs, np.memmap) and not second.train.inputs.flags.writeable
    assert [entry.task for entry in cache.entries()] == ["nqueens"]
    assert cache.verify(cache.entries()[0].path) == []


@pytest.mark.parametrize("change", [{"seed": 1}, {"variant": "5x5"}, {"protocol": "symmetry"}])
def test_other_arguments_are_another_entry(task: Counted, change: dict[str, object]) -> None:
    arguments: dict[str, object] = {"variant": "6x6", "protocol": "paper", "seed": 0}
    cache.dataset(task, **arguments)  # type: ignore[arg-type]
    cache.dataset(task, **(arguments | change))  # type: ignore[arg-type]
    assert Counted.builds == 2 and len(cache.entries("nqueens")) == 2


def test_a_new_version_of_the_data_is_built(task: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.dataset(task, "6x6", "paper")
    monkeypatch.setattr(Counted, "data_version", 2)
    cache.dataset(task, "6x6", "paper")
    assert Counted.builds == 2


@pytest.mark.parametrize("damage", ["cut", "gone", "manifest", "half a manifest"])
def test_what_is_damaged_is_built_again(task: Counted, damage: str) -> None:
    good = cache.dataset(task, "6x6", "paper")
    good = Dataset(
        good.protocol,
        type(good.train)(*(np.array(getattr(good.train, part)) for part in cache.PARTS[:4])),
        type(good.test)(*(np.array(getattr(good.test, part)) for part in cache.PARTS[:4])),
    )
    path = cache.entries()[0].path
    array, manifest = path / "train.inputs.npy", path / cache.MANIFEST
    if damage == "cut":
        array.write_bytes(array.read_bytes()[:-1])
    elif damage == "gone":
        array.unlink()
    else:
        manifest.write_text("[]" if damage == "manifest" else manifest.read_text()[:40])
    assert same(cache.dataset(task, "6x6", "paper"), good) and Counted.builds == 2


def test_a_flipped_bit_is_found_by_verify(task: Counted) -> None:
    cache.dataset(task, "6x6", "paper")
    path = cache.entries()[0].path
    data = bytearray((path / "train.inputs.npy").read_bytes())
    data[-1] ^= 1
    (path / "train.inputs.npy").write_bytes(data)
    assert cache.verify(path) == ["train.inputs.npy is damaged"]


def test_the_files_it_was_made_of_must_be_the_same(task: Counted, tmp_path: Path) -> None:
    with pytest.raises(Missing, match="gramsolve data prepare nqueens --variant 6x6 --protocol list"):
        cache.dataset(task, "6x6", "list")
    for count in (7, 9):
        (tmp_path / "list.txt").write_text(str(count))
        library.add(task, tmp_path / "list.txt", force=True)
        assert len(cache.dataset(task, "6x6", "list").train) == count
    builds = Counted.builds
    assert len(cache.dataset(task, "6x6", "list").train) == 9 and Counted.builds == builds


def test_a_folder_that_cannot_be_written_costs_only_time(
    task: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GRAMSOLVE_CACHE", str(tmp_path / "file"))
    assert len(cache.dataset(task, "6x6", "paper").train) == 139
    assert len(cache.dataset(task, "6x6", "paper").train) == 139 and Counted.builds == 2


def test_clearing_keeps_imported_files(task: Counted, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("5")
    library.add(task, tmp_path / "list.txt")
    cache.dataset(task, "6x6", "list")
    assert cache.clear("sudoku") == 0 and cache.entries()
    assert cache.clear() > 0 and not cache.entries() and "list" in library.paths("nqueens")


def test_a_manifest_of_another_shape_is_not_trusted(task: Counted, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("5")
    library.add(task, tmp_path / "list.txt")
    manifest = library.folder("nqueens") / "list.json"
    manifest.write_text(json.dumps({"name": "list"}))
    assert library.paths("nqueens") == {}
