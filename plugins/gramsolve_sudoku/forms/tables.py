"""Tables: spreadsheets saved as CSV or TSV, and Markdown, where a field with nothing in it is an empty cell."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Line, Reading, Text
from gramsolve_sudoku.forms.grids import is_heading
from gramsolve_sudoku.geometry import BOXES
from gramsolve_sudoku.notation import EMPTIES, Board, reading

DELIMITERS = ",;\t|"
RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*")
NOTHING = {"None", "none", "null", "nan", "NaN", "NA"}
WHOLE = re.compile(r"(\d{1,2})\.0*")


def _lines(text: Text) -> list[Line]:
    return [(number, line) for number, line in text.lines if line and not line.startswith("#")]


def _fields(line: str, delimiter: str) -> list[str]:
    if delimiter == "|":
        fields = line.strip().removeprefix("|").removesuffix("|").split("|")
    elif '"' in line:
        try:
            fields = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            fields = line.split(delimiter)
    else:
        fields = line.split(delimiter)
    return [_cell(field.strip()) for field in fields]


def _cell(field: str) -> str:
    if field in NOTHING:
        return ""
    whole = WHOLE.fullmatch(field)
    return whole[1] if whole else field


def _delimiter(text: Text) -> str:
    """The sign that cuts most lines into as many fields as a board has columns; empty where none does."""
    lines = _lines(text)[:200]
    for delimiter in DELIMITERS:
        widths = Counter(len(_fields(line, delimiter)) for _, line in lines if delimiter in line)
        width, often = max(widths.items(), key=lambda item: item[1], default=(0, 0))
        if width in BOXES and often >= width and often >= sum(widths.values()) // 2:
            return delimiter
    return ""


def accepts(text: Text) -> bool:
    """Most lines have one delimiter as often as a row of a board needs it."""
    return bool(_delimiter(text))


def read(text: Text) -> Reading:
    delimiter = _delimiter(text)
    if not delimiter:
        raise BadInput("these are no rows of fields: write nine fields a line with ',', ';' or tabs between them")
    return reading(_boards(_lines(text), delimiter), text)


def _boards(lines: list[Line], delimiter: str) -> Iterator[Board]:
    rows: list[tuple[int, list[str]]] = []
    for number, line in lines:
        if delimiter == "|" and "-" in line and RULE.fullmatch(line):
            # What stands above the rule of a Markdown table is its heading unless it is needed as a row.
            rows.append((number, []))
        elif delimiter in line and not (is_heading(line) and not rows):
            rows.append((number, _fields(line, delimiter)))
    yield from _squares(rows)


def _squares(rows: list[tuple[int, list[str]]]) -> Iterator[Board]:
    """Boards one below the other; the row above a rule is left out where the rows below it are enough."""
    rules = [i for i, (_, cells) in enumerate(rows) if not cells]
    if len(rules) == 1 and rules[0] == 1 and len(rows) - 2 == len(rows[0][1]):
        rows = rows[2:]
    rows = [row for row in rows if row[1]]
    if rows and len(rows) == len(rows[0][1]) + 1 and not all(_is_cell(field) for field in rows[0][1]):
        rows = rows[1:]
    start = 0
    while start < len(rows):
        number, first = rows[start]
        size = len(first)
        chosen = rows[start : start + size]
        if size not in BOXES or len(chosen) != size:
            raise BadInput(f"line {number}: a table of {len(chosen)} rows, the first of {size} fields, is no Sudoku")
        for line, cells in chosen:
            if len(cells) != size:
                raise BadInput(f"line {line}: this row has {len(cells)} fields, the first has {size}")
        yield Board([cell for _, cells in chosen for cell in cells], number)
        start += size


def _is_cell(field: str) -> bool:
    return field in EMPTIES or (len(field) <= 2 and field.isalnum())


FORM = Form(
    "table", "a spreadsheet as CSV or TSV, or a Markdown table; nothing in a field is an empty cell", accepts, read
)
