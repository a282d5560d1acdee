"""A run on disk: every event of it in one .npz file, exact, without pickles.

The archive holds the arrays of every event and ``header``: JSON bytes with everything that is not an array. The
puzzle is stored as its input tokens and its text and rebuilt by its plugin. Reading trusts nothing: sizes are
bounded before anything is unpacked, and every value has to be of the type, and every array of the shape, that events
promise.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, make_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np

from gramsolve import files, records
from gramsolve.errors import BadInput, Missing
from gramsolve.inference.events import Candidate, Event, Finished, Solution, Started, Step
from gramsolve.tasks import registry
from gramsolve.tasks.base import Instance
from gramsolve.tasks.task import Task

FORMAT = 3
MAX_BYTES = 256 * 1024 * 1024
"""Unpacked size of a recording at most, for reading and so for writing too."""

_ARRAYS = {
    "tokens": (np.uint8, "NL"),
    "confidence": (np.float32, "NL"),
    "halt": (np.float32, "N"),
    "value": (np.float32, "N"),
    "running": (np.bool_, "N"),
    "valid": (np.bool_, "N"),
    "violations": (np.bool_, "NL"),
    "latent": (np.float32, "ND"),
    "assumed": (np.uint8, "NL"),
}
"""The arrays of a step. N trajectories, L tokens, D any; those of ``_OPTIONAL`` may be absent."""
_OPTIONAL = ("valid", "violations", "assumed")

_TYPES = {"int", "float", "str", "bool", "None"}


# Writing


def write(path: Path, task: Task, events: Iterable[Event]) -> None:
    """Store a run; a file that stands there is replaced only when this one is complete.

    Raises BadInput when the place cannot be written or the run is too long to be read again.
    """
    arrays: dict[str, np.ndarray] = {}
    entries = [_entry(event, task, f"{number:06}", arrays) for number, event in enumerate(events)]
    header = json.dumps({"format": FORMAT, "task": task.name, "events": entries}, allow_nan=False).encode()
    arrays["header"] = np.frombuffer(header, np.uint8)
    # An array in the archive costs a header of 128 bytes on top of its own.
    if sum(array.nbytes + 256 for array in arrays.values()) > MAX_BYTES:
        raise BadInput(f"this run is too long to record (more than {MAX_BYTES:,} bytes): use less width or time")
    try:
        with files.replacing(Path(path)) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    except OSError as error:
        raise BadInput(f"cannot write the recording {path}: {error.strerror}") from error


def _entry(event: Event, task: Task, key: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """An event as JSON; its arrays go to ``arrays`` under names that begin with ``key``."""
    kind = type(event).__name__
    if isinstance(event, Started):
        arrays[f"{key}.inputs"] = task.encode(event.instance)
        names = {"variant": event.instance.variant, "name": event.instance.name}
        # The tokens say what the model saw; the text also holds what people see, such as ARC's demonstrations.
        return {"kind": kind, **_scalars(event), **names, "puzzle": task.format(event.instance)}
    if isinstance(event, Step):
        present = {name: getattr(event, name) for name in _ARRAYS if getattr(event, name) is not None}
        arrays.update({f"{key}.{name}": array for name, array in present.items()})
        # Named here, where a checksum guards it: a damaged name in the archive must not pass for an absent array.
        return {"kind": kind, **_scalars(event), "arrays": list(present)}
    if isinstance(event, Solution):
        return {"kind": kind, **_scalars(event), "candidate": _candidate(event.candidate, key, arrays)}
    candidates = [_candidate(c, f"{key}.{i}", arrays) for i, c in enumerate(event.candidates)]
    return {"kind": kind, **_scalars(event), "candidates": candidates}


def _candidate(candidate: Candidate, key: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    arrays[f"{key}.tokens"] = candidate.tokens
    present = [name for name in ("violations", "assumed") if getattr(candidate, name) is not None]
    arrays.update({f"{key}.{name}": getattr(candidate, name) for name in present})
    return {**_scalars(candidate), "arrays": present}


def _scalars(event: Event | Candidate) -> dict[str, Any]:
    return {name: getattr(event, name) for name in _plain_fields(type(event))}


def _plain_fields(kind: type) -> list[str]:
    """Names of the plain fields of a class of events: those whose type is made of ``_TYPES``."""
    return [f.name for f in fields(kind) if set(str(f.type).split(" | ")) <= _TYPES]


# Reading


def read(path: Path) -> tuple[str, list[Event]]:
    """(task name, events) of a stored run.

    Raises BadInput in one line for anything that is no recording, and Missing when the task's plugin is not there.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"cannot read the recording {path}: {error.strerror}") from error
    try:
        return _read(data)
    except Missing:
        raise
    except Exception as error:  # zipfile and numpy answer damaged files with a dozen kinds of exceptions
        raise BadInput(f"{path} is not a recording: {' '.join(str(error).split()) or type(error).__name__}") from error


