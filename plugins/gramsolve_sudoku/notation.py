"""From the cells of a board to a puzzle: its size, its alphabet, and what is wrong with it.

Boards of up to 9x9 have the digits 1 to 9, and 0 is an empty cell. Larger boards come in five alphabets:

| alphabet | 16x16 | when |
| --- | --- | --- |
| signs | 1 to 9, A to G | the usual one |
| signs from 0 | 0 to 9, A to F | 0 is there, another sign marks empty cells, and G is not there |
| letters | A to P | no digit from 1 to 9 is there, and a letter after G is |
| numbers | 1 to 16 | cells are words and some have two digits |
| numbers from 0 | 0 to 15 | 0 is there, another sign marks empty cells, and 16 is not there |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gramsolve.tasks import BadInput, Instance
from gramsolve.tasks.forms import BadLine, Reading, Text, counted, shortened
from gramsolve_sudoku.geometry import BOXES, Geometry, cell_name, geometry_of, units

EMPTY = ".0_*-"
EMPTIES = frozenset("._*-·•?□☐") | {""}
"""Signs of an empty cell. 0 is one too unless it is a digit, and so is x where no other sign is used for it."""
SIGNS = "123456789ABCDEFGHIJKLMNOP"
LENGTHS = {n * n: n for n in BOXES}
NUMBERS, NUMBERS_FROM_0 = "numbers", "numbers from 0"


@dataclass(frozen=True)
class Puzzle(Instance):
    """``digits`` row by row, 0 where a cell is empty.

    ``alphabet`` is that of the text it was read from: a sign for every digit, or one of ``NUMBERS`` and
    ``NUMBERS_FROM_0``; empty for the usual signs.
    """

    digits: bytes = b""
    alphabet: str = ""


@dataclass(frozen=True)
class Board:
    """Cells as they are written, None or an empty text for nothing, and the line where they begin."""

    cells: Sequence[str | None]
    line: int
    remarks: tuple[str, ...] = ()


def reading(boards: Iterable[Board | BadLine], text: Text) -> Reading:
    """The puzzles of boards; a board that is wrong is a bad line."""
    entries: list[Instance | BadLine] = []
    remarks: list[str] = []
    for board in boards:
        if isinstance(board, BadLine):
            entries.append(board)
            continue
        try:
            entries.append(puzzle(board, text.variant))
            remarks += board.remarks
        except BadInput as error:
            entries.append(BadLine(board.line, str(error)))
    return Reading(tuple(entries), _summary(entries), tuple(dict.fromkeys(remarks)))


def _summary(entries: Sequence[Instance | BadLine]) -> str:
    puzzles = [entry for entry in entries if isinstance(entry, Puzzle)]
    sizes = " and ".join(dict.fromkeys(one.variant for one in puzzles))
    if len(entries) == 1 and puzzles:
        alphabet = ALPHABET_NAMES.get(puzzles[0].alphabet, "") if puzzles[0].alphabet else ""
        return f"a {sizes} board with {counted(sum(map(bool, puzzles[0].digits)), 'given')}{alphabet}"
    bad = len(entries) - len(puzzles)
    said = f"{counted(len(puzzles), 'board')} of {sizes}" if puzzles else "no board"
    return said + (f", {counted(bad, 'bad line')}" if bad else "")


ALPHABET_NAMES = {NUMBERS: ", numbers from 1", NUMBERS_FROM_0: ", numbers from 0"}
for _size in BOXES:
    if _size > 9:
        ALPHABET_NAMES["0" + SIGNS[: _size - 1]] = f", digits 0 to {SIGNS[_size - 2]}"
        _letters = "ABCDEFGHIJKLMNOPQRSTUVWXY"[:_size]
        ALPHABET_NAMES[_letters] = f", letters A to {_letters[-1]}"


def puzzle(board: Board, variant: str = "") -> Puzzle:
    """Cells to digits, in the boxes of ``variant`` where its board is of this size.

    Raises BadInput with line and cell of what is wrong.
    """
    size = LENGTHS[len(board.cells)]
    cells = ["" if cell is None else cell.strip() for cell in board.cells]
    other = any(cell in EMPTIES for cell in cells)
    nothing = EMPTIES if other or size == 25 else EMPTIES | {"x", "X"}
    signs = {cell.upper() for cell in cells if cell not in nothing}
    alphabet = _alphabet(signs, other, size, cells)
    values = _values(alphabet, size)
    digits = bytearray()
    for number, cell in enumerate(cells):
        value = 0 if cell in nothing else values.get(cell.upper(), -1)
        if value < 0:
            name = cell_name(number, size)
            raise BadInput(f"line {board.line}, {name}: {shortened(cell, 20)} is no digit of a {size}x{size} board")
        digits.append(value)
    geometry = _geometry(size, variant)
    if clash := contradiction(digits, geometry):
        raise BadInput(f"line {board.line}: {_told(clash, digits, geometry)}")
    return Puzzle(geometry.name, digits=bytes(digits), alphabet="" if alphabet == SIGNS[:size] else alphabet)


def _alphabet(signs: set[str], other: bool, size: int, cells: Sequence[str]) -> str:
    usual = SIGNS[:size]
    if size < 10:
        return usual
    if any(len(sign) > 1 and sign.isdecimal() for sign in signs):
        return NUMBERS_FROM_0 if "0" in signs and other and str(size) not in signs else NUMBERS
    if "0" in signs and usual[-1] not in signs:
        from_0 = "0" + usual[:-1]
        whole = Counter(cell.upper() for cell in cells) == Counter(dict.fromkeys(from_0, size))
        if whole or (other and signs <= set(from_0)):
            return from_0
    if not signs & set("123456789") and any(sign.isalpha() and sign > usual[-1] for sign in signs):
        return "ABCDEFGHIJKLMNOPQRSTUVWXY"[:size]
    return usual


def _values(alphabet: str, size: int) -> dict[str, int]:
    if alphabet == NUMBERS_FROM_0:
        return {str(number): number + 1 for number in range(size)}
    if alphabet == NUMBERS:
        return {"0": 0, **{str(number): number for number in range(1, size + 1)}}
    return {"0": 0, **{sign: number for number, sign in enumerate(alphabet, 1)}}


def _geometry(size: int, variant: str) -> Geometry:
    if variant:
        wanted = geometry_of(variant)
        if wanted.size == size:
            return wanted
    return geometry_of(f"{size}x{size}")


def _told(clash: tuple[int, int], digits: Sequence[int], geometry: Geometry) -> str:
    """The contradiction in words, and a shape of boxes without one if there is any."""
    size = geometry.size
    first, second = (cell_name(cell, size) for cell in clash)
    told = f"the givens in {first} and {second} contradict each other"
    for rows in range(2, size // 2 + 1):
        other = Geometry(rows, size // rows)
        if size % rows == 0 and other != geometry and contradiction(digits, other) is None:
            return f"{told} in boxes of {geometry.rows} x {geometry.columns}; they do not in --variant {other.name}"
    return told


def contradiction(digits: Sequence[int], geometry: Geometry) -> tuple[int, int] | None:
    """The first two cells that see each other and hold the same digit, or None."""
    seen: dict[tuple[int, int, int], int] = {}
    lines = [unit.tolist() for unit in units(geometry)]
    for cell, digit in enumerate(digits):
        if digit:
            for kind, unit in enumerate(lines):
                other = seen.setdefault((kind, unit[cell], digit), cell)
                if other != cell:
                    return other, cell
    return None


def line(digits: Sequence[int], alphabet: str = "") -> str:
    """One character a cell, '.' for an empty one; in an alphabet of numbers one word a cell.

    The result is read back in the alphabet it is written in, or in the usual signs where the digits that are there do
    not tell the alphabet.
    """
    if alphabet in (NUMBERS, NUMBERS_FROM_0):
        first = int(alphabet == NUMBERS)
        words = [str(digit - 1 + first) if digit > 0 else "." for digit in digits]
        return " ".join(words) if _same(words, digits, alphabet) else line(digits)
    signs = alphabet or SIGNS
    written = ["." if not 1 <= digit <= len(signs) else signs[digit - 1] for digit in digits]
    return "".join(written) if not alphabet or _same(written, digits, alphabet) else line(digits)


def drawn_signs(alphabet: str) -> str:
    """One sign for each digit, for boards whose cells have room for one."""
    if alphabet == NUMBERS_FROM_0:
        return "0" + SIGNS
    return SIGNS if alphabet in ("", NUMBERS) else alphabet


def _same(cells: Sequence[str], digits: Sequence[int], alphabet: str) -> bool:
    """Whether cells as written are read in this alphabet again."""
    size = LENGTHS.get(len(digits), 0)
    signs = {cell for cell in cells if cell != "."}
    return size > 9 and _alphabet(signs, "." in cells, size, cells) == alphabet
