"""MNIST: the packaged digits, files that are fine and files that are not, tokens and text."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import struct
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramsolve.config.training import TrainingConfig
from gramsolve.model.config import ModelConfig
from gramsolve.tasks import BadInput, Missing, Split, View
from gramsolve.tasks.testing import CHECKS
from gramsolve_mnist import Mnist, data, idx

TASK = Mnist()
OFF, ON = 1, 2
SHARED = Path(__file__).parents[3] / "shared" / "data" / "mnist"
FILES = {data_file.name: SHARED / data_file.urls[0].rsplit("/", 1)[1] for data_file in TASK.data_files()}
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the original files are not here")


def image_file(count: int, *, seed: int = 0, side: int = 28) -> bytes:
    values = np.random.default_rng(seed).integers(256, size=(count, side, side), dtype=np.uint8)
    return struct.pack(">IIII", 2051, count, side, side) + values.tobytes()


def label_file(values: list[int]) -> bytes:
    return struct.pack(">II", 2049, len(values)) + bytes(values)


Write = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Writes bytes to a file and gives its path."""

    def write(content: bytes, name: str = "some-file") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("check", CHECKS)
def test_contract(check: str) -> None:
    CHECKS[check](TASK, "28x28")


# The packaged set


def test_packaged_digits_have_the_published_numbers() -> None:
    found = TASK.dataset("28x28", "binarized")
    for split, count, share in ((found.train, 60_000, 0.1323), (found.test, 10_000, 0.1342)):
        assert split.inputs.tolist() == [[1]] and split.outputs.shape == (count, 784)
        assert len(split.solutions(0)) == count
        assert abs((split.outputs == ON).mean() - share) < 5e-5
        assert set(np.unique(split.outputs)) == {OFF, ON}
    different = [
        len({row.tobytes() for row in np.packbits(s.outputs == ON, axis=1)}) for s in (found.train, found.test)
    ]
    assert different == [59_984, 9_999]


SEVEN = """\
.......###..................
......###############.......
..........############......
...................##.......
...................##.......
..................##........
.................###........
.................##.........
"""


def test_the_first_test_digit_is_the_well_known_seven() -> None:
    seven = TASK.answer(TASK.blank("28x28"), TASK.dataset("28x28", "binarized").test.outputs[0]).splitlines()
    assert "\n".join(seven[7:15]) + "\n" == SEVEN


def test_notice_names_authors_licence_and_hash() -> None:
    notice = (resources.files("gramsolve_mnist") / "NOTICE.txt").read_text()
    packed = (resources.files("gramsolve_mnist") / data.PACKED).read_bytes()
    assert hashlib.sha256(packed).hexdigest() in notice and f"{len(packed):,} bytes" in notice
    for words in ("Yann LeCun", "Corinna Cortes", "NIST", "CC BY-SA 3.0", data.PACKED):
        assert words in notice


def test_a_damaged_package_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "PACKED", "NOTICE.txt")
    with pytest.raises(Missing, match=r"NOTICE\.txt .* is damaged; install gramsolve again"):
        data.packaged()
    monkeypatch.setattr(data, "PACKED", "no-such-file.xz")
    with pytest.raises(Missing, match=r"no-such-file\.xz .* cannot be read"):
        data.packaged()


# The original files


@needs_shared
def test_original_files_give_the_packaged_digits() -> None:
    ours, theirs = TASK.dataset("28x28", "binarized"), TASK.dataset("28x28", "idx", files=FILES)
    for left, right in ((ours.train, theirs.train), (ours.test, theirs.test)):
        assert np.array_equal(left.outputs, right.outputs) and np.array_equal(left.offsets, right.offsets)


@needs_shared
def test_original_files_are_described_as_they_are() -> None:
    for data_file in TASK.data_files():
        content = FILES[data_file.name].read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (data_file.size, data_file.sha256)
    assert TASK.inspect(FILES["train-images"]) == "60,000 images of 28x28, 13.2% of their pixels on"
    assert TASK.inspect(FILES["t10k-labels"]) == "10,000 labels from 0 to 9"