def _read(data: bytes) -> tuple[str, list[Event]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if len(data) > MAX_BYTES or sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
            raise ValueError(f"it holds more than {MAX_BYTES:,} bytes")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        values = records.parse(arrays["header"].tobytes(), "header", max_bytes=MAX_BYTES)
        header = records.read(_Header, values, "header")
        if header.format != FORMAT:
            raise ValueError(f"format {header.format}, this version reads {FORMAT}")
        task = registry.load(header.task)
        reader = _Reader(task, arrays)
        return task.name, [reader.event(entry, f"{number:06}") for number, entry in enumerate(header.events)]


@dataclass(frozen=True)
class _Header:
    """What is no array: the plain values of each event, in order."""

    format: int
    task: str
    events: tuple[dict[str, Any], ...]


class _Reader:
    """Rebuilds events in order; what the first one says about the puzzle binds all that follow."""

    def __init__(self, task: Task, arrays: Mapping[str, np.ndarray]) -> None:
        self.task, self.arrays = task, arrays
        self.sizes: dict[str, int] = {}
        self.vocabulary = 0

    def event(self, entry: dict[str, Any], key: str) -> Event:
        kind = entry["kind"]
        if (kind == "Started") == bool(self.sizes):
            raise ValueError("it does not begin with the start of one run")
        if kind == "Started":
            # ``max_depth`` is optional.
            started = Started(self._instance(entry, key), **_checked(Started, {"max_depth": 0, **entry}, key))
            self.sizes["N"] = started.width
            return started
        if kind == "Step":
            return Step(**self._step(entry, key), **_checked(Step, entry, key))
        if kind == "Solution":
            return Solution(self._candidate(entry["candidate"], key), **_checked(Solution, entry, key))
        if kind == "Finished":
            candidates = tuple(self._candidate(c, f"{key}.{i}") for i, c in enumerate(entry["candidates"]))
            return Finished(candidates, **_checked(Finished, entry, key))
        raise ValueError(f"unknown event {kind!r}")

    def _instance(self, entry: dict[str, Any], key: str) -> Instance:
        names = _checked(Instance, entry, key)
        spec = self.task.variant(names["variant"]).spec
        self.sizes["L"], self.vocabulary = spec.output_length, spec.output_vocab
        inputs = self.arrays[f"{key}.inputs"]
        if inputs.dtype != np.uint8 or inputs.shape != (spec.input_length,) or inputs.max() >= spec.input_vocab:
            raise ValueError("its puzzle does not fit its variant")
        return replace(self._puzzle(entry.get("puzzle"), names["variant"], inputs), name=names["name"])

    def _puzzle(self, text: object, variant: str, inputs: np.ndarray) -> Instance:
        """The puzzle of the text if it fits the tokens, which are what was solved; else that of the tokens."""
        if isinstance(text, str) and self.task.capabilities.conditional:
            with suppress(BadInput):
                found = self.task.to_variant(self.task.parse(text)[0], variant)
                if np.array_equal(self.task.encode(found), inputs):
                    return found
        return self.task.decode(variant, inputs)

    def _step(self, entry: dict[str, Any], key: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, (kind, axes) in _ARRAYS.items():
            absent = name in _OPTIONAL and name not in entry["arrays"]
            found[name] = None if absent else self._array(f"{key}.{name}", kind, axes)
        return found

    def _candidate(self, entry: dict[str, Any], key: str) -> Candidate:
        violations = self._array(f"{key}.violations", np.bool_, "L") if "violations" in entry["arrays"] else None
        assumed = self._array(f"{key}.assumed", np.uint8, "L") if "assumed" in entry["arrays"] else None
        return Candidate(
            self._array(f"{key}.tokens", np.uint8, "L"),
            **_checked(Candidate, entry, key),
            violations=violations,
            assumed=assumed,
        )

    def _array(self, key: str, kind: type, axes: str) -> np.ndarray:
        array = self.arrays[key]
        right = array.ndim == len(axes) and all(
            size == self.sizes.get(axis, size) for axis, size in zip(axes, array.shape, strict=True)
        )
        if not right or array.dtype != kind:
            raise ValueError(f"{key} has the wrong type or shape")
        if kind is np.uint8 and array.size and array.max() >= self.vocabulary:
            raise ValueError(f"{key} holds a token that its puzzle does not have")
        if kind is np.float32 and not np.isfinite(array).all():
            raise ValueError(f"{key} holds a number that is not finite")
        array.setflags(write=False)
        return array


def _checked(kind: type, entry: dict[str, Any], key: str) -> dict[str, Any]:
    """The plain fields of an event, each of its type; only a seed is negative."""
    plain = _plain(kind)
    found = asdict(records.read(plain, entry, f"event {key}", ignore_unknown=True))
    for name, value in found.items():
        if isinstance(value, int) and value < 0 and name != "seed":
            raise ValueError(f"event {key}: {name} must be at least 0, not {value}")
    return found


@cache
def _plain(kind: type) -> Any:
    """A record of the fields of a class of events that are no arrays; none has a default."""
    types = get_type_hints(kind)
    return make_dataclass(kind.__name__, [(name, types[name]) for name in _plain_fields(kind)], frozen=True)
