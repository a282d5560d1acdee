"""Files of weights: safetensors in shards of at most 16 MiB, with size and SHA-256 checked. Nothing is unpickled.

Torch is imported only where tensors are touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gramsolve import files
from gramsolve.checkpoints.checkpoint import WeightsFile
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from torch import Tensor

SHARD_BYTES = 16 * 1024 * 1024 - 64 * 1024
"""64 KiB are left for the header, so that a shard stays below 16 MiB."""
PIECE = "#"
"""Stands between the name of a tensor that is larger than a shard and the number of its piece."""


def write(directory: Path, tensors: Mapping[str, Tensor]) -> dict[str, WeightsFile]:
    """Write the shards into ``directory``. Returns size and hash of every file by its name."""
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
    return {name: WeightsFile(_digest(directory / name), (directory / name).stat().st_size) for name in names}


def _pieces(tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Tensors by name; a tensor too large for a shard in runs of its rows, under the numbered names of ``_joined``."""
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        if size <= SHARD_BYTES:
            yield name, tensor
            continue
        for number, piece in enumerate(tensor.split(max(1, SHARD_BYTES * len(tensor) // size))):
            yield f"{name}{PIECE}{number:05}", piece.contiguous()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(directory: Path, known: Mapping[str, WeightsFile]) -> dict[str, Tensor]:
    """All weights of ``directory`` by name, after size, SHA-256 and finiteness were checked. Raises BadInput naming the
    file that is wrong."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    tensors: dict[str, Tensor] = {}
    for name, entry in known.items():
        path = directory / name
        problem = problem_of(path, entry)
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
    require_finite(tensors, directory)
    return tensors


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


def require_finite(tensors: Mapping[str, Tensor], directory: Path) -> None:
    """Raises BadInput where a tensor holds a number that is not finite."""
    import torch

    for key, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            raise BadInput(f"checkpoint {directory} is corrupt: {key} holds a number that is not finite")


def problem_of(path: Path, entry: WeightsFile) -> str | None:
    """What is wrong with a weights file, size before hash, or None."""
    try:
        size = path.stat().st_size
        if size != entry.bytes:
            return f"is corrupt ({size:,} bytes instead of {entry.bytes:,})"
        if _digest(path) != entry.sha256:
            return "is corrupt (its SHA-256 is not the recorded one)"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None
