"""Validated records: what a file or a command line holds, as frozen dataclasses, or one line that says what is wrong.

Every reader of a file that may be damaged or forged uses this module. The order of the checks is fixed: the size of the
file, then the JSON (depth, duplicate keys, NaN, huge integers), then the names, types and values of the fields. All
errors are ``BadInput`` in one style::

    WHAT: FIELD must be EXPECTED, not FOUND

WHAT names the file or the settings, FIELD is the path of the value (``model.heads``, ``files[2]``), and FOUND quotes at
most 80 characters.

msgspec does the conversion. Measured against pydantic 2.14 on one machine: 25 ms to import against 90 ms, and it needs
no further package. It is strict about types (``true`` is no integer) and works on plain frozen dataclasses. It ignores
unknown names and accepts NaN; the checks below refuse both. The first call imports it, so that start-up stays fast.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from gramsolve.errors import BadInput

if TYPE_CHECKING:
    import msgspec.inspect

T = TypeVar("T")

MAX_BYTES = 1_000_000
"""Size of a JSON file at most, unless its reader says otherwise."""
MAX_DEPTH = 64
"""Lists and objects inside each other at most."""
QUOTED = 80
"""Characters of a value that an error shows at most."""
INT64 = range(-(2**63), 2**63)

_JSON = {None: "null", True: "true", False: "false"}
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


# Files and JSON


def read_file(
    kind: type[T], path: Path, what: str = "", *, max_bytes: int = MAX_BYTES, ignore_unknown: bool = False
) -> T:
    """The record in a JSON file. ``what`` names it in errors; empty means the path.

    Raises BadInput, and FileNotFoundError where there is no file.
    """
    what = what or str(path)
    values = parse(read_bytes(path, what, max_bytes=max_bytes), what, max_bytes=max_bytes)
    return read(kind, values, what, ignore_unknown=ignore_unknown)


def read_bytes(path: Path, what: str = "", *, max_bytes: int = MAX_BYTES) -> bytes:
    """The content of a file of at most ``max_bytes``. Raises BadInput, and FileNotFoundError where there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    _require_size(data, what or str(path), max_bytes)
    return data


def parse(data: bytes | str, what: str, *, max_bytes: int = MAX_BYTES) -> Any:
    """The value of JSON text: plain objects, lists, texts, finite numbers and integers of 64 bits. Raises BadInput."""
    _require_size(data, what, max_bytes)
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        values = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse, parse_float=_finite, parse_int=_integer
        )
    except RecursionError:
        raise BadInput(f"{what}: more than {MAX_DEPTH} lists and objects inside each other") from None
    except ValueError as error:
        raise BadInput(f"{what}: not valid JSON: {_one_line(str(error))}") from error
    _require_plain(values, what)
    return values


def _require_size(data: bytes | str, what: str, max_bytes: int) -> None:
    if len(data) > max_bytes:
        raise BadInput(f"{what}: larger than {max_bytes:,} bytes")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {quote(next(n for n in names if names.count(n) > 1))} occurs twice")
    return values


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _integer(text: str) -> int:
    if len(text) > 20 or int(text) not in INT64:
        raise ValueError(f"{text[:20]} is an integer of more than 64 bits")
    return int(text)


# Records


def read(
    kind: type[T],
    values: object,
    what: str,
    *,
    custom: Mapping[type, Callable[[Any], Any]] | None = None,
    ignore_unknown: bool = False,
) -> T:
    """``values`` (plain objects, lists, texts and numbers) as a record of ``kind``, a dataclass or another type.

    Args:
        kind: its annotations must be importable at run time. Lists become tuples where it has tuples, and integers
            become floats where it has floats. ``__post_init__`` checks ranges and may raise BadInput or ValueError.
        what: names the source in errors, such as ``model settings`` or a path.
        custom: for annotations that are neither plain types nor dataclasses, the function that makes their values.
        ignore_unknown: pass over names that ``kind`` does not have, for files that other versions write.

    Raises BadInput in one line: unknown or missing names, wrong types, numbers that are not finite, integers of more
    than 64 bits.
    """
    import msgspec

    _require_plain(values, what)
    _require_names(_type_of(cast(Hashable, kind)), values, what, "", ignore_unknown)
    hook = None if custom is None else lambda wanted, value: custom[wanted](value)
    try:
        return msgspec.convert(values, kind, dec_hook=hook)
    except msgspec.ValidationError as error:
        raise BadInput(_sentence(str(error), values, what)) from error
    except BadInput as error:
        raise BadInput(str(error) if str(error).startswith(what) else f"{what}: {error}") from error


