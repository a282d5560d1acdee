"""graph6 and sparse6, one graph a line, by networkx' reader."""

from __future__ import annotations

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Line, Reading, Text, shortened
from gramsolve_coloring.forms.builder import Builder, colours_in, reading, without_comments
from gramsolve_coloring.graph import COLOURS, MOST_VERTICES, Graph

HEADERS = (">>graph6<<", ">>sparse6<<")
LONGEST = 100_000


def is_graph6(line: str) -> bool:
    """Whether a line has the length that its own first sign asks for, and no bit set behind the last vertex."""
    data = [ord(sign) - 63 for sign in line[:LONGEST]]
    if len(line) > LONGEST or not data or min(data) < 0 or max(data) > 63:
        return False
    if data[0] < 63:
        vertices, rest = data[0], data[1:]
    elif len(data) > 3 and data[1] < 63:
        vertices, rest = (data[1] << 12) + (data[2] << 6) + data[3], data[4:]
    else:
        return False
    bits = vertices * (vertices - 1) // 2
    unused = -bits % 6
    return vertices > 0 and len(rest) == (bits + 5) // 6 and not (rest and rest[-1] & ((1 << unused) - 1))


def accepts_lines(lines: list[Line]) -> bool:
    """Every line is a graph in graph6 form, or says that it is."""
    return bool(lines) and all(line.startswith(HEADERS) or is_graph6(line) or _is_sparse6(line) for _, line in lines)


def _is_sparse6(line: str) -> bool:
    return len(line) > 2 and line[0] == ":" and all(63 <= ord(sign) <= 126 for sign in line[1:LONGEST])


def read_lines(lines: list[Line], colours: int = COLOURS) -> list[tuple[Graph, tuple[str, ...]]]:
    return [_graph(number, line, colours) for number, line in lines]


def _graph(number: int, line: str, colours: int) -> tuple[Graph, tuple[str, ...]]:
    import networkx as nx

    word = line.removeprefix(HEADERS[0]).removeprefix(HEADERS[1])
    sparse = word.startswith(":")
    try:
        if len(line) > LONGEST or not line.isascii():
            raise ValueError
        if len(word) > 1 and ord(word[1 if sparse else 0]) == 126 and ord(word[2 if sparse else 1]) == 126:
            raise BadInput(f"line {number}: a graph of more than {MOST_VERTICES} vertices; that is the most")
        graph = nx.from_sparse6_bytes(word.encode()) if sparse else nx.from_graph6_bytes(word.encode())
    except BadInput:
        raise
    except Exception:  # whatever networkx runs into, the line is no graph
        raise BadInput(f"line {number}: {shortened(line)} is neither an edge nor a graph in graph6 form") from None
    builder = Builder()
    builder.count(len(graph), 1, number)
    for a, b in graph.edges():
        builder.edge(str(a + 1), str(b + 1), number)
    return builder.graph(colours)


def accepts(text: Text) -> bool:
    """The text says that it is graph6 or sparse6."""
    return text.start.startswith(HEADERS)


def read(text: Text) -> Reading:
    return reading(read_lines(without_comments(text.filled), colours_in(text.filled)))


FORM = Form("graph6", "graph6 and sparse6, a graph on every line", accepts, read)
