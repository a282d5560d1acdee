"""What there is to say about boards that were read."""

from __future__ import annotations

from collections.abc import Sequence

from gramsolve.tasks.forms import Reading, counted
from gramsolve_nqueens.encode import Queens


def reading(boards: Sequence[Queens], remarks: Sequence[str] = ()) -> Reading:
    """Boards as what was read."""
    if len(boards) == 1:
        size = boards[0].variant
        article = "an" if size.startswith(("8", "11x", "18x")) else "a"
        summary = f"{article} {size} board with {counted(len(boards[0].queens), 'queen')}"
    else:
        sizes = " and ".join(dict.fromkeys(one.variant for one in boards))
        summary = f"{counted(len(boards), 'board')} of {sizes}"
    return Reading(tuple(boards), summary, tuple(dict.fromkeys(remarks)))