@needs_shared
def test_labels_are_those_of_mnist() -> None:
    train, test = data.labels(FILES)
    assert np.bincount(train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert test[:8].tolist() == [7, 2, 1, 0, 4, 1, 4, 9]
    with pytest.raises(BadInput, match=r"t10k-labels.* has 10,000 labels up to 9, not the 60,000 digits of MNIST"):
        data.labels({**FILES, "train-labels": FILES["t10k-labels"]})
    with pytest.raises(Missing, match="'train-labels', which is not here: fetch it"):
        data.labels({})


# Files of users


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_images_are_read_however_they_are_packed(written: Write, pack: Callable[[bytes], bytes]) -> None:
    content = image_file(5)
    images = idx.read_images(written(pack(content)))
    assert images.shape == (5, 28, 28) and images.tobytes() == content[16:]
    assert idx.read_labels(written(pack(label_file([3, 1, 26])))).tolist() == [3, 1, 26]


def test_imported_images_are_a_protocol(written: Write) -> None:
    files = {"fashion": written(image_file(7), "a"), "fashion-test": written(gzip.compress(image_file(3, seed=1)), "b")}
    calls: list[tuple[int, int]] = []
    found = TASK.dataset("28x28", "fashion", files=files, progress=lambda *call: calls.append(call))
    assert found.protocol == "fashion" and calls == [(0, 2), (1, 2), (2, 2)]
    for split, path in ((found.train, files["fashion"]), (found.test, files["fashion-test"])):
        assert isinstance(split, Split) and len(split) == 1
        images = idx.read_images(path)
        assert np.array_equal(split.solutions(0).reshape(images.shape) == ON, images / 255 > 0.5)
    assert TASK.inspect(files["fashion"]).startswith("7 images of 28x28, ")


@pytest.mark.parametrize(
    "content, complaint",
    [
        (b"", "is no IDX file: it starts with nothing"),
        (b"P5 28 28", "is no IDX file: it starts with 50 35 20 32"),
        (b"\0\0\x08\0", "is no IDX file: it starts with 00 00 08 00"),
        (struct.pack("<IIII", 2051, 1, 28, 28) + bytes(784), "is no IDX file: it starts with 03 08 00 00"),
        (struct.pack(">IIII", 0x0D03, 1, 28, 28) + bytes(4 * 784), "holds floats; images and labels are"),
        (struct.pack(">II", 2051, 1), "is cut short: 8 bytes and a header of 16"),
        (image_file(4)[:-1], "is cut short: 3,135 values where its header says 4 x 28 x 28"),
        (image_file(4)[:16], "is cut short: 0 values where its header says 4 x 28 x 28"),
        (image_file(4) + b"\n", "is too long: 3,137 values where its header says 4 x 28 x 28"),
        (label_file([1, 2])[:-1], "is cut short: 1 values where its header says 2"),
        (image_file(2, side=32), "holds 2 x 32 x 32 values; images are N x 28 x 28"),
        (image_file(0), "holds 0 x 28 x 28 values"),
        (struct.pack(">III", 2050, 28, 28) + bytes(784), "holds 28 x 28 values"),
        (struct.pack(">IIII", 2051, *[2**32 - 1] * 3), "holds 4,294,967,295 x 4,294,967,295 x 4,294,967,295 values"),
        (struct.pack(">IIII", 2051, 2**32 - 1, 28, 28), "is cut short: 0 values where its header says 4,294,967,295 x"),
        (gzip.compress(image_file(4), mtime=0)[:-20], "is cut short or damaged"),
        (lzma.compress(image_file(4))[:-20], "is cut short or damaged"),
    ],
)
def test_broken_files_are_refused_in_one_line(written: Write, content: bytes, complaint: str) -> None:
    path = written(content)
    for use in (
        lambda: TASK.inspect(path),
        lambda: TASK.dataset("28x28", "mine", files={"mine": path, "mine-test": path}),
    ):
        with pytest.raises(BadInput) as caught:
            use()
        assert str(caught.value).startswith(f"{path} {complaint}") and str(caught.value).isprintable()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_file_makes_a_traceback(tmp_path_factory: pytest.TempPathFactory, draw: st.DataObject) -> None:
    """Any bytes at all, and good files with a few bytes changed: they are read right or refused in one line."""
    content = bytearray(draw.draw(st.one_of(st.binary(max_size=40), st.sampled_from([image_file(1), label_file([5])]))))
    changes = draw.draw(st.dictionaries(st.integers(0, 16), st.integers(0, 255), max_size=3))
    for place, value in changes.items():
        if place < len(content):
            content[place] = value
    path = tmp_path_factory.getbasetemp() / "any-file"
    path.write_bytes(content)
    try:
        values = idx.read(path)
    except BadInput as error:
        assert str(error).isprintable() and str(path) in str(error)
    else:
        assert values.dtype == np.uint8 and len(values) > 0
        assert values.tobytes() == bytes(content[4 + 4 * values.ndim :])


def test_files_at_the_wrong_place_are_named(written: Write) -> None:
    images, labels = written(image_file(2), "images"), written(label_file([1, 2]), "labels")
    for protocol, files, error, complaint in (
        ("idx", {}, Missing, "idx needs the file 'train-images', which is not here: fetch it"),
        ("idx", {"train-images": images}, Missing, "idx needs the file 't10k-images'"),
        ("idx", {"train-images": labels}, BadInput, "labels holds 2 labels; images are needed here"),
        ("mine", {"mine": images}, Missing, "mine needs the file 'mine-test', which is not here: import it"),
        ("train-images", {"train-images": images}, BadInput, "is a file of the protocol 'idx'"),
        ("mine", {}, BadInput, "unknown protocol 'mine': choose binarized, idx or"),
    ):
        with pytest.raises(error, match=complaint):
            TASK.dataset("28x28", protocol, files=files)
    with pytest.raises(BadInput, match="images holds 2 images; labels are needed here"):
        idx.read_labels(images)


# Tokens, text and settings


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=784, max_size=784))
def test_answers_and_canonical_form_take_anything(content: bytes) -> None:
    outputs = np.frombuffer(content, np.uint8)
    lines = TASK.answer(TASK.blank("28x28"), outputs).splitlines()
    assert [len(line) for line in lines] == [28] * 28
    assert [char == "#" for char in "".join(lines)] == [token == ON for token in content]
    tidy = TASK.canonical("28x28", np.ones((1, 1), np.uint8), outputs[None])
    assert tidy[0].tolist() == [ON if token == ON else OFF for token in content]


