"""Data sets of tasks, built once and memory-mapped from then on.

An entry is a folder of .npy files and a manifest. It is valid as long as its origins are unchanged: the task's
``data_version`` and layout, gramsolve's version, and the files it was read from. A damaged or outdated entry is built
again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import platformdirs

from gramsolve import __version__, files, records
from gramsolve.data import library
from gramsolve.errors import BadInput, Missing
from gramsolve.tasks.data import Dataset, ProgressCallback, Split, TaskData, no_progress

FORMAT = 2
MANIFEST = "manifest.json"
MAX_BYTES = 16_000_000
"""Size of a manifest at most: that of ARC names every rule."""
PARTS = ("inputs", "outputs", "offsets", "members", "rule_ids")


@dataclass(frozen=True)
class _Array:
    """A .npy file of an entry: its size in bytes and the SHA-256 of its content."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class _Manifest:
    """What stands beside the arrays of an entry. ``files`` are those it was made of, each with its fingerprint."""

    protocol: str
    rule_ids: tuple[str, ...]
    arrays: dict[str, _Array]
    files: dict[str, tuple[int, int]]
    note: str = ""


def root() -> Path:
    """Where data sets are kept: below ``$GRAMSOLVE_CACHE``, or the user's cache folder."""
    place = os.environ.get("GRAMSOLVE_CACHE")
    return (Path(place) if place else platformdirs.user_cache_path("gramsolve")) / "datasets"


def entry(task: TaskData, variant: str, protocol: str, seed: int = 0) -> Path:
    """The folder of a data set, whether it is there or not."""
    made_of = [FORMAT, __version__, task.data_version, task.variant(variant).spec.digest(), protocol]
    digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]
    name = "".join(c if c.isalnum() or c in "._-" else "-" for c in f"{variant}-{protocol}"[:60])
    return root() / task.name / f"{name}-{seed}-{digest}"


def dataset(
    task: TaskData, variant: str, protocol: str, seed: int = 0, *, progress: ProgressCallback = no_progress
) -> Dataset:
    """The data set, from disk or built now; in memory alone where the disk cannot be written.

    Raises what ``Task.dataset`` raises; a Missing file is named with the command that gets it.
    """
    path = entry(task, variant, protocol, seed)
    found = _read(path, library.paths(task.name))
    if found is not None:
        return found
    asked = Lookups(library.paths(task.name))
    try:
        made = task.dataset(variant, protocol, seed, files=asked, progress=progress)
    except Missing as error:
        command = f"gramsolve data prepare {task.name} --variant {variant} --protocol {protocol}"
        raise Missing(f"{error}; `{command}` gets what can be had") from error
    try:
        _write(path, made, asked.used)
    except OSError:
        return made  # A full or read-only disk costs time, not the data.
    return _read(path, asked) or made


class Lookups(Mapping[str, Path]):
    """Files by name that remembers which were used."""

    def __init__(self, found: Mapping[str, Path]) -> None:
        self._found, self.used = found, dict[str, Path]()

    def __getitem__(self, name: str) -> Path:
        self.used[name] = self._found[name]
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _write(path: Path, data: Dataset, used: Mapping[str, Path]) -> None:
    """Write a temporary folder and rename it into place; of two concurrent builds the last is kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        arrays: dict[str, _Array] = {}
        for split in ("train", "test"):
            for part in PARTS:
                array = getattr(getattr(data, split), part)
                if array is not None:
                    with (fresh / f"{split}.{part}.npy").open("wb") as file:
                        np.save(file, array)
                        file.flush()
                        os.fsync(file.fileno())
                    target = fresh / f"{split}.{part}.npy"
                    arrays[target.name] = _Array(target.stat().st_size, library.digest(target))
        made_of = {name: _fingerprint(file) for name, file in used.items()}
        manifest = _Manifest(data.protocol, tuple(data.rule_ids), arrays, made_of, data.note)
        files.write_bytes(fresh / MANIFEST, json.dumps(asdict(manifest)).encode())
        fresh.chmod(0o755)
        if path.exists():
            shutil.rmtree(path, ignore_errors=True)
        try:
            fresh.rename(path)
        except OSError:  # Another process has built it meanwhile; its data is the same.
            if not path.exists():
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _read(path: Path, at_hand: Mapping[str, Path]) -> Dataset | None:
    """The data set of an entry, or None where it is absent, damaged or made of files that have changed."""
    try:
        manifest = _manifest(path)
        for name, known in manifest.files.items():
            if name not in at_hand or _fingerprint(at_hand[name]) != known:
                return None
        for name, array in manifest.arrays.items():
            if (path / name).stat().st_size != array.bytes:
                return None
        train, test = (_split(path, split, manifest.arrays) for split in ("train", "test"))
        return Dataset(manifest.protocol, train, test, manifest.rule_ids, manifest.note)
    except (OSError, ValueError, TypeError, BadInput):
        return None


def _manifest(path: Path) -> _Manifest:
    """The manifest of an entry. Raises BadInput, and FileNotFoundError where there is none."""
    return records.read_file(_Manifest, path / MANIFEST, max_bytes=MAX_BYTES)


def _split(path: Path, split: str, arrays: Mapping[str, object]) -> Split:
    parts = {}
    for part in PARTS:
        name = f"{split}.{part}.npy"
        if name in arrays:
            parts[part] = np.load(path / name, mmap_mode="r", allow_pickle=False)
    return Split(**parts)


def _fingerprint(path: Path) -> tuple[int, int]:
    """Size and time of a file: enough, since files of the library are replaced and never written to."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


@dataclass(frozen=True)
class Entry:
    """A data set on disk."""

    task: str
    name: str
    path: Path
    size: int


def entries(task: str | None = None) -> list[Entry]:
    """Everything that is cached, of one task or of all."""
    found = []
    for manifest in sorted(root().glob(f"{task or '*'}/*/{MANIFEST}")):
        path = manifest.parent
        size = sum(file.stat().st_size for file in path.iterdir())
        found.append(Entry(path.parent.name, path.name, path, size))
    return found


def files_of(path: Path) -> list[str]:
    """Names of the files an entry was made of."""
    try:
        return list(_manifest(path).files)
    except (OSError, BadInput):
        return []


def verify(path: Path) -> list[str]:
    """What is wrong with an entry, array by array; nothing when it is whole."""
    try:
        return [
            f"{name} is damaged"
            for name, known in _manifest(path).arrays.items()
            if not (path / name).is_file() or library.digest(path / name) != known.sha256
        ]
    except (OSError, BadInput):
        return ["its manifest cannot be read"]


def clear(task: str | None = None) -> int:
    """Remove cached data sets; the number of bytes that are free again. Imported files stay."""
    freed = 0
    for found in entries(task):
        shutil.rmtree(found.path, ignore_errors=True)
        freed += found.size if not found.path.exists() else 0
    return freed
