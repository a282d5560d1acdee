"""Boards as cells for terminals and as pictures."""

from __future__ import annotations

from gramsolve.tasks.task import Task
from gramsolve.tasks.testing.helpers import moments, puzzles, require

ROLES = ("given", "guess", "empty", "line", "blank")
KINDS = ("board", "picture", "drawing")


def render(task: Task, variant: str) -> None:
    """Any moment can be drawn as a rectangle of cells that every terminal can show."""
    drawn = [(task.render(instance, view), view.room) for instance, view in moments(task, variant)]
    if task.capabilities.context:
        drawn += [(grid, None) for puzzle in puzzles(task, variant) if (grid := task.context(puzzle)) is not None]
    for grid, room in drawn:
        rows, columns = grid.shape
        require(grid.kind in KINDS, f"render: unknown kind {grid.kind!r}")
        if room is not None and grid.kind == "drawing":
            require(rows <= room[0] and columns <= room[1], "render: a drawing that does not fit its room")
        require(rows > 0 and columns > 0, "render: nothing is drawn")
        require(all(len(row) == columns for row in grid.rows), "render: rows of unequal length")
        for cell in (cell for row in grid.rows for cell in row):
            require(len(cell.text) == 1 and cell.text.isprintable(), f"render: {cell.text!r} is not one character")
            require(
                len(cell.ascii) == 1 and " " <= cell.ascii <= "~",
                f"render: {cell.ascii!r} is not plain ASCII",
            )
            require(cell.role in ROLES, f"render: unknown role {cell.role!r}")
            require(cell.shade in (0, 1), "render: shade is 0 or 1")
            require(cell.fill is None or _is_color(cell.fill), f"render: {cell.fill!r} is not a colour #rrggbb")
            require(cell.confidence is None or 0 <= cell.confidence <= 1, "render: confidence outside 0 to 1")


def image(task: Task, variant: str) -> None:
    """Any moment can be drawn as an RGB picture of the size asked for."""
    for instance, view in moments(task, variant):
        for size in (64, 333):
            picture = task.image(instance, view, size)
            require(picture.mode == "RGB", f"image: mode {picture.mode}, not RGB")
            require(max(picture.size) == size, f"image: {picture.size} has no side of {size} pixels")


def _is_color(text: str) -> bool:
    return len(text) == 7 and text[0] == "#" and set(text[1:]) <= set("0123456789abcdef")
