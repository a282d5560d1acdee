"""N-Queens for gramsolve."""

from gramsolve_nqueens.task import NQueens

__all__ = ["NQueens"]
