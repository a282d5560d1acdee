"""Checkpoints on disk: write, read, verify, list and find.

A checkpoint is a directory: ``model.safetensors`` (or numbered shards of at most 16 MiB), ``config.json`` with the
SHA-256 of every weights file, and ``README.md``, the model card. Nothing is ever unpickled. Torch is imported only
where tensors are touched.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import shutil
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gramsolve import files
from gramsolve.checkpoints import weights
from gramsolve.checkpoints.checkpoint import CheckpointConfig, CheckpointInfo, Measured
from gramsolve.checkpoints.config import as_json, read_config
from gramsolve.errors import BadInput, Missing

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["find", "get", "listing", "read_config", "verify", "write"]

# Writing


def write(directory: Path, tensors: Mapping[str, Tensor], config: CheckpointConfig, card: str) -> None:
    """Store a checkpoint. It appears whole or not at all; an older one in its place is replaced once this is complete.

    Files, number of parameters and, unless ``config`` has one, the date are filled in.

    Raises BadInput when the place cannot be written, or when a weight is not a finite number: such a checkpoint
    could never be read, and would replace a good one.
    """
    directory = writable(directory)
    weights.require_finite(tensors, directory)
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


def note(directory: Path, measured: Measured) -> None:
    """Record what was measured of the weights in ``directory``. Raises BadInput for what is no checkpoint, OSError
    where it cannot be written."""
    files.write_bytes(directory / "config.json", as_json(replace(read_config(directory), measured=measured)))


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


def _fill(directory: Path, tensors: Mapping[str, Tensor], config: CheckpointConfig, card: str) -> None:
    """Write all files; config.json, without which a directory is no checkpoint, comes last."""
    complete = replace(
        config,
        files=weights.write(directory, tensors),
        parameters=sum(t.numel() for name, t in tensors.items() if not name.startswith("z0_")),
        created=config.created or datetime.now(UTC).date().isoformat(),
    )
    files.write_bytes(directory / "README.md", card.encode())
    files.write_bytes(directory / "config.json", as_json(complete))
    directory.chmod(0o755)


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


def verify(directory: Path) -> list[str]:
    """Every problem of a checkpoint, one line each; empty when it is whole."""
    try:
        config = read_config(directory)
        problems = [
            f"{name} {problem}"
            for name, entry in config.files.items()
            if (problem := weights.problem_of(directory / name, entry))
        ]
        if not problems:
            weights.read(directory, config.files)
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
    """All checkpoints that are found, broken ones with their problem. Of two with one name the first one counts."""
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
        config.task,
        config.variant,
        config.parameters,
        config.created,
        config.training,
        config.provenance,
        config.measured,
    )


def find(
    task: str,
    variant: str | None = None,
    checkpoint: str | None = None,
    *,
    usual: str | None = None,
    unconditional: bool = False,
) -> CheckpointInfo:
    """The checkpoint to use for a task.

    ``checkpoint`` is a directory or a name from ``listing``. Without it, the one named <task>-<variant> comes first,
    then any other of the variant. Without a variant, the checkpoints of the ``usual`` variant come first.
    ``unconditional``: among the checkpoints of a variant, the one with the largest ``unconditional_share`` in training.

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
        share = info.training.data.unconditional_share if unconditional and info.training is not None else 0.0
        return info.variant != usual, -share, info.name != f"{task}-{info.variant}"

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
    # A name that is too long for a path, or starts with an unknown ~user, is an unknown name.
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