def right_fields(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``values`` that are right for the fields of ``kind``, of which each has a default. Never raises."""
    found = {}
    for name in names(kind):
        if name in values:
            with suppress(BadInput):
                found[name] = getattr(read(kind, {name: values[name]}, name), name)
    return found


def quote(value: object) -> str:
    """``value`` as errors show it: on one line, at most ``QUOTED`` characters."""
    text = _JSON.get(value, "") if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 3]}..."


def _require_plain(value: Any, what: str, path: str = "", depth: int = 0) -> None:
    """No number that JSON does not have, no integer of more than 64 bits, and no nesting beyond ``MAX_DEPTH``."""
    if isinstance(value, float) and not math.isfinite(value):
        raise BadInput(f"{_at(what, path)} must be a finite number, not {value}")
    if isinstance(value, int) and value not in INT64:
        raise BadInput(f"{_at(what, path)} must fit into 64 bits")
    if depth > MAX_DEPTH:
        raise BadInput(f"{what}: more than {MAX_DEPTH} lists and objects inside each other")
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _require_plain(inner, what, _below(path, name), depth + 1)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _require_plain(inner, what, f"{path}[{index}]", depth + 1)


@cache
def _type_of(kind: Hashable) -> msgspec.inspect.Type:
    from msgspec import inspect

    return inspect.type_info(kind)


def _require_names(kind: msgspec.inspect.Type, value: Any, what: str, path: str, ignore_unknown: bool) -> None:
    """Every name of every record is known, none is missing, and a choice is one of those there are."""
    from msgspec import inspect

    if isinstance(kind, inspect.UnionType):
        present = [k for k in kind.types if isinstance(k, inspect.NoneType) == (value is None)]
        if len(present) == 1:
            _require_names(present[0], value, what, path, ignore_unknown)
    elif isinstance(kind, inspect.DataclassType) and isinstance(value, Mapping):
        known = {field.name: field for field in kind.fields}
        for name, inner in value.items():
            if name not in known and ignore_unknown:
                continue
            if name not in known:
                raise BadInput(f"{_at(what, path)} has an unknown field {quote(name)}; there are {_listed(known)}")
            _require_names(known[name].type, inner, what, _below(path, name), ignore_unknown)
        missing = [name for name, field in known.items() if field.required and name not in value]
        if missing:
            raise BadInput(f"{_at(what, path)} lacks {_listed(missing)}")
    elif isinstance(kind, inspect.ListType | inspect.VarTupleType) and isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _require_names(kind.item_type, inner, what, f"{path}[{index}]", ignore_unknown)
    elif isinstance(kind, inspect.DictType) and isinstance(value, Mapping):
        for name, inner in value.items():
            _require_names(kind.value_type, inner, what, _below(path, name), ignore_unknown)
    elif isinstance(kind, inspect.LiteralType | inspect.EnumType):
        choices = kind.values if isinstance(kind, inspect.LiteralType) else [member.value for member in kind.cls]
        if not any(type(value) is type(choice) and value == choice for choice in choices):
            raise BadInput(f"{_at(what, path)} must be one of {_listed(map(str, choices))}, not {quote(value)}")


def _sentence(message: str, values: Any, what: str) -> str:
    """msgspec's error in our style."""
    text, _, place = message.partition(" - at `$")
    place = place.rstrip("`").removeprefix(".")
    found = re.fullmatch(r"Expected `([\w| ]+)`, got `\w+`", text)
    if found is None:
        return _one_line(f"{_at(what, place)}: {text}" if place else f"{what}: {text}")
    expected = " or ".join(_WORDS.get(word, word) for word in found[1].split(" | "))
    value = _value_at(values, place)
    return f"{_at(what, place)} must be {expected}" + ("" if value is _UNKNOWN else f", not {quote(value)}")


_UNKNOWN = object()


def _value_at(values: Any, place: str) -> Any:
    """The value that a path such as ``a.b[2]`` leads to; ``_UNKNOWN`` for a path that does not name every key."""
    for name, index in re.findall(r"([^.\[\]]+)(?![^\[]*\])|\[(\d+|\.\.\.)\]", place):
        if index == "...":
            return _UNKNOWN
        try:
            values = values[int(index)] if index else values[name]
        except (KeyError, IndexError, TypeError):
            return _UNKNOWN
    return values


def _at(what: str, path: str) -> str:
    return f"{what}: {path}" if path else what


def _below(path: str, name: object) -> str:
    shown = name if isinstance(name, str) and re.fullmatch(r"[\w.-]{1,40}", name) else quote(name)
    return f"{path}.{shown}" if path else str(shown)


def _listed(names: Any) -> str:
    return _shortened(", ".join(sorted(names)))


def _shortened(text: str, most: int = 1000) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _one_line(text: str) -> str:
    return _shortened(" ".join(text.split()), 200)


# Ranges, for ``__post_init__`` of a record


def at_least(record: Any, what: str, low: float, *names: str) -> None:
    """Raises BadInput unless every named field is ``low`` or more (NaN is not)."""
    for name in names:
        if not getattr(record, name) >= low:
            raise BadInput(f"{what}: {name} must be at least {low}, not {getattr(record, name)}")


def within(record: Any, what: str, low: float, high: float, *names: str) -> None:
    """Raises BadInput unless every named field lies between ``low`` and ``high``, both included (NaN does not)."""
    for name in names:
        if not low <= getattr(record, name) <= high:
            raise BadInput(f"{what}: {name} must lie between {low} and {high}, not {getattr(record, name)}")


def one_of(record: Any, what: str, name: str, choices: tuple[str, ...]) -> None:
    """Raises BadInput unless the named field is one of ``choices``."""
    if getattr(record, name) not in choices:
        raise BadInput(f"{what}: {name} must be one of {', '.join(choices)}, not {quote(getattr(record, name))}")


def names(kind: Any) -> tuple[str, ...]:
    """Names of a dataclass's fields."""
    return tuple(field.name for field in fields(kind))
