"""Reading data files that may be compressed, within bounds."""

from __future__ import annotations

import gzip
import lzma
import zlib
from pathlib import Path
from typing import IO, cast

from gramsolve.errors import BadInput

LIMIT = 1 << 30
"""Bytes that are read of one file, unpacked: a few kilobytes of xz can hold gigabytes of zeros."""


def read_data(path: Path, limit: int = LIMIT) -> bytes:
    """The whole file, unpacked if its content is gzip or xz, whatever it is called.

    Raises BadInput naming the file when it cannot be read, is cut short or damaged, or holds more than ``limit``
    bytes.
    """
    try:
        with path.open("rb") as raw:
            start = raw.read(6)
        with _open(path, start) as file:
            data = file.read(limit + 1)
    except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(f"{path} is cut short or damaged: {error}") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > limit:
        raise BadInput(f"{path} holds more than {limit:,} bytes")
    return data


def _open(path: Path, start: bytes) -> IO[bytes]:
    if start[:2] == b"\x1f\x8b":
        return cast(IO[bytes], gzip.open(path))
    if start == b"\xfd7zXZ\0":
        return cast(IO[bytes], lzma.open(path))
    return path.open("rb")
