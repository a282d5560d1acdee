"""ARC grids for gramsolve."""

from gramsolve_arc.task import Arc

__all__ = ["Arc"]
