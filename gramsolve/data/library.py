"""Data files on this machine: public ones that were downloaded and those of the user that were imported.

Each task has one folder. Beside each file lies a manifest that states its origin. Imported files are copied, so that
the originals may be deleted.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from gramsolve import files, records
from gramsolve.errors import BadInput, GramsolveError
from gramsolve.tasks.data import DataFile, TaskData

NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
CHUNK = 1 << 20
COMPRESSED = (".gz", ".xz")


@dataclass(frozen=True)
class Record:
    """What is known of a file: where it came from, what it holds, and how to recognise it."""

    name: str
    file: str
    origin: str
    holds: str
    licence: str
    size: int
    sha256: str
    added: str


def root() -> Path:
    """Where files are kept: ``$GRAMSOLVE_DATA``, or the user's data folder."""
    place = os.environ.get("GRAMSOLVE_DATA")
    return Path(place) if place else platformdirs.user_data_path("gramsolve") / "data"


def folder(task: str) -> Path:
    """Where the files of one task are kept."""
    return root() / task


def known_files(task: str) -> dict[str, Record]:
    """All files of a task that are whole enough to be named: their manifest can be read and the file has its size."""
    found = {}
    for manifest in sorted(folder(task).glob("*.json")):
        try:
            record = records.read_file(Record, manifest)
            if (manifest.parent / record.file).stat().st_size == record.size:
                found[record.name] = record
        except (OSError, BadInput):
            continue
    return found


def paths(task: str) -> Mapping[str, Path]:
    """Path of every file at hand, by name."""
    return {name: folder(task) / record.file for name, record in known_files(task).items()}


def add(task: TaskData, path: Path, name: str | None = None, *, force: bool = False) -> Record:
    """Import a file of the user's under ``name``, by default its own up to the first dot.

    Raises BadInput for a file the task cannot use, for a name that is none, and for one that another file has.
    """
    if not path.is_file():
        raise BadInput(f"there is no file {path}")
    name = name or path.name.split(".", 1)[0].lower()
    if not NAME.fullmatch(name) or name in task.protocols:
        raise BadInput(f"{name!r} cannot name a file: use small letters, digits, dots and dashes, and --name to choose")
    holds, sha256 = task.inspect(path), digest(path)
    before = known_files(task.name).get(name)
    if before is not None and before.sha256 != sha256 and not force:
        raise BadInput(f"there is another file called {name}: choose another --name, or replace it with --force")
    data_file = next((data_file for data_file in task.data_files() if data_file.name == name), None)
    licence = data_file.licence if data_file is not None else "yours"
    if data_file is not None and data_file.sha256 and data_file.sha256 != sha256:
        holds += "; not the published file"
    suffix = "".join(part for part in path.suffixes[-2:] if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", part)).lower()
    return keep(task.name, name, path, suffix, origin=f"imported from {path.name}", holds=holds, licence=licence)


def keep(
    task: str, name: str, path: Path, suffix: str, *, origin: str, holds: str, licence: str, move: bool = False
) -> Record:
    """Copy, or move, a file into the library and write its manifest."""
    target = folder(task) / f"{name}{suffix if suffix != '.json' else '.data.json'}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(target) as temporary:
            (shutil.move if move else shutil.copyfile)(path, temporary)
        record = Record(
            name, target.name, origin, holds, licence, target.stat().st_size, digest(target), f"{datetime.now(UTC):%F}"
        )
        manifest = json.dumps(asdict(record), indent=2, ensure_ascii=False)
        files.write_bytes(folder(task) / f"{name}.json", manifest.encode())
    except OSError as error:
        raise GramsolveError(f"cannot keep {name} in {target.parent}: {error.strerror or error}") from error
    return record


def published(data_file: DataFile) -> str:
    """The name of a public file where it is published."""
    return data_file.urls[0].rsplit("/", 1)[-1] if data_file.urls else data_file.name


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(CHUNK):
            found.update(part)
    return found.hexdigest()
