"""Checkpoints on disk: write, read, verify, list and find.

A checkpoint is a directory: ``model.safetensors`` (or numbered shards of at most 16 MiB), ``config.json`` with the
SHA-256 of every weights file, and ``README.md``, the model card. Nothing is ever unpickled. Torch is imported only
where tensors are touched.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import json
import os
import shutil
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gramsolve import files
from gramsolve.checkpoints.config import FORMAT, read_config
from gramsolve.errors import BadInput, Missing

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CheckpointInfo", "find", "get", "listing", "read_config", "read_tensors", "verify", "write"]

SHARD_BYTES = 16 * 1024 * 1024 - 64 * 1024
"""Room is left for the header, so that a shard stays below 16 MiB."""
PIECE = "#"
"""Between the name of a tensor that is larger than a shard and the number of its piece."""


@dataclass(frozen=True)
class CheckpointInfo:
    """What can be said about a checkpoint without loading its weights. ``problem`` says why it is unusable."""

    name: str
    path: Path
    origin: str
    task: str = ""
    variant: str = ""
    parameters: int = 0
    created: str = ""
    training: Mapping[str, Any] | None = None
    measured: Mapping[str, Any] | None = None
    problem: str | None = None


# Writing


def write(directory: Path, tensors: Mapping[str, Tensor], config: Mapping[str, Any], card: str) -> None:
    """Store a checkpoint. It appears whole or not at all; one that stands there is replaced when this is complete.

    Raises BadInput when the place cannot be written, or when a weight is not a finite number: such a checkpoint
    could never be read, and a good one may stand in its place.
    """
    directory = writable(directory)
    _must_be_finite(tensors, directory)
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
        try:
            _fill(fresh, tensors, config, card)
            _swap(fresh, directory)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise BadInput(f"cannot write the checkpoint {directory}: {error.strerror or error}") from error


def note(directory: Path, measured: Mapping[str, Any]) -> None:
    """Keep what was measured of the weights that are there. Raises BadInput for what is no checkpoint, OSError where
    it cannot be written."""
    config = {**read_config(directory), "measured": dict(measured)}
    files.write_bytes(directory / "config.json", json.dumps(config, indent=2, allow_nan=False).encode())


def writable(directory: Path) -> Path:
    """The absolute path of a directory that ``write`` may replace. Raises BadInput rather than lose other files."""
    directory = Path(directory).resolve()
    try:
        there = [path.name for path in directory.iterdir()] if directory.exists() else []
    except OSError as error:
        raise BadInput(f"cannot write the checkpoint {directory}: {error.strerror}") from error
    if any(name not in ("config.json", "README.md") and not name.endswith(".safetensors") for name in there):
        raise BadInput(f"{directory} holds other files: name an empty directory for the checkpoint")
    return directory


def _must_be_finite(tensors: Mapping[str, Tensor], directory: Path) -> None:
    import torch

    for key, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            raise BadInput(f"checkpoint {directory} is corrupt: {key} holds a number that is not finite")


def _fill(directory: Path, tensors: Mapping[str, Tensor], config: Mapping[str, Any], card: str) -> None:
    """Write all files; config.json, without which a directory is no checkpoint, comes last."""
    names = _write_shards(directory, tensors)
    values = {
        "format": FORMAT,
        **config,
        "parameters": sum(t.numel() for name, t in tensors.items() if not name.startswith("z0_")),
        "files": {n: {"sha256": _digest(directory / n), "bytes": (directory / n).stat().st_size} for n in names},
        "created": datetime.now(UTC).date().isoformat(),
    }
    files.write_bytes(directory / "README.md", card.encode())
    files.write_bytes(directory / "config.json", json.dumps(values, indent=2, allow_nan=False).encode())
    directory.chmod(0o755)


def _write_shards(directory: Path, tensors: Mapping[str, Tensor]) -> list[str]:
    from safetensors.torch import save

    shards: list[dict[str, Tensor]] = [{}]
    room = SHARD_BYTES
    for name, tensor in _pieces(tensors):
        size = tensor.numel() * tensor.element_size()
        if size > room and shards[-1]:
            shards.append({})
            room = SHARD_BYTES
        shards[-1][name] = tensor
        room -= size
    total = len(shards)
    names = ["model.safetensors"]
    if total > 1:
        names = [f"model-{i:05}-of-{total:05}.safetensors" for i in range(1, total + 1)]
    for name, shard in zip(names, shards, strict=True):
        files.write_bytes(directory / name, save(shard))
    return names


def _pieces(tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Tensors by name; one too large for a shard in runs of its rows, under numbered names that ``_joined`` knows."""
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        if size <= SHARD_BYTES:
            yield name, tensor
            continue
        for number, piece in enumerate(tensor.split(max(1, SHARD_BYTES * len(tensor) // size))):
            yield f"{name}{PIECE}{number:05}", piece.contiguous()


def _joined(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The inverse of ``_pieces``, whatever order the shards were read in."""
    import torch

    whole: dict[str, Tensor] = {}
    pieces: dict[str, list[Tensor]] = {}
    for key in sorted(tensors):
        name, piece, _ = key.partition(PIECE)
        if piece:
            pieces.setdefault(name, []).append(tensors[key])
        else:
            whole[name] = tensors[key]
    return whole | {name: torch.cat(parts) for name, parts in pieces.items()}


def _swap(fresh: Path, directory: Path) -> None:
    """Put ``fresh`` in the place of ``directory``; a crash between the two renames leaves the old one beside it."""
    if directory.exists():
        old = directory.with_name(f".{directory.name}.old-{os.getpid()}")
        directory.rename(old)
        fresh.rename(directory)
        shutil.rmtree(old, ignore_errors=True)
    else:
        fresh.rename(directory)
    files.sync_directory(directory.parent)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Reading


def read_tensors(directory: Path, config: Mapping[str, Any]) -> dict[str, Tensor]:
    """All weights, after checking size, SHA-256 and finiteness. Raises BadInput naming the file that is wrong."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    tensors: dict[str, Tensor] = {}
    for name, entry in config["files"].items():
        path = directory / name
        problem = _file_problem(path, entry)
        if problem:
            raise BadInput(f"checkpoint file {path} {problem}: get it again, or train a new one")
        try:
            tensors |= load(path.read_bytes())
        except (SafetensorError, OSError, KeyError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise BadInput(f"checkpoint file {path} is corrupt: {reason}") from error
    try:
        tensors = _joined(tensors)
    except RuntimeError as error:
        raise BadInput(f"checkpoint {directory} is corrupt: {str(error).splitlines()[0]}") from error
    _must_be_finite(tensors, directory)
    return tensors


def _file_problem(path: Path, entry: Mapping[str, Any]) -> str | None:
    """What is wrong with a weights file, size before hash, or None."""
    try:
        size = path.stat().st_size
        if size != entry["bytes"]:
            return f"is corrupt ({size:,} bytes instead of {entry['bytes']:,})"
        if _digest(path) != entry["sha256"]:
            return "is corrupt (its SHA-256 is not the recorded one)"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None


def verify(directory: Path) -> list[str]:
    """Every problem of a checkpoint, one line each; empty when it is whole."""
    try:
        config = read_config(directory)
        problems = [
            f"{name} {problem}"
            for name, entry in config["files"].items()
            if (problem := _file_problem(directory / name, entry))
        ]
        if not problems:
            read_tensors(directory, config)
        if not (directory / "README.md").exists():
            problems.append("README.md (the model card) is missing")
    except BadInput as error:
        return [str(error)]
    return problems


# Finding


def places() -> Iterator[tuple[str, Path]]:
    """(origin, folder) where checkpoints are looked for, in order."""
    import platformdirs

    if extra := os.environ.get("GRAMSOLVE_CHECKPOINTS"):
        yield "environment", Path(extra)
    yield "user", platformdirs.user_data_path("gramsolve") / "checkpoints"
    root = Path(__file__).parents[2]
    if (root / "pyproject.toml").exists():
        yield "bundled", root / "checkpoints"
    # A wheel's data goes to another prefix for `pip install`, for `--user` and for `--target`.
    schemes = sysconfig.get_preferred_scheme("prefix"), sysconfig.get_preferred_scheme("user")
    for prefix in (*(Path(sysconfig.get_path("data", scheme)) for scheme in schemes), root):
        yield "bundled", prefix / "share" / "gramsolve" / "checkpoints"


def listing(task: str | None = None) -> list[CheckpointInfo]:
    """All checkpoints at hand, broken ones with their problem; of two with one name the first found counts."""
    found: dict[str, CheckpointInfo] = {}
    for origin, folder in places():
        with contextlib.suppress(OSError):
            for path in sorted(folder.iterdir()):
                if not path.name.startswith(".") and (path / "config.json").exists():
                    found.setdefault(path.name, describe(path, origin))
    return [info for info in found.values() if task is None or info.problem or info.task == task]


def describe(path: Path, origin: str = "path") -> CheckpointInfo:
    """What config.json says; a problem instead of an exception."""
    try:
        config = read_config(path)
    except BadInput as error:
        return CheckpointInfo(path.name, path, origin, problem=str(error))
    return CheckpointInfo(
        path.name,
        path,
        origin,
        config["task"],
        config["variant"],
        config["parameters"],
        config["created"],
        config["training"],
        config.get("measured"),
    )


def find(
    task: str,
    variant: str | None = None,
    checkpoint: str | None = None,
    *,
    usual: str | None = None,
    blank: bool = False,
) -> CheckpointInfo:
    """The checkpoint to use for a task.

    ``checkpoint`` is a directory or a name from ``listing``. Without it, the one named <task>-<variant> comes first,
    then any other of the variant. When no variant is asked for, those of the ``usual`` one come before all others.
    For ``blank`` inputs, of which boards are drawn out of nothing, those come first that saw most of them in training.

    Raises:
        BadInput: a named checkpoint that is missing, corrupt or made for another task or variant.
        Missing: there is none for this variant.
    """
    if checkpoint is not None:
        info = get(checkpoint)
        if info.task != task or (variant is not None and info.variant != variant):
            wanted = f"{task} {variant}" if variant else task
            raise BadInput(f"checkpoint {info.name} is for {info.task} {info.variant}, not for {wanted}")
        return info
    usable = [i for i in listing(task) if not i.problem and variant in (None, i.variant)]

    def rank(info: CheckpointInfo) -> tuple[bool, float, bool]:
        seen = float((info.training or {}).get("unconditional_share", 0.0)) if blank else 0.0
        return info.variant != usual, -seen, info.name != f"{task}-{info.variant}"

    usable.sort(key=rank)
    if not usable:
        wanted, flag = (f"{task} {variant}", f" --variant {variant}") if variant else (task, "")
        raise Missing(f"no checkpoint for {wanted}: train one with `gramsolve train {task}{flag}`")
    return usable[0]


def get(checkpoint: str) -> CheckpointInfo:
    """The checkpoint called by a name or a directory. Raises BadInput where there is none or it cannot be read."""
    info = _named(checkpoint)
    if info.problem:
        raise BadInput(info.problem)
    return info


def _named(checkpoint: str) -> CheckpointInfo:
    # What the system finds too long, or ~nobody, is no path but still an unknown name.
    with contextlib.suppress(OSError, RuntimeError):
        path = Path(checkpoint).expanduser()
        if path.is_dir():
            return describe(path)
    known = {info.name: info for info in listing()}
    if checkpoint in known:
        return known[checkpoint]
    close = difflib.get_close_matches(checkpoint, known, 1)
    hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(sorted(known)) or 'none yet'}"
    raise BadInput(f"no checkpoint {checkpoint!r}: {hint}")
