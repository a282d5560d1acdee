"""An edge on every line: blanks, commas, semicolons, tabs or arrows between its ends; weights and what stands in braces
behind them; a heading as in CSV; counts of vertices and edges before them."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Line, shortened
from gramsolve_coloring.forms.brackets import DATA, NUMBER, WEIGHTS
from gramsolve_coloring.forms.builder import Builder
from gramsolve_coloring.forms.files import DIRECTED
from gramsolve_coloring.graph import COLOURS, MOST_VERTICES, Graph

ARROW = re.compile(r"\s(?:<?--?>?|→|—|–)\s|<?-->?|->|→")
BRACES = re.compile(r"\{[^{}]*\}")
INLINE = re.compile(r"([^\s>-]+)-([^\s>-]+)")
HEADINGS = (
    ("source", "target"), ("from", "to"), ("src", "dst"), ("src", "dest"), ("start", "end"), ("head", "tail"),
    ("u", "v"), ("i", "j"), ("a", "b"), ("node1", "node2"), ("node_1", "node_2"), ("vertex1", "vertex2"),
    ("fromnodeid", "tonodeid"), ("id1", "id2"), ("node_a", "node_b"), ("x", "y"), ("v1", "v2"),
)  # fmt: skip
HEADING = "the first line is read as a heading"


@dataclass(frozen=True)
class Row:
    """The names on a line, with what stands there besides."""

    line: int
    names: tuple[str, ...]
    data: bool = False


def rows_of(lines: list[Line]) -> list[Row]:
    """The names on every line. Raises BadInput for a line that cannot be cut."""
    delimiter = next((sign for sign in "\t;," if all(sign in line for _, line in lines)), "")
    rows = []
    for number, line in lines:
        bare = BRACES.sub("", line).rstrip(" ;,") if not delimiter else BRACES.sub("", line)
        rows.append(Row(number, _names(number, bare.strip() or line, delimiter), bare != line and "{" in line))
    return rows


def _names(number: int, line: str, delimiter: str) -> tuple[str, ...]:
    sign = delimiter or next((sign for sign in ";," if sign in line), "")
    if sign or '"' in line:
        try:
            fields = next(csv.reader([line], delimiter=sign or " ", skipinitialspace=True), [])
        except csv.Error as error:
            raise BadInput(f"line {number}: {shortened(line)}: {error}") from None
        names = [field.strip() for field in fields]
        while len(names) > 2 and not names[-1]:
            names.pop()
        if len(names) == 2 and len(words := names[1].split()) == 2 and " " not in names[0] and _is_number(words[1]):
            names[1:] = words
        return tuple(names)
    if ARROW.search(line):
        first, *others = [part.strip() for part in ARROW.split(line)]
        words = others[-1].split() if others else []
        if len(others) == 1 and len(words) == 2 and _is_number(words[1]):
            others = words
        return (first, *others)
    words = line.split()
    if (found := INLINE.fullmatch(words[0])) and (len(words) == 1 or (len(words) == 2 and _is_number(words[1]))):
        return (found[1], found[2], *words[1:])
    return tuple(words)


def _is_number(word: str) -> bool:
    return NUMBER.fullmatch(word) is not None


def heading(rows: list[Row]) -> tuple[int, int] | None:
    """The columns of the two ends if the first row is a heading: known words that name no vertex below it, or words
    above rows of whole numbers."""
    if len(rows) < 2 or len(rows[0].names) < 2:
        return None
    words = [word.strip('"').lower() for word in rows[0].names]
    below = {name.lower() for row in rows[1:] for name in row.names[:2]}
    for first, second in HEADINGS:
        if first in words and second in words and not {first, second} & below:
            return words.index(first), words.index(second)
    if len(words) == len(rows[1].names) and not any(map(_is_number, words[:2])) and all(map(_is_number, below)):
        return 0, 1
    return None


def read_lines(lines: list[Line], colours: int = COLOURS) -> tuple[Graph, tuple[str, ...]]:
    rows = rows_of(lines)
    remarks: list[str] = []
    columns = heading(rows)
    if columns is not None:
        remarks.append(HEADING)
        words = [word.lower() for word in rows[0].names]
        rows = [Row(row.line, _ends(row, columns)) for row in rows[1:]]
        if len(words) > 2:
            remarks.append("columns besides the two ends are left out")
    builder = Builder()
    rest = rows if columns is not None else _counted(rows, builder, remarks)
    for row in rest:
        _read(row, builder, remarks)
    if not builder.edges and not builder.loops and rest is rows:
        shown = shortened(lines[0][1])
        raise BadInput(f"line {lines[0][0]}: {shown} is neither an edge nor a graph in graph6 form: write `1 2`")
    if any("->" in line for _, line in lines):
        remarks.append(DIRECTED)
    return builder.graph(colours, dict.fromkeys(remarks))


def _ends(row: Row, columns: tuple[int, int]) -> tuple[str, ...]:
    if len(row.names) <= max(columns):
        raise BadInput(f"line {row.line}: {len(row.names)} fields, where the ends of an edge are columns "
                       f"{columns[0] + 1} and {columns[1] + 1}")  # fmt: skip
    return row.names[columns[0]], row.names[columns[1]]


def _read(row: Row, builder: Builder, remarks: list[str]) -> None:
    names = row.names
    if row.data:
        remarks.append(DATA)
    if len(names) == 1:
        builder.vertex(names[0], row.line)
        return
    if len(names) == 3 and (_is_number(names[2]) or not names[2]):
        remarks.append(WEIGHTS)
    elif len(names) != 2:
        shown = shortened(" ".join(names))
        raise BadInput(f"line {row.line}: {shown} is not an edge: write two vertices, such as `1 2`")
    builder.edge(names[0], names[1], row.line)


def _counted(rows: list[Row], builder: Builder, remarks: list[str]) -> list[Row]:
    """The rows behind the counts of vertices and edges if there are some: every vertex is then a number up to the
    count, from 1 or from 0, and there are as many edges as announced."""
    ends = [row for row in rows if len(row.names) > 1]
    if not all(name.isascii() and name.isdecimal() and len(name) < 7 for row in rows for name in row.names[:2]):
        return rows
    first, second = rows[0], rows[1] if len(rows) > 1 else None
    if len(first.names) == 2 and len(ends) == len(rows):
        vertices, edges, rest = int(first.names[0]), int(first.names[1]), rows[1:]
    elif len(first.names) == 1 and second is not None and len(second.names) == 1 and len(ends) == len(rows) - 2:
        vertices, edges, rest = int(first.names[0]), int(second.names[0]), rows[2:]
    elif len(first.names) == 1 and ends and len(ends) == len(rows) - 1:
        vertices, edges, rest = int(first.names[0]), len(ends), rows[1:]
    else:
        return rows
    numbers = {int(name) for row in rest for name in row.names[:2]}
    start = 0 if 0 in numbers else 1
    if not rest or edges != len(rest) or not 1 <= vertices <= MOST_VERTICES or max(numbers) >= vertices + start:
        return rows
    builder.count(vertices, start, first.line)
    alone = len(first.names) == 1
    told = f"{vertices} vertices" if alone and rest != rows[2:] else f"{vertices} vertices and {edges} edges"
    remarks.append(f"the first {'two lines are' if alone and rest == rows[2:] else 'line is'} read as counts: {told}")
    return rest
