"""A run on disk: every event of it in one .npz file, exact, without pickles.

The archive holds the arrays of every event and ``header``: JSON bytes with everything that is not an array. The
puzzle is stored as its input tokens and rebuilt by its plugin.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from gramsolve import files
from gramsolve.errors import BadInput
from gramsolve.inference.events import Candidate, Event, Finished, Solution, Started, Step
from gramsolve.tasks import registry
from gramsolve.tasks.task import Task

FORMAT = 1
MAX_BYTES = 256 * 1024 * 1024
_ARRAYS = tuple(f.name for f in fields(Step) if f.name not in ("round", "number", "seconds"))


def write(path: Path, task: Task, events: Iterable[Event]) -> None:
    """Store a run; a file that stands there is replaced only when this one is complete."""
    arrays: dict[str, np.ndarray] = {}
    entries = []
    for number, event in enumerate(events):
        entries.append(_entry(event, task, f"{number:06}", arrays))
    header = json.dumps({"format": FORMAT, "task": task.name, "events": entries}).encode()
    arrays["header"] = np.frombuffer(header, np.uint8)
    try:
        with files.replacing(Path(path)) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    except OSError as error:
        raise BadInput(f"cannot write the recording {path}: {error.strerror}") from error


def read(path: Path) -> tuple[str, list[Event]]:
    """(task name, events) of a stored run. Raises BadInput in one line for anything that is not one."""
    try:
        data = Path(path).read_bytes() if Path(path).stat().st_size <= MAX_BYTES else None
    except OSError as error:
        raise BadInput(f"cannot read the recording {path}: {error.strerror}") from error
    if data is None:
        raise BadInput(f"{path} is larger than {MAX_BYTES:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                raise ValueError("it unpacks to too much")
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            header = json.loads(archive["header"].tobytes())
            if header["format"] != FORMAT:
                raise ValueError(f"format {header['format']!r}, this version reads {FORMAT}")
            task = registry.load(header["task"])
            return task.name, [_event(entry, task, archive) for entry in header["events"]]
    except BadInput:
        raise
    except (ValueError, KeyError, TypeError, IndexError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path} is not a recording: {' '.join(str(error).split()) or type(error).__name__}") from error


def _entry(event: Event, task: Task, key: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """An event as JSON; its arrays go to ``arrays`` under names that begin with ``key``."""
    kind = type(event).__name__
    if isinstance(event, Started):
        arrays[f"{key}.inputs"] = task.encode(event.instance)
        values = {"variant": event.instance.variant, "name": event.instance.name}
        numbers = {n: getattr(event, n) for n in ("checkpoint", "width", "depth", "seed", "exact")}
        return {"kind": kind, "key": key, **values, **numbers}
    if isinstance(event, Step):
        present = [name for name in _ARRAYS if getattr(event, name) is not None]
        arrays.update({f"{key}.{name}": getattr(event, name) for name in present})
        numbers = {n: getattr(event, n) for n in ("round", "number", "seconds")}
        return {"kind": kind, "key": key, "arrays": present, **numbers}
    if isinstance(event, Solution):
        return {"kind": kind, "count": event.count, "candidate": _candidate(event.candidate, key, arrays)}
    candidates = [_candidate(c, f"{key}.{i}", arrays) for i, c in enumerate(event.candidates)]
    plain = {f.name: getattr(event, f.name) for f in fields(event) if f.name != "candidates"}
    return {"kind": kind, "candidates": candidates, **plain}


def _candidate(candidate: Candidate, key: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    arrays[f"{key}.tokens"] = candidate.tokens
    plain = {f.name: getattr(candidate, f.name) for f in fields(candidate) if f.name != "tokens"}
    return {"key": key, **plain}


def _event(entry: dict[str, Any], task: Task, archive: Any) -> Event:
    values = {k: v for k, v in entry.items() if k not in ("kind", "key", "arrays")}
    kind = entry["kind"]
    if kind == "Started":
        instance = task.decode(values.pop("variant"), archive[f"{entry['key']}.inputs"])
        values.pop("name")
        return Started(instance, **values)
    if kind == "Step":
        loaded = {name: _frozen(archive[f"{entry['key']}.{name}"]) for name in entry["arrays"]}
        return Step(**{**dict.fromkeys(_ARRAYS), **loaded, **values})
    if kind == "Solution":
        return Solution(_read_candidate(values["candidate"], archive), values["count"])
    if kind == "Finished":
        values["candidates"] = tuple(_read_candidate(c, archive) for c in values["candidates"])
        return Finished(**values)
    raise ValueError(f"unknown event {kind!r}")


def _read_candidate(entry: dict[str, Any], archive: Any) -> Candidate:
    plain = {k: v for k, v in entry.items() if k != "key"}
    return Candidate(tokens=_frozen(archive[f"{entry['key']}.tokens"]), **plain)


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
