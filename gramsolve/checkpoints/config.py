"""Reading a checkpoint's config.json: bounded, typed, and never trusted."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from gramsolve.errors import BadInput

FORMAT = 1
MAX_BYTES = 1_000_000

_FIELDS: dict[str, type] = {
    "task": str,
    "variant": str,
    "token_spec": str,
    "model": dict,
    "training": dict,
    "parameters": int,
    "files": dict,
    "created": str,
}


def read_config(directory: Path) -> dict[str, Any]:
    """The validated contents of ``directory/config.json``. Raises BadInput in one line for anything wrong."""
    path = directory / "config.json"
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise BadInput(f"{directory} is not a checkpoint: it has no config.json") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise BadInput(f"{path} is corrupt: larger than {MAX_BYTES:,} bytes")
    try:
        config = json.loads(data, object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is corrupt: {str(error).splitlines()[0]}") from error
    _validate(config, path)
    return dict(config)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key occurs twice")
    return values


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _validate(config: Any, path: Path) -> None:
    if not isinstance(config, dict):
        raise BadInput(f"{path} is corrupt: not an object")
    if type(config.get("format")) is not int or config["format"] != FORMAT:  # True and 1.0 are 1 in Python alone.
        raise BadInput(f"{path} has format {config.get('format')!r}; this version reads format {FORMAT}")
    for name, kind in _FIELDS.items():
        value = config.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise BadInput(f"{path} is corrupt: {name!r} must be {_words(kind)}")
    if not isinstance(config.get("measured", {}), dict):
        raise BadInput(f"{path} is corrupt: 'measured' must be an object")
    names = config.get("rule_ids", [])
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise BadInput(f"{path} is corrupt: 'rule_ids' must be a list of texts")
    if not config["files"]:
        raise BadInput(f"{path} is corrupt: it names no weights")
    for name, entry in config["files"].items():
        if not (re.fullmatch(r"[\w.-]+\.safetensors", name) and isinstance(entry, dict)):
            raise BadInput(f"{path} is corrupt: bad entry for the weights file {name!r}")
        if not (isinstance(entry.get("sha256"), str) and isinstance(entry.get("bytes"), int)):
            raise BadInput(f"{path} is corrupt: no SHA-256 and size for the weights file {name!r}")


def _words(kind: type) -> str:
    return {str: "a text", dict: "an object", int: "a whole number"}[kind]
