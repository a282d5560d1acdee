"""Nested lists as JSON, Python, numpy and other languages write them.

``[[0, 4], [None, "x"]]``, ``[[0 4]\\n [1 2]]``, ``(1, 2), (2, 3)``, ``{"a": ["b"]}``, ``int[] b = {0, 4};`` and
``np.array([[0, 4]], dtype=int)``. No expression is evaluated. One scan over the text, with a stack of its own, so that
no depth of brackets exhausts the interpreter's.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TypeAlias

from gramsolve.errors import BadInput
from gramsolve.tasks.forms import shortened

DEEPEST = 32
"""Brackets inside one another."""

LONGEST_WORD = 1000
"""Characters of a word or string."""

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
"""Words, numbers and strings are text; ``None``, ``null`` and ``nan`` are None; brackets of any kind are lists, and
braces with colons are dicts."""

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<open>[\[({])
    |(?P<close>[\])}])
    |(?P<mark>[,;:=])
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<word>[^\s\[\](){},;:="'#]+)
    """,
    re.VERBOSE,
)
_PAIRS = {"[": "]", "(": ")", "{": "}"}
_NOTHING = {"None", "null", "nan", "NaN", "NA", "nil", "undefined"}
_WHOLE = re.compile(r"([-+]?\d{1,18})\.0{0,18}")
_NAME = re.compile(r"[A-Za-z_][\w.<>]*")
_PREFIXES = {"b", "r", "u", "f", "B", "R", "U", "F"}


@dataclass
class _Group:
    """An open bracket: what stands in it so far."""

    bracket: str
    call: bool = False
    items: list[Value] = field(default_factory=list)
    keys: dict[str, Value] = field(default_factory=dict)
    key: str | None = None
    last: str | None = None
    named: bool = False
    word: bool = False

    def add(self, value: Value, *, word: bool = False) -> None:
        if self.named:
            self.named = False
        elif self.key is not None:
            if self.key in self.keys:
                raise BadInput(f"the key {shortened(self.key)} is there twice")
            self.keys[self.key], self.last, self.key = value, self.key, None
            self.word = word
        else:
            self.items.append(value)
            self.word, self.last = word, None

    def drop(self) -> None:
        """Take the last value back: it was the name of a function."""
        if self.last is not None:
            self.key = self.last
            del self.keys[self.last]
        elif self.items:
            self.items.pop()

    def value(self) -> Value:
        if self.keys:
            return self.keys
        if self.call and len(self.items) == 1:
            return self.items[0]
        return self.items


def nested(text: str) -> list[Value]:
    """The values of a text one after another; names in front of ``=`` and ``:`` outside braces are passed over.

    Raises BadInput naming the line of a bracket or quote that does not fit, and of what is nested too deeply.
    """
    groups = [_Group("")]
    position, end = 0, len(text)
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise BadInput(f"{_where(text, position)}: a quote that is not closed")
        kind, token, start, position = found.lastgroup, found[0], position, found.end()
        group = groups[-1]
        if kind == "open":
            if len(groups) > DEEPEST:
                raise BadInput(f"{_where(text, start)}: brackets nested too deeply: {DEEPEST} is the most")
            called = token == "(" and start > 0 and group.word and not text[start - 1].isspace()
            if called:
                group.drop()
            elif token == "{" or token == "[":
                _drop_declaration(group)
            groups.append(_Group(token, called))
        elif kind == "close":
            if len(groups) == 1 or _PAIRS[group.bracket] != token:
                raise BadInput(f"{_where(text, start)}: {token!r} closes nothing")
            groups.pop()
            try:
                groups[-1].add(group.value())
            except BadInput as error:
                raise BadInput(f"{_where(text, start)}: {error}") from None
        elif kind == "mark":
            _mark(group, token)
        elif kind == "string":
            if group.word and text[start - 1 : start] in _PREFIXES and group.items:
                group.items.pop()
            _add(group, _unquoted(token), text, start)
        elif kind == "word":
            _add(group, _word(token), text, start, word=bool(_NAME.fullmatch(token)))
    if len(groups) > 1:
        raise BadInput(f"{_where(text, end)}: a {groups[-1].bracket!r} is not closed")
    return groups[0].items


def _add(group: _Group, value: str | None, text: str, start: int, *, word: bool = False) -> None:
    if value is not None and len(value) > LONGEST_WORD:
        raise BadInput(f"{_where(text, start)}: a word of {len(value):,} characters; {LONGEST_WORD:,} is the most")
    try:
        group.add(value, word=word)
    except BadInput as error:
        raise BadInput(f"{_where(text, start)}: {error}") from None


def _mark(group: _Group, token: str) -> None:
    if token in ":=" and group.items and not group.named:
        last = group.items[-1]
        if token == ":" and group.bracket == "{" and not isinstance(last, list | dict):
            group.items.pop()
            group.key = "None" if last is None else last
        elif group.word and group.last is None:
            group.items.pop()
            group.named = token == "=" and group.bracket == "("
    group.word = False


def _drop_declaration(group: _Group) -> None:
    """``int[][] board = {...}``: empty brackets and words before the equals sign are no content; at the top level a
    word directly before a bracket is the name of a type."""
    if group.bracket == "" and group.items and group.word:
        group.items.pop()
    while group.bracket == "" and group.items and group.items[-1] == []:
        group.items.pop()
    group.word = False


def _unquoted(token: str) -> str:
    if "\\" not in token:
        return token[1:-1]
    inner = token[1:-1] if token[0] == '"' else token[1:-1].replace("\\'", "'").replace('"', '\\"')
    try:
        return str(json.loads(f'"{inner}"'))
    except ValueError:
        return token[1:-1]


def _word(token: str) -> str | None:
    if token in _NOTHING:
        return None
    whole = _WHOLE.fullmatch(token)
    return whole[1] if whole else token


def _where(text: str, position: int) -> str:
    return f"line {text.count(chr(10), 0, position) + 1}"
