"""Forms of text: how a task reads the many ways in which people write its puzzles.

A task brings a list of ``Form``s, one for each notation, such as ``dimacs`` or ``csv``. ``read`` takes the first form
whose content test accepts the text, or the form that is asked for by name. A reading says in a sentence what was read,
with everything that was assumed or left out. A form never adds what is not in the text.

Every form is linear in the length of its text. The limits here hold for all of them.
"""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from gramsolve.errors import BadInput
from gramsolve.tasks.base import Instance

LIMIT = 4_000_000
"""Characters that are read at once."""

BINARY = "it is binary data"
UTF16 = (b"\xff\xfe", b"\xfe\xff")

Line = tuple[int, str]
"""Number of a line, from 1, and its text."""


@dataclass(frozen=True)
class Text:
    """A text to be read; ``name`` is that of its file without the ending, ``variant`` the one asked for, or empty."""

    content: str
    name: str = ""
    variant: str = ""

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All lines, numbered from 1."""
        return tuple(enumerate(self.content.splitlines(), 1))

    @cached_property
    def filled(self) -> tuple[Line, ...]:
        """The lines that hold something, stripped."""
        return tuple((number, line.strip()) for number, line in self.lines if line.strip())

    @cached_property
    def start(self) -> str:
        """The first characters that are no space."""
        return self.content[:100_000].lstrip()[:1000]


@dataclass(frozen=True)
class BadLine:
    """A line of a list that holds no puzzle; the lines around it may."""

    line: int
    message: str

    def __str__(self) -> str:
        return self.message if self.message.startswith("line ") else f"line {self.line}: {self.message}"


@dataclass(frozen=True)
class Reading:
    """What a form made of a text.

    Attributes:
        entries: the puzzles in order; a line that should hold one and does not is a ``BadLine``.
        summary: what they are, such as ``a graph of 8 vertices, 12 edges``.
        remarks: what was assumed or left out, such as ``third numbers taken as weights``.
        form: name of the form that read the text.
    """

    entries: tuple[Instance | BadLine, ...]
    summary: str
    remarks: tuple[str, ...] = ()
    form: str = ""

    @property
    def bad(self) -> tuple[BadLine, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, BadLine))

    @property
    def good(self) -> list[Instance]:
        """The puzzles without the bad lines."""
        return [entry for entry in self.entries if isinstance(entry, Instance)]

    @property
    def numbers(self) -> list[int]:
        """The place, from 1, of each good puzzle among all entries."""
        return [place for place, entry in enumerate(self.entries, 1) if isinstance(entry, Instance)]

    @property
    def sentence(self) -> str:
        """One line that says what was read, with every remark once."""
        return "; ".join([self.summary, *dict.fromkeys(self.remarks)])

    def puzzles(self) -> list[Instance]:
        """The puzzles. Raises BadInput for the first bad line."""
        for entry in self.entries:
            if isinstance(entry, BadLine):
                raise BadInput(str(entry))
        return self.good


@dataclass(frozen=True)
class Form:
    """One way to write puzzles.

    Attributes:
        name: short, for ``--format``.
        title: one line that describes the notation.
        accepts: whether a text is written in this form, judged by its content; cheap, and never raises.
        read: the puzzles of a text in this form. Raises BadInput in one line naming what is wrong.
    """

    name: str
    title: str
    accepts: Callable[[Text], bool]
    read: Callable[[Text], Reading]


def read(
    forms: Sequence[Form],
    content: str,
    nothing: str,
    *,
    name: str = "",
    variant: str | None = None,
    form: str | None = None,
    limit: int = LIMIT,
) -> Reading:
    """Read a text by the first form that accepts it, or by the one called ``form``.

    Args:
        nothing: what to say where no form accepts the text: what could be written instead.
        name: that of the file, without its ending.
        variant: the one that the puzzles are wanted in, where it is known.
        limit: characters at most.

    Raises BadInput in one line for a text that is too long, that no form accepts, or that holds only bad lines, and
    for an unknown name of a form.
    """
    if len(content) > limit:
        raise BadInput(f"the text has {len(content):,} characters; {limit:,} is the most that is read")
    text = Text(content.removeprefix("\ufeff"), name, variant or "")
    if form is not None:
        chosen = named(forms, form)
    else:
        found = next((one for one in forms if one.accepts(text)), None)
        if found is None:
            raise BadInput(nothing)
        chosen = found
    reading = replace(chosen.read(text), form=chosen.name)
    if len(reading.bad) == len(reading.entries):
        raise BadInput(str(reading.bad[0]) if reading.bad else nothing)
    return reading


def named(forms: Sequence[Form], name: str) -> Form:
    """The form of this name. Raises BadInput with the names that exist."""
    for form in forms:
        if form.name == name:
            return form
    if not forms:
        raise BadInput(f"unknown format {shortened(name)}: this task has one format")
    raise BadInput(f"unknown format {shortened(name)}: choose from {', '.join(form.name for form in forms)}")


def decode(data: bytes, where: str, limit: int = LIMIT) -> str:
    """Bytes of a puzzle file as text: UTF-8 or UTF-16, plain or packed by gzip or xz, up to ``limit`` bytes unpacked.

    Raises BadInput beginning with ``where`` for binary, damaged or oversized data.
    """
    data = _unpacked(data, where, limit)
    if len(data) > limit:
        raise BadInput(f"{where} is larger than {limit:,} bytes: split it into smaller files")
    encoding = "utf-8-sig"
    if data[:2] in UTF16:
        encoding = "utf-16"
    elif b"\0" in data:
        # Letters, digits and signs in UTF-16 without a mark: every second byte is zero.
        half = len(data) // 2
        if len(data) % 2 == 0 and data.count(0) >= half * 0.9 and set(data[1::2]) == {0}:
            encoding = "utf-16-le"
        elif len(data) % 2 == 0 and data.count(0) >= half * 0.9 and set(data[::2]) == {0}:
            encoding = "utf-16-be"
        else:
            raise BadInput(f"{where} is not a puzzle: {BINARY}")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        kind = "UTF-8" if encoding == "utf-8-sig" else "UTF-16"
        raise BadInput(f"{where} is not a puzzle: it is not {kind} text") from None
    if "\0" in text:
        raise BadInput(f"{where} is not a puzzle: {BINARY}")
    return text


def _unpacked(data: bytes, where: str, limit: int) -> bytes:
    """The content of gzip or xz data, at most one byte more than ``limit``; other data as they are."""
    try:
        if data[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(data)) as file:
                return file.read(limit + 1)
        if data[:6] == b"\xfd7zXZ\0":
            with lzma.open(io.BytesIO(data)) as packed:
                return packed.read(limit + 1)
    except (EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        raise BadInput(f"{where} is cut short or damaged: {error}") from error
    return data


def counted(number: int, what: str, several: str = "") -> str:
    """``1 edge``, ``2 edges``, ``3 vertices``."""
    return f"{number:,} {what if number == 1 else several or what + 's'}"


def shortened(text: str, most: int = 40) -> str:
    """Text of unknown origin, quoted, short and printable."""
    return repr(text if len(text) <= most else text[: most - 1] + "…")