def test_there_is_nothing_to_parse_or_to_choose() -> None:
    with pytest.raises(BadInput, match="gramsolve sample mnist"):
        TASK.parse("")
    with pytest.raises(BadInput, match="count cannot be negative"):
        TASK.generate("28x28", -1, 0)
    with pytest.raises(BadInput, match="there is only 28x28"):
        TASK.dataset("32x32", "binarized")
    with pytest.raises(ValueError, match="only input"):
        TASK.decode("28x28", np.zeros(1, np.uint8))


@pytest.mark.parametrize("name, positions", [("tiny", 49), ("cpu", 49), ("paper", 196)])
def test_presets_are_settings_of_the_engine(name: str, positions: int) -> None:
    preset, spec = TASK.presets("28x28")[name], TASK.variant("28x28").spec
    config = ModelConfig.from_flat(
        spec.input_vocab,
        spec.output_vocab,
        spec.input_length,
        spec.output_length,
        rows=28,
        columns=28,
        **preset.model,
    )
    assert config.output_positions == positions
    assert TrainingConfig.from_flat(**preset.training).data.unconditional_share == 0


# Pictures


def view(on: np.ndarray, confidence: np.ndarray | None = None) -> View:
    sure = None if confidence is None else confidence.astype(np.float32)
    return View(np.where(on, ON, OFF).astype(np.uint8), sure)


def test_undecided_pixels_are_shades() -> None:
    on = np.zeros(784, np.bool_)
    on[3:6] = True
    sure = np.ones(784)
    sure[:6] = [0.7, 0.55, 0.8, 0.55, 0.7, 0.9]
    grid = TASK.render(TASK.blank("28x28"), view(on, sure))
    assert grid.kind == "picture" and grid.shape == (28, 28)
    first = grid.rows[0]
    assert "".join(cell.text for cell in first[:7]) == "░▒ ▒▓█ "
    assert "".join(cell.ascii for cell in first[:7]) == ".: :+# "
    assert [cell.role for cell in first[:7]] == ["empty"] * 3 + ["guess"] * 3 + ["empty"]
    assert [cell.confidence for cell in first[:3]] == [0.7, 0.55, 0.8]
    assert {cell.text for row in grid.rows[1:] for cell in row} == {" "}


def test_a_pixel_that_changed_is_marked() -> None:
    now, before = np.full((2, 784), OFF, np.uint8)
    now[[0, 9]], before[[9, 783]] = ON, ON
    before[5] = 0  # padding is ground without ink too
    cells = [cell for row in TASK.render(TASK.blank("28x28"), View(now, previous=before)).rows for cell in row]
    assert [i for i, cell in enumerate(cells) if cell.changed] == [0, 783]


@pytest.mark.parametrize("size", [32, 56, 333])
def test_images_are_as_dark_as_ink_is_likely(size: int) -> None:
    on = np.arange(784) % 2 == 0
    sure = np.linspace(0.5, 1.0, 784)
    ink = np.where(on, sure, 1 - sure)
    grey = np.asarray(TASK.image(TASK.blank("28x28"), view(on, sure), size).convert("L"), np.float64)
    centres = ((np.arange(28) + 0.5) * size / 28).astype(int)
    seen = grey[centres][:, centres].ravel()
    assert (np.diff(seen[on]) <= 0).all() and (np.diff(seen[~on]) >= 0).all()
    assert np.corrcoef(seen, ink)[0, 1] < -0.9999


@pytest.mark.parametrize("size", [0, 31, 8193])
def test_sizes_that_make_no_picture_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="a picture has"):
        TASK.image(TASK.blank("28x28"), View(), size)
