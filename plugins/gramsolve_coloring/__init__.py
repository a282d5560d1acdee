"""Graph colouring for gramsolve."""

from gramsolve_coloring.notation import from_networkx
from gramsolve_coloring.task import Coloring

__all__ = ["Coloring", "from_networkx"]
