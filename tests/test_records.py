"""Validated records: right values become frozen dataclasses, and everything else one line that says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramsolve import records
from gramsolve.errors import BadInput


@dataclass(frozen=True)
class Inner:
    heads: int
    share: float = 0.5

    def __post_init__(self) -> None:
        records.within(self, "inner settings", 0, 1, "share")


class Shape:
    def __init__(self, sides: int) -> None:
        self.sides = sides


@dataclass(frozen=True)
class Outer:
    width: int = 1
    rate: float = 2.0
    name: str = ""
    deep: bool = True
    groups: tuple[tuple[int, ...], ...] = ()
    rule: Literal["valid", "vote"] = "valid"
    inner: Inner | None = None
    several: tuple[Inner, ...] = ()
    sizes: dict[str, int] = field(default_factory=dict)
    free: Mapping[str, Any] = field(default_factory=dict)
    shape: Shape | None = None

    def __post_init__(self) -> None:
        records.at_least(self, "outer settings", 0, "width")
        if self.width == 7:
            raise ValueError("width must not be 7")


def refused(values: object, what: str = "run.json") -> str:
    """The one line that reading ``values`` ends in."""
    with pytest.raises(BadInput) as caught:
        records.read(Outer, values, what)
    line = str(caught.value)
    assert "\n" not in line and line.startswith(what)
    return line


def test_right_values_become_a_frozen_record() -> None:
    found = records.read(Outer, {"width": 3, "rate": 3, "groups": [[1], [2, 3]], "inner": {"heads": 2}}, "run.json")
    assert found == Outer(width=3, rate=3.0, groups=((1,), (2, 3)), inner=Inner(2))
    assert isinstance(found.rate, float) and found.several == ()
    with pytest.raises(FrozenInstanceError):
        found.width = 4  # type: ignore[misc]
    assert records.read(Outer, MappingProxyType({"free": {"a": [1, None]}}), "run.json").free == {"a": [1, None]}


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (3, "run.json must be an object, not 3"),
        ({"width": "wide"}, "run.json: width must be a whole number, not 'wide'"),
        ({"width": True}, "run.json: width must be a whole number, not true"),
        ({"width": 1.0}, "run.json: width must be a whole number, not 1.0"),
        ({"rate": "fast"}, "run.json: rate must be a number, not 'fast'"),
        ({"name": None}, "run.json: name must be a text, not null"),
        ({"deep": 1}, "run.json: deep must be true or false, not 1"),
        ({"groups": [[1], [2, "x"]]}, "run.json: groups[1][1] must be a whole number, not 'x'"),
        ({"rule": "best"}, "run.json: rule must be one of valid, vote, not 'best'"),
        ({"rule": ["valid"]}, "run.json: rule must be one of valid, vote, not ['valid']"),
        ({"inner": 3}, "run.json: inner must be an object or null, not 3"),
        ({"inner": {}}, "run.json: inner lacks heads"),
        ({"inner": {"heads": False}}, "run.json: inner.heads must be a whole number, not false"),
        (
            {"several": [{"heads": 1}, {"tails": 1}]},
            "run.json: several[1] has an unknown field 'tails'; there are heads",
        ),
        ({"sizes": {"a": "b"}}, "run.json: sizes[...] must be a whole number"),
        ({"width": -1}, "run.json: outer settings: width must be at least 0, not -1"),
        ({"width": 7}, "run.json: width must not be 7"),
        ({"rate": float("nan")}, "run.json: rate must be a finite number, not nan"),
        ({"free": {"x": [float("inf")]}}, "run.json: free.x[0] must be a finite number, not inf"),
        ({"width": 10**400}, "run.json: width must fit into 64 bits"),
        ({"inner": {"heads": 1, "share": 1.5}}, "share must lie between 0 and 1, not 1.5"),
    ],
)
def test_what_is_wrong_is_said_in_one_style(values: object, line: str) -> None:
    assert line in refused(values)


def test_unknown_names_are_listed_with_those_there_are() -> None:
    line = refused({"widht": 3})
    assert "unknown field 'widht'" in line and "width" in line and "rule" in line


def test_what_was_found_is_quoted_in_at_most_80_characters_of_one_line() -> None:
    line = refused({"width": "\n\x1b[31m" + "x" * 10_000})
    assert len(line) < 130 and line.isprintable()
    assert len(refused({"y" * 10_000: 1})) < 300


def test_nesting_is_bounded() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert "inside each other" in refused({"free": {"x": deep}})


def test_unknown_names_are_passed_over_where_that_is_asked_for() -> None:
    values = {"width": 2, "colour": "blue", "inner": {"heads": 1, "tails": 2}}
    assert records.read(Outer, values, "run.json", ignore_unknown=True) == Outer(width=2, inner=Inner(1))


def test_right_fields_are_kept_and_wrong_ones_dropped() -> None:
    values = {"width": 3, "rate": "fast", "inner": {"heads": "two"}, "name": "x", "colour": "blue"}
    assert records.right_fields(Outer, values) == {"width": 3, "name": "x"}


def test_a_custom_type_is_made_by_its_function() -> None:
    found = records.read(Outer, {"shape": 3}, "run.json", custom={Shape: Shape})
    assert found.shape is not None and found.shape.sides == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"a": 1} 2', "not valid JSON"),
        (b'{"a": 1, "a": 2}', "the key 'a' occurs twice"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": -Infinity}', "-Infinity is not a number"),
        (b'{"a": 1e999}', "1e999 is too large a number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "more than 64 bits"),
        (b'{"a": 9223372036854775808}', "more than 64 bits"),
        (b"[" * 100_000, "inside each other"),
        (b"[" * 65 + b"]" * 65 + b" ", ""),
        (b"[" * 66 + b"]" * 66, "inside each other"),
        (b"\xff\xfe{\x00}\x00", "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b" " * 1_000_001, "larger than 1,000,000 bytes"),
    ],
    ids=lambda value: str(value[:12]),
)
def test_json_that_is_not_plain_ends_in_one_line(text: bytes, words: str) -> None:
    if not words:
        records.parse(text, "run.json")
        return
    with pytest.raises(BadInput) as caught:
        records.parse(text, "run.json")
    line = str(caught.value)
    assert line.startswith("run.json") and words in line and "\n" not in line and len(line) < 300


def test_a_file_is_measured_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text('{"width": 3}')
    assert records.read_file(Outer, path) == Outer(width=3)
    with pytest.raises(BadInput, match=r"run\.json: larger than 5 bytes"):
        records.read_file(Outer, path, max_bytes=5)
    with pytest.raises(BadInput, match="cannot be read"):
        records.read_file(Outer, tmp_path)
    with pytest.raises(FileNotFoundError):
        records.read_file(Outer, tmp_path / "absent.json")


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


@given(name=st.sampled_from([*records.names(Outer), "other"]), value=plain)
def test_any_value_in_any_field_is_a_record_or_one_line(name: str, value: Any) -> None:
    try:
        found = records.read(Outer, {name: value}, "run.json", custom={Shape: Shape})
    except BadInput as error:
        assert "\n" not in str(error) and str(error).startswith("run.json") and len(str(error)) < 400
    else:
        assert isinstance(found, Outer)
