"""The forms in which graphs are written, in the order in which their content tests are tried."""

from __future__ import annotations

from gramsolve.tasks.forms import Form, Reading
from gramsolve.tasks.forms import read as read_forms
from gramsolve_coloring.forms import brackets, dimacs, dot, files, graph6, lists, numbered

FORMS: tuple[Form, ...] = (
    files.GRAPHML,
    dot.FORM,
    files.GML,
    files.PAJEK,
    numbered.MATRIX_MARKET,
    graph6.FORM,
    dimacs.FORM,
    brackets.FORM,
    numbered.METIS,
    lists.FORM,
    lists.EDGES,
    lists.NEIGHBOURS,
    lists.MATRIX,
)

NOTHING = "there is no graph in the text: write DIMACS (`p edge 3 2`, `e 1 2`) or an edge on every line: `1 2`"


def read(text: str, name: str = "", *, form: str | None = None) -> Reading:
    """One or more graphs. Raises BadInput with the line of what is wrong."""
    return read_forms(FORMS, text, NOTHING, name=name, form=form)
