"""DOT, the language of Graphviz: names, chains ``a -- b -- c`` and groups ``a -- {b c}``.

networkx reads DOT through pydot, which is no dependency of ours and runs a general parser generator over the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Reading, Text, shortened
from gramsolve_coloring.forms.builder import Builder, colours_in, reading
from gramsolve_coloring.forms.files import DIRECTED

DEEPEST = 20
MOST_GROUP = 200_000
"""Pairs of one edge between groups."""

START = re.compile(r"(?:strict\s+)?(?:di)?graph\b\s*(?:\"[^\"]*\"|[\w.-]*)\s*\{", re.IGNORECASE)
TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|\#[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z))
    |(?P<edge>--|->)
    |(?P<mark>[{}\[\];,=:])
    |(?P<quoted>"(?:[^"\\]|\\.)*(?:"|\Z))
    |(?P<word>-?(?:\.\d+|\d+(?:\.\d*)?)|\w+)
    """,
    re.VERBOSE | re.DOTALL,
)
COMMENT = re.compile(r"\s*(?://[^\n]*\n|\#[^\n]*\n|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z))")


@dataclass
class _Level:
    """A pair of braces: the vertices named inside it, and the statement that is being read."""

    nodes: dict[str, None] = field(default_factory=dict)
    chain: list[list[str]] = field(default_factory=list)
    operator: bool = False


def _start(text: Text) -> int:
    """Where the graph begins, after comments."""
    content, position = text.content, 0
    while found := COMMENT.match(content, position):
        position = found.end()
    return position + len(content[position : position + 1000]) - len(content[position : position + 1000].lstrip())


def accepts(text: Text) -> bool:
    """The text begins with ``graph {``, ``digraph name {`` or ``strict graph {``."""
    return bool(START.match(text.content, _start(text)))


def read(text: Text) -> Reading:
    content = text.content
    begin = START.match(content, _start(text))
    if not begin:
        raise BadInput("this is not DOT: it begins with `graph {`")
    builder = Builder()
    tokens = _tokens(content, begin.end())
    levels = [_Level()]
    for i, (kind, token, line) in enumerate(tokens):
        level = levels[-1]
        following = tokens[i + 1][1] if i + 1 < len(tokens) else ""
        if token == "{" and kind == "mark":
            if len(levels) > DEEPEST:
                raise BadInput(f"line {line}: braces nested too deeply: {DEEPEST} is the most")
            if level.chain and not level.operator:
                _finish(level, builder, line)
            levels.append(_Level())
        elif token == "}" and kind == "mark":
            _finish(level, builder, line)
            levels.pop()
            if not levels:
                break
            levels[-1].nodes |= level.nodes
            _operand(levels[-1], list(level.nodes), builder, line)
        elif kind == "edge":
            if not level.chain or level.operator:
                raise BadInput(f"line {line}: {token} without a vertex before it")
            level.operator = True
        elif (token in (";", ",") and kind == "mark") or (kind != "mark" and following == "="):
            _finish(level, builder, line)
        elif kind != "mark" and token in ("node", "edge", "graph", "subgraph") and kind == "word":
            continue
        elif kind != "mark" and not (i and tokens[i - 1][1] in ("=", ":", "subgraph") and tokens[i - 1][0] != "quoted"):
            builder.vertex(token, line)
            level.nodes[token] = None
            _operand(level, [token], builder, line)
    else:
        raise BadInput("a '{' is not closed")
    directed = (DIRECTED,) if "digraph" in begin[0].lower() else ()
    return reading([builder.graph(colours_in(text.filled), directed)])


def _operand(level: _Level, names: list[str], builder: Builder, line: int) -> None:
    if not level.operator:
        _finish(level, builder, line)
    level.chain.append(names)
    level.operator = False


def _finish(level: _Level, builder: Builder, line: int) -> None:
    """The end of a statement: edges between neighbours in its chain."""
    if level.operator:
        raise BadInput(f"line {line}: an edge without a vertex behind it")
    for first, second in zip(level.chain, level.chain[1:], strict=False):
        if len(first) * len(second) > MOST_GROUP:
            raise BadInput(f"line {line}: an edge between groups of {len(first)} and {len(second)} vertices")
        for a in first:
            for b in second:
                builder.edge(a, b, line)
    level.chain = []


def _tokens(content: str, position: int) -> list[tuple[str, str, int]]:
    """(kind, text, line) of everything but spaces, comments and what stands in square brackets."""
    tokens: list[tuple[str, str, int]] = []
    line, brackets = content.count("\n", 0, position) + 1, 0
    while position < len(content):
        found = TOKEN.match(content, position)
        if found is None:
            if brackets:
                position += 1
                continue
            raise BadInput(f"line {line}: {shortened(content[position : position + 10])} is not DOT")
        kind, token = str(found.lastgroup), found[0]
        if token == "[":
            brackets += 1
        elif token == "]":
            brackets = max(0, brackets - 1)
        elif kind != "space" and not brackets:
            plain = token[1:-1].replace('\\"', '"') if kind == "quoted" else token
            tokens.append((kind, " ".join(plain.split()), line))
        line += token.count("\n")
        position = found.end()
    return tokens


FORM = Form("dot", "DOT of Graphviz: `graph { a -- b }`", accepts, read)
