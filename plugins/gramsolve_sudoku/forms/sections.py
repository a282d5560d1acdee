"""SadMan Sudoku's .sdk with sections: the rows below ``[Puzzle]``; what was filled in, ``[State]``, is left out."""

from __future__ import annotations

import re

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Line, Reading, Text
from gramsolve_sudoku.forms.grids import boards
from gramsolve_sudoku.notation import reading

SECTION = re.compile(r"\[\s*([A-Za-z]\w*)\s*\]")


def accepts(text: Text) -> bool:
    """A line says ``[Puzzle]``."""
    return any(line.lower() == "[puzzle]" for _, line in text.filled)


def read(text: Text) -> Reading:
    kept: list[Line] = []
    section, left_out = "", dict[str, None]()
    for number, line in text.filled:
        if found := SECTION.fullmatch(line):
            section = found[1].lower()
            if section != "puzzle":
                left_out[found[1]] = None
        elif section == "puzzle":
            kept.append((number, line))
    if not kept:
        raise BadInput("there is no row below [Puzzle]")
    found_boards = reading(boards(tuple(kept)), text)
    remarks = tuple(f"the section [{name[:40]}] is left out" for name in left_out)
    return Reading(found_boards.entries, found_boards.summary, remarks)


FORM = Form("sdk", "SadMan's sections: the rows below [Puzzle]", accepts, read)
