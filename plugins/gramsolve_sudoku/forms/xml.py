"""XML: OpenSudoku's ``<game data="..."/>`` in all its versions, and any element or attribute that is a whole board."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import BadLine, Form, Reading, Text
from gramsolve.tasks.markup import Element, tree
from gramsolve_sudoku.forms.lines import is_board
from gramsolve_sudoku.forms.lists import ANSWERS
from gramsolve_sudoku.notation import LENGTHS, Board, reading

VERSION = re.compile(r"version: \d\s+([\d|,\s-]*)")


def accepts(text: Text) -> bool:
    """The text begins with an element or a declaration."""
    return bool(re.match(r"<[?!A-Za-z]", text.start))


def read(text: Text) -> Reading:
    found = reading(_boards(tree(text.content)), text)
    if not found.entries:
        raise BadInput("the XML holds no board: an element or attribute of 81 digits is one")
    return found


def _boards(root: Element) -> Iterator[Board | BadLine]:
    for element in root.walk():
        for name, value in [*element.attributes.items(), (element.tag, element.text)]:
            if ANSWERS.search(name):
                continue
            if found := VERSION.fullmatch(value.strip()):
                yield _saved(found[1])
            else:
                compact = "".join(value.split())
                if is_board(compact):
                    yield Board(list(compact), 1)
                elif element.tag == "game" and name == "data":
                    yield BadLine(1, f"a game of {len(compact):,} cells; a board of 9x9 has 81")


def _saved(data: str) -> Board | BadLine:
    """A game with notes: value, one or two notes, and whether the cell can be changed, for every cell."""
    fields = [field.strip() for field in data.split("|")]
    while fields and not fields[-1]:
        fields.pop()
    for width in (3, 4):
        if len(fields) % width == 0 and len(fields) // width in LENGTHS:
            values, changeable = fields[::width], fields[width - 1 :: width]
            cells = [value if own == "0" else "0" for value, own in zip(values, changeable, strict=True)]
            placed = any(value != "0" and own != "0" for value, own in zip(values, changeable, strict=True))
            return Board(cells, 1, ("digits that were filled in are left out",) if placed else ())
    return BadLine(1, f"a saved game of {len(fields):,} fields is no board")


FORM = Form("xml", "OpenSudoku's games, and other XML with boards of 81 digits; entities are not read", accepts, read)
