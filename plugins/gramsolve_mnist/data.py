"""Where digits come from: the binarized set in this package, or IDX files.

The split is the data set's own, 60,000 images to train on and 10,000 to test on. All images are answers to
the one blank input.
"""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import numpy as np

from gramsolve.tasks import BadInput, DataFile, Dataset, Missing, ProgressCallback, Split
from gramsolve_mnist import idx
from gramsolve_mnist.idx import SIDE, Bytes

PAD, OFF, ON = 0, 1, 2
BLANK = 1
PIXELS = SIDE * SIDE
THRESHOLD = 128
"""The least value of a pixel that is on: values / 255 above 0.5."""

PROTOCOLS = ("binarized",)
IDX = "idx"
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = "train-images", "train-labels", "t10k-images", "t10k-labels"

PACKED = "mnist-binarized-t05.bin.xz"
SHA256 = "38ed28aaa4af49a20f86efdda276c22cd23ac39784f698f5abcbf83cc4643ab1"
TRAIN, TEST = 60_000, 10_000

LICENCE = "CC BY-SA 3.0 (Yann LeCun, Corinna Cortes)"
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


def _data_file(name: str, title: str, kind: str, size: int, sha256: str) -> DataFile:
    file = f"{name}-{kind}-ubyte.gz"
    return DataFile(name, title, LICENCE, size, sha256, tuple(mirror + file for mirror in MIRRORS), ".gz")


DATA_FILES = (
    _data_file(
        TRAIN_IMAGES,
        "MNIST, 60,000 training images in grey",
        "idx3",
        9_912_422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    _data_file(
        TRAIN_LABELS,
        "MNIST, their labels",
        "idx1",
        28_881,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    _data_file(
        TEST_IMAGES,
        "MNIST, 10,000 test images in grey",
        "idx3",
        1_648_877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    _data_file(
        TEST_LABELS,
        "MNIST, their labels",
        "idx1",
        4_542,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
)


def dataset(protocol: str, files: Mapping[str, Path], progress: ProgressCallback) -> Dataset:
    """Both splits. ``idx`` reads MNIST's own files; any other name those imported as NAME and NAME-test.

    Raises BadInput for an unknown protocol and for files that are no images, Missing for a file not at hand.
    """
    if protocol in PROTOCOLS:
        pixels = packaged()
        train, test = pixels[:TRAIN], pixels[TRAIN:]
    else:
        names = _image_files(protocol, files)
        progress(0, 2)
        train = binarize(idx.read_images(_at_hand(names[0], protocol, files)))
        progress(1, 2)
        test = binarize(idx.read_images(_at_hand(names[1], protocol, files)))
        progress(2, 2)
    return Dataset(protocol, split(train), split(test))


def packaged() -> Bytes:
    """The binarized images of this package as tokens uint8 [70000, 784], those for training first.

    Raises Missing where the file is not there or not what was published.
    """
    try:
        packed = (resources.files("gramsolve_mnist") / PACKED).read_bytes()
    except OSError as error:
        raise Missing(f"{PACKED} of this package cannot be read: {error.strerror}; install gramsolve again") from error
    if hashlib.sha256(packed).hexdigest() != SHA256:
        raise Missing(f"{PACKED} of this package is damaged; install gramsolve again")
    size = (TRAIN + TEST) * PIXELS // 8
    bits = lzma.LZMADecompressor().decompress(packed, max_length=size)
    return np.unpackbits(np.frombuffer(bits, np.uint8).reshape(-1, PIXELS // 8), axis=1) + np.uint8(OFF)


def binarize(images: Bytes) -> Bytes:
    """Images uint8 [N, 28, 28] -> tokens uint8 [N, 784]."""
    return (images.reshape(-1, PIXELS) >= THRESHOLD) + np.uint8(OFF)


def split(pixels: Bytes) -> Split:
    """All images uint8 [N, 784] as answers to the one input there is."""
    count = len(pixels)
    return Split(
        np.full((1, 1), BLANK, np.uint8),
        pixels,
        np.array([0, count], np.int64),
        np.arange(count, dtype=np.int32),
    )


def labels(files: Mapping[str, Path]) -> tuple[Bytes, Bytes]:
    """The digits on the images, uint8 [60000] and uint8 [10000], in the order of both protocols of MNIST.

    Raises Missing for a file not at hand, BadInput for one that holds something else.
    """
    found = []
    for name, count in ((TRAIN_LABELS, TRAIN), (TEST_LABELS, TEST)):
        path = _at_hand(name, "the labels", files)
        values = idx.read_labels(path)
        if len(values) != count or values.max() > 9:
            raise BadInput(f"{path} has {len(values):,} labels up to {values.max()}, not the {count:,} digits of MNIST")
        found.append(values)
    return found[0], found[1]


def inspect(path: Path) -> str:
    """What an IDX file holds, in one line. Raises BadInput naming the file."""
    values = idx.read(path)
    if values.ndim == 1:
        return f"{len(values):,} labels from {values.min()} to {values.max()}"
    return f"{len(values):,} images of {SIDE}x{SIDE}, {np.mean(values >= THRESHOLD):.1%} of their pixels on"


def _image_files(protocol: str, files: Mapping[str, Path]) -> tuple[str, str]:
    """Names of the files to train and to test on."""
    if protocol == IDX:
        return TRAIN_IMAGES, TEST_IMAGES
    if protocol in {data_file.name for data_file in DATA_FILES}:
        raise BadInput(f"{protocol!r} is a file of the protocol {IDX!r}: choose that")
    if protocol in files:
        return protocol, f"{protocol}-test"
    known = ", ".join((*PROTOCOLS, IDX))
    raise BadInput(f"unknown protocol {protocol!r}: choose {known} or the name of images that you imported")


def _at_hand(name: str, what: str, files: Mapping[str, Path]) -> Path:
    if name not in files:
        how = "fetch" if name in {data_file.name for data_file in DATA_FILES} else "import"
        raise Missing(f"{what} needs the file {name!r}, which is not here: {how} it with `gramsolve data`")
    return files[name]
