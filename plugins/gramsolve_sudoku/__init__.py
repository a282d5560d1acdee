"""sudoku for gramsolve."""
