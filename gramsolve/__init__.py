"""gramsolve: watch a small stochastic recursive network solve puzzles in your terminal."""

__version__ = "0.1.0"
