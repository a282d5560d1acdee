"""Training that goes on from the weights of a checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gramsolve import api
from gramsolve.checkpoints import store, weights
from gramsolve.errors import BadInput
from gramsolve.tasks import registry
from gramsolve.training.prepare import prepare
from gramsolve.training.resolve import resolve
from gramsolve.training.train_options import TrainOptions, TrainResult

TASK = registry.load("nqueens")
SMALL = {"width": "8", "hidden": "16", "batch": "8", "eval_inputs": "2", "eval_width": "2", "precision": "fp32"}
CHEAP = {"batch": "8", "eval_inputs": "2", "eval_width": "2", "precision": "fp32", "lr": "0.001"}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    folder = tmp_path_factory.mktemp("first")
    options = TrainOptions(
        variant="6x6", preset="tiny", overrides=SMALL, max_updates=3, threads=1, run_dir=folder / "run", compile="off"
    )
    return api.train("nqueens", options)


def options(first: TrainResult, folder: Path, **more: object) -> TrainOptions:
    usual: dict[str, object] = {"variant": "6x6", "preset": "tiny", "init_from": str(first.checkpoint), "threads": 1}
    usual |= {"overrides": CHEAP, "max_updates": 4, "run_dir": folder / "run", "compile": "off"}
    return TrainOptions(**{**usual, **more})  # type: ignore[arg-type]


def test_a_run_begins_with_the_weights_and_the_model_of_the_checkpoint(first: TrainResult, tmp_path: Path) -> None:
    assert first.checkpoint is not None
    known = weights.read(first.checkpoint, store.read_config(first.checkpoint).files)
    run_state = prepare(TASK, options(first, tmp_path)).state
    assert run_state.model.config.width == 8
    state = run_state.model.state_dict()
    assert state.keys() == known.keys()
    assert all(torch.equal(state[name], known[name]) for name in known)
    assert all(torch.equal(value, known[name]) for name, value in run_state.ema.values.items())


def test_resuming_goes_on_with_the_run_and_not_with_the_checkpoint(first: TrainResult, tmp_path: Path) -> None:
    whole = api.train("nqueens", options(first, tmp_path / "a", seed=5))
    api.train("nqueens", options(first, tmp_path / "b", seed=5), stop=lambda: True)
    parts = api.train("nqueens", options(first, tmp_path / "b", resume=True))
    assert whole.checkpoint is not None and parts.checkpoint is not None
    one, other = (weights.read(path, store.read_config(path).files) for path in (whole.checkpoint, parts.checkpoint))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert first.checkpoint is not None
    start = weights.read(first.checkpoint, store.read_config(first.checkpoint).files)["z0_h"]
    assert torch.equal(one["z0_h"], start), "what is not learned is the checkpoint's, whatever the seed"


def test_the_card_says_where_the_weights_come_from(first: TrainResult, tmp_path: Path) -> None:
    result = api.train("nqueens", options(first, tmp_path))
    assert first.checkpoint is not None and result.checkpoint is not None
    before, after = (store.read_config(path).provenance for path in (first.checkpoint, result.checkpoint))
    assert after.init_commands == (before.command,)
    assert f"--init-from {first.checkpoint} " in after.command and "--set width" not in after.command
    card = (result.checkpoint / "README.md").read_text()
    assert before.command in card and after.command in card
    third = api.train("nqueens", options(result, tmp_path / "third"))
    assert third.checkpoint is not None
    assert store.read_config(third.checkpoint).provenance.init_commands == (before.command, after.command)
    assert (third.checkpoint / "README.md").read_text().count("and from its weights") == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"overrides": {"width": "16"}}, "the model is that of the checkpoint"),
        ({"match_params": "trm"}, "--match-params does not go with --init-from"),
        ({"architecture": "trm"}, "the checkpoint has the architecture gram"),
        ({"variant": "8x8"}, "not for nqueens 8x8"),
        ({"init_from": "no-such-thing"}, "no checkpoint 'no-such-thing'"),
    ],
)
def test_what_does_not_go_together_is_said(
    first: TrainResult, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        resolve(TASK, options(first, tmp_path, **change))
