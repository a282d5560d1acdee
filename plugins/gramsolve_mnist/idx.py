"""IDX files, the form in which MNIST and its relatives are published: a big-endian header, then the values.

The header is two zero bytes, the type of the values, the number of dimensions and the size of each.
"""

from __future__ import annotations

from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gramsolve.tasks import BadInput, read_data

SIDE = 28
TYPES = {8: "unsigned bytes", 9: "signed bytes", 11: "shorts", 12: "ints", 13: "floats", 14: "doubles"}

Bytes = npt.NDArray[np.uint8]


def read(path: Path) -> Bytes:
    """The images uint8 [N, 28, 28] or the labels uint8 [N] of a file, plain or compressed; N is at least 1.

    Raises BadInput naming the file when it is no IDX file, is cut short or too long, or holds something else.
    """
    data = read_data(path)
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in TYPES or data[3] == 0:
        raise BadInput(f"{path} is no IDX file: it starts with {data[:4].hex(' ') or 'nothing'}, not with 00 00 08")
    if data[2] != 8:
        raise BadInput(f"{path} holds {TYPES[data[2]]}; images and labels are unsigned bytes (type 08)")
    start = 4 + 4 * data[3]
    if len(data) < start:
        raise BadInput(f"{path} is cut short: {len(data)} bytes and a header of {start}")
    shape = tuple(int(size) for size in np.frombuffer(data, ">u4", data[3], offset=4))
    if shape[1:] not in ((), (SIDE, SIDE)) or shape[0] == 0:
        raise BadInput(f"{path} holds {_dimensions(shape)} values; images are N x 28 x 28 and labels N, at least one")
    if len(data) != start + prod(shape):
        what = "cut short" if len(data) < start + prod(shape) else "too long"
        raise BadInput(
            f"{path} is {what}: {len(data) - start:,} values where its header says {_dimensions(shape)}; fetch it again"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def read_images(path: Path) -> Bytes:
    """Images uint8 [N, 28, 28] with values 0 to 255. Raises BadInput."""
    values = read(path)
    if values.ndim != 3:
        raise BadInput(f"{path} holds {len(values):,} labels; images are needed here")
    return values


def read_labels(path: Path) -> Bytes:
    """Labels uint8 [N]. Raises BadInput."""
    values = read(path)
    if values.ndim != 1:
        raise BadInput(f"{path} holds {len(values):,} images; labels are needed here")
    return values


def _dimensions(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{size:,}" for size in shape[:9]) + (" x ..." if len(shape) > 9 else "")
