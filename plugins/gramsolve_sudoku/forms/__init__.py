"""The forms in which Sudoku boards are written, in the order in which their content tests are tried."""

from __future__ import annotations

from gramsolve.tasks.forms import Form, Reading
from gramsolve.tasks.forms import read as read_forms
from gramsolve_sudoku.forms import grids, lines, lists, pencilmarks, sections, tables, xml

FORMS: tuple[Form, ...] = (
    xml.FORM,
    sections.FORM,
    lists.FORM,
    lines.FORM,
    tables.FORM,
    pencilmarks.FORM,
    grids.FORM,
)

NOTHING = "there is no board in the text: write 81 characters, digits and '.', or nine rows of nine"


def read(text: str, name: str = "", *, form: str | None = None, variant: str | None = None) -> Reading:
    """One or more boards. Raises BadInput with the line, and the cell, of what is wrong."""
    return read_forms(FORMS, text, NOTHING, name=name, form=form, variant=variant)
