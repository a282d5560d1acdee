"""Grids of candidates, as solvers print them: a cell with several digits is still open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import BadLine, Form, Reading, Text, shortened
from gramsolve_sudoku.forms.grids import BARS, FRAME, is_heading
from gramsolve_sudoku.geometry import BOXES
from gramsolve_sudoku.notation import EMPTIES, Board, reading

BRACKETS = re.compile(r"[{}()\[\]]")
WIDTHS = {size for size in BOXES if size <= 9}


def _words(line: str) -> list[str]:
    return BRACKETS.sub(" ", BARS.sub(" ", line)).split()


def _is_candidates(word: str) -> bool:
    """Several digits in rising order."""
    return 2 <= len(word) <= 9 and word.isascii() and word.isdecimal() and list(word) == sorted(set(word))


def accepts(text: Text) -> bool:
    """Rows of up to nine words, one of which has several digits in rising order."""
    rows = [_words(line) for _, line in text.filled if not line.startswith("#") and not FRAME.fullmatch(line)]
    rows = [words for words in rows if len(words) in WIDTHS and len(words[0]) < 10]
    return any(_is_candidates(word) for words in rows for word in words) and len(rows) >= min(WIDTHS)


def read(text: Text) -> Reading:
    return reading(_boards(text), text)


def _boards(text: Text) -> Iterator[Board | BadLine]:
    cells: list[str] = []
    begins, size = 0, 0
    for number, line in text.filled:
        if line.startswith("#") or FRAME.fullmatch(line) or is_heading(line):
            continue
        words = _words(line)
        if not cells:
            begins, size = number, len(words)
        if len(words) != size or size not in WIDTHS:
            raise BadInput(f"line {number}: this row has {len(words)} cells, the first has {size}")
        for word in words:
            if not (_is_candidates(word) or (len(word) == 1 and (word.isdecimal() or word in EMPTIES))):
                raise BadInput(f"line {number}: {shortened(word)} is neither a digit nor a list of candidates")
        cells += [word if len(word) == 1 else "." for word in words]
        if len(cells) == size * size:
            yield Board(cells, begins, ("cells with several candidates are read as empty",))
            cells = []
    if cells:
        raise BadInput(f"line {begins}: a board of {len(cells) // size} rows of {size} cells is no Sudoku")


FORM = Form("pencilmarks", "a grid of candidates; a cell with several of them is empty", accepts, read)
