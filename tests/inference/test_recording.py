"""Recordings: a run comes back exactly, and a damaged or malicious file ends in one line."""

import dataclasses
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gramsolve import device as devices
from gramsolve.checkpoints.checkpoint import Checkpoint
from gramsolve.errors import BadInput, Missing
from gramsolve.inference import recording
from gramsolve.inference.events import Event, Finished, Started
from gramsolve.inference.options import SolveOptions
from gramsolve.inference.solver import Solver
from gramsolve.model.config import ModelConfig
from gramsolve.model.network import build_gram
from gramsolve.tasks import registry

TASK = registry.load("nqueens")


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """Two rounds of an untrained network on a generated 6x6 puzzle, which has a name."""
    spec = TASK.variant("6x6").spec
    shape = ModelConfig.from_flat(
        spec.input_vocab, spec.output_vocab, spec.input_length, spec.output_length, width=16, hidden=16
    )
    fresh = Checkpoint.unsaved("fresh", "nqueens", "6x6", shape)
    solver = Solver(TASK, build_gram(shape, 0), fresh, device=devices.choose("cpu"))
    options = SolveOptions(width=5, depth=3, until="valid", max_rounds=2, seed=-7)
    return list(solver.run(TASK.generate("6x6", 1, 3, None)[0], options))


@pytest.fixture
def path(events: list[Event], tmp_path: Path) -> Path:
    recording.write(tmp_path / "run.npz", TASK, events)
    return tmp_path / "run.npz"


