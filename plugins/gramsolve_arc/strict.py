"""Strict JSON: whatever the standard reader would accept silently, or fail on, is refused in one line."""

from __future__ import annotations

import json
import re
from pathlib import Path

from gramsolve.tasks import BadInput, read_data

FILE_LIMIT = 1 << 26
"""Bytes of one data file, unpacked; all of ARC-AGI-2 in one file has four million."""

HUGE = re.compile(r"\d{400}")
"""Digits of a number from which on it is refused: reading it takes quadratic time."""


def value_at(text: str, start: int) -> tuple[object, int]:
    """The JSON value that begins at ``start``, and where it ends. Raises BadInput for anything doubtful."""
    try:
        return _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise BadInput(f"line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from error
    except RecursionError as error:
        raise BadInput("the brackets are nested too deeply for an ARC task") from error


def refuse_huge(text: str) -> None:
    """Raise BadInput for a text with a number of hundreds of digits."""
    if found := HUGE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise BadInput(f"line {line}: a number of hundreds of digits; colours are whole numbers from 0 to 9")


def read_json(path: Path) -> object:
    """The one JSON value that a file holds, plain, gzip or xz. Raises BadInput naming the file."""
    try:
        text = read_data(path, FILE_LIMIT).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not JSON: it is not UTF-8 text") from error
    try:
        refuse_huge(text)
        value, end = value_at(text, len(text) - len(text.lstrip()))
        if rest := text[end:].lstrip():
            line = text.count("\n", 0, len(text) - len(rest)) + 1
            raise BadInput(f"line {line}: something follows the JSON value: {quoted(rest)}")
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    return value


def quoted(text: str) -> str:
    """A text of unknown origin, short and printable."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def described(value: object) -> str:
    """A JSON value of unknown kind, short and printable."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return repr(value) if len(repr(value)) <= 20 else "a number of many digits"
    return quoted(value) if isinstance(value, str) else "a list" if isinstance(value, list) else "an object"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise BadInput(f"the key {quoted(twice)} is there twice in one object")
    return found


def _constant(name: str) -> None:
    raise BadInput(f"{name} is no number of JSON; colours are whole numbers from 0 to 9")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
