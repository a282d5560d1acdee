"""Reads and writes config.json of a checkpoint: bounded, typed, and never trusted."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gramsolve import records
from gramsolve.checkpoints.checkpoint import CheckpointConfig, CheckpointFacts
from gramsolve.errors import BadInput
from gramsolve.model.config import ModelConfig

FORMAT = 2


def read_config(directory: Path) -> CheckpointConfig:
    """The content of ``directory/config.json``. Raises BadInput in one line for anything wrong."""
    path = directory / "config.json"
    values = read_json(directory)
    version = values.pop("format", None)
    if type(version) is int and version == 1:  # True and 1.0 equal 1 in Python.
        raise BadInput(
            f"{path} has format 1; this version reads format {FORMAT}: run `gramsolve checkpoints convert {directory}`"
        )
    if type(version) is not int or version != FORMAT:
        raise BadInput(f"{path} has format {records.quote(version)}; this version reads format {FORMAT}")
    try:
        model = ModelConfig.from_dict(records.read(dict[str, Any], values.pop("model", None), "model settings"))
    except BadInput as error:
        raise BadInput(f"{path} is corrupt: {error}") from error
    config = CheckpointConfig(**vars(records.read(CheckpointFacts, values, f"{path} is corrupt")), model=model)
    if not config.files:
        raise BadInput(f"{path} is corrupt: it names no weights")
    return config


def read_json(directory: Path) -> dict[str, Any]:
    """The object in ``directory/config.json``, of whatever format. Raises BadInput."""
    path = directory / "config.json"
    try:
        values = records.parse(records.read_bytes(path, f"{path} is corrupt"), f"{path} is corrupt")
    except FileNotFoundError:
        raise BadInput(f"{directory} is not a checkpoint: it has no config.json") from None
    if not isinstance(values, dict):
        raise BadInput(f"{path} is corrupt: not an object")
    return values


def as_json(config: CheckpointConfig) -> bytes:
    """The content of config.json."""
    return json.dumps({"format": FORMAT, **plain(config)}, indent=2, allow_nan=False).encode()


def plain(config: CheckpointConfig) -> dict[str, Any]:
    """Plain JSON values of a config, as config.json has them."""
    return {**asdict(config), "model": config.model.to_dict()}
