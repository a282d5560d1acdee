"""Checkpoints on disk: what is written is read back, damage never loads, and other files are never lost."""

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gramsolve.checkpoints import store, weights
from gramsolve.checkpoints.checkpoint import CheckpointConfig, Provenance
from gramsolve.config.training import TrainingConfig
from gramsolve.errors import BadInput, Missing
from gramsolve.model.config import ModelConfig

CONFIG = CheckpointConfig(
    "nqueens",
    "8x8",
    "0123456789abcdef",
    TrainingConfig.from_flat(protocol="paper"),
    Provenance(seconds=1.5),
    model=ModelConfig.from_flat(3, 3, 64, 64, width=4),
)
Tensors = dict[str, torch.Tensor]


def tensors_of(seed: int = 0) -> Tensors:
    generator = torch.Generator().manual_seed(seed)
    return {"a": torch.randn(3, 5, generator=generator), "b.c": torch.randn(7, generator=generator).bfloat16()}


def save(directory: Path, tensors: Tensors | None = None, **changes: Any) -> Path:
    store.write(directory, tensors_of() if tensors is None else tensors, replace(CONFIG, **changes), "# A card\n")
    return directory


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return save(tmp_path / "one")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of checkpoints named in the environment, and no user folder."""
    monkeypatch.setenv("GRAMSOLVE_CHECKPOINTS", str(tmp_path / "shelf"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    (tmp_path / "shelf").mkdir()
    return tmp_path / "shelf"


def reload(directory: Path) -> Tensors:
    return weights.read(directory, store.read_config(directory).files)


def rewrite(directory: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = directory / "config.json"
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))


def rehash(directory: Path) -> None:
    """Make config.json agree with damaged weights, so that only a look at their content can find the damage."""
    import hashlib

    data = (directory / "model.safetensors").read_bytes()
    entry = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    rewrite(directory, lambda config: config["files"].update({"model.safetensors": entry}))


def test_what_is_written_is_read_back(checkpoint: Path) -> None:
    loaded = reload(checkpoint)
    assert loaded.keys() == tensors_of().keys()
    for name, tensor in tensors_of().items():
        assert loaded[name].dtype == tensor.dtype and torch.equal(loaded[name], tensor)
    config = store.read_config(checkpoint)
    assert replace(config, files={}, parameters=0, created="") == CONFIG and config.parameters == 22
    assert json.loads((checkpoint / "config.json").read_text())["format"] == 2
    assert (checkpoint / "README.md").read_text() == "# A card\n"
    assert store.verify(checkpoint) == []


def test_big_weights_are_split_into_shards_below_16_mib(tmp_path: Path) -> None:
    tensors = {f"layer{i}": torch.full((1024, 1024), float(i)) for i in range(9)}  # 4 MiB each
    directory = save(tmp_path / "big", tensors)
    shards = sorted(directory.glob("*.safetensors"))
    assert [path.name for path in shards] == [f"model-{i:05}-of-00003.safetensors" for i in (1, 2, 3)]
    assert all(path.stat().st_size < 16 * 1024 * 1024 for path in shards)
    loaded = reload(directory)
    assert all(torch.equal(loaded[name], tensor) for name, tensor in tensors.items())
    shards[1].unlink()
    assert any("missing" in problem for problem in store.verify(directory))


def test_one_tensor_larger_than_a_shard_is_cut_into_pieces_and_joined_again(tmp_path: Path) -> None:
    tensors = {"small": torch.arange(7.0), "table": torch.randn(1100, 8192), "scale": torch.tensor(2.0)}  # 34 MiB
    directory = save(tmp_path / "big", tensors)
    shards = sorted(directory.glob("*.safetensors"))
    assert len(shards) == 4 and all(path.stat().st_size < 16 * 1024 * 1024 for path in shards)
    loaded = reload(directory)
    assert loaded.keys() == tensors.keys()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in tensors.items())
    data = bytearray(shards[-1].read_bytes())
    data[-5] ^= 1
    shards[-1].write_bytes(data)
    assert any("SHA-256" in problem for problem in store.verify(directory))


def test_a_new_checkpoint_replaces_the_old_one_and_leaves_nothing_behind(checkpoint: Path) -> None:
    save(checkpoint, tensors_of(1))
    assert torch.equal(reload(checkpoint)["a"], tensors_of(1)["a"])
    assert [path.name for path in checkpoint.parent.iterdir()] == ["one"]


def test_the_old_checkpoint_stays_when_the_new_one_fails(checkpoint: Path) -> None:
    with pytest.raises(BadInput, match="not finite"):
        save(checkpoint, {"a": torch.tensor([1.0, float("nan")])})
    with pytest.raises(ValueError, match="JSON"):
        save(checkpoint, provenance=Provenance(seconds=float("nan")))
    assert torch.equal(reload(checkpoint)["a"], tensors_of()["a"])
    assert [path.name for path in checkpoint.parent.iterdir()] == ["one"]


@pytest.mark.parametrize("names", [("thesis.tex",), ("config.json", "thesis.tex"), ("config.json", "src/main.py")])
def test_a_directory_with_other_files_is_never_replaced(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_text("years of work")
    with pytest.raises(BadInput, match="holds other files"):
        save(tmp_path / "mine")
    assert all((tmp_path / "mine" / name).read_text() == "years of work" for name in names)


def test_a_link_to_a_checkpoint_stays_a_link(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(checkpoint)
    save(tmp_path / "link", tensors_of(1))
    assert (tmp_path / "link").is_symlink()
    assert torch.equal(reload(checkpoint)["a"], tensors_of(1)["a"])


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadInput, match="cannot write"):
            save(place)


# Damage


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_any_flipped_bit_in_the_weights_is_found(checkpoint: Path, position: int, bit: int) -> None:
    path = checkpoint / "model.safetensors"
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[position % len(whole)] ^= 1 << bit
    try:
        path.write_bytes(damaged)
        with pytest.raises(BadInput, match="SHA-256"):
            reload(checkpoint)
        assert len(store.verify(checkpoint)) == 1
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("size", [0, 1, 8, 100])
def test_truncated_weights_are_found(checkpoint: Path, size: int) -> None:
    path = checkpoint / "model.safetensors"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(BadInput, match="corrupt"):
        reload(checkpoint)
    rehash(checkpoint)
    with pytest.raises(BadInput, match="corrupt"):
        reload(checkpoint)


@pytest.mark.parametrize("header", [2**63, 2**40, 10**8 + 1, 10**6])
def test_a_huge_header_is_refused(checkpoint: Path, header: int) -> None:
    path = checkpoint / "model.safetensors"
    path.write_bytes(struct.pack("<Q", header) + path.read_bytes()[8:])
    rehash(checkpoint)
    with pytest.raises(BadInput, match="corrupt"):
        reload(checkpoint)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused_even_with_a_right_hash(checkpoint: Path, value: float) -> None:
    from safetensors.torch import save_file

    save_file({"a": torch.tensor([0.0, value])}, checkpoint / "model.safetensors")
    rehash(checkpoint)
    with pytest.raises(BadInput, match="not finite"):
        reload(checkpoint)
    assert "not finite" in store.verify(checkpoint)[0]


def test_a_pickle_is_not_loaded(checkpoint: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    torch.save(Trap(), checkpoint / "model.safetensors")
    rehash(checkpoint)
    with pytest.raises(BadInput, match="corrupt"):
        reload(checkpoint)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 1}',
        '{"format": 2}',
        '{"format": true}',
        '{"format": 1, "format": 1}',
        '{"format": NaN}',
        '{"format": 1e999}',
        '{"format": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"a":' * 50_000,
        " " * 1_000_001,
        "\ufeff{}",
    ],
    ids=lambda text: text[:12].strip() or f"{len(text)} spaces",
)
def test_a_config_that_is_not_one_ends_in_one_line(checkpoint: Path, text: str) -> None:
    (checkpoint / "config.json").write_text(text)
    with pytest.raises(BadInput) as caught:
        store.read_config(checkpoint)
    assert "\n" not in str(caught.value) and "config.json" in str(caught.value)


def test_a_config_that_is_no_text_ends_in_one_line(checkpoint: Path) -> None:
    (checkpoint / "config.json").write_bytes(bytes(range(256)))
    with pytest.raises(BadInput, match="corrupt"):
        store.read_config(checkpoint)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    field=st.sampled_from(
        ["task", "variant", "token_spec", "model", "training", "provenance", "format", "files", "parameters", "created"]
    ),
    value=json_values,
)
@example(field="format", value=True)
@example(field="format", value=1.0)
def test_a_field_of_the_wrong_type_is_refused_or_harmless(checkpoint: Path, field: str, value: Any) -> None:
    """Whatever stands in a field: one line, or a checkpoint that can be listed and verified without an accident."""
    path = checkpoint / "config.json"
    whole = path.read_text()
    try:
        rewrite(checkpoint, lambda config: config.update({field: value}))
        right = type(json.loads(whole)[field])
        info = store.describe(checkpoint)
        problems = store.verify(checkpoint)
        assert not any("\n" in problem for problem in problems)
        if type(value) is not right and (field, value) != ("training", None):
            assert info.problem and problems
    finally:
        path.write_text(whole)


@pytest.mark.parametrize("name", ["../one/model.safetensors", "/etc/passwd", "a/b.safetensors", "weights.pkl", ""])
def test_weights_are_only_read_from_the_checkpoint_itself(checkpoint: Path, name: str) -> None:
    def point_elsewhere(config: dict[str, Any]) -> None:
        config["files"] = {name: config["files"]["model.safetensors"]}

    rewrite(checkpoint, point_elsewhere)
    with pytest.raises(BadInput, match="weights file"):
        store.read_config(checkpoint)


# Finding


def test_find_prefers_the_plain_name_and_keeps_to_the_variant(shelf: Path) -> None:
    save(shelf / "aaa")
    save(shelf / "nqueens-8x8")
    save(shelf / "other", variant="6x6")
    assert store.find("nqueens", "8x8").path == shelf / "nqueens-8x8"
    assert store.find("nqueens", "6x6").name == "other"
    assert store.find("nqueens", "8x8", "aaa").path == shelf / "aaa"
    assert store.find("nqueens", None, str(shelf / "other")).variant == "6x6"
    assert store.find("nqueens", usual="6x6").name == "other", "where no variant is asked for"
    assert store.find("nqueens", "8x8", usual="6x6").variant == "8x8"
    with pytest.raises(Missing, match=r"gramsolve train nqueens --variant 12x12"):
        store.find("nqueens", "12x12")


def test_boards_out_of_nothing_are_drawn_by_weights_that_saw_blank_inputs(shelf: Path) -> None:
    save(shelf / "nqueens-8x8", training=TrainingConfig.from_flat(unconditional_share=0.02))
    save(shelf / "several", training=TrainingConfig.from_flat(unconditional_share=0.05))
    assert store.find("nqueens", "8x8").name == "nqueens-8x8"
    assert store.find("nqueens", usual="8x8", unconditional=True).name == "several"


def test_a_name_that_is_not_there_gets_a_hint(shelf: Path) -> None:
    save(shelf / "nqueens-big")
    with pytest.raises(BadInput, match=r"did you mean nqueens-big\?"):
        store.get("nqueens-bgi")
    for name in ("zzz", "~nobody-here/x", "a" * 300, ""):
        with pytest.raises(BadInput):
            store.find("nqueens", None, name)


def test_a_checkpoint_for_something_else_is_refused(shelf: Path) -> None:
    save(shelf / "mine", variant="6x6")
    with pytest.raises(BadInput, match="nqueens 6x6, not for nqueens 8x8"):
        store.find("nqueens", "8x8", "mine")
    with pytest.raises(BadInput, match="not for sudoku"):
        store.find("sudoku", None, "mine")


def test_a_broken_checkpoint_is_listed_with_its_reason_and_never_chosen(shelf: Path) -> None:
    save(shelf / "broken", variant="12x12")
    (shelf / "broken" / "config.json").write_text("{")
    broken = next(info for info in store.listing("nqueens") if info.name == "broken")
    assert broken.problem and "corrupt" in broken.problem
    with pytest.raises(Missing):
        store.find("nqueens", "12x12")
    with pytest.raises(BadInput, match="corrupt"):
        store.get("broken")


def test_the_environment_comes_before_the_user_and_what_ships(shelf: Path, tmp_path: Path) -> None:
    from platformdirs import user_data_path

    mine = save(user_data_path("gramsolve") / "checkpoints" / "same")
    assert store.get("same").origin == "user" and store.get("same").path == mine
    save(shelf / "same")
    assert store.get("same").origin == "environment"
    assert [info.name for info in store.listing()].count("same") == 1


def test_hidden_and_unrelated_directories_are_not_listed(shelf: Path) -> None:
    save(shelf / ".half-written")
    (shelf / "notes").mkdir()
    assert not {info.name for info in store.listing()} & {".half-written", "notes"}
