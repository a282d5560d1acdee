"""Sudoku for gramsolve."""

from gramsolve_sudoku.task import Sudoku

__all__ = ["Sudoku"]
