"""A checkpoint of format 1 says how to convert it; converting changes names and no value of any weight."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save

from gramsolve.checkpoints import loading, store
from gramsolve.checkpoints.convert import convert, in_commands
from gramsolve.errors import BadInput
from gramsolve.model.build import build
from gramsolve.model.config import ModelConfig
from gramsolve.tasks import registry

TASK = registry.load("nqueens")
MODEL = ModelConfig.from_flat(3, 3, 36, 36, width=8, hidden=16)
COMMAND = "gramsolve train nqueens --variant 6x6 --arch gram --from other --seed 3 --set repair=0.7 --set start=drawn"

OLD = {
    "encoder.": "",
    "decoder.proj.": "decoder.",
    "heads.feature_proj.": "judge.feature.",
    "heads.output.": "judge.verdict.",
    ".mixer.": ".mix.",
    ".mlp.": ".feed.",
    ".gate_up_proj.": ".inward.",
    ".down_proj.": ".outward.",
    "_head.log_sigma.": "_head.spread.",
}
"""Names in format 1 of the parts of this model."""


def old_name(name: str) -> str:
    for new, old in OLD.items():
        name = name.replace(new, old)
    return name


def old_config() -> dict[str, Any]:
    """As format 1 has it: flat, with settings that mean nothing for this mixer."""
    model = {
        **MODEL.flat(),
        "start": "stored",
        "decoding": "likeliest",
        "heads": 4,
        "patch": 1,
        "rows": 6,
        "columns": 6,
    }
    model |= {"identities": 0, "families": [], "kinds": [], "kind": "recursive", "pairs": False}
    for name in ("rule_ids", "method", "initial_state"):
        del model[name]
    return {
        "format": 1,
        "task": "nqueens",
        "variant": "6x6",
        "token_spec": TASK.variant("6x6").spec.digest(),
        "model": model,
        "training": {
            "preset": "cpu",
            "arch": "gram",
            "seed": 3,
            "batch": 32,
            "blank": 0.25,
            "repair": 0.7,
            "beta_several": 2,
            "done": 40,
            "seconds": 1.5,
            "device": "cpu",
            "threads": 1,
            "torch": "2",
            "machine": "x86_64",
            "held_out_prior_accuracy": [0.25, 0.5],
            "command": COMMAND,
            "origin": 1,
            "ancestors": ["gramsolve train nqueens --arch gram"],
        },
        "parameters": 1,
        "created": "2026-01-02",
        "measured": {"protocol": "paper", "puzzles": 4, "seed": 0, "depth": 1, "width": 2, "accuracy": 0.5},
    }


@pytest.fixture
def tensors() -> dict[str, torch.Tensor]:
    return dict(build(MODEL, seed=5).state_dict())


@pytest.fixture
def old(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> Path:
    folder = tmp_path / "old"
    folder.mkdir()
    data = save({old_name(name): tensor for name, tensor in tensors.items()})
    (folder / "model.safetensors").write_bytes(data)
    (folder / "README.md").write_text(
        f"# Mine\n\nTrain it again: `{COMMAND}`. It has `repair=0.7`; repair is a word.\n"
    )
    files = {"model.safetensors": {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}}
    (folder / "config.json").write_text(json.dumps({**old_config(), "files": files}))
    return folder


def hashes(tensors: dict[str, torch.Tensor]) -> list[tuple[str, tuple[int, ...], str]]:
    """Type, shape and SHA-256 of the bytes of every tensor, sorted, whatever its name."""
    return sorted(
        (str(t.dtype), tuple(t.shape), hashlib.sha256(t.contiguous().view(torch.uint8).numpy().tobytes()).hexdigest())
        for t in tensors.values()
    )


def test_converting_keeps_every_value_and_renames_the_rest(old: Path, tensors: dict[str, torch.Tensor]) -> None:
    before = load_file(old / "model.safetensors")
    convert(old)
    after = load_file(old / "model.safetensors")
    assert hashes(before) == hashes(after) and before.keys() != after.keys()
    assert after.keys() == tensors.keys() and all(torch.equal(after[name], tensors[name]) for name in tensors)
    assert store.verify(old) == []
    config = store.read_config(old)
    assert config.model == MODEL and config.created == "2026-01-02" and config.training is not None
    training, told = config.training, config.provenance
    assert (training.data.batch, training.data.unconditional_share, training.rollouts.self_correction) == (
        32,
        0.25,
        0.7,
    )
    assert training.objective.beta_ambiguous == 2.0
    assert (told.preset, told.architecture, told.seed, told.initial_seed, told.updates_done) == (
        "cpu",
        "gram",
        3,
        1,
        40,
    )
    assert told.held_out_accuracy == (0.25, 0.5) and told.init_commands == (
        "gramsolve train nqueens --architecture gram",
    )
    assert config.measured is not None and config.measured.accuracy == 0.5 and config.measured.coverage is None
    assert told.command.endswith("--init-from other --seed 3 --set self_correction=0.7 --set initial_state=sampled")
    card = (old / "README.md").read_text()
    assert told.command in card and "`self_correction=0.7`; repair is a word." in card
    model, checkpoint = loading.load(TASK, store.describe(old))
    assert all(torch.equal(value, tensors[name]) for name, value in model.state_dict().items())
    assert checkpoint.model == MODEL and checkpoint.info.name == "old"


def test_a_checkpoint_of_format_1_says_how_to_convert_it(old: Path) -> None:
    with pytest.raises(BadInput, match=f"format 1.*`gramsolve checkpoints convert {old}`") as caught:
        store.read_config(old)
    assert "\n" not in str(caught.value)
    assert store.verify(old) == [str(caught.value)] == [store.describe(old).problem]


def test_what_cannot_be_converted_stays_as_it_is(old: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a checkpoint"):
        convert(tmp_path)
    before = {path.name: path.read_bytes() for path in old.iterdir()}
    changes: list[Callable[[dict[str, Any]], Any]] = [
        lambda config: config["model"].update(width="8"),
        lambda config: config["model"].update(taste=1),
        lambda config: config["training"].update(blank=2),
        lambda config: config["training"].update(recipe={}),
        lambda config: config.pop("files"),
        lambda config: config.update(files={"../x.safetensors": {"sha256": "", "bytes": 1}}),
        lambda config: config["files"]["model.safetensors"].update(sha256="0" * 64),
        lambda config: config.update(format=3),
        lambda config: config.update(format=True),
        lambda config: config.update(measured=[]),
        lambda config: config.update(identities="one"),
    ]
    for change in changes:
        config = json.loads(before["config.json"])
        change(config)
        (old / "config.json").write_text(json.dumps(config))
        with pytest.raises(BadInput) as caught:
            convert(old)
        assert "\n" not in str(caught.value)
        assert {path.name: path.read_bytes() for path in old.iterdir() if path.name != "config.json"} == {
            name: data for name, data in before.items() if name != "config.json"
        }
    (old / "config.json").write_bytes(before["config.json"])
    convert(old)
    with pytest.raises(BadInput, match="format 2 already"):
        convert(old)


def test_commands_get_the_options_of_today() -> None:
    asked = "gramsolve eval arc --parts x --spread --select lprm --unseen 0.1 --show 3 --match gram --matching"
    said = "gramsolve eval arc --cache-dir x --diversity --rank-by lprm --missing-mass 0.1 --max-solutions 3 "
    assert in_commands(asked) == said + "--match-params gram --matching"
    assert in_commands("--set mixer=relations --set families=1") == "--set mixer=message_passing --set groups=1"
