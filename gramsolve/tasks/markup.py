"""XML from strangers: no entity is declared, expanded or fetched, and depth and size are bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from gramsolve.errors import BadInput

DEEPEST = 64
MOST_ELEMENTS = 200_000


@dataclass
class Element:
    """An element; ``tag`` and the names of attributes are without their name spaces' prefixes."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in the order of the text."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += reversed(element.children)


def tree(text: str) -> Element:
    """The root of an XML document. Raises BadInput with the line of what is wrong or not allowed."""
    parser = expat.ParserCreate()
    root = Element("", {})
    stack = [root]
    pieces: list[list[str]] = [[]]
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) > DEEPEST or count > MOST_ELEMENTS:
            most = f"{DEEPEST} elements inside one another" if len(stack) > DEEPEST else f"{MOST_ELEMENTS:,} elements"
            raise BadInput(f"line {parser.CurrentLineNumber}: more than {most}; that is the most that is read")
        element = Element(_local(tag), {_local(name): value for name, value in attributes.items()})
        stack[-1].children.append(element)
        stack.append(element)
        pieces.append([])

    def end(tag: str) -> None:
        stack.pop().text = "".join(pieces.pop())

    def refuse(*_: object) -> int:
        raise BadInput(f"line {parser.CurrentLineNumber}: XML with entity declarations is not read")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: pieces[-1].append(data)
    parser.EntityDeclHandler = refuse
    parser.UnparsedEntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise BadInput(f"line {error.lineno}: not XML: {expat.ErrorString(error.code)}") from None
    except UnicodeEncodeError:
        raise BadInput("not XML: a character that cannot be encoded") from None
    return root.children[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2]
