"""The forms in which boards with queens are written, in the order in which their content tests are tried."""

from __future__ import annotations

from gramsolve.tasks.forms import Form, Reading
from gramsolve.tasks.forms import read as read_forms
from gramsolve_nqueens.forms import columns, grids, lists, squares

FORMS: tuple[Form, ...] = (lists.FORM, squares.FORM, *columns.FORMS, grids.FORM)

LIMIT = 1_000_000
"""Characters; far more than any list of puzzles, and little enough to read at once."""

NOTHING = "there is no board in the text: write rows of '.' and 'Q', or FEN such as 8/3Q4/8/8/8/8/8/8"


def read(text: str, name: str = "", *, form: str | None = None) -> Reading:
    """One or more boards. Raises BadInput with the line, and the column or the squares, of what is wrong."""
    return read_forms(FORMS, text, NOTHING, name=name, form=form, limit=LIMIT)