def same(a: Any, b: Any) -> bool:
    """Equal in type and value, arrays in dtype, shape and bits."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(same, a, b))
    if dataclasses.is_dataclass(a):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    return type(a) is type(b) and bool(a == b)


def test_a_run_comes_back_exactly(events: list[Event], path: Path) -> None:
    name, again = recording.read(path)
    assert name == "nqueens" and len(again) == len(events)
    for before, after in zip(events, again, strict=True):
        assert same(before, after), before
    assert isinstance(again[0], Started) and again[0].instance.name and again[0].seed == -7
    assert isinstance(again[-1], Finished) and again[-1].candidates
    assert not again[-1].candidates[0].tokens.flags.writeable


def test_a_run_that_was_cut_off_is_kept_as_far_as_it_went(events: list[Event], tmp_path: Path) -> None:
    recording.write(tmp_path / "cut.npz", TASK, events[:3])
    assert all(map(same, recording.read(tmp_path / "cut.npz")[1], events[:3]))


def test_a_place_that_cannot_be_written_is_one_line(events: list[Event], path: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot write"):
        recording.write(tmp_path / "nowhere" / "run.npz", TASK, events)
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def repack(path: Path, change: Callable[[dict[str, np.ndarray], dict[str, Any]], Any]) -> Path:
    """Change the arrays and the header of a recording."""
    with np.load(path) as archive:
        arrays = dict(archive)
    header = json.loads(arrays["header"].tobytes())
    change(arrays, header)
    if "header" in arrays:
        arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez(file, **arrays)
    return path


def set_event(number: int, /, **values: Any) -> Callable[[dict[str, np.ndarray], dict[str, Any]], Any]:
    return lambda arrays, header: header["events"][number].update(values)


def set_array(key: str, value: Any) -> Callable[[dict[str, np.ndarray], dict[str, Any]], Any]:
    return lambda arrays, header: arrays.update({key: value})


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays, header: arrays.pop("header"),
        lambda arrays, header: arrays.pop("000001.tokens"),
        lambda arrays, header: arrays.pop("000000.inputs"),
        lambda arrays, header: header.update(format=recording.FORMAT + 1),
        lambda arrays, header: header.pop("task"),
        lambda arrays, header: header.update(events=7),
        lambda arrays, header: header.update(events=["Started"]),
        lambda arrays, header: header["events"].pop(0),
        lambda arrays, header: header["events"].insert(1, header["events"][0]),
        set_event(0, variant="500x500"),
        set_event(0, variant="8x8"),
        set_event(0, variant=None),
        set_event(0, width=-1),
        set_event(0, width=6),
        set_event(0, width="5"),
        set_event(0, depth=10**30),
        set_event(0, seed=1.5),
        set_event(0, max_depth="far"),
        set_event(1, kind="Explosion"),
        set_event(1, number=None),
        set_event(1, number=True),
        set_event(1, seconds="soon"),
        set_event(1, seconds=float("nan")),
        set_event(-1, candidates=[3]),
        set_event(-1, reason=0),
        set_array("000001.tokens", np.zeros((5, 35), np.uint8)),
        set_array("000001.tokens", np.zeros((4, 36), np.uint8)),
        set_array("000001.tokens", np.zeros((5, 36), np.int64)),
        set_array("000001.tokens", np.full((5, 36), 3, np.uint8)),
        set_array("000001.confidence", np.full((5, 36), np.nan, np.float32)),
        set_array("000001.halt", np.zeros(4, np.float32)),
        set_array("000001.running", np.zeros(5, np.uint8)),
        set_array("000001.latent", np.zeros(5, np.float32)),
        set_array("000000.inputs", np.full(36, 200, np.uint8)),
        set_array("000000.inputs", np.zeros((2, 18), np.uint8)),
    ],
)
def test_contents_that_no_run_has_are_refused(path: Path, change: Callable[..., Any]) -> None:
    with pytest.raises(BadInput) as caught:
        recording.read(repack(path, change))
    assert "\n" not in str(caught.value)


def test_recordings_that_do_not_tell_how_deep_they_may_go_are_read(path: Path) -> None:
    _, events = recording.read(repack(path, lambda arrays, header: header["events"][0].pop("max_depth")))
    assert isinstance(events[0], Started) and events[0].max_depth == 0


def test_a_task_that_is_not_installed_is_named(path: Path) -> None:
    with pytest.raises((BadInput, Missing), match="futoshiki"):
        recording.read(repack(path, lambda arrays, header: header.update(task="futoshiki")))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.integers(0, 10**7), value=st.integers(1, 255), cut=st.booleans())
def test_damage_ends_in_one_line_or_does_no_harm(
    events: list[Event], path: Path, position: int, value: int, cut: bool
) -> None:
    """Archives check their contents; a byte that nothing depends on may differ, but then the run is the same."""
    whole = path.read_bytes()
    position %= len(whole)
    damaged = bytearray(whole)
    damaged[position] ^= value
    damaged_path = path.with_name("damaged.npz")
    damaged_path.write_bytes(whole[:position] if cut else damaged)
    try:
        again = recording.read(damaged_path)[1]
    except BadInput as error:
        assert "\n" not in str(error) and "damaged.npz" in str(error)
    else:
        assert all(map(same, again, events))


def npz(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return buffer.getvalue()


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


class Trap:
    """Unpickling this makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_files_of_other_kinds_are_refused(tmp_path: Path) -> None:
    trap = np.array([Trap(tmp_path / "sprung")], dtype=object)
    huge = npy(np.zeros(1, np.uint8)).replace(b"(1,), }           ", b"(99999999999999,)}")
    files = {
        "empty": b"",
        "text": b"Q......./",
        "npy": npy(np.zeros(3)),
        "pickle": npz(header=npy(trap)),
        "huge array": npz(header=huge),
        "no numbers": npz(header=npy(np.frombuffer(b'{"format": 2', np.uint8))),
        "deep": npz(header=npy(np.frombuffer(b"[" * 100_000, np.uint8))),
        "bomb": npz(header=bytes(recording.MAX_BYTES + 1)),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(BadInput, match="is not a recording"):
            recording.read(tmp_path / name)
    assert not (tmp_path / "sprung").exists()
    for missing in (tmp_path / "missing", tmp_path):
        with pytest.raises(BadInput, match="cannot read"):
            recording.read(missing)
